import subprocess
import sys
from datetime import date, timedelta
from time import thread_time

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.almanac.notices import read_notice
from portal.almanac.official import official_days
from portal.almanac.statutory import predicted_days, statutory_days
from portal.domain.workdays import DayFact, DayKind, DaySource
from tests.notice_texts import NOTICE_2026

CALENDAR = working_calendar({}, {})
COUNTS = (1, 3, 5, 7, 10, 15)


def days_of(month, *days):
    return tuple(date(2026, month, day) for day in days)


VECTORS = [
    (date(2026, 2, 12), (*days_of(2, 13, 24, 26, 28), *days_of(3, 4, 11))),
    (date(2026, 4, 30), days_of(5, 6, 8, 11, 13, 18, 25)),
    (date(2026, 9, 18), (*days_of(9, 20, 22, 24, 29), *days_of(10, 9, 15))),
    (date(2026, 9, 24), (*days_of(9, 28, 30), *days_of(10, 9, 12, 15, 22))),
    (date(2026, 9, 30), days_of(10, 8, 10, 13, 15, 20, 27)),
]
"""The table of domain 10, all of it."""

NOTICE = working_calendar({}, {2026: read_notice(NOTICE_2026).by_day})
"""The same year as its notice says, imported."""


@pytest.mark.parametrize("calendar", [CALENDAR, NOTICE], ids=["package", "imported"])
@pytest.mark.parametrize("start,ends", VECTORS)
def test_working_days_of_2026_are_counted_as_the_office_counts_them(calendar, start, ends):
    assert tuple(calendar.after(start, n) for n in COUNTS) == ends
    assert tuple(calendar.between(start, end) for end in ends) == COUNTS
    assert all(calendar.before(end, n) == start for n, end in zip(COUNTS, ends, strict=True))


@pytest.mark.parametrize(
    "day,works,before,after",
    [
        (date(2026, 4, 10), True, date(2026, 4, 10), date(2026, 4, 10)),
        (date(2026, 7, 10), True, date(2026, 7, 10), date(2026, 7, 10)),
        (date(2026, 10, 10), True, date(2026, 10, 10), date(2026, 10, 10)),
        (date(2027, 1, 10), False, date(2027, 1, 8), date(2027, 1, 11)),
        (date(2027, 4, 10), False, date(2027, 4, 9), date(2027, 4, 12)),
        (date(2027, 7, 10), False, date(2027, 7, 9), date(2027, 7, 12)),
        (date(2027, 10, 10), False, date(2027, 10, 8), date(2027, 10, 11)),
    ],
)
def test_the_tenth_on_which_a_report_is_due_may_be_kept_or_moved_to_either_side(day, works, before, after):
    assert (CALENDAR.is_working(day), CALENDAR.previous_working(day), CALENDAR.next_working(day)) == (
        works,
        before,
        after,
    )


@pytest.mark.parametrize(
    "day", [*days_of(1, 4), *days_of(2, 14, 28), *days_of(5, 9), *days_of(9, 20), *days_of(10, 10)]
)
def test_a_make_up_weekend_day_is_worked_and_says_so(day):
    assert CALENDAR.fact(day).kind is DayKind.MAKE_UP
    assert CALENDAR.is_working(day)


@pytest.mark.parametrize(
    "day,kind,name",
    [
        (date(2026, 10, 1), DayKind.STATUTORY, "国庆节"),
        (date(2026, 10, 3), DayKind.STATUTORY, "国庆节"),
        (date(2026, 10, 4), DayKind.WEEKEND, "国庆节"),
        (date(2026, 10, 5), DayKind.DAY_OFF, "国庆节"),
        (date(2026, 10, 7), DayKind.DAY_OFF, "国庆节"),
        (date(2026, 2, 16), DayKind.STATUTORY, "春节"),
        (date(2026, 2, 20), DayKind.DAY_OFF, "春节"),
        (date(2026, 4, 5), DayKind.STATUTORY, "清明节"),
        (date(2015, 9, 3), DayKind.DAY_OFF, "抗战胜利70周年纪念日"),
    ],
)
def test_the_law_the_swap_and_the_weekend_are_told_apart(day, kind, name):
    fact = CALENDAR.fact(day)
    assert (fact.kind, fact.name, fact.source) == (kind, name, DaySource.OFFICIAL)


