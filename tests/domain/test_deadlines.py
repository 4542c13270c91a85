from datetime import date

import pytest

from portal.almanac.calendars import working_calendar
from portal.domain.deadlines import (
    DeadlinePolicy,
    MatterClass,
    OnRestDay,
    TimeLimit,
    TimeUnit,
    days_left,
    days_left_label,
    due_on,
    is_overdue,
)
from portal.domain.errors import RuleBroken

CALENDAR = working_calendar({}, {})
DEFAULTS = DeadlinePolicy()


def a_policy(length, unit, on_rest_day=OnRestDay.NEXT):
    return DeadlinePolicy({MatterClass.C: TimeLimit(length, unit)}, on_rest_day)


@pytest.mark.parametrize(
    "class_,due",
    [
        (MatterClass.C, date(2026, 11, 9)),
        (MatterClass.B, date(2026, 11, 23)),
        (MatterClass.A, date(2026, 12, 2)),
        (MatterClass.D, date(2027, 2, 2)),
    ],
)
def test_each_class_has_its_time(class_, due):
    assert due_on(DEFAULTS, class_, date(2026, 11, 2), CALENDAR) == due


def test_working_days_step_over_a_festival_and_count_make_up_days():
    assert due_on(DEFAULTS, MatterClass.C, date(2026, 9, 30), CALENDAR) == date(2026, 10, 13)


def test_a_month_that_ends_on_a_rest_day_follows_the_setting():
    start = date(2026, 9, 3)
    ends = {rest: due_on(a_policy(1, TimeUnit.MONTHS, rest), MatterClass.C, start, CALENDAR) for rest in OnRestDay}
    assert ends == {
        OnRestDay.KEEP: date(2026, 10, 3),
        OnRestDay.PREVIOUS: date(2026, 9, 30),
        OnRestDay.NEXT: date(2026, 10, 8),
    }


@pytest.mark.parametrize(
    "start,months,due",
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_the_last_one(start, months, due):
    assert due_on(a_policy(months, TimeUnit.MONTHS, OnRestDay.KEEP), MatterClass.C, start, CALENDAR) == due


def test_calendar_days_are_counted_without_looking_at_holidays():
    assert due_on(a_policy(15, TimeUnit.CALENDAR_DAYS), MatterClass.C, date(2026, 11, 2), CALENDAR) == date(
        2026, 11, 17
    )


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(RuleBroken, match="至少为 1"):
        TimeLimit(0, TimeUnit.MONTHS)


def test_a_limit_reads_as_the_office_says_it():
    assert TimeLimit(5, TimeUnit.WORKING_DAYS).label == "5 个工作日"
    assert TimeLimit(1, TimeUnit.MONTHS).label == "1 个月"


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
