"""What the rota is planned from: the places held, the lists of seats, leave, unsuitable days, and what is asked about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.leaves import LeaveState
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turn_counts import Counted
from portal.domain.turns import TurnOrigin
from portal.store.models.bookings import Booking
from portal.store.models.duty import Leave, SeatPool, UnsuitableDay
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Portfolio
from portal.store.models.reception import DutyTurn, ReceptionDay


def counted_turns(
    session: Session, first: date = date.min, last: date = date.max, *, empty_days: bool = True
) -> Sequence[Counted]:
    """The turns of a span that count, in order of date, in one statement.

    Counts follow who really served: a turn nobody came to does not count, nor one of a cancelled day. With `empty_days`
    False a day that is over and on which no enterprise was received does not use up the turn (domain 2.1).
    """
    statement = (
        select(ReceptionDay.day, DutyTurn.seat, DutyTurn.leader_id)
        .join(ReceptionDay, ReceptionDay.id == DutyTurn.reception_day_id)
        .where(ReceptionDay.day >= first, ReceptionDay.day <= last)
        .where(ReceptionDay.state != DayState.CANCELLED, DutyTurn.attended)
        .order_by(ReceptionDay.day, DutyTurn.id)
    )
    if not empty_days:
        received = exists().where(
            Booking.reception_day_id == ReceptionDay.id,
            Booking.state.in_((BookingState.ARRIVED, BookingState.FINISHED)),
        )
        statement = statement.where((ReceptionDay.state != DayState.CLOSED) | received)
    return [Counted(day, DutySeat(seat), leader_id) for day, seat, leader_id in session.execute(statement)]


def first_and_last_day(session: Session) -> tuple[date, date] | None:
    """The earliest and the latest reception day there is, None while there are none."""
    first, last = session.execute(select(func.min(ReceptionDay.day), func.max(ReceptionDay.day))).one()
    return (first, last) if first is not None else None


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A place that somebody holds, as far as a new plan must know it."""

    day_id: int
    seat: DutySeat
    position: int
    leader_id: int
    origin: TurnOrigin
    is_fixed: bool
    why: str


def held_turns(session: Session, day_ids: Collection[int]) -> Sequence[HeldTurn]:
    """The places held on some days, in one statement."""
    rows = session.execute(
        select(
            DutyTurn.reception_day_id, DutyTurn.seat, DutyTurn.position, DutyTurn.leader_id,
            DutyTurn.origin, DutyTurn.is_fixed, DutyTurn.why,
        )
        .where(DutyTurn.reception_day_id.in_(list(day_ids)))
        .order_by(DutyTurn.reception_day_id, DutyTurn.seat, DutyTurn.position)
    )  # fmt: skip
    return [HeldTurn(day_id, DutySeat(seat), *rest) for day_id, seat, *rest in rows]


def seat_pools(session: Session) -> Mapping[DutySeat, frozenset[int]]:
    """Who is on the list of each seat that has one; a seat without is open to all."""
    found: dict[DutySeat, frozenset[int]] = {}
    for seat, leader_id in session.execute(select(SeatPool.seat, SeatPool.leader_id)):
        found[DutySeat(seat)] = found.get(DutySeat(seat), frozenset()) | {leader_id}
    return found


def chief_ids(session: Session) -> frozenset[int]:
    """The leaders who must receive regularly."""
    return frozenset(session.scalars(select(Leader.id).where(Leader.is_chief)))


@dataclass(frozen=True, slots=True)
class LeaveSpan:
    """Days on which a leader is on leave, both ends included."""

    leader_id: int
    first: date
    last: date
    reason: str


def approved_leaves(session: Session, first: date, last: date) -> Sequence[LeaveSpan]:
    """The approved leave that touches a span, in one statement."""
    rows = session.execute(
        select(Leave.leader_id, Leave.starts_on, Leave.ends_on, Leave.reason)
        .where(Leave.state == LeaveState.APPROVED, Leave.starts_on <= last, Leave.ends_on >= first)
        .order_by(Leave.starts_on, Leave.id)
    )
    return [LeaveSpan(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnsuitableMark:
    """A reception day on which a leader cannot come."""

    id: int
    day_id: int
    day: date
    leader_id: int
    leader: str
    reason: str
    marked_by: str
    marked_at: datetime


def unsuitable_marks(
    session: Session, first: date, last: date = date.max, *, leader_ids: Collection[int] | None = None
) -> Sequence[UnsuitableMark]:
    """The days of a span that do not suit, of everybody or of some leaders, in one statement."""
    statement = (
        select(
            UnsuitableDay.id, UnsuitableDay.reception_day_id, ReceptionDay.day, UnsuitableDay.leader_id, Leader.name,
            UnsuitableDay.reason, UnsuitableDay.marked_by, UnsuitableDay.marked_at,
        )
        .join(ReceptionDay, ReceptionDay.id == UnsuitableDay.reception_day_id)
        .join(Leader, Leader.id == UnsuitableDay.leader_id)
        .where(ReceptionDay.day >= first, ReceptionDay.day <= last)
        .order_by(ReceptionDay.day, Leader.position, Leader.id)
    )  # fmt: skip
    if leader_ids is not None:
        statement = statement.where(UnsuitableDay.leader_id.in_(list(leader_ids)))
    return [UnsuitableMark(*row) for row in session.execute(statement)]


def categories_asked(session: Session, day_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """What the enterprises booked on some days ask about, by day: names of categories, upper level included."""
    upper = Category.__table__.alias("upper")
    rows = session.execute(
        select(Booking.reception_day_id, Category.name, upper.c.name)
        .join(Matter, Matter.booking_id == Booking.id)
        .join(Category, Category.code == Matter.category_code)
        .outerjoin(upper, upper.c.code == Category.parent_code)
        .where(Booking.reception_day_id.in_(list(day_ids)), Booking.state.in_(ACTIVE_STATES))
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for day_id, name, parent in rows:
        found.setdefault(day_id, set()).update(it for it in (name, parent) if it)
    return {day_id: tuple(sorted(names)) for day_id, names in found.items()}


def fields_held(session: Session, first: date, last: date) -> Mapping[int, frozenset[str]]:
    """The fields each leader looks after at some time of a span, in one statement."""
    found: dict[int, frozenset[str]] = {}
    rows = session.execute(
        select(Portfolio.leader_id, Portfolio.field).where(
            Portfolio.starts_on <= last, Portfolio.ends_on.is_(None) | (Portfolio.ends_on >= first)
        )
    )
    for leader_id, looked_after in rows:
        found[leader_id] = found.get(leader_id, frozenset()) | {looked_after}
    return found
