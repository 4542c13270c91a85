"""Enterprises are reminded of their visit once, by day, and not of what they have just been told."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.messages import Channel, MessageState
from portal.domain.visitor_news import Occasion
from portal.services.telling import tell_visitor
from portal.services.visit_reminders import announce_lists, lists_to_announce, remind_visitors, visits_to_remind_of
from portal.store.models.messages import Message, Robot
from portal.store.models.office import OfficeSetting
from tests.builders import a_booking, a_reception_day, an_enterprise

DAY = date(2026, 12, 15)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def booking(session):
    made = a_booking(a_reception_day(day=DAY), an_enterprise())
    session.add(made)
    session.commit()
    return made


def told(session):
    return session.scalars(select(Message).order_by(Message.id)).all()


def test_a_confirmed_visit_is_reminded_of_one_working_day_before_and_once(session, booking):
    assert visits_to_remind_of(session, now=at("2026-12-11T09:00")) == []
    assert visits_to_remind_of(session, now=at("2026-12-14T07:00")) == [], "not before half past seven"
    assert remind_visitors(session, now=at("2026-12-14T07:30")) == 1
    session.commit()
    assert remind_visitors(session, now=at("2026-12-14T07:31")) == 0
    (call,) = told(session)
    assert (call.booking_id, call.channel) == (booking.id, Channel.CALL)
    assert call.subject == "接待临近：12月15日 周二 09:00"


@pytest.mark.parametrize("state", [BookingState.PENDING, BookingState.ARRIVED])
def test_only_confirmed_visits_are(session, booking, state):
    booking.state = state
    session.commit()
    assert visits_to_remind_of(session, now=at("2026-12-14T09:00")) == []


def test_nobody_is_reminded_of_what_was_told_the_same_morning(session, booking):
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=at("2026-12-14T08:00"))
    session.commit()
    assert visits_to_remind_of(session, now=at("2026-12-14T09:00")) == []


def test_the_office_says_how_many_days_before_or_never(session, booking):
    session.add(OfficeSetting(name="remind_visitor_days", value=[3, 1]))
    session.commit()
    assert remind_visitors(session, now=at("2026-12-10T09:00")) == 1
    session.commit()
    assert visits_to_remind_of(session, now=at("2026-12-12T09:00")) == [], "not on a Saturday"
    assert remind_visitors(session, now=at("2026-12-14T09:00")) == 1, "and once more"
    session.commit()
    assert [it.state for it in told(session)] == [MessageState.DROPPED, MessageState.WAITING]
    session.get_one(OfficeSetting, "remind_visitor_days").value = []
    session.commit()
    assert visits_to_remind_of(session, now=at("2026-12-14T10:00")) == []


def test_groups_hear_once_that_the_hour_has_locked_a_list(session, booking):
    now = at("2026-12-14T17:30")
    assert lists_to_announce(session, now=now) == [], "without a robot nothing is looked for"
    session.add(Robot(name="甲群", channel=Channel.WECOM, address="https://example.gov.cn/", posts=""))
    session.commit()
    assert lists_to_announce(session, now=at("2026-12-14T16:00")) == []
    assert announce_lists(session, now=now) == 1
    session.commit()
    assert announce_lists(session, now=now) == 0
    (post,) = told(session)
    assert "企业 1 家" in post.body
    assert booking.enterprise.name not in post.subject + post.body
    assert time(7, 30) <= post.due_at.time() <= time(20)
