"""Moving a day to another date or cancelling it: asked for here, approved here, and whom to telephone afterwards."""

from dataclasses import dataclass
from datetime import date

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.day_changes import ChangeKind, ChangeState, needs_approval
from portal.domain.duty_clashes import Clash
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.workdays import DayFact
from portal.services import day_changes
from portal.services.reception_days import DAY_CANCELLED
from portal.store.extension import read, write
from portal.store.queries import day_changes as asked_for
from portal.store.queries.bookings import bookings_of_day
from portal.store.queries.day_changes import SORTS, ChangeRow, enterprises_to_call
from portal.store.queries.reception_days import DayRow, day_on
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_day, asked_word, choices
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import xlsx
from portal.web.filters import full_date
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules
from portal.web.reception_days.blueprint import bp, press
from portal.web.reception_days.forms import CancelForm, DeclineForm, PaperApprovalForm, RedateForm

READERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY)


def waits_for_approval(row: DayRow) -> bool:
    """Whether a change of this day must be approved first."""
    return needs_approval(rules().day_change_approval, is_published=row.state is DayState.PUBLISHED)


def _onward(row: DayRow, to_day: date | None) -> str:
    """Where one goes after asking: to the day itself when it is done, else to the requests."""
    if waits_for_approval(row):
        return url_for("reception_days.changes")
    return url_for("reception_days.show", day=to_day or row.day)


