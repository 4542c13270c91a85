from datetime import date

import pytest

from portal.almanac.calendars import working_calendar
from portal.domain.reception_days import DayState
from portal.services.calendar_sheets import Printing, month_sheet, roster_sheet, year_sheet
from portal.store.queries.reception_days import days_between
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW

SEATS = ("main", "accompanying", "standby")


@pytest.fixture
def printing(session):
    """A published day with a main receiver only, a planned one, and a cancelled one."""
    session.add_all(
        [
            a_reception_day(turns=[a_turn(a_leader(name="吴示宁"), post="区长")]),
            a_reception_day(day=date(2026, 12, 22), state=DayState.PLANNED),
            a_reception_day(day=date(2026, 12, 29), state=DayState.CANCELLED),
            a_reception_day(day=date(2026, 1, 15), state=DayState.CLOSED),
        ]
    )
    session.commit()
    rows = days_between(session, date(2026, 1, 1), date(2026, 12, 31))
    return Printing(rows, working_calendar({}, {}), SEATS, "安澜区", "", is_sample=False, now=NOW)


def test_a_month_has_its_weeks_with_rest_days_and_reception_days(printing):
    sheet = month_sheet(printing, 2026, 12)
    days = {day.day: day for week in sheet.weeks for day in week}
    assert (len(sheet.weeks), sheet.heading) == (5, "安澜区2026年12月民营企业接待日历")
    assert (days[date(2026, 12, 5)].mark, days[date(2026, 12, 22)].lunar) == ("休", "冬至")
    assert days[date(2026, 12, 15)].reception.people("主接待")[0].name == "吴示宁"
    assert days[date(2026, 12, 29)].reception is None


def test_holidays_and_make_up_days_are_marked(printing):
    days = {day.day: day for week in month_sheet(printing, 2026, 10).weeks for day in week}
    assert (days[date(2026, 10, 1)].mark, days[date(2026, 10, 1)].lunar) == ("休", "国庆节")
    assert days[date(2026, 10, 10)].mark == "班"


def test_a_roster_leaves_out_cancelled_days_and_says_what_is_not_settled(printing):
    rows = roster_sheet(printing, 2026).rows
    assert [row.day.month for row in rows] == [1, 12, 12]
    assert [row.remark for row in rows] == ["", "缺参加，缺补位", "计划，缺主接待，缺参加，缺补位"]


def test_a_year_has_twelve_months_and_the_seats_of_the_office(printing):
    sheet = year_sheet(printing, 2026)
    assert [label for label, _ in sheet.months] == [f"{number}月" for number in range(1, 13)]
    assert sheet.seats == ("主接待", "参加", "补位")
    assert sheet.warning == ""


def test_a_year_nobody_has_announced_warns_on_paper_too(printing):
    assert "2027年放假安排尚未公布" in month_sheet(printing, 2027, 1).warning
