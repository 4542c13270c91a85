"""Tables that people hand in, read as rows with their numbers: xlsx, xls, ods or csv."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

from portal.domain.errors import RuleBroken

MOST_ROWS = 5_000
MOST_UNPACKED = 64 * 2**20
_ZIP = b"PK\x03\x04"
_WORKBOOKS = (_ZIP, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = "\t,;"

Rows = Sequence[tuple[int, Sequence[object]]]


def is_workbook(data: bytes) -> bool:
    """Whether some bytes are a spreadsheet program's own file, by their beginning."""
    return data.startswith(_WORKBOOKS)


def workbook_rows(data: bytes, *, field: str = "file") -> Rows:
    """The rows of a workbook's first sheet with the numbers its program shows. Raises RuleBroken for a broken file."""
    try:
        _check_size(data)
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MOST_ROWS)
    except (CalamineError, BadZipFile, OSError, ValueError, IndexError):
        raise RuleBroken(
            "这个表格文件打不开，可能已损坏或加了密码。请在 WPS 或 Excel 中另存为 .xlsx 后再传。", field=field
        ) from None
    return [(number, tuple(row)) for number, row in enumerate(rows, start=1)]


def _check_size(data: bytes) -> None:
    """A small file may unpack into one that fills the memory. Raises ValueError for it."""
    if data.startswith(_ZIP):
        with ZipFile(BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise ValueError("the workbook unpacks into too much")


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
