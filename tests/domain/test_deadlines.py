from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.domain.deadlines import (
    HandlingTime,
    HandlingTimes,
    assisting_limit,
    days_left,
    days_left_label,
    is_overdue,
    months_later,
)
from portal.domain.matters import MatterClass, MatterLevel

CALENDAR = working_calendar({}, {})
CLASSES = st.one_of(st.none(), st.sampled_from(MatterClass))
LEVELS = st.one_of(st.none(), st.sampled_from(MatterLevel))
DAYS = st.integers(0, 60)
TIMES = st.builds(
    HandlingTimes,
    usual=st.integers(1, 60),
    by_class=st.dictionaries(st.sampled_from(MatterClass), DAYS),
    by_level=st.dictionaries(st.sampled_from(MatterLevel), DAYS),
)
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    "matter_class,level,days,follows",
    [
        (MatterClass.A, None, 30, "A类"),
        (MatterClass.A, MatterLevel.LEADER, 30, "A类"),
        (None, MatterLevel.LEADER, 20, "领导办"),
        (None, MatterLevel.ON_THE_SPOT, 15, ""),
        (MatterClass.D, MatterLevel.LEADER, 15, ""),
        (None, None, 15, ""),
    ],
)
def test_the_class_gives_the_time_else_the_level_else_the_usual(matter_class, level, days, follows):
    times = HandlingTimes(15, {MatterClass.A: 30, MatterClass.D: 0}, {MatterLevel.LEADER: 20})
    assert times.of(matter_class, level) == HandlingTime(days, follows)


def test_a_time_says_what_it_follows():
    assert HandlingTime(30, "A类").label == "A类 30个工作日"
    assert HandlingTime(15).label == "通常 15个工作日"


@given(TIMES, st.lists(st.tuples(CLASSES, LEVELS), max_size=6))
def test_a_slip_of_several_matters_has_the_longest_time(times, kinds):
    found = times.of_all(kinds)
    assert found.days == max([times.of(*it).days for it in kinds], default=times.usual)
    assert found.days >= 1


@given(TIMES, st.lists(st.tuples(CLASSES, LEVELS), min_size=1, max_size=6), CLASSES, LEVELS)
def test_one_more_matter_never_shortens_the_time(times, kinds, matter_class, level):
    assert times.of_all([*kinds, (matter_class, level)]).days >= times.of_all(kinds).days


@given(DATES, st.integers(0, 20), DATES)
def test_an_assisting_unit_answers_on_a_working_day_that_is_not_over_and_not_after_the_slip(due, lead, today):
    found = assisting_limit(CALENDAR, due, lead, today)
    assert found <= due
    assert found > today or due <= today
    if CALENDAR.after(today, 1) <= due and lead:
        assert CALENDAR.is_working(found)


def test_an_assisting_unit_answers_so_many_working_days_earlier():
    assert assisting_limit(CALENDAR, date(2026, 12, 7), 3, date(2026, 11, 22)) == date(2026, 12, 2)
    assert assisting_limit(CALENDAR, date(2026, 10, 10), 3, date(2026, 9, 1)) == date(2026, 9, 30)
    assert assisting_limit(CALENDAR, date(2026, 12, 7), 0, date(2026, 11, 22)) == date(2026, 12, 7)
    assert assisting_limit(CALENDAR, date(2026, 11, 25), 3, date(2026, 11, 23)) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "start,months,later",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(start, months, later):
    assert months_later(start, months) == later


@pytest.mark.parametrize(
    "today,due,left,label",
    [
        (date(2026, 11, 18), date(2026, 11, 23), 3, "剩 3 个工作日"),
        (date(2026, 11, 20), date(2026, 11, 23), 1, "剩 1 个工作日"),
        (date(2026, 11, 23), date(2026, 11, 23), 0, "今天到期"),
        (date(2026, 11, 24), date(2026, 11, 23), -1, "逾期 1 个工作日"),
        (date(2026, 11, 25), date(2026, 11, 23), -2, "逾期 2 个工作日"),
        (date(2026, 11, 21), date(2026, 11, 20), 0, "逾期不足 1 个工作日"),
        (date(2026, 11, 20), date(2026, 11, 22), 0, "11月22日 周日到期，其间无工作日"),
        (date(2026, 9, 30), date(2026, 10, 10), 3, "剩 3 个工作日"),
    ],
)
def test_the_time_left_is_counted_in_working_days(today, due, left, label):
    assert days_left(CALENDAR, today, due) == left
    assert days_left_label(CALENDAR, today, due) == label


def test_the_last_day_itself_is_in_time():
    assert not is_overdue(date(2026, 11, 23), date(2026, 11, 23))
    assert is_overdue(date(2026, 11, 24), date(2026, 11, 23))
