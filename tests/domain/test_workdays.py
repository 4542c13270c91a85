from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.workdays import DayFact, DayKind, DaySource, WorkingCalendar, day_text, weekday_name

TENTH = date(2030, 5, 10)  # a Friday
DAYS = st.dates(date(2029, 1, 1), date(2031, 12, 31))


def facts(kind, source, *days, name="春游日"):
    return {day: DayFact(day, kind, name, source) for day in days}


def a_calendar(office=None, official=None, predicted=None):
    known = official or {}
    return WorkingCalendar(office or {}, known.get, lambda year: (predicted or {}).get(year, {}))


PLAIN = a_calendar()


def test_without_any_knowledge_monday_to_friday_are_worked():
    week = [date(2030, 5, 6) + timedelta(days=step) for step in range(7)]
    assert [PLAIN.is_working(day) for day in week] == [True] * 5 + [False] * 2
    assert PLAIN.fact(week[0]).source is DaySource.WEEKDAY


def test_the_office_overrules_the_official_arrangement():
    official = {2030: facts(DayKind.STATUTORY, DaySource.OFFICIAL, TENTH)}
    office = facts(DayKind.MAKE_UP, DaySource.OFFICE, TENTH)
    assert a_calendar(office, official).fact(TENTH).source is DaySource.OFFICE
    assert a_calendar(official=official).fact(TENTH).source is DaySource.OFFICIAL


def test_an_announced_year_is_not_predicted_any_more():
    predicted = {2030: facts(DayKind.STATUTORY, DaySource.PREDICTED, TENTH)}
    assert not a_calendar(predicted=predicted).is_working(TENTH)
    assert a_calendar(official={2030: {}}, predicted=predicted).is_working(TENTH)


def test_december_days_announced_with_the_next_year_count():
    last = date(2030, 12, 31)
    calendar = a_calendar(official={2030: {}, 2031: facts(DayKind.DAY_OFF, DaySource.OFFICIAL, last)})
    assert calendar.fact(last).kind is DayKind.DAY_OFF


def test_the_announcement_of_the_next_year_is_the_later_word_on_a_december_day():
    last = date(2030, 12, 31)
    own = {2030: facts(DayKind.DAY_OFF, DaySource.OFFICIAL, last)}
    calendar = a_calendar(official=own | {2031: facts(DayKind.STATUTORY, DaySource.IMPORTED, last)})
    assert calendar.fact(last).source is DaySource.IMPORTED


def test_one_local_holiday_does_not_make_a_year_official():
    calendar = a_calendar(facts(DayKind.LOCAL, DaySource.OFFICE, TENTH))
    assert not calendar.is_official(2030)
    assert not calendar.is_working(TENTH)


def test_the_years_not_announced_are_named_once_and_in_order():
    calendar = a_calendar(official={2030: {}})
    assert calendar.unofficial_years([date(2032, 1, 1), TENTH, date(2031, 1, 1), date(2032, 5, 1)]) == (2031, 2032)


def test_a_year_is_asked_for_once():
    asked = []

    def official(year):
        asked.append(year)
        return {}

    calendar = WorkingCalendar({}, official, lambda _: {})
    for day in range(1, 29):
        calendar.is_working(date(2030, 5, day))
    assert sorted(asked) == [2030, 2031]


def test_no_working_day_later_is_the_same_day_even_on_a_sunday():
    sunday = date(2030, 5, 12)
    assert PLAIN.after(sunday, 0) == PLAIN.before(sunday, 0) == sunday


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="不能为负数"):
        PLAIN.after(TENTH, -1)


def test_the_next_working_day_may_be_the_day_itself():
    assert PLAIN.next_working(TENTH) == TENTH == PLAIN.previous_working(TENTH)
    assert PLAIN.next_working(date(2030, 5, 11)) == date(2030, 5, 13)
    assert PLAIN.previous_working(date(2030, 5, 12)) == TENTH


@given(DAYS, st.integers(0, 60))
def test_counting_on_and_counting_between_agree(day, n):
    assert PLAIN.between(day, PLAIN.after(day, n)) == n


@given(DAYS, st.integers(1, 60))
def test_counting_ends_on_a_working_day_and_is_undone_by_counting_back(day, n):
    end = PLAIN.after(day, n)
    assert PLAIN.is_working(end)
    assert PLAIN.before(end, n) == PLAIN.previous_working(day)


@given(DAYS, DAYS, DAYS)
def test_working_days_between_add_up_and_change_sign(first, second, third):
    assert PLAIN.between(first, second) + PLAIN.between(second, third) == PLAIN.between(first, third)
    assert PLAIN.between(first, second) == -PLAIN.between(second, first)


@st.composite
def irregular_calendars(draw):
    """Holidays and made-up days anywhere, so that nothing rests on whole weeks."""
    off, on = draw(st.sets(DAYS, max_size=60)), draw(st.sets(DAYS, max_size=20))
    known = facts(DayKind.DAY_OFF, DaySource.OFFICIAL, *off) | facts(DayKind.MAKE_UP, DaySource.OFFICIAL, *on)
    return a_calendar(
        official={year: {day: it for day, it in known.items() if day.year == year} for year in range(2029, 2032)}
    )


@given(irregular_calendars(), DAYS, st.integers(0, 40), st.integers(0, 40))
def test_counting_holds_to_its_laws_whatever_the_holidays(calendar, day, n, more):
    end = calendar.after(day, n)
    assert calendar.between(day, end) == n
    assert calendar.after(end, more) == calendar.after(day, n + more)
    assert calendar.before(calendar.before(day, n), more) == calendar.before(day, n + more)
    if n:
        assert calendar.is_working(end)
        assert calendar.between(day, end - timedelta(days=1)) == n - 1
        assert calendar.before(end, n) == calendar.previous_working(day)
        assert calendar.after(calendar.before(day, n), n) == calendar.next_working(day)


@given(irregular_calendars(), DAYS, DAYS, DAYS)
def test_working_days_between_add_up_whatever_the_holidays(calendar, first, second, third):
    assert calendar.between(first, second) + calendar.between(second, third) == calendar.between(first, third)
    assert abs(calendar.between(first, second)) <= abs((second - first).days)


@given(DAYS, st.integers(1, 30), st.sets(DAYS, max_size=40))
def test_more_holidays_never_make_a_limit_end_sooner_nor_made_up_days_later(day, n, days):
    off = a_calendar(official={year: facts(DayKind.DAY_OFF, DaySource.OFFICIAL, *days) for year in range(2029, 2032)})
    on = a_calendar(official={year: facts(DayKind.MAKE_UP, DaySource.OFFICIAL, *days) for year in range(2029, 2032)})
    assert on.after(day, n) <= PLAIN.after(day, n) <= off.after(day, n)


def test_a_holiday_is_called_by_its_name_and_kind():
    assert DayFact(TENTH, DayKind.STATUTORY, "国庆节").label == "国庆节（法定节假日）"
    assert DayFact(TENTH, DayKind.MAKE_UP, "国庆节").label == "调休上班"
    assert DayFact(TENTH, DayKind.WEEKEND).label == "周末"


def test_a_day_is_written_with_its_weekday_and_its_year_only_beside_another_year():
    assert weekday_name(TENTH) == "周五"
    assert day_text(TENTH) == day_text(TENTH, date(2030, 1, 1)) == "5月10日 周五"
    assert day_text(TENTH, date(2029, 12, 31)) == "2030年5月10日 周五"
