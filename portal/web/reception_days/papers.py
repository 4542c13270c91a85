"""The papers of a day as PDF: its notice, the desk plates, and the appointment slips."""

from datetime import date

from flask import Response, flash, url_for

from portal import clock
from portal.documents.appointment_slip import appointment_slips
from portal.documents.desk_plates import desk_plates
from portal.documents.notice import notice
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.services.day_papers import notice_sheet, plate_sheet
from portal.services.visit_papers import appointment_slip_sheets
from portal.store.extension import read
from portal.store.queries.reception_days import day_file
from portal.web.access import allow, me
from portal.web.downloads import pdf
from portal.web.htmx import go
from portal.web.reception_days.blueprint import LOOKERS, bp


@bp.get("/<date:day>/notice.pdf")
@allow(*LOOKERS)
def notice_pdf(day: date) -> Response:
    """The notice; before the day is published it is a draft, which only the office sees."""
    file = day_file(read(), day)
    if file.row.state is DayState.PLANNED and me().role is not Role.OFFICE:
        raise NotAllowed("接待日还没有发布，通告尚在拟稿。请在发布后再看。")
    try:
        data = notice(notice_sheet(read(), file, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        return _back(day, refusal)
    return pdf(data, f"接待通告{day:%Y%m%d}.pdf")


@bp.get("/<date:day>/desk-plates.pdf")
@allow(Role.OFFICE)
def plates_pdf(day: date) -> Response:
    """A desk plate for everybody on duty."""
    try:
        data = desk_plates(plate_sheet(read(), day_file(read(), day), actor=me()))
    except RuleBroken as refusal:
        return _back(day, refusal)
    return pdf(data, f"桌牌{day:%Y%m%d}.pdf")


@bp.get("/<date:day>/appointment-slips.pdf")
@allow(Role.OFFICE)
def appointment_slips_pdf(day: date) -> Response:
    """The appointment slips of every confirmed booking, to be handed or sent out together."""
    day_file(read(), day)
    try:
        data = appointment_slips(appointment_slip_sheets(read(), day, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        return _back(day, refusal)
    return pdf(data, f"来访预约单{day:%Y%m%d}.pdf")


def _back(day: date, refusal: RuleBroken) -> Response:
    """What cannot be printed is said on the page of the day."""
    flash(refusal.message, "error")
    return go(url_for("reception_days.show", day=day))
