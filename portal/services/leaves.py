"""Leave from duty: a leader, the secretary or the office asks, the office writes down who approved (domain 2.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleBroken, refuse
from portal.domain.leaves import LEAVE_STEPS, LeaveState, Span, asked_too_late, leave_problems
from portal.domain.people import Action, Actor, Role, must
from portal.services.calendars import calendar_now
from portal.services.messages import accounts_in_role, accounts_of_leaders, tell
from portal.store.audit_trail import record
from portal.store.models.duty import Leave
from portal.store.models.people import Leader
from portal.store.queries.leaves import overlapping_leave, turns_within
from portal.store.queries.office import office_rules

LONGEST_NAME = 80
LONGEST_REMARK = 150


@dataclass(frozen=True, slots=True)
class LeaveOrder:
    """Leave as it is asked for."""

    leader_id: int
    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a leave, by whom (name and post), and what was said to it."""

    approved: bool
    decided_by: str
    remark: str = ""


def ask_leave(session: Session, order: LeaveOrder, *, actor: Actor, now: datetime) -> Leave:
    """Ask for leave: the office for any leader, leaders and secretaries for their own (domain 2.1).

    Asked too late before a turn it is taken all the same and marked. Raises RuleBroken, naming a standing leave with
    which it would overlap.
    """
    must(actor, Action.ASK_LEAVE)
    check_own(actor, order.leader_id, "请假")
    span, reason, today = order.span, order.reason.strip(), now.date()
    leader = session.get(Leader, order.leader_id, with_for_update=True)  # two requests of one leader come in turn
    if leader is None:
        raise RuleBroken("请从名单中选择一位领导。", field="leader")
    refuse(leave_problems(span, reason, today=today))
    if span.last < leader.serves_from or (leader.serves_until is not None and span.first > leader.serves_until):
        raise RuleBroken(f"{leader.name}在这些日子不在任期内，无须请假。", field="first")
    there = overlapping_leave(session, leader.id, span)
    if there is not None:
        raise RuleBroken(
            f"{leader.name}已有{there.span.text(today)}的请假（{there.state.label}），日期不能重叠。请改日期，或先撤回那一份再合并提出。",
            field="first",
        )
    leave = Leave(
        leader_id=leader.id,
        starts_on=span.first,
        ends_on=span.last,
        reason=reason,
        state=LeaveState.REQUESTED,
        is_late=bool(late_turns(session, leader.id, span, today=today)),
        asked_by_id=actor.account_id or None,
        asked_by=actor.name,
        asked_at=now,
    )
    session.add(leave)
    session.flush()
    words = f"{leader.name}请假：{span.text(today)}{'（提出时已晚于规定）' if leave.is_late else ''}"
    record(session, actor, now, "leave_asked", leave, summary=words)
    told = {*accounts_in_role(session, Role.OFFICE), *accounts_of_leaders(session, [leader.id])} - {actor.account_id}
    tell(session, told, f"leave-asked:{leave.id}", words, url=f"/duty/leaves/{leave.id}", now=now)
    return leave


def decide_leave(session: Session, leave_id: int, decision: Decision, *, actor: Actor, now: datetime) -> Leave:
    """Write down that a leave was approved or refused, and by whom; a refusal says why (domain 2.1).

    Raises Conflict when it was decided or withdrawn meanwhile.
    """
    must(actor, Action.DECIDE_LEAVE)
    leave, leader = _leave(session, leave_id)
    if leave.state is not LeaveState.REQUESTED:
        raise Conflict(f"这份请假已是“{leave.state.label}”{_by(leave)}，没有改动。请刷新页面查看。")
    refuse(_decision_problems(decision))
    target = LeaveState.APPROVED if decision.approved else LeaveState.REFUSED
    leave.state = LEAVE_STEPS.advance(leave.state, target)
    leave.decided_by, leave.decided_at, leave.remark = decision.decided_by.strip(), now, decision.remark.strip()
    span = Span(leave.starts_on, leave.ends_on)
    words = f"{leader.name}{span.text(now.date())}的请假{leave.state.label}（{leave.decided_by}）"
    act = "leave_approved" if decision.approved else "leave_refused"
    record(session, actor, now, act, leave, summary=words)
    key = f"leave-decided:{leave.id}"
    tell(session, accounts_of_leaders(session, [leader.id]), key, words, url=f"/duty/leaves/{leave.id}", now=now)
    return leave


