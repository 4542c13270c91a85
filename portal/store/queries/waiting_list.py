"""The waiting list of a day, and what of it waits for the office (peers 4.10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.masking import mask_phone
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Slot

ON_THE_LIST = (BookingState.WAITING, BookingState.OFFERED)


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An enterprise on the waiting list of a day; `turn` counts those who still wait, None for one with an offer."""

    id: int
    version: int
    state: BookingState
    enterprise: str
    visitor_name: str
    visitor_phone: str
    since: datetime
    any_slot: bool
    starts_at: time
    ends_at: time
    room: str
    offers: int
    offered_until: datetime | None
    matters: int
    turn: int | None = None

    @property
    def masked_phone(self) -> str:
        """138****5678."""
        return mask_phone(self.visitor_phone)

    @property
    def span(self) -> str:
        """The slot it has been offered, or the one it wishes for."""
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}" + (f" {self.room}" if self.room else "")

    @property
    def wish(self) -> str:
        """What it waits for, in the office's words."""
        return "当天任何时段" if self.any_slot else f"只候补 {self.span}"

    def has_lapsed(self, now: datetime) -> bool:
        """Whether its offer has run out without an answer."""
        return self.offered_until is not None and self.offered_until <= now


def waiting_of_day(session: Session, day_id: int) -> Sequence[WaitingRow]:
    """Those with an offer first, then those who wait in the order of their turns; one statement."""
    matters = select(func.count(Matter.id)).where(Matter.booking_id == Booking.id).scalar_subquery()
    rows = session.execute(
        select(
            Booking.id, Booking.version, Booking.state, Enterprise.name, Booking.visitor_name, Booking.visitor_phone,
            func.coalesce(Booking.waiting_since, Booking.booked_at), Booking.any_slot, Slot.starts_at, Slot.ends_at,
            Slot.room, Booking.offers, Booking.offered_until, matters,
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(ON_THE_LIST))
        .order_by(case((Booking.state == BookingState.OFFERED, 0), else_=1), Booking.waiting_since, Booking.id)
    ).all()  # fmt: skip
    found = [WaitingRow(*row) for row in rows]
    offered = sum(it.state is BookingState.OFFERED for it in found)
    return [
        it if it.state is BookingState.OFFERED else replace(it, turn=place - offered)
        for place, it in enumerate(found, start=1)
    ]


def waiting_count(session: Session, day_id: int) -> int:
    """How many wait for a place of a day, or have one offered."""
    standing = (Booking.reception_day_id == day_id, Booking.state.in_(ON_THE_LIST))
    return session.scalar(select(func.count(Booking.id)).where(*standing)) or 0


@dataclass(frozen=True, slots=True)
class OffersOut:
    """The places offered to the waiting lists of all days, and the day whose answer is wanted first."""

    open: int
    lapsed: int
    first_open: date | None
    first_lapsed: date | None


def offers_out(session: Session, *, now: datetime) -> OffersOut:
    """How many offers wait for an answer, and how many have lapsed without one; one statement."""
    lapsed = Booking.offered_until <= now
    row = session.execute(
        select(
            func.count(case((~lapsed, 1))), func.count(case((lapsed, 1))),
            func.min(case((~lapsed, ReceptionDay.day))), func.min(case((lapsed, ReceptionDay.day))),
        )
        .select_from(Booking)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.state == BookingState.OFFERED)
    ).one()  # fmt: skip
    return OffersOut(*row)