@bp.route("/<date:day>/cancel", methods=["GET", "POST"])
@allow(Role.OFFICE)
def cancel(day: date) -> Response:
    """Say what cancelling will do, and cancel with a reason or ask for approval."""
    row = day_on(read(), day)
    waits = waits_for_approval(row)
    form = CancelForm(data={"version": row.version})
    answer = attempt(
        form,
        lambda session: day_changes.ask(
            session, row.id, form.wish(), version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已提交取消申请，等待领导批准。" if waits else f"{full_date(day)} 接待日已取消，已告知有关人员。",
        onward=_onward(row, None),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/reception_days/cancel.html",
        "fragments/reception_days/_cancel_form.html",
        status=answer,
        form=form,
        day=row,
        waits=waits,
        bookings=bookings_of_day(read(), row.id),
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a new date is, and what it means for those on duty."""

    fact: DayFact
    predicted: bool
    taken: DayState | None
    notice_due: date
    clashes: tuple[Clash, ...]


def _outlook(row: DayRow, to_day: date) -> Outlook:
    calendar = working_calendar_now()
    return Outlook(
        fact=calendar.fact(to_day),
        predicted=bool(calendar.unofficial_years([to_day])),
        taken=asked_for.state_on(read(), to_day),
        notice_due=calendar.before(to_day, rules().notice_days),
        clashes=day_changes.clashes_on(read(), row.id, to_day),
    )


@bp.route("/<date:day>/redate", methods=["GET", "POST"])
@allow(Role.OFFICE)
def redate(day: date) -> Response:
    """Show what another date would mean, and move the day there or ask for approval."""
    row = day_on(read(), day)
    waits = waits_for_approval(row)
    form = RedateForm(
        data={"version": row.version, "to_day": asked_day("to"), "reason": request.args.get("reason", "")}
    )
    looks = request.method == "POST" and form.look.data
    to_day = form.to_day.data
    answer = 200 if not looks or form.to_day.validate(form) else 422
    if not looks:
        came = attempt(
            form,
            lambda session: day_changes.ask(
                session, row.id, form.wish(), version=form.version.data, actor=me(), now=clock.now()
            ),
            done="已提交改期申请，等待领导批准。" if waits else f"已改期至 {full_date(to_day)}，已告知有关人员。",
            onward=_onward(row, to_day),
        )
        if isinstance(came, Response):
            return came
        answer = came
    return render(
        "pages/reception_days/redate.html",
        "fragments/reception_days/_redate_form.html",
        status=answer,
        form=form,
        calendar_warning=calendar_warning([row.day, to_day], "接待日"),
        day=row,
        waits=waits,
        to_day=to_day,
        outlook=_outlook(row, to_day) if to_day is not None and not form.to_day.errors else None,
    )


@bp.get("/changes")
@allow(*READERS)
def changes() -> Response:
    """Every request to move or cancel a day, those waiting first."""
    state, kind = asked_word(ChangeState, "state"), asked_word(ChangeKind, "kind")
    found = asked_for.day_changes(read(), wanted_page(SORTS, default="asked", descending=True), state=state, kind=kind)
    waiting = asked_for.waiting_changes(read(), kind=kind) if state is None else ()
    return render(
        "pages/reception_days/changes.html",
        "fragments/reception_days/_changes.html",
        page=Listing(found),
        waiting=waiting,
        state=state.value if state else "",
        kind=kind.value if kind else "",
        states=choices(ChangeState),
        kinds=choices(ChangeKind),
    )


@bp.get("/changes.xlsx")
@allow(*READERS)
def changes_xlsx() -> Response:
    """The same list as a spreadsheet."""
    columns = [Column("原日期", 16), Column("事项", 8), Column("改到", 16), Column("理由", 40), Column("状态", 10)]
    columns += [Column("批准方式", 20), Column("办理人", 20), Column("办理日期", 16), Column("提出人", 16)]
    columns += [Column("提出日期", 16), Column("意见", 30)]
    found = asked_for.all_day_changes(
        read(), state=asked_word(ChangeState, "state"), kind=asked_word(ChangeKind, "kind")
    )
    rows = (
        (it.from_day, it.kind.label, it.to_day, it.reason, it.state.label, it.how.label if it.how else "",
         it.decided_by, it.decided_on, it.asked_by, it.asked_at.date(), it.remark)
        for it in found
    )  # fmt: skip
    return xlsx("接待日改期与取消", columns, rows, today=clock.today())


@bp.get("/changes/<int:change_id>")
@allow(*READERS)
def change_request(change_id: int) -> Response:
    """One request: what is asked, what it means, and what was decided."""
    return _request_page(asked_for.day_change(read(), change_id))


def _request_page(
    change: ChangeRow, *, fragment: str | None = None, form: PortalForm | None = None, status: int = 200
) -> Response:
    is_waiting = change.state is ChangeState.WAITING
    paper = form if isinstance(form, PaperApprovalForm) else PaperApprovalForm(formdata=None)
    refusal = form if isinstance(form, DeclineForm) else DeclineForm(formdata=None)
    date_now = change.to_day if is_waiting and change.to_day else change.day
    moves = change.kind is ChangeKind.REDATE and change.state in (ChangeState.WAITING, ChangeState.APPROVED)
    return render(
        "pages/reception_days/change_request.html",
        fragment,
        status=status,
        change=change,
        paper=paper,
        refusal=refusal,
        approves=is_waiting and day_changes.decides(read(), me(), rules()),
        keeps=me().role is Role.OFFICE,
        clashes=day_changes.clashes_on(read(), change.day_id, date_now) if moves else (),
        date_now=date_now,
        outcome=_outcome(change) if is_waiting else (),
        to_call=len(enterprises_to_call(read(), change.day_id, DAY_CANCELLED)) if me().role is Role.OFFICE else 0,
    )


def _outcome(change: ChangeRow) -> list[str]:
    """What approving a request will do."""
    row = day_on(read(), change.day)
    names = "、".join(turn.leader for turn in row.turns)
    if change.kind is ChangeKind.CANCEL:
        booked = f"当日 {row.booked} 家预约同时取消，由办公室逐一电话告知。" if row.booked else "当日没有预约。"
        duty = f"已排的轮值（{names}）不再计入次数。" if names else "当日还没有排班。"
    else:
        moved = f"时段和 {row.booked} 家预约一起移到新日期，由办公室逐一电话告知企业。"
        booked = moved if row.booked else "时段一起移到新日期，当日没有预约。"
        duty = f"轮值（{names}）一起移到新日期，与新日期冲突的另行调整。" if names else "当日还没有排班。"
    return [booked, duty, "当日领导和联络员、受邀单位、办公室会收到消息。"]


@bp.post("/changes/<int:change_id>/approve")
@allow(Role.LEADER)
def approve_change(change_id: int) -> Response:
    """Approve on the screen, and carry it out."""
    return press(
        PortalForm(),
        lambda session: day_changes.approve(session, change_id, actor=me(), now=clock.now()),
        done="已批准并执行，有关人员已收到消息。",
        onward=url_for("reception_days.change_request", change_id=change_id),
    )


@bp.post("/changes/<int:change_id>/decline")
@allow(Role.LEADER)
def decline_change(change_id: int) -> Response:
    """Do not approve, and say why."""
    change, form = asked_for.day_change(read(), change_id), DeclineForm()
    answer = attempt(
        form,
        lambda session: day_changes.decline(session, change_id, form.remark.data, actor=me(), now=clock.now()),
        done="已退回，办公室已收到消息。",
        onward=url_for("reception_days.change_request", change_id=change_id),
    )
    if isinstance(answer, Response):
        return answer
    return _request_page(change, fragment="fragments/reception_days/_decline_form.html", form=form, status=answer)


@bp.post("/changes/<int:change_id>/paper")
@allow(Role.OFFICE)
def record_approval(change_id: int) -> Response:
    """Record an approval given on paper, and carry it out."""
    change, form = asked_for.day_change(read(), change_id), PaperApprovalForm()
    answer = attempt(
        form,
        lambda session: day_changes.approve_on_paper(
            session,
            change_id,
            approver=form.approver.data,
            approved_on=form.approved_on.data,
            actor=me(),
            now=clock.now(),
        ),
        done="已登记批准并执行，有关人员已收到消息。",
        onward=url_for("reception_days.change_request", change_id=change_id),
    )
    if isinstance(answer, Response):
        return answer
    fragment = "fragments/reception_days/_paper_approval_form.html"
    return _request_page(change, fragment=fragment, form=form, status=answer)


@bp.post("/changes/<int:change_id>/withdraw")
@allow(Role.OFFICE)
def withdraw_change(change_id: int) -> Response:
    """Take a waiting request back."""
    return press(
        PortalForm(),
        lambda session: day_changes.withdraw(session, change_id, actor=me(), now=clock.now()),
        done="已撤回申请，接待日保持不变。",
        onward=url_for("reception_days.change_request", change_id=change_id),
    )


@bp.route("/<date:day>/telephone", methods=["GET", "POST"])
@allow(Role.OFFICE)
def telephone(day: date) -> Response:
    """Whom to telephone because the day was moved or cancelled; full numbers take a press that is written down."""
    row = day_on(read(), day)
    full = request.method == "POST"
    if full:
        if not PortalForm().validate_on_submit():
            flash("页面停留太久，请再按一次。", "error")
            return go(url_for("reception_days.telephone", day=day))
        write(lambda session: day_changes.note_call_list(session, row.id, actor=me(), now=clock.now()))
    latest = next((it for it in asked_for.changes_of_day(read(), row.id) if it.state is ChangeState.APPROVED), None)
    return render(
        "pages/reception_days/telephone.html",
        day=row,
        lines=enterprises_to_call(read(), row.id, DAY_CANCELLED),
        change=latest,
        full=full,
    )
