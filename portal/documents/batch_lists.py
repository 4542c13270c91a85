"""The list beside a batch of papers: what each file is and its checksum, for people (CSV) and programs (JSON); no personal data."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from portal.documents.fonts import missing_characters
from portal.documents.typesetter import typeset

BYTE_ORDER_MARK = "\ufeff"
"""Without it the usual spreadsheet programs take the text for another encoding."""

HEADS = {
    "number": "编号",
    "file": "文件",
    "sha256": "SHA-256",
    "bytes": "字节",
    "pages": "页数",
    "version": "版本",
    "state": "状态",
    "verify_code": "核验码",
    "trouble": "未打印原因",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One paper of a batch; without a file `trouble` says why there is none."""

    number: str
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    pages: int = 0
    version: int = 0
    state: str = ""
    verify_code: str = ""
    trouble: str = ""


def left_out_list(title: str, left_out: Sequence[tuple[str, str]]) -> bytes:
    """The last page of a bound batch: which papers are missing from it and why (number, reason)."""
    lines = [(_shown(number), _shown(why)) for number, why in left_out]
    return typeset("left_out.html", "left_out.css", {"title": title, "lines": lines, "printed_at": None})


def _shown(text: str) -> str:
    """What no face has is left out here: its code stands beside it."""
    missing = missing_characters(text)
    return "".join("□" if it in missing else it for it in text)


def csv_list(lines: Sequence[Line]) -> bytes:
    """The list as a table."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, fieldnames=list(HEADS))
    table.writerow(HEADS)
    table.writerows(asdict(it) for it in lines)
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def json_list(lines: Sequence[Line], title: str) -> bytes:
    """The list for programs."""
    papers = [asdict(it) for it in lines]
    return json.dumps({"title": title, "papers": papers}, ensure_ascii=False, indent=1).encode()
