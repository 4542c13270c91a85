"""Whoever stands at the desk without a booking: entered, looked at and here, in one act."""

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState, Origin
from portal.domain.reception_days import DayState
from portal.services.arrivals import undo_arrival
from portal.services.walk_ins import register_walk_in
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message
from portal.store.models.reception import Slot
from tests.booking_orders import OFFICE, an_order, the_district
from tests.builders import a_reception_day


@pytest.fixture
def day(session, now):
    day = a_reception_day(day=now.date(), slots=2, state=DayState.ONGOING)
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slot_id(session, day):
    return session.scalars(select(Slot.id).order_by(Slot.id)).first()


def walked_in(session, slot_id, now, **given):
    order = an_order(slot_id, origin=Origin.WALK_IN, **given)
    return order, register_walk_in(session, order, actor=OFFICE, now=now)


def test_a_walk_in_is_entered_confirmed_and_checked_in_at_once(session, slot_id, now):
    order, booking_id = walked_in(session, slot_id, now, form_token="at-the-desk")
    booking = session.get_one(Booking, booking_id)
    assert (booking.state, booking.arrived_at, booking.persons_came) == (BookingState.ARRIVED, now, 1)
    session.commit()
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert [it for it in acts if it in ("booked", "booking_confirmed", "checked_in")] == [
        "booked", "booking_confirmed", "checked_in",
    ]  # fmt: skip
    assert register_walk_in(session, order, actor=OFFICE, now=now) == booking_id
    session.commit()
    assert len(session.scalars(select(AuditLine).where(AuditLine.act == "checked_in")).all()) == 1


def test_nobody_telephones_who_stands_at_the_desk(session, slot_id, now):
    walked_in(session, slot_id, now)
    session.commit()
    assert session.scalars(select(Message)).all() == []


def test_a_check_in_that_was_taken_back_does_not_come_back_with_the_form(session, slot_id, now):
    order, booking_id = walked_in(session, slot_id, now, form_token="at-the-desk")
    session.commit()
    undo_arrival(session, booking_id, actor=OFFICE, now=now)
    session.commit()
    register_walk_in(session, order, actor=OFFICE, now=now)
    assert session.get_one(Booking, booking_id).state is BookingState.CONFIRMED


def test_a_walk_in_without_a_place_waits_and_is_not_checked_in(session, slot_id, now):
    walked_in(session, slot_id, now)
    _, booking_id = walked_in(session, slot_id, now, waits=True, any_slot=False, phone="13800005699")
    booking = session.get_one(Booking, booking_id)
    assert (booking.state, booking.arrived_at) == (BookingState.WAITING, None)


def test_a_walk_in_of_a_day_that_is_not_published_is_not_checked_in(session, day, slot_id, now):
    day.state = DayState.PLANNED
    session.info["unaudited"] = True
    session.commit()
    del session.info["unaudited"]
    _, booking_id = walked_in(session, slot_id, now)
    assert session.get_one(Booking, booking_id).state is BookingState.CONFIRMED
