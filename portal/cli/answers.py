"""How commands answer: text for people, JSON with --json; 0 done, 1 refused with the reason on stderr."""

import errno
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from portal.domain.errors import PortalError

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EEXIST: "路径中有同名文件，不是文件夹",
    errno.ENOTDIR: "路径中有同名文件，不是文件夹",
    errno.ENOENT: "没有这个文件",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EADDRINUSE: "端口已被占用，可能已有一个门户在运行",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


def reason(trouble: OSError) -> str:
    """Why the system refused, in the words of the person who has to put it right."""
    return _REASONS.get(trouble.errno or 0, trouble.strerror or str(trouble))


def tell(data: Any, text: str, *, as_json: bool) -> None:
    """Print the answer in the form that was asked for."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str) if as_json else text)


def refuse(message: str) -> NoReturn:
    """Say why not, and leave with status 1."""
    click.echo(message, err=True)
    sys.exit(1)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a rule's refusal into one line and status 1."""
    try:
        yield
    except PortalError as refusal:
        refuse(refusal.message)
