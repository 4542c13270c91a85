"""Who is reminded of a request nobody has answered, and of a consultation that ends."""

from datetime import date, datetime, time

import pytest

from portal.almanac.calendars import working_calendar
from portal.clock import ZONE
from portal.domain.people import Role
from portal.domain.request_reminders import Waiting, consultation_reminders, request_reminders

CALENDAR = working_calendar({}, {})
DAY = date(2026, 12, 15)


def at(day, clock="09:00"):
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZONE)


def keys(reminders):
    return [it.key for it in reminders]


def test_requests_that_wait_too_long_are_brought_back_to_whoever_must_answer():
    leave, named = Waiting(1, date(2026, 12, 4), "原示", DAY), Waiting(2, date(2026, 12, 4), "原示", DAY, 9)
    anybody, change = Waiting(3, date(2026, 12, 4), "原示", DAY), Waiting(4, date(2026, 12, 4), "改期", DAY, day=DAY)

    def asked(now):
        return list(request_reminders([leave], [named, anybody], [change], CALENDAR, now=at(now)))

    assert asked("2026-12-05") == [], "Saturday is no working day to answer on"
    assert keys(asked("2026-12-07")) == ["leave-waiting:1", "change-waiting:4"]
    swaps = asked("2026-12-08")[1:3]
    assert [(it.leader_ids, it.roles) for it in swaps] == [((9,), ()), ((), (Role.OFFICE,))]
    assert asked("2026-12-16") == [], "an answer would be of no use any more"


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-12-13", []),
        ("2026-12-14", ["consult-ending:5:2026-12-15"]),
        ("2026-12-15", ["consult-ending:5:2026-12-15"]),
        ("2026-12-16", ["consult-ended:5:2026-12-15"]),
    ],
)
def test_a_consultation_is_called_to_mind_before_it_ends_and_handed_to_the_office_after(now, expected):
    assert keys(consultation_reminders(5, DAY, CALENDAR, now=at(now))) == expected
