"""The room on a reception day: who waits, who is being received, what was recorded; and the public board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState, Identity
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.store.models.bookings import Booking, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.bookings import serves_on


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An enterprise in the queue; `number` is its place among all places of the day, so it never changes."""

    number: int
    booking_id: int
    starts_at: time
    room: str
    enterprise_name: str
    visitor_name: str
    identity: Identity
    state: BookingState
    arrived_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    matters: int
    undecided: int
    version: int

    @property
    def in_room(self) -> bool:
        """Whether it is being received now."""
        return self.state is BookingState.ARRIVED and self.started_at is not None and self.finished_at is None

    @property
    def waits(self) -> bool:
        """Whether it has come and has not been called yet."""
        return self.state is BookingState.ARRIVED and self.started_at is None

    def minutes_waited(self, now: datetime) -> int:
        """Whole minutes since it came."""
        return max(int((now - self.arrived_at).total_seconds() // 60), 0) if self.arrived_at else 0


@dataclass(frozen=True, slots=True)
class RoomDay:
    """The reception day as the room needs it."""

    id: int
    day: date
    state: DayState
    venue: str
    version: int


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What was written down while an enterprise was received (NX-11)."""

    id: int
    version: int
    started_at: datetime
    finished_at: datetime | None
    inquiry: str
    department_reports: str
    crux: str
    approach: str
    answer: str
    recorder: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """What the public board says of a place: when, its number, how far; nobody's name."""

    number: int
    starts_at: time
    room: str
    state: str


@dataclass(frozen=True, slots=True)
class Board:
    """The public board of a day."""

    day: date
    state: DayState
    venue: str
    rows: Sequence[BoardRow]

    @property
    def is_live(self) -> bool:
        """Whether anything may still change on it."""
        return self.state not in (DayState.CLOSED, DayState.CANCELLED)


def room_day(session: Session, day: date, *, actor: Actor) -> RoomDay | None:
    """The reception day on a date if this person may see its room."""
    row = session.execute(_days().where(ReceptionDay.day == day, serves_on(actor))).first()
    return RoomDay(*row) if row else None


def next_room_day(session: Session, today: date, *, actor: Actor) -> date | None:
    """The day whose room to open: today's or the next, else the latest that was held."""
    seen = select(ReceptionDay.day).where(serves_on(actor), ReceptionDay.state != DayState.CANCELLED)
    coming = session.scalar(seen.where(ReceptionDay.day >= today).order_by(ReceptionDay.day).limit(1))
    return coming or session.scalar(seen.order_by(ReceptionDay.day.desc()).limit(1))


def queue_of_day(session: Session, day_id: int) -> Sequence[QueueRow]:
    """Every standing booking of a day in the order of its places, in one statement."""
    places = numbered_places(day_id).subquery()
    matters = select(func.count(Matter.id)).where(Matter.booking_id == Booking.id)
    rows = session.execute(
        select(
            places.c.number, Booking.id, places.c.starts_at, places.c.room, Enterprise.name, Booking.visitor_name,
            Booking.identity, Booking.state, Booking.arrived_at, Reception.started_at, Reception.finished_at,
            matters.scalar_subquery(), matters.where(Matter.state == MatterState.REGISTERED).scalar_subquery(),
            Booking.version,
        )
        .join(Booking, Booking.seat_id == places.c.seat_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(Reception, Reception.booking_id == Booking.id)
        .order_by(places.c.number)
    )  # fmt: skip
    return [QueueRow(*row) for row in rows]


def record_of_booking(session: Session, booking_id: int) -> RecordFacts | None:
    """The record of a reception, None until it has begun."""
    row = session.execute(
        select(
            Reception.id, Reception.version, Reception.started_at, Reception.finished_at, Reception.inquiry,
            Reception.department_reports, Reception.crux, Reception.approach, Reception.answer, Reception.recorder,
        ).where(Reception.booking_id == booking_id)
    ).first()  # fmt: skip
    return RecordFacts(*row) if row else None


def board_of_day(session: Session, day: date) -> Board | None:
    """The public board of a date in two statements; no name and no number of anybody is read for it."""
    found = session.execute(_days().where(ReceptionDay.day == day)).first()
    if found is None:
        return None
    places = numbered_places(found.id).subquery()
    word = case(
        (Booking.state == BookingState.FINISHED, "完成"),
        (Booking.state == BookingState.NO_SHOW, "过号"),
        (Reception.finished_at.is_not(None), "完成"),
        (Reception.started_at.is_not(None), "请进"),
        (Booking.state == BookingState.ARRIVED, "等候"),
        else_="未到",
    )
    rows = session.execute(
        select(places.c.number, places.c.starts_at, places.c.room, word)
        .join(Booking, Booking.seat_id == places.c.seat_id)
        .outerjoin(Reception, Reception.booking_id == Booking.id)
        .order_by(places.c.number)
    )
    return Board(found.day, found.state, found.venue, [BoardRow(*row) for row in rows])


def _days() -> Select[Any]:
    return select(
        ReceptionDay.id, ReceptionDay.day, ReceptionDay.state, ReceptionDay.venue, ReceptionDay.version
    )  # fmt: skip


def numbered_places(day_id: int) -> Select[Any]:
    """Every place of a day with its number, counted through the day whether booked or not."""
    order = (Slot.starts_at, Slot.room, Slot.id, Seat.number)
    return (
        select(
            func.row_number().over(order_by=order).label("number"),
            Seat.id.label("seat_id"),
            Slot.starts_at.label("starts_at"),
            Slot.room.label("room"),
        )
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Slot.reception_day_id == day_id)
    )
