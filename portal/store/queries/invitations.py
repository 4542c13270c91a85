"""What a unit was asked to sit in on (NX-06): no more of the enterprise than it needs to prepare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.domain.attendance import Attendance
from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.reception_days import ENDED, DayState
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay, Slot


@dataclass(frozen=True, slots=True)
class Invitation:
    """One enterprise a unit is asked to sit in on; `representative` is who will come, blank as long as that is not said."""

    booking_id: int
    unit: str
    day: date
    day_state: DayState
    starts_at: time
    ends_at: time
    room: str
    venue: str
    enterprise: str
    state: BookingState
    attendance: Attendance
    representative: str

    def is_open(self, today: date) -> bool:
        """Whether the unit may still say who comes."""
        stands = self.state in ACTIVE_STATES and self.day_state not in ENDED and self.day >= today
        return stands and self.attendance is Attendance.INVITED


def coming_invitations(session: Session, unit_id: int, today: date) -> Sequence[Invitation]:
    """The receptions that are still to come, the earliest first."""
    rows = session.execute(
        _invitations(unit_id)
        .where(ReceptionDay.day >= today, ReceptionDay.state.not_in(ENDED), Booking.state.in_(ACTIVE_STATES))
        .order_by(ReceptionDay.day, Slot.starts_at, Booking.id)
    )
    return [Invitation(*row) for row in rows]


def invitation(session: Session, booking_id: int, actor: Actor) -> Invitation:
    """One invitation of the actor's own unit. Raises NotFound."""
    row = session.execute(_invitations(actor.unit_id or 0).where(Booking.id == booking_id)).first()
    if row is None:
        raise NotFound("没有邀请本单位参加这场接待，或邀请已撤销。请从工作台进入。")
    return Invitation(*row)


def titles_of_booking(session: Session, booking_id: int) -> Sequence[str]:
    """What an enterprise will speak about, one title a matter."""
    statement = select(Matter.title).where(Matter.booking_id == booking_id)
    return session.scalars(statement.order_by(Matter.position, Matter.id)).all()


def _invitations(unit_id: int) -> Select[Any]:
    return (
        select(
            Booking.id, Unit.short_name, ReceptionDay.day, ReceptionDay.state, Slot.starts_at, Slot.ends_at, Slot.room,
            ReceptionDay.venue, Enterprise.name, Booking.state, InvitedUnit.attendance, InvitedUnit.representative,
        )
        .select_from(InvitedUnit)
        .join(Booking, Booking.id == InvitedUnit.booking_id)
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(InvitedUnit.unit_id == unit_id)
    )  # fmt: skip
