"""What leaves the portal as a file: lists, papers, and originals, of which it is written down who opened them."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import IO, Any

from flask import Response, request, send_file

from portal import clock
from portal.documents.spreadsheets import SAMPLE_LINE, Column, spreadsheet
from portal.services.handling_files import note_opened
from portal.store.audit_trail import Target
from portal.store.extension import write
from portal.web.access import me
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


def original(data: IO[bytes], name: str, media_type: str, target: Target, what: str, **how: Any) -> Response:
    """A file as it was handed in or put away whole: personal data in it cannot be masked, so who opens it is written down.

    The line is kept before the bytes go out (docs/decisions/0032): without it there is no file. `what` names it in the line
    and holds no personal data; `how` is for `send_file`.
    """
    if request.method != "HEAD":
        write(lambda session: note_opened(session, target, what, actor=me(), now=clock.now()))
    answer = send_file(data, mimetype=media_type, download_name=name, **how)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.cache_control.private = True
    answer.cache_control.no_store = True
    return answer


def certificate(pem: str, name: str) -> Response:
    """Certificates as text, to save; they hold no secret."""
    return send_file(
        BytesIO(pem.encode()), mimetype="application/x-pem-file", as_attachment=True, download_name=f"{name}.pem"
    )
