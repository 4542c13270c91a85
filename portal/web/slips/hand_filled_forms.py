"""The forms that go with a slip, to fill in by hand."""

from flask import Response

from portal import clock
from portal.documents.companion_papers import companion_paper
from portal.documents.companion_sheets import SHEETS
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.slip_papers import FORMS
from portal.services.companion_sheets import blank_sheet, form_sheet
from portal.store.extension import read
from portal.web.access import allow, me
from portal.web.asked import asked_number
from portal.web.downloads import pdf
from portal.web.slips.blueprint import bp
from portal.web.slips.papers_beside import kind_of

HANDLING = (Role.OFFICE, Role.UNIT, Role.SUPERVISOR)


@bp.get("/<int:slip_id>/forms/<kind>.pdf")
@allow(*HANDLING)
def form_paper(slip_id: int, kind: str) -> Response:
    """A form that goes with a slip, with what is known of it, to fill in by hand."""
    found = kind_of(kind)
    if found not in FORMS:
        raise NotFound(f"{found.label}不是随单填写的表格。")
    sheet = form_sheet(read(), slip_id, found, asked_number("unit"), actor=me(), now=clock.now())
    return pdf(companion_paper(sheet), f"{found.label}（{sheet.slip_number}）.pdf")


@bp.get("/papers/blank/<kind>.pdf")
@allow(*HANDLING)
def blank_form(kind: str) -> Response:
    """A paper that belongs to no slip yet, to fill in by hand."""
    found = kind_of(kind)
    if found not in SHEETS:
        raise NotFound(f"{found.label}没有空白表格。")
    return pdf(companion_paper(blank_sheet(read(), found, actor=me())), f"{found.label}（空白）.pdf")
