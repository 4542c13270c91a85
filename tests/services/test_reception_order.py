"""Places exchanged by priority: all at once or not at all, on both engines, whoever else presses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.services.places import expect_persons, persons_booked
from portal.services.reception_order import exchange_places, mark_of, proposed_order
from portal.store.extension import db, read, transaction
from portal.store.models.bookings import Booking, PersonPresence
from portal.store.models.messages import Message
from portal.store.models.reception import Slot
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_booking, a_category, a_matter, a_reception_day, an_enterprise

NOW = datetime(2026, 12, 10, 9, 0, tzinfo=ZONE)


def settle(session, **flags):
    """Three enterprises at 9, 10 and 11 o'clock; the last has an urgent matter; each visitor is expected at that time."""
    day, category = a_reception_day(slots=3), a_category()
    bookings = [
        a_booking(day, an_enterprise(), slot=place, visitor_phone=f"1380000567{place}", **flags) for place in range(3)
    ]
    session.add_all([day, category, *bookings, *the_district()])
    session.add_all(a_matter(it, category, urgent=place == 2) for place, it in enumerate(bookings))
    session.flush()
    for it in bookings:
        expect_persons(session, it.slot, it.id, persons_booked(session, it))
    session.commit()
    return day.id, [it.id for it in bookings]


def times(session):
    """When each enterprise is received."""
    rows = session.execute(select(Booking.id, Slot.starts_at).join(Slot, Slot.id == Booking.slot_id))
    return {row[0]: row[1].hour for row in rows}


@pytest.fixture
def day(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        made = settle(session)
        db.session.remove()
        yield made


def press(day_id, seen):
    with transaction() as session:
        return exchange_places(session, day_id, seen, actor=OFFICE, now=NOW)


def test_the_urgent_one_comes_first_and_everybody_keeps_a_place_and_hears_of_it(day):
    day_id, (first, second, third) = day
    assert press(day_id, mark_of(proposed_order(read(), day_id))) == 3
    assert times(read()) == {third: 9, first: 10, second: 11}
    states = read().scalars(select(Booking.state)).all()
    assert states == [BookingState.CONFIRMED] * 3
    assert read().scalar(select(func.count(Booking.seat_id.distinct()))) == 3
    expected = read().execute(select(PersonPresence.booking_id, PersonPresence.starts_at)).all()
    assert {row[0]: row[1].hour for row in expected} == times(read())
    assert read().scalar(select(func.count()).where(Message.booking_id.is_not(None))) == 3
    assert proposed_order(read(), day_id) == []


def test_two_who_press_at_once_exchange_once(each_app, day):
    day_id, _ = day
    seen = mark_of(proposed_order(read(), day_id))
    start = Barrier(4)

    def work(_: int) -> str:
        with each_app.app_context():
            start.wait()
            try:
                return str(press(day_id, seen))
            except Conflict:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == ["3", "refused", "refused", "refused"]
    db.session.remove()
    assert sorted(times(read()).values()) == [9, 10, 11]


def test_what_changed_since_it_was_shown_is_shown_again(day):
    day_id, (first, *_) = day
    seen = mark_of(proposed_order(read(), day_id))
    with transaction() as session:
        session.info["unaudited"] = True
        session.get_one(Booking, first).state = BookingState.ARRIVED
    with pytest.raises(Conflict, match="重新排过"):
        press(day_id, seen)
    assert times(read())[first] == 9


def test_a_locked_list_is_not_rearranged(day):
    day_id, _ = day
    seen = mark_of(proposed_order(read(), day_id))
    with pytest.raises(RuleBroken, match="名单已锁定"), transaction() as session:
        exchange_places(session, day_id, seen, actor=OFFICE, now=datetime(2026, 12, 14, 18, 0, tzinfo=ZONE))
