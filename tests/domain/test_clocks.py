"""Clocks against the vectors of domain 10 and 2.3, and against a slow calculation that shares nothing with the portal."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.clock import ZONE
from portal.domain.clocks import (
    DEFAULT_CLOCKS,
    PETITION_CLOCKS,
    Clock,
    Counted,
    Measure,
    OnRestDay,
    Stage,
    StartEvent,
    clock_of,
    counted,
    counted_ahead,
    counted_at,
    ends_at,
    ends_on,
    handling_clock,
    last_day_to_ask,
)
from portal.domain.workdays import DayFact, DayKind, DaySource

CALENDAR = working_calendar({}, {})
DAY = timedelta(days=1)
WORKING, DAYS, MONTHS, HOURS = Measure.WORKING_DAYS, Measure.CALENDAR_DAYS, Measure.MONTHS, Measure.HOURS

OFF = [
    (date(2026, 1, 1), 3), (date(2026, 2, 15), 9), (date(2026, 4, 4), 3), (date(2026, 5, 1), 5), (date(2026, 6, 19), 3),
    (date(2026, 9, 25), 3), (date(2026, 10, 1), 7),
]  # fmt: skip
MADE_UP = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}
"""The State Council's notice for 2026, typed from the notice."""

FREE = {first + DAY * n for first, length in OFF for n in range(length)}
ALL_OF_2026 = [date(2026, 1, 1) + DAY * n for n in range(365)]
WORKED = [it for it in ALL_OF_2026 if (it.month, it.day) in MADE_UP or (it.weekday() < 5 and it not in FREE)]


def a_clock(length, measure, on_rest_day=OnRestDay.NEXT, **given):
    return Clock(Stage.HANDLING, length, measure, StartEvent.RECEPTION, on_rest_day=on_rest_day, **given)


@pytest.mark.parametrize(
    "start, ends",
    [
        ((2, 12), ((2, 13), (2, 24), (2, 26), (2, 28), (3, 4), (3, 11))),
        ((4, 30), ((5, 6), (5, 8), (5, 11), (5, 13), (5, 18), (5, 25))),
        ((9, 18), ((9, 20), (9, 22), (9, 24), (9, 29), (10, 9), (10, 15))),
        ((9, 24), ((9, 28), (9, 30), (10, 9), (10, 12), (10, 15), (10, 22))),
        ((9, 30), ((10, 8), (10, 10), (10, 13), (10, 15), (10, 20), (10, 27))),
    ],
)
def test_working_days_after_a_start_that_does_not_count(start, ends):
    for length, (month, day) in zip((1, 3, 5, 7, 10, 15), ends, strict=True):
        assert ends_on(a_clock(length, WORKING), date(2026, *start), CALENDAR) == date(2026, month, day)


@pytest.mark.parametrize(
    "start, length, rule, end",
    [
        ((4, 10), 21, OnRestDay.KEEP, (5, 1)),
        ((4, 10), 21, OnRestDay.NEXT, (5, 6)),
        ((4, 10), 21, OnRestDay.PREVIOUS, (4, 30)),
        ((9, 18), 2, OnRestDay.NEXT, (9, 20)),
        ((9, 10), 30, OnRestDay.NEXT, (10, 10)),
        ((1, 20), 30, OnRestDay.NEXT, (2, 24)),
        ((1, 20), 30, OnRestDay.PREVIOUS, (2, 14)),
    ],
)
def test_calendar_days_that_end_on_a_rest_day_follow_the_rule(start, length, rule, end):
    assert ends_on(a_clock(length, DAYS, rule), date(2026, *start), CALENDAR) == date(2026, *end)


