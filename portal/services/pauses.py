"""Suspension (中止) and long-term hold (挂账): the clock stands still, and a day is fixed to look at the matter again."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.clocks import DEFAULT_CLOCKS, PETITION_CLOCKS, Clock, Stage, counted
from portal.domain.errors import RuleBroken
from portal.domain.extensions import PauseKind
from portal.domain.matter_course import MatterAct
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.services.calendars import calendar_now
from portal.services.counted_dates import follow_matters, set_due
from portal.services.handling import begin_step, handling_of, move
from portal.store.audit_trail import record
from portal.store.models.handling import Pause
from portal.store.models.matters import Matter
from portal.store.queries.office import office_rules

SHORTEST, LONGEST, FARTHEST_DAYS = 10, 2_000, 366
BEGINS = {PauseKind.SUSPENSION: MatterAct.SUSPEND, PauseKind.LONG_TERM: MatterAct.HOLD}


def pause(
    session: Session,
    matter_id: int,
    kind: PauseKind,
    reason: str,
    review_on: date,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Pause:
    """Let the clock of a matter stand still; a suspended one may go on to long-term hold, which leaders decide by default."""
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    matter = handling.matter
    if kind is PauseKind.LONG_TERM and office_rules(session).hold_by_leader and actor.role is not Role.LEADER:
        raise RuleBroken("挂账由签批领导或牵头领导决定。", field="state")
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise RuleBroken(f"请写明{kind.label}原因，{SHORTEST} 至 {LONGEST} 个字。", field="reason")
    today = now.date()
    if not 0 < (review_on - today).days <= FARTHEST_DAYS:
        raise RuleBroken("复核日期应在明天至一年以内。", field="review_on")
    earlier = running_pause(session, matter_id)
    left = earlier.days_left if earlier else days_left(session, matter, today)
    move(session, handling, BEGINS[kind], now=now, review_on=review_on)
    if earlier is not None:
        earlier.ended_at, earlier.ended_by, earlier.ended_why = now, actor.name, f"转为{kind.label}"
        session.flush()
    begun = Pause(
        matter_id=matter_id,
        kind=kind,
        reason=reason,
        review_on=review_on,
        days_left=left,
        begun_by=actor.name,
        begun_at=now,
    )
    session.add(begun)
    record(
        session, actor, now, "matter_paused", matter,
        summary=f"{kind.label}，{review_on:%Y-%m-%d} 复核：{reason[:60]}", kind=kind.value,
    )  # fmt: skip
    return begun


def resume(
    session: Session, matter_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Pause:
    """Take a matter up again: the days that were left when its clock stopped run on from today.

    One that was late by then stays late: its last day does not move.
    """
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    matter, running = handling.matter, running_pause(session, matter_id)
    act = MatterAct.TAKE_OFF_HOLD if matter.state is MatterState.LONG_TERM else MatterAct.RESUME
    move(session, handling, act, now=now)
    if running is None:
        raise RuleBroken("这项诉求的时限没有停止，不必恢复。", field="state")
    why = why.strip()
    if not 4 <= len(why) <= LONGEST:
        raise RuleBroken("请写明恢复办理的理由，不少于 4 个字。", field="why")
    running.ended_at, running.ended_by, running.ended_why = now, actor.name, why
    if matter.due_on is not None:
        was_late = not running.days_left and matter.due_on < running.begun_at.date()
        if not was_late:
            clock = replace(handling_clock_of(matter), length=max(running.days_left, 1))
            set_due(matter, counted(clock, now.date(), calendar_now(session)))
            follow_matters(handling.slip)
        begin_step(session, matter, now)
    record(session, actor, now, "matter_resumed", matter, summary=f"{act.label}：{why[:60]}")
    return running


def running_pause(session: Session, matter_id: int) -> Pause | None:
    """The pause a matter is in, None when its clock runs."""
    return session.scalar(select(Pause).where(Pause.matter_id == matter_id, Pause.ended_at.is_(None)))


def days_left(session: Session, matter: Matter, today: date) -> int:
    """The days a matter has left after `today`: working days, calendar days for a petition; none when they are over."""
    if matter.due_on is None or matter.due_on <= today:
        return 0
    return (matter.due_on - today).days if matter.is_petition else calendar_now(session).between(today, matter.due_on)


def handling_clock_of(matter: Matter) -> Clock:
    """What the days that were left are counted in."""
    return PETITION_CLOCKS[Stage.HANDLING] if matter.is_petition else DEFAULT_CLOCKS[Stage.HANDLING]