def withdraw_leave(session: Session, leave_id: int, *, actor: Actor, now: datetime) -> Leave:
    """Take a leave back, asked or approved; turns already passed to somebody else stay with them.

    Raises Conflict when it no longer stands, RuleBroken when it is over.
    """
    must(actor, Action.ASK_LEAVE)
    leave, leader = _leave(session, leave_id)
    check_own(actor, leader.id, "请假")
    span = Span(leave.starts_on, leave.ends_on)
    if not any(step.to is LeaveState.WITHDRAWN for step in LEAVE_STEPS.possible(leave.state)):
        raise Conflict(f"这份请假已是“{leave.state.label}”{_by(leave)}，没有改动。请刷新页面查看。")
    if leave.state is LeaveState.APPROVED and span.last < now.date():
        raise RuleBroken("请假的日子已经过去，不能再撤回。")
    leave.state = LEAVE_STEPS.advance(leave.state, LeaveState.WITHDRAWN)
    words = f"撤回{leader.name}{span.text(now.date())}的请假"
    record(session, actor, now, "leave_withdrawn", leave, summary=words)
    told = {*accounts_in_role(session, Role.OFFICE), *accounts_of_leaders(session, [leader.id])} - {actor.account_id}
    tell(session, told, f"leave-withdrawn:{leave.id}", words, url=f"/duty/leaves/{leave.id}", now=now)
    return leave


def late_turns(session: Session, leader_id: int, span: Span, *, today: date) -> list[date]:
    """The days of the leader's turns in the span for which leave asked today comes too late."""
    lead = office_rules(session).leave_lead_days
    turns = turns_within(session, leader_id, span, today=today)
    if not turns:
        return []
    calendar = calendar_now(session)
    return [turn.day for turn in turns if asked_too_late(calendar, turn.day, today, lead)]


def check_own(actor: Actor, leader_id: int, what: str) -> None:
    """Let leaders and secretaries act for their own leaders only. Raises NotAllowed."""
    if actor.role in (Role.LEADER, Role.SECRETARY) and leader_id not in actor.leader_ids:
        raise NotAllowed(f"您只能办理本人或所服务领导的{what}，其他领导的请联系工商联办公室。")


def _leave(session: Session, leave_id: int) -> tuple[Leave, Leader]:
    """The leave, held until this transaction ends, and whose it is. Raises NotFound."""
    leave = session.get(Leave, leave_id, with_for_update=True, populate_existing=True)
    if leave is None:
        raise NotFound("没有找到这份请假。")
    return leave, session.get_one(Leader, leave.leader_id)


def _by(leave: Leave) -> str:
    return f"（{leave.decided_by}）" if leave.decided_by else ""


def _decision_problems(decision: Decision) -> list[Problem]:
    problems = []
    name, remark = decision.decided_by.strip(), decision.remark.strip()
    if not name:
        problems.append(Problem("decided_by", "请写明由谁批准或不批准，例如“周示安 区委书记”。"))
    elif len(name) > LONGEST_NAME:
        problems.append(Problem("decided_by", f"最多 {LONGEST_NAME} 个字，请精简。"))
    if not decision.approved and not remark:
        problems.append(Problem("remark", "不批准的，请写明原因，会告知本人。"))
    elif len(remark) > LONGEST_REMARK:
        problems.append(Problem("remark", f"说明最多 {LONGEST_REMARK} 个字，请精简。"))
    return problems
