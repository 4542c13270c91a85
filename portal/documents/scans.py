"""Scans of signed papers: which paper each page is, the pile cut into papers, a small picture of each."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from portal.documents.bounded import Bounds, TooMuch, run_bounded
from portal.domain.errors import RuleBroken

BOUNDS = Bounds(seconds=60, processor_seconds=50, memory=1280 << 20)
MOST_PAGES = 100
_TOLD = {
    3: "打不开，可能已损坏或加了密码，请重新扫描。",
    4: f"超过 {MOST_PAGES} 页，请分成几份再传。",
    5: "展开后过大，请用 300 dpi 以下、A4 幅面重新扫描。",
}
_TOO_MUCH = "太复杂，没能在一分钟内读完，请降低分辨率或分成几份再传。"


def codes_on(data: bytes, *, name: str = "", field: str = "scan") -> tuple[str, ...]:
    """The verify code on each page of a PDF, JPG or PNG, empty where none can be read.

    Read by a process of its own, so that a file made to fill the memory, or to crash what draws it, ends that process and no
    other. Raises RuleBroken for a file that is broken, too long, or takes too much to read.
    """
    return tuple(_asked(["codes"], data, name, field))


def parts_of(data: bytes, groups: Sequence[Sequence[int]], *, name: str = "", field: str = "scan") -> list[bytes]:
    """A PDF cut into parts by the numbers of their pages, from 0; the same file always gives the same parts."""
    asked = ";".join(",".join(map(str, group)) for group in groups)
    return [base64.b64decode(part) for part in _asked(["parts", asked], data, name, field)]


def picture_of(data: bytes) -> bytes:
    """A small JPEG of the first page."""
    return base64.b64decode(_asked(["picture"], data, "", "scan"))


def _asked(arguments: Sequence[str], data: bytes, name: str, field: str) -> Any:
    told = f"文件“{name}”" if name else "这个扫描件"
    try:
        status, answer = run_bounded("portal.documents.scan_reading", arguments, data, BOUNDS)
    except TooMuch:
        raise RuleBroken(told + _TOO_MUCH, field=field) from None
    if status:
        raise RuleBroken(told + _TOLD.get(status, _TOO_MUCH), field=field)
    return json.loads(answer)
