"""Slots somebody may still book: how many places of each are free, and what is free on the days after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session

from portal.domain.receiving import ReceptionMode
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
    mode: ReceptionMode
    theme: str
    seats: int
    taken: int
    held: int

    @property
    def free(self) -> int:
        """Places nobody has and no form holds."""
        return self.seats - self.taken - self.held

    @property
    def span(self) -> str:
        """09:00–09:40, with its room if the day has several."""
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}" + (f" {self.room}" if self.room else "")

    @property
    def label(self) -> str:
        """09:00–09:40（余 1 个）, （占位中）while forms hold the last places, or （已约满）."""
        left = f"余 {self.free} 个" if self.free > 0 else "占位中" if self.held else "已约满"
        together = f"，{self.mode.label}" if self.mode is ReceptionMode.GROUP else ""
        return f"{self.span}（{left}{together}）"

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
    groups_left: int | None

    @property
    def free(self) -> int:
        """Places nobody has, as far as the day's cap on enterprises leaves room for them."""
        free = self.seats - self.taken
        return free if self.groups_left is None else min(free, self.groups_left)


def slots_to_book(
    session: Session, day_id: int, *, now: datetime | None = None, token: str | None = None
) -> Sequence[OpenSlot]:
    """Every slot of a day that has places, full ones included, in order of time.

    With `now`, what forms hold at that moment is told as well; the form with this `token` does not stand in its own way.
    """
    statement = _slots(now, token).where(ReceptionDay.id == day_id)
    return [OpenSlot(*row) for row in session.execute(statement)]


def free_slots(session: Session, first: date, *, now: datetime | None = None, limit: int = 8) -> Sequence[OpenSlot]:
    """The next slots with a free place from a day on: what is offered to somebody who came too late.

    A day whose cap on enterprises is reached has none.
    """
    statement = (
        _slots(now, None)
        .where(
            ReceptionDay.day >= first,
            ReceptionDay.state.in_(BOOKABLE_STATES),
            or_(ReceptionDay.most_groups == 0, ReceptionDay.groups_booked < ReceptionDay.most_groups),
        )
        .having(func.count(Seat.id) > func.count(Booking.id) + func.coalesce(func.sum(_held(now, None)), 0))
    )
    return [OpenSlot(*row) for row in session.execute(statement.limit(limit))]


def open_days(session: Session, today: date, *, limit: int = 12) -> Sequence[OpenDay]:
    """The coming days that take bookings, full ones included."""
    rows = session.execute(
        select(
            ReceptionDay.id, ReceptionDay.day, func.count(Seat.id), func.count(Booking.id),
            case((ReceptionDay.most_groups > 0, ReceptionDay.most_groups - ReceptionDay.groups_booked)),
        )
        .join(Slot, Slot.reception_day_id == ReceptionDay.id)
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, Booking.seat_id == Seat.id)
        .where(ReceptionDay.day >= today, ReceptionDay.state.in_(BOOKABLE_STATES))
        .group_by(ReceptionDay.id, ReceptionDay.day)
        .order_by(ReceptionDay.day)
        .limit(limit)
    )  # fmt: skip
    return [OpenDay(*row) for row in rows]


def hold_of_form(session: Session, token: str, *, now: datetime) -> tuple[int, datetime] | None:
    """The slot of which a form keeps a place at that moment, and until when; None if it keeps none."""
    held = select(Seat.slot_id, Seat.held_until).where(Seat.held_by == token, Seat.held_until > now)
    row = session.execute(held).first() if token else None
    return (row.slot_id, row.held_until) if row else None


def day_of_slot(session: Session, slot_id: int) -> date | None:
    """The day a slot belongs to, None if there is no such slot."""
    return session.scalar(
        select(ReceptionDay.day).join(Slot, Slot.reception_day_id == ReceptionDay.id).where(Slot.id == slot_id)
    )


def _slots(now: datetime | None, token: str | None) -> Select[Any]:
    return (
        select(
            Slot.id, ReceptionDay.id, ReceptionDay.day, Slot.starts_at, Slot.ends_at, Slot.room, Slot.mode, Slot.theme,
            func.count(Seat.id), func.count(Booking.id), func.coalesce(func.sum(_held(now, token)), 0),
        )
        .join(ReceptionDay, ReceptionDay.id == Slot.reception_day_id)
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, Booking.seat_id == Seat.id)
        .group_by(Slot.id, ReceptionDay.id)
        .order_by(ReceptionDay.day, Slot.starts_at, Slot.room, Slot.id)
    )  # fmt: skip


def _held(now: datetime | None, token: str | None) -> ColumnElement[int]:
    """1 for a seat without booking that another form holds at that moment, 0 for any other."""
    if now is None:
        return literal(0)
    others = true() if token is None else Seat.held_by != token
    return case((and_(Booking.id.is_(None), Seat.held_until > now, others), 1), else_=0)
