"""What units do with a matter in hand: report, answer the lead unit, send it back, ask for more time."""

from dataclasses import replace

from flask import Response
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.people import Role
from portal.services import extensions, objections
from portal.services.progress import report_progress
from portal.services.uploads import AcceptedFile
from portal.store.extension import read
from portal.store.queries.people import unit_rows
from portal.web.access import allow, me
from portal.web.calendars import working_calendar_now
from portal.web.matters.acting import ActTold, act_page
from portal.web.matters.blueprint import bp
from portal.web.matters.work_forms import (
    AnswerForm,
    ExtensionForm,
    ObjectionForm,
    ReportForm,
    TakeBackExtensionForm,
)

QUICK_DAYS = (5, 10, 15)


@bp.route("/<int:matter_id>/report", methods=["GET", "POST"])
@allow(Role.UNIT)
def report(matter_id: int) -> Response:
    """Report progress, a contact with the enterprise, or a stage that is done, with files."""
    form = ReportForm()
    told = ActTold("报告进展", "提交", "已记录，办理过程里可以看到。", rows={"told": 6}, multipart=True)
    return _reported(matter_id, form, told)


@bp.route("/<int:matter_id>/answer", methods=["GET", "POST"])
@allow(Role.UNIT)
def answer_lead(matter_id: int) -> Response:
    """Answer the lead unit; the assisting unit's own clock stops."""
    told = ActTold(
        "答复牵头单位", "答复", "已答复牵头单位，本单位的答复时限到此为止。", rows={"told": 6}, multipart=True
    )
    return _reported(matter_id, AnswerForm(), told)


def _reported(matter_id: int, form: ReportForm | AnswerForm, told: ActTold) -> Response:
    """The files are read before anything is written: that takes a while."""
    files: list[AcceptedFile] = []

    def act(session: Session) -> None:
        word = replace(form.progress(), files=tuple(files))
        report_progress(session, matter_id, word, actor=me(), now=clock.now())

    return act_page(matter_id, form, act, told, before=lambda: files.extend(form.taken()))


@bp.route("/<int:matter_id>/object", methods=["GET", "POST"])
@allow(Role.UNIT)
def object_to(matter_id: int) -> Response:
    """Send a matter back with coded reasons, once and within the limit."""
    form = ObjectionForm()
    form.offer(unit_rows(read()), me().unit_id)
    told = ActTold(
        "退回（异议）",
        "提出退回",
        "已提出退回，等待裁定。",
        consequences=(
            "工商联办公室或签批领导在时限内裁定；裁定是最终的，每张交办单只能退回一次。",
            "裁定之前办理时限照常计算。",
        ),
        rows={"told": 5, "basis": 3},
    )
    return act_page(
        matter_id,
        form,
        lambda session: objections.object_to(
            session, matter_id, form.made(), version=form.seen, actor=me(), now=clock.now()
        ),
        told,
    )


@bp.route("/<int:matter_id>/extension", methods=["GET", "POST"])
@allow(Role.UNIT)
def ask_extension(matter_id: int) -> Response:
    """Ask for more time before the last day."""
    form, calendar, today = ExtensionForm(), working_calendar_now(), clock.today()
    days = [(f"今天起 {n} 个工作日", calendar.after(today, n).isoformat()) for n in QUICK_DAYS]
    told = ActTold("申请延期", "提交申请", "已提交延期申请，等待审批。", quick={"until_on": days}, rows={"reason": 5})
    return act_page(
        matter_id,
        form,
        lambda session: extensions.ask_extension(
            session, matter_id, form.until(), form.reason.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        told,
    )


@bp.route("/<int:matter_id>/extension/withdraw", methods=["GET", "POST"])
@allow(Role.UNIT)
def withdraw_extension(matter_id: int) -> Response:
    """Take a request for more time back before it is decided."""
    form = TakeBackExtensionForm()
    told = ActTold(
        "撤回延期申请", "撤回申请", "已撤回延期申请。", consequences=("办理时限不变，时限届满前可以重新申请。",)
    )
    return act_page(
        matter_id,
        form,
        lambda session: extensions.withdraw_extension(
            session, matter_id, version=form.seen, actor=me(), now=clock.now()
        ),
        told,
    )
