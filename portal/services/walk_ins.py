"""Somebody who comes without a booking and stands at the desk (domain 2.2)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.services.arrivals import check_in
from portal.services.booked_already import booked_with
from portal.services.booking_orders import BookingOrder
from portal.services.bookings import confirm_booking
from portal.services.entering import enter
from portal.services.standing_bookings import booking_to_change

CHECKS_IN = (DayState.PUBLISHED, DayState.ONGOING)


def register_walk_in(session: Session, order: BookingOrder, *, actor: Actor, now: datetime) -> int:
    """Enter a walk-in and check it in at once: whoever enters it has looked at it, and it is here already.

    Answers the booking's id; one that was entered before, or found no place, stays as it is. Raises what `enter` raises.
    """
    first = booked_with(session, order.form_token)
    if first is not None:
        return first
    booking_id = enter(session, order, actor=actor, now=now)
    booking = booking_to_change(session, booking_id, None)
    if booking.state is BookingState.PENDING:
        booking = confirm_booking(session, booking_id, actor=actor, now=now)
    if booking.state is BookingState.CONFIRMED and booking.reception_day.state in CHECKS_IN:
        check_in(session, booking_id, actor=actor, now=now)
    return booking_id
