"""What lists and pages ask the records, on both engines."""

from datetime import date, time

import pytest

from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.matters import Check
from portal.domain.people import Actor, Role
from portal.services import bookings as verbs
from portal.store.extension import db
from portal.store.paging import Wanted
from portal.store.queries import bookings, enterprises, receptions, slots
from portal.store.queries.bookings import Sought
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW


@pytest.fixture
def records(each_app):
    """A session on one engine after the other."""
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


@pytest.fixture
def day(records):
    """Three slots of two places; the first is full, one booking is cancelled."""
    day = a_reception_day(slots=3, seats=2)
    day.turns = [a_turn(a_leader())]
    first = a_booking(day, an_enterprise(name="安澜甲有限公司", initials="aljyxgs"), seat=1)
    second = a_booking(day, an_enterprise(name="安澜乙有限公司", initials="alyyxgs"), state=BookingState.PENDING)
    gone = a_booking(day, an_enterprise(), slot=1, state=BookingState.CANCELLED)
    gone.seat = None
    checked = {"is_true": Check.YES, "is_lawful": Check.YES, "is_reasonable": Check.NO}
    matters = [a_matter(first, **checked), a_matter(first), a_matter(second)]
    records.add_all([day, first, second, gone, *matters, *the_district()])
    records.commit()
    return day


def test_the_bookings_of_a_day_stand_in_order_with_how_far_their_check_is(records, day):
    rows = bookings.bookings_of_day(records, day.id)
    assert [(it.enterprise_name, it.seat_number, it.matters, it.checked) for it in rows] == [
        ("安澜乙有限公司", 1, 1, 0),
        ("安澜甲有限公司", 2, 2, 1),
    ]
    assert rows[0].slot_starts_at == time(9, 0)


@pytest.mark.parametrize("sort", bookings.SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_sort_of_the_bookings_walks_forth_and_back(records, day, sort, descending):
    first = bookings.bookings(records, Wanted(sort, descending, size=2), Sought(), actor=OFFICE)
    rest = bookings.bookings(records, Wanted(sort, descending, after=first.next_key, size=2), Sought(), actor=OFFICE)
    ids = [it.id for it in (*first.rows, *rest.rows)]
    assert len(set(ids)) == 3
    back = bookings.bookings(
        records, Wanted(sort, descending, before=rest.previous_key, size=2), Sought(), actor=OFFICE
    )
    assert [it.id for it in back.rows] == ids[:2]


@pytest.mark.parametrize("sort", enterprises.SORTS)
def test_every_sort_of_the_enterprises_walks_on(records, day, sort):
    first = enterprises.enterprises(records, Wanted(sort, True, size=2))
    rest = enterprises.enterprises(records, Wanted(sort, True, after=first.next_key, size=2))
    assert len({it.id for it in (*first.rows, *rest.rows)}) == 3


def test_who_serves_sees_the_day_and_who_does_not_sees_nothing(records, day):
    serving = Actor(9, "领导", Role.LEADER, leader_ids=frozenset({day.turns[0].leader_id}))
    other = Actor(10, "联络员", Role.SECRETARY, leader_ids=frozenset({999}))
    nobody = Actor(11, "承办", Role.UNIT, unit_id=1)
    assert bookings.bookings(records, Wanted("day"), Sought(), actor=serving).total == 3
    for actor in (other, nobody):
        assert bookings.bookings(records, Wanted("day"), Sought(), actor=actor).total == 0
        assert receptions.room_day(records, day.day, actor=actor) is None
        with pytest.raises(NotFound):
            bookings.booking_facts(records, 1, actor=actor)


def test_slots_say_what_is_free_that_day_and_after(records, day):
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    records.add(later)
    records.commit()
    assert [(it.free, it.label) for it in slots.slots_to_book(records, day.id)] == [
        (0, "09:00–09:40（已约满）"),
        (2, "10:00–10:40（余 2 个）"),
        (2, "11:00–11:40（余 2 个）"),
    ]
    assert [it.day.month for it in slots.free_slots(records, day.day)] == [12, 12, 1]
    assert [(it.free, it.seats) for it in slots.open_days(records, day.day)] == [(4, 6), (1, 1)]


def test_the_room_and_the_board_count_places_through_the_day(records, day):
    assert [it.number for it in receptions.queue_of_day(records, day.id)] == [1, 2]
    board = receptions.board_of_day(records, day.day)
    assert [(it.number, it.stage.label) for it in board.rows] == [(1, "待审核"), (2, "未到")]
    assert board.rooms == [""]


def test_a_booking_moves_on_both_engines(records, day):
    booking = bookings.bookings_of_day(records, day.id)[0]
    slot = slots.slots_to_book(records, day.id)[2]
    verbs.move_booking(records, booking.id, slot.id, version=booking.version, actor=OFFICE, now=NOW)
    records.commit()
    assert [it.free for it in slots.slots_to_book(records, day.id)] == [1, 2, 1]


def test_lists_cost_two_statements(session, statements):
    day = a_reception_day(slots=6)
    session.add_all([day, *(a_booking(day, an_enterprise(), slot=slot) for slot in range(6))])
    session.commit()
    session.scalar(db.select(1))
    for ask in (
        lambda: bookings.bookings(session, Wanted("day"), Sought(), actor=OFFICE),
        lambda: enterprises.enterprises(session, Wanted("name")),
    ):
        statements.clear()
        assert len(ask().rows) == 6
        assert len(statements) == 2
    statements.clear()
    assert len(bookings.bookings_of_day(session, day.id)) == 6
    assert len(statements) == 1
