"""Moving a booking to another slot: one place given up and the other taken at once (domain 2.2; its locks: places.py)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.bookings import MOVABLE_STATES, Origin
from portal.domain.errors import Conflict, RuleBroken, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.visitor_news import Occasion, visit_time
from portal.services import unit_news, waiting_list
from portal.services.booked_already import must_not_stand_beside, was_taken
from portal.services.booking_windows import booking_window_problems
from portal.services.places import (
    UNSYNCHRONISED,
    Full,
    count_in,
    count_out,
    expect_persons,
    forget_presence,
    free_seats,
    full_slot,
    lock_days,
    must_be_bookable,
    persons_booked,
    slot_to_book,
    when,
)
from portal.services.standing_bookings import CHANGED_MEANWHILE, booking_to_change
from portal.services.telling import tell_visitor
from portal.store.attempts import attempt
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.reception import Slot
from portal.store.queries.office import office_rules


def move_booking(
    session: Session,
    booking_id: int,
    slot_id: int,
    *,
    reason: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Move a booking to another slot, of that day or another: it gives one place up and takes the other at once.

    The place it leaves is offered to those who wait. `reason` is asked for when booking for the other day, or for its own, has
    closed. Raises Full with free alternatives, AlreadyBooked when the enterprise is booked that day.
    """
    must(actor, Action.BOOK)
    slot = slot_to_book(session, slot_id)
    there = session.scalar(select(Booking.reception_day_id).where(Booking.id == booking_id))
    lock_days(session, slot.reception_day_id, *([there] if there else []))
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in MOVABLE_STATES:
        raise RuleBroken(f"预约现为“{booking.state.label}”，不能改约。", field="slot")
    if slot.id == booking.slot_id:
        raise RuleBroken("预约已在这个时段，请选择另一个时段。", field="slot")
    must_be_bookable(slot.reception_day, now)
    rules = office_rules(session)
    refuse(booking_window_problems(session, slot.reception_day, rules, Origin.APPLIED, reason, now=now))
    before, left_day = when(booking.slot), booking.reception_day_id
    told_before = visit_time(booking.reception_day.day, booking.slot.starts_at, now.date())
    _change_place(session, booking, slot, reason, now=now)
    session.execute(
        update(Matter).where(Matter.booking_id == booking_id).values(reception_day_id=slot.reception_day_id)
    )
    record(
        session, actor, now, "booking_moved", booking,
        summary=f"改约：{booking.enterprise.name}，由{before}改到{when(slot)}", slot=slot.id, reason=reason.strip(),
    )  # fmt: skip
    session.flush()
    tell_visitor(session, booking.id, Occasion.CHANGED, before=told_before, now=now)
    unit_news.reception_is_moved(session, booking, now=now)
    waiting_list.offer_free_places(session, left_day, actor=actor, now=now)
    return booking


def _change_place(session: Session, booking: Booking, slot: Slot, reason: str, *, now: datetime) -> None:
    persons = persons_booked(session, booking)
    waiting_list.serve_first(session, slot.reception_day_id, now=now)
    if slot.reception_day_id != booking.reception_day_id:
        must_not_stand_beside(session, slot, booking.enterprise_id, own_id=booking.id)
        _count_there(session, booking, slot, now=now)
        count_out(session, booking)
    forget_presence(session, booking.id)
    taken: dict[str, Any] = {
        "slot_id": slot.id,
        "reception_day_id": slot.reception_day_id,
        "version": booking.version + 1,
    }
    if slot.reception_day_id != booking.reception_day_id:
        taken["day_ordinal"] = 1
    if reason.strip():
        taken["urgent_reason"] = reason.strip()
    moved = _takes_one(session, booking, slot, taken, now=now)
    if not moved and waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
        moved = _takes_one(session, booking, slot, taken, now=now)
    if not moved:
        raise full_slot(session, slot, now=now)
    session.refresh(booking)
    session.refresh(booking, ["slot", "seat", "reception_day"])
    expect_persons(session, slot, booking.id, persons)


def _count_there(session: Session, booking: Booking, slot: Slot, *, now: datetime) -> None:
    try:
        count_in(session, slot, booking.counted_matters, capped=booking.counted)
    except Full:
        if not waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
            raise
        count_in(session, slot, booking.counted_matters, capped=booking.counted)


def _takes_one(session: Session, booking: Booking, slot: Slot, taken: dict[str, Any], *, now: datetime) -> bool:
    for seat in free_seats(session, slot.id, now=now):
        try:
            with attempt(session):
                moved = session.execute(
                    update(Booking)
                    .where(Booking.id == booking.id, Booking.version == booking.version)
                    .values(**taken, seat_id=seat.id)
                    .returning(Booking.id),
                    execution_options=UNSYNCHRONISED,
                ).first()
        except IntegrityError:
            if not was_taken(session, seat.id, slot, booking.enterprise_id, own_id=booking.id):
                raise
        else:
            if moved is None:
                raise Conflict(CHANGED_MEANWHILE)
            return True
    return False
