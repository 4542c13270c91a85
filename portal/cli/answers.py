"""How commands answer: text for people, JSON with --json; 0 done, 1 refused with the reason on stderr."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from portal.domain.errors import PortalError

json_option: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")


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
