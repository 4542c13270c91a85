"""The papers of a day as files: notice, appointment slips, phone list, brief, desk plates, sign-in sheet."""

from collections.abc import Callable
from datetime import date

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.acknowledgement import acknowledgements
from portal.documents.appointment_slip import appointment_slips
from portal.documents.attendance_papers import phone_list, sign_in_sheet
from portal.documents.briefs import brief
from portal.documents.day_sheets import PhoneSheet
from portal.documents.desk_plates import desk_plates
from portal.documents.notice import notice
from portal.documents.registration_forms import registration_forms
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.services.acknowledgements import acknowledgement_sheets
from portal.services.attendance_papers import phone_sheet, sign_in_list
from portal.services.briefs import brief_sheet
from portal.services.day_papers import notice_sheet, plate_sheet
from portal.services.registration_papers import blank_forms, prefilled_forms
from portal.services.visit_papers import appointment_slip_sheets
from portal.store.extension import read, write
from portal.store.queries.reception_days import DayRow, day_file, day_on
from portal.web.access import allow, me
from portal.web.asked import asked_number
from portal.web.downloads import pdf, xlsx
from portal.web.forms import PortalForm
from portal.web.htmx import go
from portal.web.office import portal_address
from portal.web.reception_days.blueprint import LOOKERS, ON_DUTY, bp


@bp.get("/<date:day>/notice.pdf")
@allow(*LOOKERS)
def notice_pdf(day: date) -> Response:
    """The notice; before the day is published it is a draft, which only the office sees."""
    file = day_file(read(), day)
    if file.row.state is DayState.PLANNED and me().role is not Role.OFFICE:
        raise NotAllowed("接待日还没有发布，通告尚在拟稿。请在发布后再看。")
    return answer_pdf(day, "接待通告", lambda: notice(notice_sheet(read(), file, actor=me(), now=clock.now())))


@bp.get("/<date:day>/desk-plates.pdf")
@allow(Role.OFFICE)
def plates_pdf(day: date) -> Response:
    """A desk plate for everybody on duty."""
    file = day_file(read(), day)
    return answer_pdf(day, "桌牌", lambda: desk_plates(plate_sheet(read(), file, actor=me())))


@bp.get("/<date:day>/appointment-slips.pdf")
@allow(Role.OFFICE)
def appointment_slips_pdf(day: date) -> Response:
    """The appointment slips of every confirmed booking, to be handed or sent out together."""
    day_file(read(), day)
    return answer_pdf(
        day,
        "来访预约单",
        lambda: appointment_slips(
            appointment_slip_sheets(read(), day, address=portal_address(), actor=me(), now=clock.now())
        ),
    )


@bp.get("/<date:day>/acknowledgements.pdf")
@allow(Role.OFFICE)
def acknowledgements_pdf(day: date) -> Response:
    """The acknowledgements of everybody received, to be taken home."""
    day_file(read(), day)
    return answer_pdf(
        day,
        "受理回执",
        lambda: acknowledgements(
            acknowledgement_sheets(read(), day, address=portal_address(), actor=me(), now=clock.now())
        ),
    )


@bp.get("/<date:day>/brief.pdf")
@allow(*ON_DUTY)
def brief_pdf(day: date) -> Response:
    """The leader's brief, for the office and those who serve on the day."""
    row = day_on(read(), day)
    return answer_pdf(day, "接待简报", lambda: brief(brief_sheet(read(), row, actor=me(), now=clock.now())))


@bp.route("/<date:day>/phone-list.pdf", methods=["GET", "POST"])
@allow(Role.OFFICE)
def phone_list_pdf(day: date) -> Response:
    """Whom to telephone: opening the address masks the numbers, pressing the button prints them and is written down."""
    return _telephoned(day, lambda sheet: answer_pdf(day, "电话通知单", lambda: phone_list(sheet)))


@bp.route("/<date:day>/phone-list.xlsx", methods=["GET", "POST"])
@allow(Role.OFFICE)
def phone_list_xlsx(day: date) -> Response:
    """The same as a spreadsheet."""
    columns = [
        Column("序号", 8), Column("时间", 20), Column("企业", 40), Column("来访人", 20), Column("联系电话", 20),
        Column("已通知", 8), Column("改期", 8), Column("不来", 8), Column("备注", 24),
    ]  # fmt: skip

    def listed(sheet: PhoneSheet) -> Response:
        rows = ((it.place, it.hours, it.enterprise, it.visitor, it.phone, "", "", "", it.remark) for it in sheet.lines)
        return xlsx(f"{day:%Y%m%d}接待日电话通知单", columns, rows, today=clock.today())

    return _telephoned(day, listed)


@bp.get("/<date:day>/sign-in-sheet.pdf")
@allow(Role.OFFICE)
def sign_in_pdf(day: date) -> Response:
    """The sign-in sheet with rows for those who come without a booking."""
    row = day_on(read(), day)
    return answer_pdf(day, "签到表", lambda: sign_in_sheet(sign_in_list(read(), row, actor=me(), now=clock.now())))


@bp.get("/<date:day>/registration-forms.pdf")
@allow(Role.OFFICE)
def registration_pdf(day: date) -> Response:
    """A form for each confirmed booking, or as many blank ones as `blank` in the address says."""
    row = day_on(read(), day)

    def made() -> bytes:
        actor, now = me(), clock.now()
        if "blank" in request.args:
            return registration_forms(blank_forms(read(), row, asked_number("blank"), actor=actor, now=now))
        return registration_forms(prefilled_forms(read(), row, actor=actor, now=now))

    return answer_pdf(day, "来访登记表", made)


def answer_pdf(day: date, name: str, make: Callable[[], bytes]) -> Response:
    """A paper of a day; what cannot be printed is said on the page of all its papers."""
    try:
        data = make()
    except RuleBroken as refusal:
        return back(day, refusal)
    return pdf(data, f"{name}{day:%Y%m%d}.pdf")


def back(day: date, refusal: RuleBroken) -> Response:
    """Say a refusal on the page of all papers of a day."""
    flash(refusal.message, "error")
    return go(url_for("reception_days.papers", day=day))


def _telephoned(day: date, make: Callable[[PhoneSheet], Response]) -> Response:
    row = day_on(read(), day)
    try:
        sheet = _phone_sheet(row)
    except RuleBroken as refusal:
        return back(day, refusal)
    return make(sheet)


def _phone_sheet(row: DayRow) -> PhoneSheet:
    if request.method == "GET":
        return phone_sheet(read(), row, actor=me(), now=clock.now())
    if not PortalForm().validate_on_submit():
        raise RuleBroken("页面停留太久，请再按一次。")
    return write(lambda session: phone_sheet(session, row, actor=me(), now=clock.now(), full=True))
