"""When people hear of a coming reception day: working days before, by day, once, and never of what is over."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.almanac.calendars import working_calendar
from portal.clock import ZONE
from portal.domain.day_reminders import ComingDay, OnDuty, day_reminders
from portal.domain.messages import EVENING, MORNING
from portal.domain.people import Role
from portal.domain.reminders import KINDS

CALENDAR = working_calendar({}, {})
DAY = date(2026, 12, 15)
YUAN = OnDuty(7, "原示", "主接待")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda it: it.replace(tzinfo=ZONE))


def at(day, clock="09:00"):
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZONE)


def a_day(**given):
    return ComingDay(
        **{
            "id": 3,
            "day": DAY,
            "starts_at": time(9, 0),
            "venue": "区工商联会议室",
            "is_published": True,
            "is_noticed": True,
            "on_duty": (YUAN,),
        }
        | given
    )


def told(now, *, remind_days=(5, 1), notice_days=3, **given):
    return list(day_reminders(a_day(**given), CALENDAR, remind_days=remind_days, notice_days=notice_days, now=now))


def keys(reminders):
    return [it.key for it in reminders]


@pytest.mark.parametrize(
    "now, expected",
    [
        (at("2026-12-08", "07:29"), []),
        (at("2026-12-08", "07:30"), ["duty-reminder:3:5:7:2026-12-15"]),
        (at("2026-12-13"), ["duty-reminder:3:5:7:2026-12-15"]),
        (at("2026-12-14"), ["duty-reminder:3:1:7:2026-12-15", "day-ahead:3:2026-12-15"]),
        (at("2026-12-15", "08:59"), ["duty-reminder:3:1:7:2026-12-15", "day-ahead:3:2026-12-15"]),
        (at("2026-12-15", "09:00"), []),
        (at("2026-12-16"), []),
    ],
)
def test_a_leader_is_told_five_and_one_working_days_before(now, expected):
    assert keys(told(now)) == expected


def test_a_reminder_says_who_sits_where_when_and_how_soon():
    (reminder,) = told(at("2026-12-08"))
    assert reminder.subject == "5个工作日后接待日轮值：原示（主接待）"
    assert "12月15日 周二 09:00，区工商联会议室" in reminder.body
    assert reminder.leader_ids == (7,)
    assert reminder.url == "/reception-days/2026-12-15"
    assert told(at("2026-12-14"))[0].subject.startswith("明天接待日轮值")


def test_working_days_are_counted_over_holidays_and_make_up_days():
    # 2026年国庆节: 1 to 7 October off, 10 October (Saturday) worked
    day = date(2026, 10, 12)
    assert told(at("2026-09-28", "19:00"), day=day) == []
    assert keys(told(at("2026-09-29", "07:30"), day=day)) == ["duty-reminder:3:5:7:2026-10-12"]
    (in_the_holiday,) = told(at("2026-10-03"), day=day)
    assert in_the_holiday.due_at == at("2026-10-08", "07:30")
    assert keys(told(at("2026-10-10"), day=day))[0] == "duty-reminder:3:1:7:2026-10-12"


def test_a_day_planned_late_is_reminded_of_once_and_not_of_all_that_was_missed():
    assert keys(told(at("2026-12-14"), remind_days=(10, 5, 3, 1)))[:1] == ["duty-reminder:3:1:7:2026-12-15"]


def test_a_day_moved_to_another_date_is_reminded_of_again():
    assert keys(told(at("2026-12-08")))[0] != keys(told(at("2026-12-08"), day=date(2026, 12, 14)))[0]


def test_whoever_takes_over_on_the_evening_before_is_told_the_next_morning():
    (reminder, _) = told(at("2026-12-14", "21:30"))
    assert reminder.due_at == at("2026-12-15", "07:30")
    assert reminder.subject.startswith("今天")


def test_the_office_prepares_the_day_before_and_hears_what_is_missing():
    (_, ahead) = told(at("2026-12-14"), is_published=False, booked=3, capacity=6, missing=("缺补位",))
    assert ahead.roles == (Role.OFFICE,)
    assert "已约 3/6；缺补位；还没有发布" in ahead.body


def test_the_notice_is_asked_for_on_its_day_and_urged_when_it_is_late():
    def notices(now, **given):
        return [it for it in keys(told(at(now), is_noticed=False, on_duty=(), **given)) if it.startswith("notice")]

    assert notices("2026-12-09") == []
    assert notices("2026-12-10") == ["notice-due:3:2026-12-15"]
    assert notices("2026-12-11") == ["notice-late:3:2026-12-15"]
    assert notices("2026-12-15") == []
    assert not [it for it in keys(told(at("2026-12-11"))) if it.startswith("notice")]


@given(
    MOMENTS,
    st.integers(-3, 40),
    st.times(time(7, 0), time(18, 0)),
    st.sets(st.integers(1, 30), min_size=1, max_size=5),
    st.integers(1, 10),
    st.booleans(),
)
def test_no_reminder_of_a_day_comes_at_night_on_a_rest_day_or_once_it_has_begun(
    now, ahead, starts_at, remind_days, notice_days, is_noticed
):
    day = now.date() + timedelta(days=ahead)
    found = told(
        now,
        remind_days=tuple(remind_days),
        notice_days=notice_days,
        day=day,
        starts_at=starts_at,
        is_noticed=is_noticed,
    )
    for reminder in found:
        assert now <= reminder.due_at < datetime.combine(day, starts_at, ZONE)
        assert MORNING <= reminder.due_at.time() < EVENING
        assert CALENDAR.is_working(reminder.due_at.date())
        assert reminder.key.partition(":")[0] in KINDS
        assert len(reminder.key) <= 120
    assert len(set(keys(found))) == len(found)
    assert sum(it.key.startswith("duty") for it in found) <= 1
