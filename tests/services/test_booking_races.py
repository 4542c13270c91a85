"""The heart of the portal: a place is given once, on both engines, with and without the friendly checks."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from portal.store.audit_trail import verify
from portal.store.extension import db, read
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from tests.booking_orders import an_order, the_district
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.races import race, standing


@pytest.fixture
def slot_with(each_app):
    """`slot_with(12)` answers the id of a slot with that many places."""

    def made(places):
        with each_app.app_context():
            session = db.session()
            session.info["unaudited"] = True
            day = a_reception_day(slots=1, seats=places)
            session.add_all([day, *the_district()])
            session.commit()
            slot_id = day.slots[0].id
            db.session.remove()
            return slot_id

    return made


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "unchecked"])
@pytest.mark.parametrize("places", [1, 12])
def test_two_hundred_at_once_get_exactly_the_places_there_are(each_app, slot_with, places, checked):
    slot_id = slot_with(places)
    came = race(each_app, slot_id, checked=checked)
    assert came == {"booked": places, "refused": 200 - places}
    assert standing(each_app, slot_id) == list(range(1, places + 1))


def test_what_is_left_after_a_race_is_whole(each_app, slot_with):
    race(each_app, slot_with(12), attempts=64)
    with each_app.app_context():
        session = read()
        numbers = session.scalars(select(Matter.number).order_by(Matter.number)).all()
        assert numbers == [f"2026-{count:04}" for count in range(1, 13)]
        assert verify(session)[1] is None
        assert session.scalar(text("select count(*) from audit_line where act = 'booked'")) == 12
        assert session.scalar(select(func.count(Booking.id))) == 12


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "unchecked"])
def test_one_form_sent_forty_times_at_once_is_one_booking(each_app, slot_with, checked):
    slot_id = slot_with(3)
    came = race(each_app, slot_id, attempts=48, checked=checked, same=an_order(slot_id, form_token="a" * 32))
    assert came == {"booked": 48}
    assert len(standing(each_app, slot_id)) == 1


@pytest.mark.parametrize("checked", [True, False], ids=["checked", "unchecked"])
def test_one_enterprise_sent_on_many_forms_at_once_has_one_booking_that_day(each_app, slot_with, checked):
    slot_id = slot_with(3)
    came = race(each_app, slot_id, attempts=48, checked=checked, same=replace(an_order(slot_id), form_token=None))
    assert came == {"booked": 1, "refused": 47}
    assert len(standing(each_app, slot_id)) == 1


def test_the_schema_alone_refuses_a_second_booking_of_a_seat(session):
    day = a_reception_day()
    session.add(a_booking(day, an_enterprise()))
    session.commit()
    session.add(a_booking(day, an_enterprise()))
    with pytest.raises(IntegrityError, match="seat_id"):
        session.commit()


def test_the_schema_alone_refuses_a_second_standing_booking_of_an_enterprise_a_day(session):
    day, enterprise = a_reception_day(), an_enterprise()
    session.add_all([a_booking(day, enterprise), a_booking(day, enterprise, slot=1)])
    with pytest.raises(IntegrityError, match="enterprise_id"):
        session.commit()
