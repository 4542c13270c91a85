from datetime import date, timedelta
from time import thread_time

import pytest
from tyme4py.solar import SolarDay

from portal.almanac.lunar import festival, lunar_day, qingming


@pytest.mark.parametrize(
    "day,label,full",
    [
        (date(2026, 12, 31), "廿三", "丙午年冬月廿三"),
        (date(2026, 12, 9), "冬月初一", "丙午年冬月初一"),
        (date(2026, 12, 22), "冬至", "丙午年冬月十四"),
        (date(2026, 2, 16), "廿九", "乙巳年腊月廿九"),
        (date(2026, 2, 17), "正月初一", "丙午年正月初一"),
        (date(2025, 7, 25), "闰六月初一", "乙巳年闰六月初一"),
        (date(2033, 12, 22), "闰冬月初一", "癸丑年闰冬月初一"),
    ],
)
def test_a_day_shows_its_lunar_day_its_new_month_or_its_solar_term(day, label, full):
    assert lunar_day(day).label == label
    assert lunar_day(day).full == full


@pytest.mark.parametrize("year", [2023, 2025, 2026, 2027, 2028, 2033])
def test_every_day_of_a_year_agrees_with_the_package(year):
    first = date(year, 1, 1)
    for day in (first + timedelta(days=step) for step in range((date(year + 1, 1, 1) - first).days)):
        theirs = SolarDay.from_ymd(day.year, day.month, day.day)
        ours = lunar_day(day)
        assert ours.name == theirs.get_lunar_day().get_name()
        term = theirs.get_term_day()
        assert ours.term == (term.get_solar_term().get_name() if term.get_day_index() == 0 else "")


def test_festivals_fall_where_the_lunar_calendar_says():
    assert festival(2027, 1, 1) == date(2027, 2, 6)
    assert festival(2027, 5, 5) == date(2027, 6, 9)
    assert festival(2027, 8, 15) == date(2027, 9, 15)
    assert qingming(2027) == date(2027, 4, 5)


def test_a_month_page_costs_next_to_nothing_once_its_year_is_known():
    days = [date(2026, 12, 1) + timedelta(days=step) for step in range(42)]
    costs = []
    for _ in range(5):
        began = thread_time()
        assert all(lunar_day(day).label for day in days)
        costs.append(thread_time() - began)
    assert min(costs) < 0.001
