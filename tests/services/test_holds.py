"""A place kept while its form is filled in: one a form, for some minutes, and nobody has to clear it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import holds
from portal.services.bookings import Full
from portal.store.extension import transaction
from portal.store.models.reception import Seat
from portal.store.queries.slots import slots_to_book
from tests.booking_orders import the_district
from tests.desks import Desk, Span, a_day_of, must_be_true

MINE, THEIRS = "m" * 32, "t" * 32


@pytest.fixture
def day(session):
    day = a_day_of(Span("09:00", "09:40"), Span("10:00", "10:40"), Span("11:00", "11:40", seats=2))
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slots(day):
    return [slot.id for slot in day.slots]


@pytest.fixture
def desk(session, day):
    desk = Desk()
    yield desk
    must_be_true(session, desk.now)


def held(session):
    session.rollback()
    return dict(session.execute(select(Seat.slot_id, Seat.held_by).where(Seat.held_by.is_not(None))).all())


def test_a_held_place_is_nobody_elses_and_lapses_by_its_moment_having_passed(desk, slots):
    desk.hold(slots[0], THEIRS)
    with pytest.raises(Full):
        desk.book(slots[0], form_token=MINE)
    desk.wait(minutes=9, seconds=59)
    with pytest.raises(Full):
        desk.hold(slots[0], MINE)
    desk.wait(seconds=1)
    assert desk.book(slots[0], form_token=MINE).state is BookingState.PENDING


def test_the_form_that_holds_a_place_books_it_and_the_hold_is_over(desk, session, slots):
    desk.hold(slots[0], MINE)
    desk.book(slots[0], form_token=MINE)
    assert held(session) == {}


def test_asking_again_renews_the_time(desk, slots):
    desk.hold(slots[0], MINE)
    desk.wait(minutes=8)
    assert desk.hold(slots[0], MINE).until == desk.now + timedelta(minutes=10)
    desk.wait(minutes=9)
    with pytest.raises(Full):
        desk.hold(slots[0], THEIRS)


def test_a_form_holds_one_place_the_last_it_asked_for(desk, session, slots):
    desk.hold(slots[0], MINE)
    desk.hold(slots[1], MINE)
    assert held(session) == {slots[1]: MINE}
    desk.hold(slots[0], THEIRS)


def test_a_form_that_finds_no_other_place_keeps_the_one_it_has(desk, session, slots):
    desk.hold(slots[0], MINE)
    desk.book(slots[1])
    with pytest.raises(Full) as refusal:
        desk.hold(slots[1], MINE)
    assert held(session) == {slots[0]: MINE}
    assert refusal.value.alternatives == ("12月15日 周二 11:00–11:40（余 2 个）",)


def test_a_form_that_books_another_slot_gives_back_what_it_held(desk, session, slots):
    desk.hold(slots[0], MINE)
    desk.book(slots[1], form_token=MINE)
    assert held(session) == {}
    assert desk.book(slots[0])


def test_two_forms_hold_two_places_of_a_slot_and_a_third_none(desk, slots):
    desk.hold(slots[2], MINE)
    desk.hold(slots[2], THEIRS)
    with pytest.raises(Full):
        desk.hold(slots[2], "x" * 32)


def test_a_hold_given_back_is_free_at_once(desk, session, slots):
    desk.hold(slots[0], MINE)
    with transaction() as writing:
        holds.release_hold(writing, MINE)
    assert desk.hold(slots[0], THEIRS)


def test_others_see_the_place_as_held_and_the_form_itself_does_not(desk, session, day, slots):
    desk.hold(slots[0], MINE)
    seen = slots_to_book(session, day.id, now=desk.now, token=THEIRS)[0]
    own = slots_to_book(session, day.id, now=desk.now, token=MINE)[0]
    assert (seen.free, own.free) == (0, 1)
    assert "占位中" in seen.label


def test_nobody_holds_a_place_of_a_day_that_is_over(desk, session, day, slots):
    day.state = DayState.CLOSED
    session.commit()
    with pytest.raises(RuleBroken, match="不能再预约"):
        desk.hold(slots[0], MINE)


def test_only_the_office_holds_places(session, desk, slots):
    unit = Actor(2, "某单位", Role.UNIT)
    with pytest.raises(NotAllowed), transaction() as writing:
        holds.hold_place(writing, slots[0], MINE, actor=unit, now=desk.now)


def test_a_place_whose_hold_lapsed_goes_to_who_waits_for_it_and_not_to_a_newcomer(desk, slots):
    desk.hold(slots[0], THEIRS)
    waiting = desk.book(slots[0], waits=True, any_slot=False)
    assert desk.state(waiting) is BookingState.WAITING
    desk.wait(minutes=10)
    with pytest.raises(Full):
        desk.book(slots[0], phone="13800005679")
    with pytest.raises(Full):
        desk.hold(slots[0], MINE)


def test_a_form_without_a_token_keeps_nothing(desk, day):
    with pytest.raises(RuleBroken, match="重新打开预约登记"):
        desk.hold(day.slots[0].id, "")
