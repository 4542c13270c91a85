"""Slots somebody may still book: how many places of each are free, and what is free on the days after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay, Seat, Slot

BOOKABLE_STATES = (DayState.PLANNED, DayState.PUBLISHED, DayState.ONGOING)
"""A day takes bookings until it is closed or cancelled; on the day itself they are walk-ins."""


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot and how many of its places nobody holds."""

    id: int
    day_id: int
    day: date
    starts_at: time
    ends_at: time
    room: str
    seats: int
    taken: int

    @property
    def free(self) -> int:
        """Places nobody holds."""
        return self.seats - self.taken

    @property
    def span(self) -> str:
        """09:00–09:40, with its room if the day has several."""
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}" + (f" {self.room}" if self.room else "")

    @property
    def label(self) -> str:
        """09:00–09:40（余 1 个）, or （已约满）."""
        return f"{self.span}（{f'余 {self.free} 个' if self.free else '已约满'}）"

    def label_beside(self, day: date) -> str:
        """12月15日 周二 09:00–09:40（余 1 个）, with the year if it is another one than that day's."""
        return f"{day_text(self.day, beside=day)} {self.label}"


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day that still takes bookings, and how many places are left on it."""

    id: int
    day: date
    seats: int
    taken: int

    @property
    def free(self) -> int:
        """Places nobody holds."""
        return self.seats - self.taken


def slots_to_book(session: Session, day_id: int) -> Sequence[OpenSlot]:
    """Every slot of a day that has places, full ones included, in order of time."""
    return [OpenSlot(*row) for row in session.execute(_slots().where(ReceptionDay.id == day_id))]


def free_slots(session: Session, first: date, *, limit: int = 8) -> Sequence[OpenSlot]:
    """The next slots with a free place from a day on: what is offered to somebody who came too late."""
    statement = (
        _slots()
        .where(ReceptionDay.day >= first, ReceptionDay.state.in_(BOOKABLE_STATES))
        .having(func.count(Seat.id) > func.count(Booking.id))
    )
    return [OpenSlot(*row) for row in session.execute(statement.limit(limit))]


def open_days(session: Session, today: date, *, limit: int = 12) -> Sequence[OpenDay]:
    """The coming days that take bookings, full ones included."""
    rows = session.execute(
        select(ReceptionDay.id, ReceptionDay.day, func.count(Seat.id), func.count(Booking.id))
        .join(Slot, Slot.reception_day_id == ReceptionDay.id)
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, Booking.seat_id == Seat.id)
        .where(ReceptionDay.day >= today, ReceptionDay.state.in_(BOOKABLE_STATES))
        .group_by(ReceptionDay.id, ReceptionDay.day)
        .order_by(ReceptionDay.day)
        .limit(limit)
    )
    return [OpenDay(*row) for row in rows]


def day_of_slot(session: Session, slot_id: int) -> date | None:
    """The day a slot belongs to, None if there is no such slot."""
    return session.scalar(
        select(ReceptionDay.day).join(Slot, Slot.reception_day_id == ReceptionDay.id).where(Slot.id == slot_id)
    )


def _slots() -> Select[Any]:
    return (
        select(
            Slot.id, ReceptionDay.id, ReceptionDay.day, Slot.starts_at, Slot.ends_at, Slot.room,
            func.count(Seat.id), func.count(Booking.id),
        )
        .join(ReceptionDay, ReceptionDay.id == Slot.reception_day_id)
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, Booking.seat_id == Seat.id)
        .group_by(Slot.id, ReceptionDay.id)
        .order_by(ReceptionDay.day, Slot.starts_at, Slot.room, Slot.id)
    )  # fmt: skip
