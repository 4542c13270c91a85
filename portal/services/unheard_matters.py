"""Matters of an enterprise that booked and was not received: ended with their day, or taken over by its next booking.

Nothing is lost: each keeps its number and its timeline, ends with the reason in words, or is heard on another day and counted
on that one only.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.bookings import UNHEARD_STATES, Unheard
from portal.domain.following import called_off
from portal.domain.matters import MatterState
from portal.domain.office import OfficeRules
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from portal.store.queries.office import office_rules


def end_with_the_day(session: Session, day_id: int, *, actor: Actor, now: datetime) -> int:
    """End what was not heard on a day that is closed, where the office wants it so; answers how many matters."""
    if office_rules(session).unheard is not Unheard.END:
        return 0
    return _end(session, _unheard(session, Matter.reception_day_id == day_id), "随接待日结束", actor=actor, now=now)


def unheard_for_too_long(session: Session, *, today: date) -> Sequence[int]:
    """Matters nobody will hear any more by the office's rules, on days that are closed; reads only."""
    last = _last_day(office_rules(session), today)
    if last is None:
        return []
    statement = (
        select(Matter.id)
        .join(Booking, Booking.id == Matter.booking_id)
        .join(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .where(
            Matter.state == MatterState.REGISTERED,
            Booking.state.in_(UNHEARD_STATES),
            ReceptionDay.state == DayState.CLOSED,
            ReceptionDay.day < last,
        )
    )
    return session.scalars(statement.order_by(Matter.id)).all()


def end_unheard(session: Session, matter_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """End matters that waited for another booking in vain; one taken over meanwhile is left alone."""
    waited = _unheard(session, Matter.id.in_(matter_ids))
    return _end(session, waited, "没有再预约", actor=actor, now=now)


def carry_over(
    session: Session,
    booking_id: int,
    day: ReceptionDay,
    enterprise_id: int,
    *,
    behind: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Give a new booking what the enterprise could not say at earlier ones, behind what it was booked with; answers how many."""
    waiting = _unheard(session, Matter.enterprise_id == enterprise_id, Matter.booking_id != booking_id)
    for place, matter in enumerate(waiting, start=behind + 1):
        earlier = matter.reception_day.day if matter.reception_day is not None else matter.raised_on
        matter.booking_id, matter.reception_day_id, matter.position = booking_id, day.id, place
        summary = f"{day_text(earlier, now.date())}没有接待，诉求带入{day_text(day.day, now.date())}接待日的预约"
        record(session, actor, now, "matter_carried_over", matter, summary=summary, booking=booking_id)
    return len(waiting)


def _unheard(session: Session, *which: ColumnElement[bool]) -> Sequence[Matter]:
    statement = (
        select(Matter)
        .join(Booking, Booking.id == Matter.booking_id)
        .where(Matter.state == MatterState.REGISTERED, Booking.state.in_(UNHEARD_STATES), *which)
        .options(joinedload(Matter.booking), joinedload(Matter.reception_day))
        .order_by(Matter.id)
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def _end(session: Session, matters: Sequence[Matter], how: str, *, actor: Actor, now: datetime) -> int:
    for matter in matters:
        why = called_off(matter.booking.state) if matter.booking is not None else ""
        matter.ended_reason = f"{why}，没有接待，{how}。"
        matter.state, matter.state_since = MatterState.WITHDRAWN, now
        record(session, actor, now, "matter_unheard", matter, summary=matter.ended_reason.rstrip("。"))
    return len(matters)


def _last_day(rules: OfficeRules, today: date) -> date | None:
    """The day before which a day must lie for its unheard matters to end; None where they stay."""
    if rules.unheard is Unheard.KEEP:
        return None
    return today if rules.unheard is Unheard.END else today - timedelta(days=rules.unheard_days)
