"""Lists that leave the portal as files."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import Response, make_response

from portal.documents.spreadsheets import SAMPLE_LINE, Column, spreadsheet
from portal.web.office import rules

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, today: date) -> Response:
    """A list as a spreadsheet to save; invented data say so in their first line."""
    mark = SAMPLE_LINE if rules().sample else ""
    answer = make_response(spreadsheet(title, columns, rows, mark=mark))
    answer.mimetype = XLSX
    answer.headers.set("Content-Disposition", "attachment", filename=f"{title}{today:%Y%m%d}.xlsx")
    return answer
