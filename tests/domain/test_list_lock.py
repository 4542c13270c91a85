from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.list_lock import ListFacts, list_is_locked, list_lock
from portal.domain.office import OfficeRules
from portal.domain.workdays import WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar({}, lambda _: {}, lambda _: {})
TUESDAY = date(2026, 12, 15)
RULES = OfficeRules()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "facts,now,locked",
    [
        (ListFacts(TUESDAY), at(14, 16, 59), False),
        (ListFacts(TUESDAY), at(14, 17), True),
        (ListFacts(date(2026, 12, 14)), at(11, 17), True),  # a Monday's list is locked on the Friday before
        (ListFacts(TUESDAY, locked_at=at(10, 9)), at(10, 9), True),
        (ListFacts(TUESDAY, opened_at=at(14, 18)), at(15, 9), False),
        (ListFacts(TUESDAY, opened_at=at(14, 12)), at(14, 17), True),  # its hour had not come when it was opened
        (ListFacts(TUESDAY, locked_at=at(14, 19), opened_at=at(14, 18)), at(14, 20), True),
    ],
)
def test_a_list_is_locked_by_its_hour_or_by_hand_until_it_is_opened_again(facts, now, locked):
    assert list_is_locked(facts, RULES, CALENDAR, now) is locked


def test_an_office_that_locks_by_hand_only_has_no_hour():
    by_hand = OfficeRules(list_lock_days=0)
    assert list_lock(ListFacts(TUESDAY), by_hand, CALENDAR, at(15, 9)).due is None
    assert not list_is_locked(ListFacts(TUESDAY), by_hand, CALENDAR, at(15, 9))
    assert list_is_locked(ListFacts(TUESDAY, locked_at=at(1, 9)), by_hand, CALENDAR, at(15, 9))


def test_the_lock_says_since_when_or_when_it_will_be():
    assert list_lock(ListFacts(TUESDAY), RULES, CALENDAR, at(10, 9)).due == at(14, 17)
    assert list_lock(ListFacts(TUESDAY, locked_at=at(10, 8)), RULES, CALENDAR, at(15, 9)).since == at(10, 8)


minutes = st.integers(0, 20 * 24 * 60)
moments = st.none() | minutes.map(lambda n: at(1, 0) + timedelta(minutes=n))


@given(locked_at=moments, opened_at=moments, days=st.integers(0, 5), hour=st.times(), first=minutes, later=minutes)
def test_time_alone_never_opens_a_list(locked_at, opened_at, days, hour, first, later):
    facts = ListFacts(TUESDAY, locked_at, opened_at)
    rules = OfficeRules(list_lock_days=days, list_lock_at=hour.replace(microsecond=0, fold=0))
    before, after = at(1, 0) + timedelta(minutes=min(first, later)), at(1, 0) + timedelta(minutes=max(first, later))
    if list_is_locked(facts, rules, CALENDAR, before):
        assert list_is_locked(facts, rules, CALENDAR, after)


@given(locked_at=moments, days=st.integers(0, 5), now=minutes.map(lambda n: at(1, 0) + timedelta(minutes=n)))
def test_opening_a_list_now_opens_it_whatever_held_it(locked_at, days, now):
    rules = OfficeRules(list_lock_days=days, list_lock_at=time(17, 0))
    held = ListFacts(TUESDAY, locked_at if locked_at and locked_at <= now else None, opened_at=now)
    assert not list_is_locked(held, rules, CALENDAR, now)
