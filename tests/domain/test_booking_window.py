"""When one can book for a day, and until when an offered place waits for its answer."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import ZONE
from portal.domain.booking_window import daytime_later, offer_deadline, window_of, window_problems
from portal.domain.bookings import Origin
from portal.domain.messages import EVENING, MORNING
from portal.domain.office import OfficeRules
from portal.domain.receiving import WalkIns
from portal.domain.workdays import WorkingCalendar

DAY = date(2026, 12, 15)
CALENDAR = WorkingCalendar({}, lambda _: {}, lambda _: {})

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda it: it.replace(tzinfo=ZONE))
minutes = st.integers(0, 5000)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def said(now, rules=None, *, origin=Origin.APPLIED, reason="", locked=False):
    rules = rules or OfficeRules()
    window = window_of(DAY, rules, CALENDAR, now)
    return [
        (it.field, it.message)
        for it in window_problems(DAY, window, rules, now, origin=origin, reason=reason, locked=locked)
    ]


def test_booking_closes_some_working_days_before_at_an_hour():
    assert window_of(DAY, OfficeRules(), CALENDAR, at("2026-12-01T09:00")).closes_at == at("2026-12-11T17:00")
    assert said(at("2026-12-11T16:59")) == []
    ((field, message),) = said(at("2026-12-11T17:00"))
    assert field == "urgent_reason"
    assert "预约已于12月11日 周五 17:00 截止" in message


def test_after_that_a_reason_opens_it_and_a_short_one_does_not():
    assert said(at("2026-12-14T09:00"), reason="企业资金链告急") == []
    assert said(at("2026-12-14T09:00"), reason=" 急 ")


def test_where_the_office_takes_no_urgent_bookings_no_reason_helps():
    rules = OfficeRules(urgent_bookings=False)
    ((field, message),) = said(at("2026-12-14T09:00"), rules, reason="企业资金链告急")
    assert (field, "另选接待日" in message) == ("slot", True)


def test_booking_opens_some_calendar_days_before_and_no_reason_opens_it_earlier():
    rules = OfficeRules(booking_open_days=14)
    ((field, message),) = said(at("2026-11-30T23:59"), rules, reason="企业资金链告急")
    assert (field, "从12月1日 周二开始受理" in message) == ("slot", True)
    assert said(at("2026-12-01T00:00"), rules) == []


def test_without_limits_one_can_book_at_any_time():
    rules = OfficeRules(booking_close_days=0)
    assert said(at("2026-12-15T08:59"), rules) == []
    assert window_of(DAY, rules, CALENDAR, at("2026-12-15T08:59")).closes_at is None


def test_a_confirmed_list_asks_for_a_reason_though_the_window_is_open():
    ((field, message),) = said(at("2026-12-01T09:00"), locked=True)
    assert (field, "名单已经确认锁定" in message) == ("urgent_reason", True)
    assert said(at("2026-12-01T09:00"), locked=True, reason="企业资金链告急") == []


@pytest.mark.parametrize("origin", [Origin.APPLIED, Origin.INVITED])
def test_the_window_is_the_same_for_who_asked_and_who_was_invited(origin):
    assert said(at("2026-12-14T09:00"), origin=origin)


def test_a_walk_in_comes_on_the_day_itself_and_nowhere_else():
    assert said(at("2026-12-15T09:30"), origin=Origin.WALK_IN, locked=True) == []
    assert said(at("2026-12-14T09:30"), origin=Origin.WALK_IN)[0][0] == "origin"
    never = OfficeRules(walk_ins=WalkIns.NEVER)
    assert "不安排领导接待" in said(at("2026-12-15T09:30"), never, origin=Origin.WALK_IN)[0][1]


@given(moments, st.integers(0, 6), st.integers(0, 90))
def test_the_window_opens_before_it_closes_and_closes_before_the_day(now, close, opens):
    rules = OfficeRules(booking_close_days=close, booking_open_days=opens)
    window = window_of(DAY, rules, CALENDAR, now)
    if window.closes_at is not None:
        assert window.closes_at.date() < DAY
        assert CALENDAR.is_working(window.closes_at.date())
    assert (window.opens_on is None) == (opens == 0)


@given(moments, minutes)
def test_the_time_for_an_answer_ends_in_the_daytime_and_never_sooner_than_asked(now, span):
    then = daytime_later(now, span)
    assert MORNING <= then.time() <= EVENING
    assert then - now >= timedelta(minutes=span)


@given(moments, minutes)
def test_the_daytime_between_now_and_the_deadline_is_what_was_given(now, span):
    then, spent, at_ = daytime_later(now, span), timedelta(), now
    while at_.date() <= then.date():
        begins = max(at_, datetime.combine(at_.date(), MORNING, ZONE))
        ends = min(then, datetime.combine(at_.date(), EVENING, ZONE))
        spent += max(ends - begins, timedelta())
        at_ = datetime.combine(at_.date() + timedelta(days=1), time(0), ZONE)
    assert spent == timedelta(minutes=span)


@given(moments, minutes, minutes)
def test_more_time_never_ends_sooner_and_a_later_offer_never_either(now, span, more):
    assert daytime_later(now, span) <= daytime_later(now, span + more)
    assert daytime_later(now, span) <= daytime_later(now + timedelta(minutes=more), span)


@given(moments, minutes)
def test_an_offer_never_lasts_beyond_its_slot_and_is_not_made_when_that_has_begun(now, span):
    begins = datetime.combine(now.date(), time(10), ZONE)
    until = offer_deadline(now, span, now.date(), time(10))
    assert (until is None) == (now >= begins)
    assert until is None or now <= until <= begins
