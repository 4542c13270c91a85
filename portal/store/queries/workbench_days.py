"""The coming reception day at a glance, and a leader's next turn of duty."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, time

from sqlalchemy import and_, extract, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.matters import Check
from portal.domain.opinions import OpinionState
from portal.domain.reception_days import DayState
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter, Opinion
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay, Seat, Slot

AHEAD = (DayState.PLANNED, DayState.PUBLISHED, DayState.ONGOING)


MAIN = "main"


@dataclass(frozen=True, slots=True)
class DaySeat:
    """Somebody on duty on a day: seat, name, post."""

    seat: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class DayCard:
    """The coming reception day at a glance, and how far it is prepared."""

    id: int
    day: date
    state: DayState
    venue: str
    starts_at: time
    theme: str
    ordinal: int
    capacity: int
    booked: int
    reviewed: int
    invited: int
    matters: int
    checked: int
    opinions: int
    answered: int
    duty: tuple[DaySeat, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitLine:
    """An enterprise expected on a day."""

    starts_at: time
    enterprise: str
    matters: int
    state: BookingState


@dataclass(frozen=True, slots=True)
class TurnCard:
    """A leader's coming turn of duty with the enterprises expected."""

    leader: str
    seat: str
    day: date
    state: DayState
    venue: str
    starts_at: time
    leader_id: int
    visits: tuple[VisitLine, ...] = ()


def day_card(session: Session, today: date) -> DayCard | None:
    """The coming reception day, today's included, and how far it is prepared: two statements."""
    standing = and_(Booking.reception_day_id == ReceptionDay.id, Booking.state.in_(ACTIVE_STATES))
    invited = select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == Booking.id)
    earlier = aliased(ReceptionDay)
    known = and_(*(column != Check.UNKNOWN for column in (Matter.is_true, Matter.is_lawful, Matter.is_reasonable)))
    of_the_day = select(func.count()).select_from(Matter).join(Booking, Booking.id == Matter.booking_id).where(standing)
    opinions = of_the_day.join(Opinion, Opinion.matter_id == Matter.id)
    parts = (
        select(func.count()).where(
            extract("year", earlier.day) == extract("year", ReceptionDay.day),
            earlier.day <= ReceptionDay.day,
            earlier.state != DayState.CANCELLED,
        ),
        select(func.count())
        .select_from(Seat)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Slot.reception_day_id == ReceptionDay.id),
        select(func.count()).where(standing),
        select(func.count()).where(standing, Booking.state != BookingState.PENDING),
        select(func.count()).where(standing, invited.exists()),
        of_the_day,
        of_the_day.where(known),
        opinions.where(Opinion.state != OpinionState.WITHDRAWN),
        opinions.where(Opinion.state == OpinionState.ANSWERED),
    )
    row = session.execute(
        select(
            ReceptionDay.id,
            ReceptionDay.day,
            ReceptionDay.state,
            ReceptionDay.venue,
            ReceptionDay.starts_at,
            ReceptionDay.theme,
            *(part.correlate(ReceptionDay).scalar_subquery() for part in parts),
        )
        .where(ReceptionDay.day >= today, ReceptionDay.state.in_(AHEAD))
        .order_by(ReceptionDay.day)
        .limit(1)
    ).first()
    if row is None:
        return None
    duty = session.execute(
        select(DutyTurn.seat, Leader.name, DutyTurn.post)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id == row.id)
        .order_by(DutyTurn.seat != MAIN, DutyTurn.seat, DutyTurn.position)
    )
    return replace(DayCard(*row), duty=tuple(DaySeat(*each) for each in duty))


def next_turn(session: Session, leader_ids: Collection[int], today: date) -> TurnCard | None:
    """The coming turn of one of these leaders, with the enterprises expected: two statements."""
    row = session.execute(
        select(
            ReceptionDay.id,
            Leader.name,
            DutyTurn.seat,
            ReceptionDay.day,
            ReceptionDay.state,
            ReceptionDay.venue,
            ReceptionDay.starts_at,
            DutyTurn.leader_id,
        )
        .join(DutyTurn, DutyTurn.reception_day_id == ReceptionDay.id)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.leader_id.in_(leader_ids), ReceptionDay.day >= today, ReceptionDay.state.in_(AHEAD))
        .order_by(ReceptionDay.day, DutyTurn.seat != MAIN, DutyTurn.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    brought = select(func.count()).where(Matter.booking_id == Booking.id).scalar_subquery()
    visits = session.execute(
        select(Slot.starts_at, Enterprise.name, brought, Booking.state)
        .select_from(Booking)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.reception_day_id == row.id, Booking.state.in_(ACTIVE_STATES))
        .order_by(Slot.starts_at, Booking.id)
    )
    return replace(TurnCard(*row[1:]), visits=tuple(VisitLine(*each) for each in visits))
