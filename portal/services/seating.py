"""A booking's row: counted on its day and put on a seat, or on the waiting list (NX-03, NX-09; its locks: places.py)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES, BookingState, normalise_phone
from portal.domain.office import OfficeRules
from portal.services.booked_already import already_booked, booked_with, standing_bookings, was_taken
from portal.services.booking_orders import BookingOrder, tidy_id_number, wants_id_number
from portal.services.places import (
    FreeSeat,
    count_in,
    expect_persons,
    full_slot,
    lock_days,
    persons_of,
    release_seat,
    uncount,
)
from portal.store.attempts import attempt
from portal.store.base import table_of
from portal.store.models.bookings import Booking, new_code
from portal.store.models.reception import Slot

_BOOKING = table_of(Booking)
_NEW = insert(_BOOKING).returning(_BOOKING.c.id)

REASONS = ("override_reason", "urgent_reason", "again_reason", "over_limit_reason")
"""What opens for a booking what is closed otherwise."""


def take_a_seat(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    seats: Iterable[FreeSeat],
    *,
    now: datetime,
) -> tuple[int, dict[str, Any] | None]:
    """Count the booking on its day and insert it on the first seat the database gives; its persons are expected there.

    Answers its id and what was written, or the booking this form was sent for a moment ago and None. Raises Full, and then
    nothing of it is left.
    """
    matters, capped = len(order.matters), not order.over_limit_reason.strip()
    count_in(session, slot, matters, capped=capped)
    first = booked_with(session, order.form_token)
    if first is None:
        columns = _columns(session, order, slot, enterprise_id, letter_id, rules, now=now)
        taken = _first_given(session, slot, enterprise_id, columns, seats)
        if taken is not None:
            expect_persons(session, slot, taken, persons_in(order))
            return taken, columns
    if capped:
        uncount(session, slot.reception_day_id, matters)
    if first is not None:
        return first, None
    raise full_slot(session, slot, now=now)


def _first_given(
    session: Session, slot: Slot, enterprise_id: int, columns: dict[str, Any], seats: Iterable[FreeSeat]
) -> int | None:
    for seat in seats:
        try:
            with attempt(session):
                booking_id: int = session.execute(_NEW, {**columns, "seat_id": seat.id}).scalar_one()
        except IntegrityError:
            if not was_taken(session, seat.id, slot, enterprise_id):
                raise
        else:
            if seat.held_by is not None:
                release_seat(session, seat.id)
            return booking_id
    return None


def put_on_the_list(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    *,
    now: datetime,
) -> tuple[int, dict[str, Any] | None]:
    """Insert the booking without a seat, to wait for one; answers as `take_a_seat` does. Raises AlreadyBooked."""
    lock_days(session, slot.reception_day_id)
    first = booked_with(session, order.form_token)
    if first is not None:
        return first, None
    columns = _columns(session, order, slot, enterprise_id, letter_id, rules, now=now)
    columns |= {"state": BookingState.WAITING, "waiting_since": now, "any_slot": order.any_slot}
    try:
        with attempt(session):
            return int(session.execute(_NEW, columns).scalar_one()), columns
    except IntegrityError:
        standing = session.scalar(
            standing_bookings(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id)
        )
        if standing is None:
            raise
        raise already_booked(session, standing, slot.reception_day) from None


def persons_in(order: BookingOrder) -> frozenset[str]:
    """The keyed hashes of those an order brings."""
    visitor = (order.visitor.name, normalise_phone(order.visitor.phone), order.visitor.id_number)
    return persons_of(
        visitor,
        [(it.name, normalise_phone(it.phone) if it.phone.strip() else "", it.id_number) for it in order.companions],
    )


def _columns(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    *,
    now: datetime,
) -> dict[str, Any]:
    visitor = order.visitor
    return {
        "code": new_code(),
        "reception_day_id": slot.reception_day_id,
        "slot_id": slot.id,
        "enterprise_id": enterprise_id,
        "state": BookingState.PENDING if rules.screening else BookingState.CONFIRMED,
        "origin": order.origin,
        "identity": visitor.identity,
        "visitor_name": visitor.name.strip(),
        "visitor_post": visitor.post.strip(),
        "visitor_phone": normalise_phone(visitor.phone),
        "authorisation_id": letter_id,
        "visitor_id_number": tidy_id_number(visitor.id_number)
        if wants_id_number(rules.id_number, visitor.identity)
        else None,
        "day_ordinal": _next_ordinal(session, slot, enterprise_id) if order.again_reason.strip() else 1,
        **{name: getattr(order, name).strip() for name in REASONS},
        "counted": not order.over_limit_reason.strip(),
        "counted_matters": len(order.matters),
        "form_token": order.form_token or None,
        "booked_at": now,
    }


def _next_ordinal(session: Session, slot: Slot, enterprise_id: int) -> int:
    """Whose booking of the day this is for the enterprise, counted from 1; the caller holds the day."""
    same = select(func.max(Booking.day_ordinal)).where(
        Booking.reception_day_id == slot.reception_day_id,
        Booking.enterprise_id == enterprise_id,
        Booking.state.in_(STANDING_STATES),
    )
    return (session.scalar(same) or 0) + 1
