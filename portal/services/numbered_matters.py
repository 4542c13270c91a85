"""Matters get their numbers as they are told, gap-free a year (NX-09)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.matters import MatterState
from portal.services.booking_orders import MatterTold
from portal.services.serials import next_numbers
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter

MATTER_PAPER = "matter"
"""Matters are counted in one row a year, whatever the organ code of the slips becomes."""


def register_matters(
    session: Session,
    booking_id: int,
    day_id: int,
    enterprise_id: int,
    told: Sequence[MatterTold],
    *,
    behind: int = 0,
    now: datetime,
) -> None:
    """Give matters their numbers, gap-free a year, and put them behind the `behind` ones the booking has (NX-09)."""
    if not told:
        return
    today = now.astimezone(ZONE).date()
    numbers = next_numbers(session, MATTER_PAPER, "", today.year, len(told))
    rows = [
        {
            "number": f"{today.year}-{number:04}",
            "booking_id": booking_id,
            "reception_day_id": day_id,
            "enterprise_id": enterprise_id,
            "position": behind + place,
            "kind": each.kind,
            "category_code": each.category_code,
            "title": each.title.strip(),
            "detail": each.detail.strip(),
            "state": MatterState.REGISTERED,
            "raised_on": today,
            "raised_at": now,
        }
        for place, (number, each) in enumerate(zip(numbers, told, strict=True), start=1)
    ]
    session.execute(_NEW_MATTERS, rows)


_NEW_MATTERS = insert(table_of(Matter))


def register_matter(session: Session, booking: Booking, told: MatterTold, *, now: datetime) -> Matter:
    """Give one more matter of a booking its number, gap-free a year, and put it behind the others (NX-09)."""
    last = session.scalar(select(func.max(Matter.position)).where(Matter.booking_id == booking.id)) or 0
    register_matters(session, booking.id, booking.reception_day_id, booking.enterprise_id, [told], behind=last, now=now)
    return session.scalars(select(Matter).where(Matter.booking_id == booking.id, Matter.position == last + 1)).one()
