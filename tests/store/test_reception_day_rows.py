from datetime import date

import pytest

from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.store.queries.duty import places, turns_of_leader
from portal.store.queries.reception_days import (
    day_on,
    day_summary,
    days_between,
    next_reception_day,
    usual_venue,
)
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise

DAY = date(2026, 12, 15)
WANTED = ("main", "accompanying", "standby")


def test_days_of_a_span_come_with_their_duty_in_two_statements(session, statements):
    first = a_reception_day(turns=[a_turn(a_leader(), seat="standby"), a_turn(a_leader())], slots=3)
    session.add_all([first, a_booking(first, an_enterprise()), a_reception_day(day=date(2027, 1, 15))])
    session.commit()
    statements.clear()
    december, january = days_between(session, date(2026, 12, 1), date(2027, 1, 31))
    assert sum(it.startswith("SELECT") for it in statements) == 2
    assert ((december.booked, december.capacity), (january.booked, january.capacity)) == ((1, 3), (0, 2))
    assert [turn.seat for turn in december.turns] == [DutySeat.MAIN, DutySeat.STANDBY]
    assert days_between(session, date(2027, 2, 1)) == ()


def test_a_no_show_holds_its_place_and_a_cancelled_booking_does_not(session):
    day = a_reception_day(slots=3)
    gone = a_booking(day, an_enterprise(), slot=1, state=BookingState.CANCELLED)
    gone.seat = None
    session.add_all([day, a_booking(day, an_enterprise(), state=BookingState.NO_SHOW), gone])
    session.commit()
    assert day_on(session, DAY).booked == 1


def test_missing_seats_are_told_in_words(session):
    session.add(a_reception_day(turns=[a_turn(a_leader(), seat="accompanying")]))
    session.commit()
    row = day_on(session, DAY)
    assert row.missing(WANTED) == ("缺主接待", "缺补位")
    assert row.missing(("main", "accompanying", "accompanying", "accompanying")) == ("缺主接待", "缺参加 2 人")
    assert places(("standby", "main")) == ((DutySeat.MAIN, 1), (DutySeat.STANDBY, 1))


@pytest.mark.parametrize("state", [DayState.CLOSED, DayState.CANCELLED])
def test_an_ended_day_misses_nobody(session, state):
    session.add(a_reception_day(state=state))
    session.commit()
    assert day_on(session, DAY).missing(WANTED) == ()


def test_the_next_day_is_the_first_not_cancelled_and_today_counts(session):
    session.add_all([a_reception_day(day=date(2026, 12, 1), state=DayState.CANCELLED), a_reception_day()])
    session.commit()
    assert next_reception_day(session, date(2026, 11, 22)) == DAY
    assert next_reception_day(session, DAY) == DAY
    assert next_reception_day(session, date(2026, 12, 16)) is None


def test_a_day_in_short_counts_slots_and_what_waits(session):
    day = a_reception_day(slots=3, seats=2)
    session.add_all(
        [
            day,
            a_booking(day, an_enterprise()),
            a_booking(day, an_enterprise(), seat=1),
            a_booking(day, an_enterprise(), slot=2, state=BookingState.PENDING),
        ]
    )
    session.commit()
    found = day_summary(session, DAY)
    assert (found.slots, found.slots_taken, found.pending, found.day.booked) == (3, 2, 1, 3)
    assert day_summary(session, date(2026, 12, 16)) is None


def test_a_date_without_reception_is_not_found(session):
    with pytest.raises(NotFound, match="2026年12月16日不是接待日"):
        day_on(session, date(2026, 12, 16))


def test_the_usual_place_is_the_latest_days_else_the_federations_own(session):
    assert usual_venue(session, "区工商联") == "区工商联会议室"
    session.add_all([a_reception_day(venue="望岳街道会议室"), a_reception_day(day=date(2026, 12, 1), venue="旧址")])
    session.commit()
    assert usual_venue(session, "区工商联") == "望岳街道会议室"


def test_a_leaders_turns_leave_cancelled_days_out(session):
    leader = a_leader()
    session.add_all(
        [
            a_reception_day(turns=[a_turn(leader)]),
            a_reception_day(day=date(2026, 12, 1), state=DayState.CANCELLED, turns=[a_turn(leader)]),
        ]
    )
    session.commit()
    assert [turn.day for turn in turns_of_leader(session, leader.id)] == [DAY]