@pytest.mark.parametrize(
    "start, length, rule, end",
    [
        (date(2026, 1, 31), 1, OnRestDay.KEEP, date(2026, 2, 28)),
        (date(2026, 3, 31), 1, OnRestDay.KEEP, date(2026, 4, 30)),
        (date(2026, 4, 1), 1, OnRestDay.NEXT, date(2026, 5, 6)),
        (date(2026, 9, 10), 1, OnRestDay.NEXT, date(2026, 10, 10)),
        (date(2026, 10, 31), 4, OnRestDay.KEEP, date(2027, 2, 28)),
        (date(2026, 10, 10), 3, OnRestDay.KEEP, date(2027, 1, 10)),
        (date(2026, 10, 10), 3, OnRestDay.PREVIOUS, date(2027, 1, 8)),
        (date(2026, 10, 10), 3, OnRestDay.NEXT, date(2027, 1, 11)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_the_month(start, length, rule, end):
    assert ends_on(a_clock(length, MONTHS, rule), start, CALENDAR) == end


@pytest.mark.parametrize("start", [date(2026, 9, 18), date(2026, 2, 12), date(2026, 12, 15)])
def test_the_petition_clocks_are_the_laws_whatever_the_office_says_and_whatever_day_they_end_on(start):
    policy = {stage: replace(clock, length=1) for stage, clock in DEFAULT_CLOCKS.items()}
    told, done = (clock_of(stage, policy, petition=True) for stage in (Stage.CONTACT, Stage.HANDLING))
    assert ends_on(told, start, CALENDAR) == start + 15 * DAY
    assert ends_on(done, start, CALENDAR) == start + 60 * DAY
    assert (done.extensions, done.extend_by) == (1, 30)
    objection = clock_of(Stage.OBJECTION, policy, petition=True)
    assert ends_on(objection, date(2026, 9, 24), CALENDAR) == date(2026, 10, 9)
    assert clock_of(Stage.REVIEW, policy, petition=True) == policy[Stage.REVIEW]
    assert handling_clock(policy, 5, petition=True) == PETITION_CLOCKS[Stage.HANDLING]


@pytest.mark.parametrize(
    "due, before, last",
    [
        (date(2026, 10, 9), 1, date(2026, 10, 8)),
        (date(2026, 10, 8), 1, date(2026, 9, 30)),
        (date(2026, 2, 24), 1, date(2026, 2, 14)),
        (date(2026, 9, 21), 1, date(2026, 9, 20)),
        (date(2026, 9, 21), 0, date(2026, 9, 21)),
        (date(2026, 10, 8), 3, date(2026, 9, 28)),
    ],
)
def test_more_time_is_asked_for_so_many_working_days_before_the_last_day(due, before, last):
    assert last_day_to_ask(a_clock(7, WORKING, ask_before=before), due, CALENDAR) == last


def test_hours_are_exact_to_the_minute_over_night_and_rest_days():
    clock = a_clock(2, HOURS)
    for at in (datetime(2026, 9, 30, 23, 30, tzinfo=ZONE), datetime(2026, 10, 2, 9, 17, tzinfo=ZONE)):
        limit, over = counted_at(clock, at, CALENDAR)
        assert over == ends_at(clock, at) == at + timedelta(hours=2)
        assert limit.due == over.date()
        assert limit.under(working_calendar({}, {})) == limit.due
    assert ends_at(a_clock(2, WORKING), datetime(2026, 9, 30, tzinfo=ZONE)) is None


@pytest.mark.parametrize("days, extend_by", [(5, 5), (15, 15), (30, 15)])
def test_the_class_gives_the_days_and_no_extension_is_longer_than_they_are(days, extend_by):
    clock = handling_clock(DEFAULT_CLOCKS, days, petition=False)
    assert (clock.length, clock.extend_by) == (days, extend_by)


starts = st.sampled_from(ALL_OF_2026[:200])
lengths = st.integers(1, 60)


@given(starts, lengths)
def test_working_days_equal_a_slow_count(start, length):
    slow = [it for it in WORKED if it > start][length - 1]
    assert ends_on(a_clock(length, WORKING), start, CALENDAR) == slow


@given(starts, lengths, st.sampled_from(OnRestDay))
def test_calendar_days_equal_a_slow_count(start, length, rule):
    end = ALL_OF_2026[ALL_OF_2026.index(start) + length]
    if rule is OnRestDay.NEXT:
        end = min(it for it in WORKED if it >= end)
    if rule is OnRestDay.PREVIOUS:
        end = max((it for it in WORKED if it <= end), default=date(2025, 12, 31))
    assert ends_on(a_clock(length, DAYS, rule), start, CALENDAR) == end


@given(starts, st.integers(1, 60), st.integers(0, 10))
def test_the_last_day_to_ask_equals_a_slow_count(start, length, before):
    due = ends_on(a_clock(length, WORKING), start, CALENDAR)
    earlier = [it for it in WORKED if it < due]
    if before and before <= len(earlier):
        assert last_day_to_ask(a_clock(length, WORKING, ask_before=before), due, CALENDAR) == earlier[-before]


changes = st.dictionaries(st.sampled_from(ALL_OF_2026), st.sampled_from([DayKind.LOCAL, DayKind.MAKE_UP]), max_size=25)
counts = st.one_of(
    st.tuples(st.just(WORKING), st.just(OnRestDay.KEEP), st.integers(1, 60)),
    st.tuples(st.just(DAYS), st.sampled_from(OnRestDay), st.integers(1, 90)),
    st.tuples(st.just(MONTHS), st.sampled_from(OnRestDay), st.integers(1, 4)),
    st.tuples(st.just(HOURS), st.just(OnRestDay.KEEP), st.integers(1, 90)),
)


@given(starts, counts, changes, st.sampled_from(ALL_OF_2026))
def test_a_moving_calendar_never_moves_a_day_that_has_passed_nor_to_one(start, count, changed, today):
    measure, rule, length = count
    limit = counted(a_clock(length, measure, rule), start, CALENDAR)
    moved = working_calendar({day: DayFact(day, kind, "变动", DaySource.OFFICE) for day, kind in changed.items()}, {})
    day = limit.moved(moved, today)
    assert day == limit.due or (limit.due > today and day > today and day == limit.under(moved))
    assert limit.moved(CALENDAR, today) == limit.due
    if measure is HOURS or (measure in {DAYS, MONTHS} and rule is OnRestDay.KEEP):
        assert day == limit.due


@given(starts, counts, st.sampled_from(ALL_OF_2026))
def test_a_clock_that_would_be_over_is_counted_from_today(start, count, today):
    measure, rule, length = count
    limit = counted_ahead(a_clock(length, measure, rule), start, CALENDAR, today)
    plain = counted(a_clock(length, measure, rule), start, CALENDAR)
    assert limit == (plain if plain.due > today else counted(a_clock(length, measure, rule), today, CALENDAR))


def test_a_limit_without_more_words_was_counted_in_working_days():
    assert Counted(date(2026, 9, 30), 3, date(2026, 10, 10)).under(CALENDAR) == date(2026, 10, 10)
