from datetime import date, datetime, time

import pytest

from portal.clock import ZONE
from portal.domain.late_entry import entry_limit, may_be_late, reason_problems
from portal.domain.office import OfficeRules
from portal.domain.workdays import WorkingCalendar

FRIDAY = date(2026, 11, 20)
WEEKDAYS = WorkingCalendar({}, lambda _: {}, lambda _: {})


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    "until, days, limit",
    [
        (time(16, 0), 0, at(20, 16)),
        (time(17, 30), 1, at(23, 17, 30)),
        (time(9, 0), 3, at(25, 9)),
    ],
)
def test_entry_is_free_until_an_hour_some_working_days_after_the_day(until, days, limit):
    rules = OfficeRules(entry_until=until, entry_days=days)
    assert entry_limit(FRIDAY, rules, WEEKDAYS, at(20, 9)) == limit


def test_nobody_asks_for_the_hour_while_the_day_is_held():
    assert not may_be_late(FRIDAY, at(20, 23), is_closed=False)
    assert may_be_late(FRIDAY, at(20, 17), is_closed=True)
    assert may_be_late(FRIDAY, at(21, 0), is_closed=False)


@pytest.mark.parametrize("reason", ["", "   ", "忘了 ", "长" * 201])
def test_a_reason_says_something_and_not_too_much(reason):
    assert [it.field for it in reason_problems(at(20, 16), reason)] == ["late_reason"]
    assert reason_problems(at(20, 16), " 当日停电 ") == []
