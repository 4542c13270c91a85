"""Tables that people hand in, read as rows with their numbers: xlsx, xls, ods or csv."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO

from portal.documents.bounded import Bounds, TooMuch, run_bounded
from portal.domain.errors import RuleBroken

MOST_ROWS = 5_000
BOUNDS = Bounds(seconds=30, processor_seconds=20, memory=384 << 20)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = "\t,;"

Rows = Sequence[tuple[int, Sequence[object]]]


def is_workbook(data: bytes) -> bool:
    """Whether some bytes are a spreadsheet program's own file, by their beginning."""
    return data.startswith(_WORKBOOKS)


def workbook_rows(data: bytes, *, field: str = "file") -> Rows:
    """The rows of a workbook's first sheet with the numbers its program shows.

    It is read by a process of its own, so that a file made to fill the memory ends that process and no other. Raises RuleBroken
    for a file that is broken, or that takes too much to read.
    """
    try:
        status, answer = run_bounded("portal.documents.workbook_reading", [str(MOST_ROWS)], data, BOUNDS)
    except TooMuch:
        status, answer = -1, b""
    if status:
        raise RuleBroken(
            "这个表格文件打不开，可能已损坏、加了密码或范围过大。请把各行复制到新表格，在 WPS 或 Excel 中另存为 .xlsx 后再传。",
            field=field,
        )
    rows = json.loads(answer, object_hook=_moment)
    return [(number, tuple(row)) for number, row in enumerate(rows, start=1)]


def _moment(cell: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(cell["at"])


def text_of(data: bytes, *, field: str = "file") -> str:
    """The text of a plain file in UTF-8 or in the usual Chinese encoding. Raises RuleBroken for anything else."""
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise RuleBroken("这个文件不是表格，也不是文本。请上传 .xlsx、.csv、.json 或 .txt 文件。", field=field)


def text_rows(text: str) -> Rows:
    """The rows of a table written as text: fields parted by commas, tabs or semicolons, whichever its first line uses."""
    first = text.lstrip().split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    lines = csv.reader(StringIO(text.replace("，", ",") if "," not in first and "，" in first else text, newline=""),
                       delimiter=separator if separator in first else ",")  # fmt: skip
    rows: list[tuple[int, Sequence[object]]] = []
    while len(rows) < MOST_ROWS:
        try:
            row = next(lines)
        except StopIteration:
            break
        except csv.Error:
            continue
        rows.append((lines.line_num, tuple(row)))
    return rows
