"""The units asked to sit in at receptions, and whether they came (NX-06)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.attendance import Attendance
from portal.store.models.bookings import InvitedUnit
from portal.store.models.people import Unit


@dataclass(frozen=True, slots=True)
class Invited:
    """A unit asked to sit in, and whether it came."""

    unit_id: int
    name: str
    short_name: str
    attendance: Attendance
    representative: str


def invited_units(session: Session, booking_id: int) -> Sequence[Invited]:
    """The units asked to sit in, in the district's order (NX-06)."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.short_name, InvitedUnit.attendance, InvitedUnit.representative)
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .where(InvitedUnit.booking_id == booking_id)
        .order_by(Unit.position, Unit.id)
    )
    return [Invited(*row) for row in rows]


def units_invited_to(session: Session, booking_ids: Sequence[int]) -> dict[int, list[Invited]]:
    """The units asked to sit in at several bookings, by booking, in the district's order (NX-06)."""
    rows = session.execute(
        select(
            Unit.id, Unit.name, Unit.short_name, InvitedUnit.attendance, InvitedUnit.representative,
            InvitedUnit.booking_id,
        )
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .where(InvitedUnit.booking_id.in_(booking_ids))
        .order_by(Unit.position, Unit.id)
    )  # fmt: skip
    found: dict[int, list[Invited]] = {}
    for row in rows:
        found.setdefault(row[-1], []).append(Invited(*row[:-1]))
    return found
