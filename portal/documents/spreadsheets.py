"""Lists as xlsx: a frozen heading, a filter, real dates, and nothing that a spreadsheet program would calculate."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

LONGEST_TEXT = 32_767
"""More signs than a cell may hold (the format's own limit) would make the file unreadable."""

LONGEST_SHEET_NAME = 31
SAMPLE_LINE = "示例数据：单位、企业、人员均为虚构。"

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and its width in characters of the usual size (a Chinese character counts two)."""

    label: str
    width: float = 14


def spreadsheet(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    *,
    mark: str = "",
    created: datetime | None = None,
) -> bytes:
    """A list as an xlsx file, written row by row, so that a long list needs no more memory than a short one.

    Text stays text even if it begins with "=" (no formula is ever written), dates are real dates, numbers real
    numbers, None an empty cell. `mark` is a line above the heading (SAMPLE_LINE for invented data). The same rows `created` at the same
    moment are the same bytes; without it the file says when it was written.
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"title": title} | ({"created": created.astimezone(UTC)} if created else {}))
    sheet = book.add_worksheet(sheet_name(title))
    cells = _Cells(book, sheet)
    top = _heading(book, sheet, title, columns, mark)
    last = top
    for last, row in enumerate(rows, start=top + 1):
        for place, value in enumerate(row):
            cells.write(last, place, value)
    sheet.autofilter(top, 0, last, max(len(columns) - 1, 0))
    book.close()
    return out.getvalue()


def sheet_name(title: str) -> str:
    r"""A title as a sheet may be called: at most 31 signs and none of []:*?/\."""
    return _NOT_IN_A_SHEET_NAME.sub("", title).strip("'")[:LONGEST_SHEET_NAME] or "Sheet1"


def _heading(book: Any, sheet: Any, title: str, columns: Sequence[Column], mark: str) -> int:
    """Set up the sheet and write what stands above the rows; answers the row of the headings."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&C&14" + title.replace("&", "&&") + (f"（{mark.rstrip('。')}）" if mark else ""))
    sheet.set_footer("&C第 &P 页，共 &N 页")
    bold = book.add_format(_FONT | {"bold": True, "bg_color": "#ECEFF2", "bottom": 1, "text_wrap": True})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    top = 0
    if mark:
        sheet.write_string(0, 0, mark, book.add_format(_FONT | {"font_color": "#555D68"}))
        top = 1
    for place, column in enumerate(columns):
        sheet.write_string(top, place, column.label, bold)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    return top


class _Cells:
    """Writes one value into one cell by its kind."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self.sheet = sheet
        self.text = book.add_format(_FONT | {"text_wrap": True})
        self.number = book.add_format(_FONT)
        self.date = book.add_format(_FONT | {"num_format": 'yyyy"年"m"月"d"日"', "align": "left"})
        self.moment = book.add_format(_FONT | {"num_format": 'yyyy"年"m"月"d"日" hh:mm', "align": "left"})

    def write(self, row: int, place: int, value: object) -> None:
        """Text is the default: whatever has no kind of its own is written as it reads."""
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            self.sheet.write_datetime(row, place, value.replace(tzinfo=None), self.moment)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, place, value, self.date)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            self.sheet.write_number(row, place, value, self.number)
        else:
            text = "是" if value is True else "否" if value is False else _UNPRINTABLE.sub("", str(value))
            self.sheet.write_string(row, place, text[:LONGEST_TEXT], self.text)
