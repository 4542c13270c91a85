"""The round of closing a matter is in: found, ended, begun again with a new last day."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.clocks import counted
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.people import Actor
from portal.domain.results import contests_result
from portal.services.calendars import calendar_now
from portal.services.counted_dates import follow_matters, set_due
from portal.services.extensions import clock_for
from portal.services.handling import Handling, begin_step, handling_of, move, units_on
from portal.services.matter_news import matter_is_reopened
from portal.store.models.handling import Closing

LONGEST = 4_000


def begin_again(session: Session, handling: Handling, *, now: datetime) -> None:
    """A matter that is handled again has a new last day, counted from today as its class is."""
    matter = handling.matter
    clock = clock_for(session, matter)
    set_due(matter, counted(clock, now.date(), calendar_now(session)))
    follow_matters(handling.slip)
    begin_step(session, matter, now)


def reopen_round(session: Session, handling: Handling, why: str, *, now: datetime) -> None:
    """A closed matter is handled again with a new last day, and its units hear why. The caller writes the audit line."""
    move(session, handling, MatterAct.REOPEN, now=now)
    begin_again(session, handling, now=now)
    matter_is_reopened(session, handling.matter, units_on(handling), why, now=now)


def closing_now(session: Session, matter_id: int) -> Closing | None:
    """The round of closing a matter is in; None when no result waits."""
    return session.scalar(
        select(Closing)
        .where(Closing.matter_id == matter_id, Closing.ended_at.is_(None), Closing.approved_at.is_(None))
        .order_by(Closing.round.desc())
        .limit(1)
    )


def round_now(session: Session, matter_id: int, version: int | None, actor: Actor) -> tuple[Handling, Closing]:
    """The matter held for an act, and its round. Raises Conflict when no result waits."""
    handling = handling_of(session, matter_id, version=version, actor=actor)
    closing = closing_now(session, matter_id)
    if closing is None:
        raise Conflict(f"这项诉求现为“{handling.matter.state.label}”，没有等待确认的办理结果。")
    return handling, closing


def end_round(closing: Closing, why: str, actor: Actor, now: datetime) -> None:
    """End a round without closing the matter, saying why."""
    why = why.strip()
    if len(why) < 2:
        raise RuleBroken("请写明理由。", field="why")
    closing.ended_at, closing.ended_by, closing.ended_why = now, actor.name, why[:LONGEST]


def times_contested(session: Session, matter_id: int) -> int:
    """How often the enterprise did not accept a result; a round it was content with and that was sent back later is none."""
    rounds = session.execute(
        select(Closing.grade, Closing.resolved).where(Closing.matter_id == matter_id, Closing.ended_at.is_not(None))
    )
    return sum(contests_result(grade, resolved) for grade, resolved in rounds)
