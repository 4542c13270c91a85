"""Lists that leave the portal as files."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

from flask import Response, send_file

from portal.documents.spreadsheets import SAMPLE_LINE, Column, spreadsheet
from portal.web.office import rules

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, today: date) -> Response:
    """A list as a spreadsheet to save; invented data say so in their first line."""
    mark = SAMPLE_LINE if rules().sample else ""
    data = BytesIO(spreadsheet(title, columns, rows, mark=mark))
    return send_file(data, mimetype=XLSX, as_attachment=True, download_name=f"{title}{today:%Y%m%d}.xlsx")


def pdf(data: bytes, name: str) -> Response:
    """A paper to look at in the browser, by its name when it is saved."""
    return send_file(BytesIO(data), mimetype=PDF, download_name=name)


def certificate(pem: str, name: str) -> Response:
    """Certificates as text, to save; they hold no secret."""
    return send_file(
        BytesIO(pem.encode()), mimetype="application/x-pem-file", as_attachment=True, download_name=f"{name}.pem"
    )
