"""The room on a reception day: who waits, who is being received, what was recorded; and the public board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState, Identity, Origin
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.queueing import Stage, stage_of, whole_minutes
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import ENDED, DayState
from portal.store.models.bookings import Booking, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.bookings import persons_of_booking, serves_on


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An enterprise in the queue; `number` is its place among all places of the day, so it never changes.

    `persons` are those who came, before it comes those who were announced.
    """

    number: int
    booking_id: int
    day: date
    slot_id: int
    starts_at: time
    ends_at: time
    room: str
    mode: ReceptionMode
    theme: str
    enterprise_name: str
    visitor_name: str
    identity: Identity
    origin: Origin
    state: BookingState
    arrived_at: datetime | None
    persons: int
    called_at: datetime | None
    calls: int
    holds_room: str | None
    parked_at: datetime | None
    left_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    matters: int
    undecided: int
    version: int

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return stage_of(
            self.state,
            started=self.started_at is not None,
            finished=self.finished_at is not None,
            called=self.holds_room is not None,
            parked=self.parked_at is not None,
        )

    @property
    def in_room(self) -> bool:
        """Whether it is being received now."""
        return self.stage is Stage.INSIDE

    @property
    def waits(self) -> bool:
        """Whether it has come and has not been called yet."""
        return self.stage is Stage.WAITING

    @property
    def is_walk_in(self) -> bool:
        """Whether it came without a booking."""
        return self.origin is Origin.WALK_IN

    @property
    def is_group(self) -> bool:
        """Whether it is received together with the others of its slot."""
        return self.mode is ReceptionMode.GROUP

    def minutes_waited(self, now: datetime) -> int:
        """Whole minutes since it came."""
        return whole_minutes(self.arrived_at, now)

    def minutes_inside(self, now: datetime) -> int:
        """Whole minutes since its reception began."""
        return whole_minutes(self.started_at, now)


@dataclass(frozen=True, slots=True)
class RoomDay:
    """The reception day as the room needs it."""

    id: int
    day: date
    state: DayState
    venue: str
    starts_at: time
    version: int


@dataclass(frozen=True, slots=True)
class BoardRow:
    """What the public board knows of a place: when, its number, how far; nobody's name."""

    number: int
    day: date
    starts_at: time
    room: str
    mode: ReceptionMode
    theme: str
    origin: Origin
    state: BookingState
    arrived_at: datetime | None
    calls: int
    holds_room: str | None
    parked_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return stage_of(
            self.state,
            started=self.started_at is not None,
            finished=self.finished_at is not None,
            called=self.holds_room is not None,
            parked=self.parked_at is not None,
        )

    @property
    def is_walk_in(self) -> bool:
        """Whether it came without a booking."""
        return self.origin is Origin.WALK_IN


@dataclass(frozen=True, slots=True)
class Board:
    """The public board of a day; every room of the day is named, also while nobody is in it."""

    day: date
    state: DayState
    venue: str
    starts_at: time
    rooms: Sequence[str]
    rows: Sequence[BoardRow]

    @property
    def is_live(self) -> bool:
        """Whether anything may still change on it."""
        return self.state not in ENDED


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
    return [QueueRow(*row) for row in session.execute(_queue(day_id))]


def _queue(day_id: int) -> Select[Any]:
    places = numbered_places(day_id).subquery()
    matters = select(func.count(Matter.id)).where(Matter.booking_id == Booking.id)
    return (
        select(
            places.c.number, Booking.id, places.c.day, places.c.slot_id, places.c.starts_at, places.c.ends_at,
            places.c.room, places.c.mode, places.c.theme, Enterprise.name, Booking.visitor_name, Booking.identity,
            Booking.origin, Booking.state, Booking.arrived_at, persons_of_booking(),
            Booking.called_at, Booking.calls, Booking.holds_room, Booking.parked_at, Booking.left_at,
            Reception.started_at, Reception.finished_at, matters.scalar_subquery(),
            matters.where(Matter.state == MatterState.REGISTERED).scalar_subquery(), Booking.version,
        )
        .join(Booking, Booking.seat_id == places.c.seat_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(Reception, Reception.booking_id == Booking.id)
        .order_by(places.c.number)
    )  # fmt: skip


def rooms_of_day(session: Session, day_id: int) -> Sequence[str]:
    """The rooms of a day in the order of their names; a day with one room may leave it unnamed."""
    return session.scalars(
        select(Slot.room).where(Slot.reception_day_id == day_id).distinct().order_by(Slot.room)
    ).all()


def board_of_day(session: Session, day: date) -> Board | None:
    """The public board of a date in three statements; no name and no telephone number of anybody is read for it."""
    found = session.execute(_days().where(ReceptionDay.day == day)).first()
    if found is None:
        return None
    places = numbered_places(found.id).subquery()
    rows = session.execute(
        select(
            places.c.number, places.c.day, places.c.starts_at, places.c.room, places.c.mode, places.c.theme,
            Booking.origin, Booking.state, Booking.arrived_at, Booking.calls, Booking.holds_room, Booking.parked_at,
            Reception.started_at, Reception.finished_at,
        )
        .join(Booking, Booking.seat_id == places.c.seat_id)
        .outerjoin(Reception, Reception.booking_id == Booking.id)
        .order_by(places.c.number)
    )  # fmt: skip
    rooms = rooms_of_day(session, found.id)
    return Board(found.day, found.state, found.venue, found.starts_at, rooms, [BoardRow(*row) for row in rows])


def _days() -> Select[Any]:
    return select(
        ReceptionDay.id, ReceptionDay.day, ReceptionDay.state, ReceptionDay.venue, ReceptionDay.starts_at,
        ReceptionDay.version,
    )  # fmt: skip


def numbered_places(day_id: int | ScalarSelect[int]) -> Select[Any]:
    """Every place of a day with its number, counted through the day whether booked or not: the one count there is."""
    order = (Slot.starts_at, Slot.room, Slot.id, Seat.number)
    return (
        select(
            func.row_number().over(order_by=order).label("number"), Seat.id.label("seat_id"), ReceptionDay.day,
            Slot.id.label("slot_id"), Slot.starts_at, Slot.ends_at, Slot.room, Slot.mode, Slot.theme,
        )
        .join(Slot, Slot.id == Seat.slot_id)
        .join(ReceptionDay, ReceptionDay.id == Slot.reception_day_id)
        .where(Slot.reception_day_id == day_id)
    )  # fmt: skip