def test_the_days_between_new_year_and_spring_festival_are_plain():
    assert CALENDAR.fact(date(2026, 1, 12)) == DayFact(date(2026, 1, 12), DayKind.WORKING, "", DaySource.WEEKDAY)


@given(st.dates(date(2004, 1, 1), date(2026, 12, 31)))
def test_every_day_the_package_knows_is_worked_or_not_as_it_says(day):
    assert CALENDAR.is_working(day) == chinese_calendar.is_workday(day)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_no_day_ever_raises(day):
    assert CALENDAR.fact(day).day == day


def test_years_the_package_lacks_are_unknown_and_not_an_error():
    assert official_days(2003) is None
    assert official_days(2027) is None
    assert official_days(2026)


def test_2027_falls_back_to_monday_to_friday_and_says_that_it_is_not_announced():
    assert CALENDAR.is_working(date(2027, 1, 4))
    assert not CALENDAR.is_official(2027)
    assert CALENDAR.unofficial_years([date(2026, 12, 31), date(2027, 1, 4)]) == (2027,)


def test_the_thirteen_statutory_days_are_predicted_for_2027():
    assert list(predicted_days(2027)) == [
        date(2027, 1, 1),
        *(date(2027, 2, day) for day in (5, 6, 7, 8)),
        date(2027, 4, 5),
        *(date(2027, 5, day) for day in (1, 2)),
        date(2027, 6, 9),
        date(2027, 9, 15),
        *(date(2027, 10, day) for day in (1, 2, 3)),
    ]
    assert CALENDAR.fact(date(2027, 2, 5)) == DayFact(date(2027, 2, 5), DayKind.STATUTORY, "春节", DaySource.PREDICTED)


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_statutory_days_of_an_announced_year_are_all_off(year):
    assert set(statutory_days(year)) <= {day for day, fact in official_days(year).items() if not fact.is_working}


def test_two_festivals_on_one_day_count_once():
    assert statutory_days(2031)[date(2031, 10, 1)] == "中秋节"
    assert len(statutory_days(2031)) == 12


def test_the_strongest_word_on_a_day_holds():
    day = date(2026, 10, 9)
    imported = {2026: {day: DayFact(day, DayKind.DAY_OFF, "国庆节", DaySource.IMPORTED)}}
    office = {day: DayFact(day, DayKind.LOCAL, "安澜节", DaySource.OFFICE)}
    sources = [working_calendar(*words).fact(day).source for words in (({}, {}), ({}, imported), (office, imported))]
    assert sources == [DaySource.WEEKDAY, DaySource.IMPORTED, DaySource.OFFICE]
    assert working_calendar({}, imported).is_working(date(2026, 10, 1))
    first = date(2027, 1, 1)
    assert working_calendar({}, {}).fact(first).source is DaySource.PREDICTED
    assert working_calendar({}, {2027: {}}).fact(first).source is DaySource.WEEKDAY


def test_the_office_has_the_last_word():
    day = date(2026, 10, 9)
    office = {day: DayFact(day, DayKind.LOCAL, "安澜节", DaySource.OFFICE)}
    assert working_calendar(office, {}).after(date(2026, 9, 30), 2) == date(2026, 10, 10)


def test_a_month_page_costs_at_most_two_milliseconds():
    days = [date(2026, 12, 1) + timedelta(days=step) for step in range(42)]
    costs = []
    for _ in range(5):
        began = thread_time()
        calendar = working_calendar({}, {})
        assert [calendar.fact(day).day for day in days] == days
        costs.append(thread_time() - began)
    assert min(costs) < 0.002


def test_the_domain_loads_no_calendar_package():
    program = (
        "import sys, pkgutil, importlib, portal.domain as room\n"
        "[importlib.import_module(f'portal.domain.{it.name}') for it in pkgutil.iter_modules(room.__path__)]\n"
        "packages = {'chinese_calendar', 'tyme4py', 'flask', 'sqlalchemy'}\n"
        "print([it for it in sys.modules if it.split('.')[0] in packages])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
