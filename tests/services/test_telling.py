"""Enterprises and groups are told what happened: once, the newest only, and without a person's name or number."""

from datetime import datetime, time

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.messages import Channel, MessageState
from portal.domain.refusals import RefusalGround
from portal.domain.visitor_news import Occasion
from portal.notify import sms
from portal.notify.sms import Gateway
from portal.services.telling import OVERTAKEN, tell_groups, tell_visitor
from portal.store.models.messages import Message, Robot
from portal.store.models.office import OfficeSetting
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.conftest import NOW

GATEWAY = Gateway("http://127.0.0.1:1/", "POST", "{phone}{text}", False, {}, None)


@pytest.fixture
def booking(session):
    made = a_booking(a_reception_day(starts_at=time(9)), an_enterprise(name="安澜示例农业有限公司"))
    session.add(made)
    session.commit()
    return made


@pytest.fixture
def texting(app):
    sms.connect(GATEWAY)
    yield
    sms.connect(None)


def told(session):
    session.commit()
    session.expire_all()
    return session.scalars(select(Message).order_by(Message.id)).all()


def test_without_a_gateway_a_call_is_listed_with_everything_to_say(session, booking):
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=NOW)
    (call,) = told(session)
    assert (call.channel, call.state, call.booking_id, call.account_id) == (
        Channel.CALL, MessageState.WAITING, booking.id, None,
    )  # fmt: skip
    assert call.subject == "预约已确认：12月15日 周二 09:00"
    for said in ("安澜示例农业有限公司", "区工商联会议室", booking.code):
        assert said in call.body


@pytest.mark.parametrize("occasion", list(Occasion))
def test_no_news_holds_a_name_or_a_telephone_number(session, booking, occasion):
    booking.refusal_ground = RefusalGround.LITIGATION if occasion is Occasion.REFUSED else None
    tell_visitor(session, booking.id, occasion, before="12月14日 周一 10:00", now=NOW)
    (call,) = told(session)
    assert booking.visitor_name not in call.subject + call.body
    assert booking.visitor_phone not in call.subject + call.body
    assert "None" not in call.subject + call.body
    if occasion in (Occasion.CHANGED, Occasion.DAY_MOVED):
        assert "12月14日 周一 10:00" in call.body
    if occasion is Occasion.REFUSED:
        assert "人民法院" in call.body


def test_an_offer_of_a_place_says_by_when_to_answer(session, booking):
    booking.state, booking.offered_until = BookingState.OFFERED, datetime(2026, 12, 11, 15, 30, tzinfo=ZONE)
    tell_visitor(session, booking.id, Occasion.OFFERED, now=NOW)
    assert "12月11日 周五 15:30前" in told(session)[0].body


def test_newer_news_takes_the_place_of_what_nobody_has_told_yet(session, booking):
    tell_visitor(session, booking.id, Occasion.BOOKED, now=NOW)
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=NOW)
    first, second = told(session)
    assert (first.state, first.error) == (MessageState.DROPPED, OVERTAKEN)
    assert second.state is MessageState.WAITING


def test_the_same_news_is_told_once_but_a_second_change_is_told_again(session, booking):
    tell_visitor(session, booking.id, Occasion.CHANGED, before="甲", now=NOW)
    tell_visitor(session, booking.id, Occasion.CHANGED, before="甲", now=NOW)
    assert [it.state for it in told(session)] == [MessageState.WAITING]
    booking.visitor_post = "经理"
    tell_visitor(session, booking.id, Occasion.CHANGED, before="乙", now=NOW)
    assert [it.state for it in told(session)] == [MessageState.DROPPED, MessageState.WAITING]


@pytest.mark.usefixtures("texting")
def test_with_a_gateway_a_text_message_goes_first_and_both_where_the_office_wants_it(session, booking):
    tell_visitor(session, booking.id, Occasion.BOOKED, now=NOW.replace(hour=21))
    (text,) = told(session)
    assert (text.channel, text.due_at) == (Channel.SMS, datetime(2026, 11, 23, 7, 30, tzinfo=ZONE)), "not at night"
    session.add(OfficeSetting(name="call_also", value=True))
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=NOW)
    assert [it.channel for it in told(session) if it.state is MessageState.WAITING] == [Channel.SMS, Channel.CALL]


def test_every_robot_in_use_hears_of_a_day_once(session):
    session.add_all(
        Robot(name=name, channel=channel, address="https://example.gov.cn/", active=active)
        for name, channel, active in [
            ("甲群", Channel.DINGTALK, True), ("乙群", Channel.WECOM, True), ("停用群", Channel.WECOM, False),
        ]
    )  # fmt: skip
    session.commit()
    for _ in range(2):
        tell_groups(session, "k", "12月15日接待日已发布", url="/reception-days/2026-12-15", now=NOW)
    assert [(it.channel, it.state) for it in told(session)] == [
        (Channel.DINGTALK, MessageState.WAITING), (Channel.WECOM, MessageState.WAITING),
    ]  # fmt: skip
