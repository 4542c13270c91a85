"""Reads a workbook in a process of its own, within bounds: run as a program by `tables` only, with the file on its standard input.

A few kilobytes can name a cell so far out that the rows up to it fill any memory, and the reader then ends its whole process. So
that process is not the one that serves pages. Written are the first sheet's rows as JSON, moments as {"at": "2027-01-01T00:00:00"}.
"""

import json
import sys
from datetime import date, datetime
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook

MOST_COLUMNS = 100
LONGEST_TEXT = 2_000
"""What lies further to the right, or is longer, is no table that somebody filled in: it is left out."""

NOT_READABLE = 3
"""The exit status for a file that is no workbook; any other but 0 means that a bound was met."""


def as_json(cell: object) -> object:
    """A cell that JSON has no word for."""
    return {"at": cell.isoformat()} if isinstance(cell, (date, datetime)) else str(cell)


def write_rows(most: int) -> int:
    """Read standard input, write its rows; answers the exit status."""
    try:
        with CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read())) as book:
            rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=most)
    except (CalamineError, OSError, ValueError, IndexError):
        return NOT_READABLE
    json.dump([[_short(cell) for cell in row[:MOST_COLUMNS]] for row in rows], sys.stdout, default=as_json)
    return 0


def _short(cell: object) -> object:
    return cell[:LONGEST_TEXT] if isinstance(cell, str) else cell


if __name__ == "__main__":
    sys.exit(write_rows(int(sys.argv[1])))
