"""Matters told in the room, one by one and numbered as they are told (NX-09, NX-11)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.errors import Problem, RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services.booking_orders import MatterTold, matter_problems
from portal.services.bookings import register_matter
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.matters import Matter


def add_matter(session: Session, booking_id: int, told: MatterTold, *, actor: Actor, now: datetime) -> Matter:
    """Register a matter that was only told in the room (NX-09)."""
    must(actor, Action.RECORD_RECEPTION)
    booking = booking_to_change(session, booking_id, None)
    day = booking.reception_day
    if day.state is not DayState.ONGOING:
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，不能补记诉求。", field="state")
    if booking.state not in (BookingState.ARRIVED, BookingState.FINISHED):
        raise RuleBroken("企业签到以后才能补记当场提出的诉求。", field="state")
    refuse([Problem("title", it.message) for it in matter_problems(session, told)])
    matter = register_matter(session, booking, told, now=now)
    record(session, actor, now, "matter_told", matter, summary=f"现场补记诉求 {matter.number}")
    return matter
