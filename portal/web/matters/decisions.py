"""What office and leaders decide about a matter on its way: a return, more time, a pause, its withdrawal, a new instruction."""

from flask import Response, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.extensions import PauseKind
from portal.domain.objections import Ruling
from portal.domain.people import Role
from portal.services import extensions, instructing_anew, objections, pauses, withdrawals
from portal.web.access import allow, me
from portal.web.calendars import working_calendar_now
from portal.web.matters.acting import ActTold, act_page
from portal.web.matters.blueprint import bp
from portal.web.matters.decision_forms import (
    GRANT,
    ExtensionDecisionForm,
    InstructForm,
    PauseForm,
    ResumeForm,
    RulingForm,
    WithdrawForm,
)

DECIDES = (Role.OFFICE, Role.LEADER)
REVIEW_DAYS = (10, 20, 60)


@bp.route("/<int:matter_id>/ruling", methods=["GET", "POST"])
@allow(*DECIDES)
def rule(matter_id: int) -> Response:
    """Decide whether a matter that was sent back goes to another unit."""
    form = RulingForm()
    told = ActTold(
        "裁定退回",
        "作出裁定",
        "已作出裁定，单位已收到消息。",
        consequences=(
            "同意退回：事项回到待交办，重拟的交办单注明承接原单。",
            "维持原交办：原单位继续办理，不能再次退回。",
        ),
        rows={"told": 4},
    )
    return act_page(
        matter_id,
        form,
        lambda session: objections.rule_on_objection(
            session, matter_id, Ruling(form.ruling.data), form.told.data or "",
            version=form.seen, actor=me(), now=clock.now(),
        ),
        told,
    )  # fmt: skip


@bp.route("/<int:matter_id>/extension/decision", methods=["GET", "POST"])
@allow(*DECIDES)
def decide_extension(matter_id: int) -> Response:
    """Grant more time or refuse it."""
    form, today = ExtensionDecisionForm(), clock.today()
    told = ActTold("审批延期", "提交审批", "已审批，单位已收到消息。", quick={"told_on": [("今天", today.isoformat())]})
    return act_page(
        matter_id,
        form,
        lambda session: extensions.decide_extension(
            session, matter_id, grant=form.decision.data == GRANT, remark=form.remark.data or "",
            told_on=form.told_on.data, version=form.seen, actor=me(), now=clock.now(),
        ),
        told,
    )  # fmt: skip


@bp.route("/<int:matter_id>/suspend", methods=["GET", "POST"])
@allow(*DECIDES)
def suspend(matter_id: int) -> Response:
    """Let the clock stand still."""
    said = ("办理时限停止计算，剩余的工作日在恢复后接着算。", "到复核日期还没有恢复的，列入逾期。")
    return _paused(matter_id, PauseKind.SUSPENSION, ActTold("中止", "中止办理", "已中止，时限停止计算。", said))


@bp.route("/<int:matter_id>/hold", methods=["GET", "POST"])
@allow(*DECIDES)
def hold(matter_id: int) -> Response:
    """Put a matter on long-term hold with a day to look at it again."""
    said = ("事项列入挂账，不再计算办理时限，也不算办结。", "到复核日期须重新研究，没有复核的列入逾期。")
    return _paused(matter_id, PauseKind.LONG_TERM, ActTold("挂账", "列入挂账", "已列入挂账。", said))


def _paused(matter_id: int, kind: PauseKind, told: ActTold) -> Response:
    form, calendar, today = PauseForm(), working_calendar_now(), clock.today()
    days = [(f"{n} 个工作日后", calendar.after(today, n).isoformat()) for n in REVIEW_DAYS]

    def act(session: Session) -> None:
        reason, review_on = form.reason.data or "", form.review_on.data
        pauses.pause(session, matter_id, kind, reason, review_on, version=form.seen, actor=me(), now=clock.now())

    shown = ActTold(told.title, told.primary, told.done, told.consequences, {"review_on": days}, {"reason": 4})
    return act_page(matter_id, form, act, shown)


@bp.route("/<int:matter_id>/resume", methods=["GET", "POST"])
@allow(*DECIDES)
def resume(matter_id: int) -> Response:
    """Take a matter up again that was suspended or on hold."""
    form = ResumeForm()
    told = ActTold(
        "恢复办理", "恢复办理", "已恢复办理。", ("停止时剩余的工作日从今天起接着算；停止时已经逾期的，时限不变。",)
    )
    return act_page(
        matter_id,
        form,
        lambda session: pauses.resume(
            session, matter_id, form.why.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        told,
    )


@bp.route("/<int:matter_id>/withdraw", methods=["GET", "POST"])
@allow(Role.OFFICE)
def withdraw(matter_id: int) -> Response:
    """Write down that the enterprise has taken its matter back."""
    form = WithdrawForm()
    told = ActTold(
        "企业撤回",
        "登记企业撤回",
        "已登记企业撤回。",
        ("事项到此终止，不再办理，也不计入办结；不能恢复，企业再次反映的另行登记。", "已交办的，单位会收到消息。"),
        rows={"why": 4},
        danger=True,
    )
    return act_page(
        matter_id,
        form,
        lambda session: withdrawals.withdraw_matter(
            session, matter_id, form.why.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        told,
    )


@bp.route("/<int:matter_id>/instruct-anew", methods=["GET", "POST"])
@allow(*DECIDES)
def instruct_anew(matter_id: int) -> Response:
    """Have a closed matter handled again on another slip."""
    form, made = InstructForm(), list[int]()

    def act(session: Session) -> None:
        draft = instructing_anew.instruct_anew(
            session, matter_id, form.instruction.data or "", version=form.seen, actor=me(), now=clock.now()
        )
        made[:] = [draft.id]

    told = ActTold(
        "再次批示，另行交办",
        "批示并草拟交办单",
        "已草拟承接原单的交办单，请核对后编号送签。",
        ("事项回到待交办，另拟一张交办单，注明承接原单。", "原交办单和原来的办理结果保持不变。"),
        rows={"instruction": 5},
    )
    return act_page(
        matter_id, form, act, told,
        onward=lambda: url_for("slips.show", slip_id=made[0]),
    )  # fmt: skip
