"""On which days a rule's reception days are served, and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.domain.errors import RuleBroken
from portal.domain.planned_days import OnHoliday, plan_days, serving_day
from portal.domain.reception_rules import YearlyTimes, parse_rule
from portal.domain.workdays import DayFact, DayKind, DaySource
from tests.reception_rules import RULES

CALENDAR = working_calendar({}, {})


def plan(text, first_month=(2026, 1), months=12, *, on_holiday=OnHoliday.NEXT, make_up=True, calendar=CALENDAR):
    return plan_days(parse_rule(text), first_month, months, on_holiday, make_up, calendar)


def moved(planned):
    """What left its nominal day, as (month, day) -> (month, day)."""
    return {
        (it.nominal.month, it.nominal.day): (it.day.month, it.day.day)
        for it in planned
        if it.day not in (None, it.nominal)
    }


# --- the vectors of 2026 ---


def test_the_first_of_the_month_rolls_forward():
    assert moved(plan("monthday:1")) == {
        (1, 1): (1, 4),
        (2, 1): (2, 2),
        (3, 1): (3, 2),
        (5, 1): (5, 6),
        (8, 1): (8, 3),
        (10, 1): (10, 8),
        (11, 1): (11, 2),
    }


def test_the_first_monday_rolls_forward():
    assert moved(plan("weekday:1mon")) == {(4, 6): (4, 7), (5, 4): (5, 6), (10, 5): (10, 8)}


def test_the_fifteenth_rolls_forward():
    assert moved(plan("monthday:15")) == {(2, 15): (2, 24), (3, 15): (3, 16), (8, 15): (8, 17), (11, 15): (11, 16)}


def test_the_twenty_first_rolls_forward():
    assert moved(plan("monthday:21")) == {(2, 21): (2, 24), (3, 21): (3, 23), (6, 21): (6, 22), (11, 21): (11, 23)}


def test_a_make_up_sunday_serves_only_if_the_office_says_so():
    assert plan("monthday:1", months=1, make_up=True)[0].day == date(2026, 1, 4)
    assert plan("monthday:1", months=1, make_up=False)[0].day == date(2026, 1, 5)


def test_a_rule_that_names_a_make_up_day_itself_moves_on_when_it_may_not_serve():
    planned = plan("monthday:20", (2026, 9), 1, make_up=False)[0]
    assert planned.day == date(2026, 9, 21)
    assert planned.why == "9月20日 周日是调休上班，不安排接待，顺延至9月21日 周一。"


def test_a_day_can_go_back_before_a_holiday():
    assert plan("monthday:1", (2026, 10), 1, on_holiday=OnHoliday.PREVIOUS)[0].day == date(2026, 9, 30)


def test_a_skipped_day_stays_in_the_plan_with_its_reason():
    planned = plan("monthday:1", (2026, 10), 1, on_holiday=OnHoliday.SKIP)[0]
    assert planned.day is None
    assert planned.nominal == date(2026, 10, 1)
    assert planned.why == "10月1日 周四是国庆节（法定节假日），按规则不安排。"


def test_the_thirty_first_is_the_last_day_of_a_short_month():
    nominal = [it.nominal for it in plan("monthday:31", months=4)]
    assert nominal == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_short_month_says_why_its_last_day_was_taken():
    planned = plan("monthday:31", (2026, 4), 1)[0]
    assert planned.why == "本月没有31日，取最后一天；4月30日 周四是工作日，如期安排。"


def test_the_last_friday_is_found_in_a_long_and_in_a_short_month():
    nominal = [it.nominal for it in plan("weekday:lastfri", months=2)]
    assert nominal == [date(2026, 1, 30), date(2026, 2, 27)]


# --- so many a year ---


@pytest.mark.parametrize(
    "times,months",
    [
        (1, [7]),
        (2, [4, 10]),
        (3, [3, 7, 11]),
        (4, [2, 5, 8, 11]),
        (6, [2, 4, 6, 8, 10, 12]),
        (12, list(range(1, 13))),
    ],
)
def test_so_many_times_a_year_are_proposed_in_the_middle_of_equal_spans(times, months):
    assert [it.nominal for it in plan(f"yearly:{times}")] == [date(2026, month, 15) for month in months]


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 24))
def test_any_twelve_months_hold_exactly_so_many_proposals(times, month, months):
    nominal = [
        it.nominal for it in plan_days(YearlyTimes(times), (2026, month), months, OnHoliday.NEXT, True, CALENDAR)
    ]
    assert len(set(nominal)) == len(nominal)
    assert months % 12 or len(nominal) == times * months // 12


def test_a_proposal_says_that_it_may_be_moved():
    assert plan("yearly:4")[0].why == (
        "全年4次由协商确定，此为建议日期，可改期；2月15日 周日是春节（周末），顺延至2月24日 周二。"
    )


# --- left to the office ---


def test_a_day_that_cannot_serve_is_left_to_the_office():
    first, second, *_ = plan("monthday:15", on_holiday=OnHoliday.MANUAL)
    assert (first.day, first.why) == (date(2026, 1, 15), "1月15日 周四是工作日，如期安排。")
    assert (second.day, second.nominal) == (None, date(2026, 2, 15))
    assert second.why == "2月15日 周日是春节（周末），日期待定，请由办公室确定。"


@pytest.mark.parametrize(
    "on_holiday,make_up,day",
    [
        (OnHoliday.NEXT, True, date(2026, 1, 4)),
        (OnHoliday.NEXT, False, date(2026, 1, 5)),
        (OnHoliday.PREVIOUS, True, date(2025, 12, 31)),
        (OnHoliday.SKIP, True, None),
        (OnHoliday.MANUAL, True, None),
    ],
)
def test_where_a_nominal_day_is_served_depends_on_the_rule(on_holiday, make_up, day):
    assert serving_day(date(2026, 1, 1), on_holiday, make_up, CALENDAR) == day


# --- reasons ---


@pytest.mark.parametrize(
    "text,month,why",
    [
        ("monthday:15", 1, "1月15日 周四是工作日，如期安排。"),
        ("monthday:1", 1, "1月1日 周四是元旦（法定节假日），顺延至1月4日 周日（调休上班）。"),
        ("monthday:15", 3, "3月15日 周日是周末，顺延至3月16日 周一。"),
    ],
)
def test_each_day_says_why(text, month, why):
    assert plan(text, (2026, month), 1)[0].why == why


def test_a_day_that_rolls_into_another_year_says_which():
    office = {
        day: DayFact(day, DayKind.LOCAL, "盘点", DaySource.OFFICE) for day in (date(2026, 12, 30), date(2026, 12, 31))
    }
    planned = plan("monthday:30", (2026, 12), 1, calendar=working_calendar(office, {}))[0]
    assert planned.why == "12月30日 周三是盘点（地方假日），顺延至2027年1月4日 周一。"
    assert planned.predicted


# --- collisions ---


def test_two_days_that_meet_are_kept_apart_and_the_later_one_says_so():
    first, second = plan("dates:2026-02-16,2026-02-21", (2026, 2), 1)
    assert (first.day, second.day) == (date(2026, 2, 24), date(2026, 2, 25))
    assert second.why == "2月21日 周六是春节（周末），又与已排的2月24日 周二重合，顺延至2月25日 周三。"


def test_a_month_that_rolled_into_the_next_pushes_the_next_one_on():
    office = {
        day: DayFact(day, DayKind.LOCAL, "搬迁", DaySource.OFFICE)
        for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2))
    }
    planned = plan("dates:2026-06-30,2026-07-03", (2026, 6), 2, calendar=working_calendar(office, {}))
    assert [it.day for it in planned] == [date(2026, 7, 3), date(2026, 7, 6)]
    assert planned[1].why == "7月3日 周五已有接待日，顺延至7月6日 周一。"


def test_days_that_meet_going_back_move_further_back():
    planned = plan("dates:2026-10-01,2026-10-05", (2026, 10), 1, on_holiday=OnHoliday.PREVIOUS)
    assert [it.day for it in planned] == [date(2026, 9, 30), date(2026, 9, 29)]


@given(
    RULES,
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from(list(OnHoliday)),
    st.booleans(),
)
def test_no_two_days_fall_together_and_all_of_them_serve(rule, month, months, on_holiday, make_up):
    days = [it.day for it in plan_days(rule, (2026, month), months, on_holiday, make_up, CALENDAR) if it.day]
    assert len(set(days)) == len(days)
    assert all(CALENDAR.is_working(day) for day in days)
    assert make_up or all(CALENDAR.fact(day).kind is not DayKind.MAKE_UP for day in days)


# --- the span ---


def test_a_plan_runs_over_the_turn_of_the_year():
    assert [it.nominal for it in plan("monthday:15", (2026, 12), 2)] == [date(2026, 12, 15), date(2027, 1, 15)]


def test_a_plan_from_a_date_leaves_out_what_lies_before_it():
    assert [it.day for it in plan("monthday:15", date(2026, 11, 22), 2)] == [date(2026, 12, 15)]
    assert [it.day for it in plan("monthday:15", date(2026, 11, 16), 1)] == [date(2026, 11, 16)]


def test_days_of_a_year_not_announced_are_marked_as_predicted():
    assert [it.predicted for it in plan("monthday:15", (2026, 12), 2)] == [False, True]


def test_a_day_the_office_itself_set_is_no_prediction():
    day = date(2027, 1, 15)
    office = {day: DayFact(day, DayKind.WORKING, "", DaySource.OFFICE)}
    assert not plan("monthday:15", (2027, 1), 1, calendar=working_calendar(office, {}))[0].predicted


@pytest.mark.parametrize("months", [0, -1, 61])
def test_a_plan_has_a_sensible_length(months):
    with pytest.raises(RuleBroken, match="1 至 60 个月"):
        plan("monthday:15", months=months)
