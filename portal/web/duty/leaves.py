"""Leave from duty: who is away when, asking, deciding, taking back (domain 2.1)."""

from contextlib import suppress
from datetime import date
from typing import Any

from flask import Response, request, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.leaves import LeaveState, asked_too_late
from portal.domain.people import Actor, Role
from portal.services import leaves
from portal.store.extension import read
from portal.store.queries.leaves import SORTS, HeldTurn, LeaveRow, all_leaves, leave_row, turns_within
from portal.store.queries.leaves import leaves as leave_page
from portal.store.queries.people import LeaderRow, leader_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_number, asked_word, choices
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.downloads import xlsx
from portal.web.duty.blueprint import LOOKERS, bp
from portal.web.duty.change_forms import DecideForm, LeaveForm, PressForm
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page
from portal.web.office import rules


def own_leaders(actor: Actor) -> list[LeaderRow]:
    """The leaders somebody may act for: the office for all in office, others for their own."""
    serving = leader_rows(read(), clock.today())
    return [it for it in serving if actor.role is Role.OFFICE or it.id in actor.leader_ids]


@bp.get("/leaves")
@allow(*LOOKERS)
def leave_list() -> Response:
    """Who asked for leave, for when, and how it was decided."""
    state, leader_id = asked_word(LeaveState, "state"), asked_number("leader")
    wanted = wanted_page(SORTS, default="first", descending=True)
    page = leave_page(read(), wanted, actor=me(), state=state, leader_id=leader_id)
    return render(
        "pages/duty/leaves.html",
        "fragments/duty/_leave_list.html",
        page=Listing(page),
        state=state.value if state else "",
        leader_id=leader_id or "",
        states=choices(LeaveState),
        leaders=[(it.id, it.titled) for it in own_leaders(me())],
        is_office=me().role is Role.OFFICE,
    )


@bp.get("/leaves.xlsx")
@allow(*LOOKERS)
def leave_export() -> Response:
    """The same list as a spreadsheet."""
    rows = all_leaves(read(), actor=me(), state=asked_word(LeaveState, "state"), leader_id=asked_number("leader"))
    columns = [
        Column("领导", 12), Column("从", 14), Column("至", 14), Column("事由", 30), Column("状态", 10), Column("是否按时提出", 14),
        Column("提出人", 16), Column("提出日期", 14), Column("批准人", 24), Column("说明", 30),
    ]  # fmt: skip
    lines = (
        (
            it.leader, it.first, it.last, it.reason, it.state.label, "晚于规定" if it.is_late else "按时",
            it.asked_by, it.asked_at.date(), it.decided_by, it.remark,
        )
        for it in rows
    )  # fmt: skip
    return xlsx("轮值请假", columns, lines, today=clock.today())


@bp.route("/leaves/new", methods=["GET", "POST"])
@allow(*LOOKERS)
def new_leave() -> Response:
    """Ask for leave; the office does for any leader, others for their own."""
    form = LeaveForm(data=_asked_for())
    form.offer((it.id, it.titled) for it in own_leaders(me()))
    answer = attempt(
        form,
        lambda session: leaves.ask_leave(session, form.order(), actor=me(), now=clock.now()),
        done="已提出请假，等待批准。批准前轮值不变。",
        onward=url_for("duty.leave_list"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/new_leave.html",
        "fragments/duty/_leave_form.html",
        status=answer,
        form=form,
        lead_days=rules().leave_lead_days,
    )


def _asked_for() -> dict[str, Any]:
    """What a link to the form fills in already: the leader, and the day of a turn."""
    asked: dict[str, Any] = {"leader": request.args.get("leader", "")}
    with suppress(ValueError):
        asked["first"] = asked["last"] = date.fromisoformat(request.args.get("day", ""))
    return asked


@bp.get("/leaves/<int:leave_id>")
@allow(*LOOKERS)
def leave(leave_id: int) -> Response:
    """One leave, the turns that fall into it, and what can be done about each."""
    row, actor = leave_row(read(), leave_id, actor=me()), me()
    is_office = actor.role is Role.OFFICE
    return render(
        "pages/duty/leave.html",
        calendar_warning=calendar_warning((row.first, row.last), "接待日"),
        leave=row,
        turns=[(it, _offers(it, row, is_office)) for it in _turns(row)],
        late=_late_days(row),
        lead_days=rules().leave_lead_days,
        states=LeaveState,
        may_decide=is_office and row.state is LeaveState.REQUESTED,
        may_withdraw=row.state is LeaveState.REQUESTED
        or (row.state is LeaveState.APPROVED and row.last >= clock.today()),
    )


def _turns(row: LeaveRow) -> list[HeldTurn]:
    return list(turns_within(read(), row.leader_id, row.span, today=clock.today()))


def _late_days(row: LeaveRow) -> list[date]:
    """The coming turns in the span for which the leave was asked too late."""
    calendar, lead, asked_on = working_calendar_now(), rules().leave_lead_days, row.asked_at.date()
    return [it.day for it in _turns(row) if row.is_late and asked_too_late(calendar, it.day, asked_on, lead)]


def _offers(turn: HeldTurn, row: LeaveRow, is_office: bool) -> list[tuple[str, str]]:
    """What can be done for a turn that falls into a leave; the office sees to it once the leave is approved."""
    place: dict[str, Any] = {"day": turn.day, "seat": turn.seat.value, "position": turn.position}
    found = [("调换", url_for("duty.offer_swap", **place))]
    if is_office and row.state is LeaveState.APPROVED:
        found.insert(0, ("安排补位", url_for("duty.substitute", **place)))
        found.append(("修复排班", url_for("duty.repair")))
    return found


@bp.route("/leaves/<int:leave_id>/decide", methods=["GET", "POST"])
@allow(Role.OFFICE)
def decide_leave(leave_id: int) -> Response:
    """See which turns fall into a leave, and write down whether it was approved and by whom."""
    row, form = leave_row(read(), leave_id, actor=me()), DecideForm()
    answer = attempt(
        form,
        lambda session: leaves.decide_leave(session, leave_id, form.made(), actor=me(), now=clock.now()),
        done="已登记。批准的，请为其中的轮值安排补位或调换。" if _turns(row) else "已登记，并已告知本人。",
        onward=url_for("duty.leave", leave_id=leave_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/decide_leave.html",
        "fragments/duty/_decide_leave_form.html",
        status=answer,
        form=form,
        leave=row,
        turns=_turns(row),
    )


@bp.route("/leaves/<int:leave_id>/withdraw", methods=["GET", "POST"])
@allow(*LOOKERS)
def withdraw_leave(leave_id: int) -> Response:
    """Say what taking a leave back does, and do it."""
    row, form = leave_row(read(), leave_id, actor=me()), PressForm()
    answer = attempt(
        form,
        lambda session: leaves.withdraw_leave(session, leave_id, actor=me(), now=clock.now()),
        done="已撤回请假。",
        onward=url_for("duty.leave", leave_id=leave_id),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/duty/withdraw_leave.html",
        "fragments/duty/_withdraw_leave_form.html",
        status=answer,
        form=form,
        leave=row,
        turns=_turns(row),
    )
