"""Text messages through a gateway: escaped as it wants them, and a call to make for whoever cannot be texted."""

import json
import logging
import os
import signal
import subprocess
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.messages import PAUSES, Channel, MessageState
from portal.domain.visitor_news import Occasion
from portal.jobs.rounds import Clocks, a_holder, due_work
from portal.jobs.tallies import NOTHING, Tally
from portal.jobs.texting import text_waiting
from portal.notify import sms
from portal.services.telling import tell_visitor
from portal.services.text_outbox import DAY_IS_OVER, NO_GATEWAY, NO_MOBILE
from portal.store.models.messages import Message
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.gateways import a_gateway
from tests.live.processes import PROGRAMS, ROOT, environment

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
PHONE = "13800005678"
NAME = '安澜"示例"\\农业&有限公司'


@pytest.fixture
def service():
    with a_gateway(text='{"code":0}') as made:
        yield made


@pytest.fixture
def settings(app, service):
    given = {
        "sms_url": f"http://{service.host}/send?app=1",
        "sms_body": '{"to":"{phone}","say":"{text}","no":"{code}"}',
    }
    made = app.config["SETTINGS"].model_copy(update=given | {"sms_ok": '"code":0', "sms_headers": "X-App-Key: 8f2c"})
    sms.connect(sms.gateway_of(made))
    yield made
    sms.connect(None)


@pytest.fixture
def booking(session):
    made = a_booking(a_reception_day(), an_enterprise(name=NAME), visitor_phone=PHONE)
    session.add(made)
    session.commit()
    return made


@pytest.fixture
def told(session, settings, booking):
    tell_visitor(session, booking.id, Occasion.CONFIRMED, now=MONDAY)
    session.commit()
    return booking


def work(settings, now=MONDAY):
    return text_waiting(settings, now=now, goes_on=lambda _: True)


def messages(session):
    session.expire_all()
    return session.scalars(select(Message).order_by(Message.id)).all()


def test_a_text_goes_to_the_number_on_file_escaped_and_only_once(session, settings, service, told):
    assert work(settings) == Tally(sent=1)
    assert work(settings) == NOTHING
    (asked,) = service.taken
    said = json.loads(asked.body)
    assert (said["to"], said["no"]) == (PHONE, told.code)
    assert NAME in said["say"]
    assert asked.headers["X-App-Key"] == "8f2c"
    assert [(it.channel, it.state) for it in messages(session)] == [(Channel.SMS, MessageState.SENT)]


def test_a_form_is_escaped_like_a_form_and_can_be_asked_for(session, settings, service, told):
    form = settings.model_copy(update={"sms_type": "form", "sms_method": "GET", "sms_body": "m={phone}&t={text}"})
    assert work(form) == Tally(sent=1)
    (asked,) = service.taken
    assert (asked.method, asked.query["app"], asked.query["m"]) == ("GET", "1", PHONE)
    assert NAME in asked.query["t"]


def test_a_text_that_speaks_of_a_place_of_the_template_is_not_filled_in_again(settings, service):
    gateway = sms.gateway_of(settings)
    sms.send_text(gateway, sms.Text(PHONE, "企业{phone}{code}公司", "7"))
    assert json.loads(service.taken[0].body)["say"] == "企业{phone}{code}公司"


@pytest.mark.parametrize(
    "given, why", [({"text": '{"code":7}'}, "没有发送成功"), ({"status": 400}, "没有接受这条短信（400）")]
)
def test_a_definite_no_puts_the_enterprise_on_the_list_of_calls_at_once(session, settings, service, told, given, why):
    for name, value in given.items():
        setattr(service, name, value)
    assert work(settings) == Tally(failed=1)
    text, call = messages(session)
    assert (text.state, call.channel, call.state, call.body) == (
        MessageState.FAILED, Channel.CALL, MessageState.WAITING, text.body,
    )  # fmt: skip
    assert why in text.error


@pytest.mark.parametrize("given", [{"status": 503}, {"status": 403}, {"status": 301}, {"breaks_off": True}])
def test_what_may_pass_is_tried_again_and_called_after_the_fifth_time(session, settings, service, told, given):
    for name, value in given.items():
        setattr(service, name, value)
    now = MONDAY
    for pause in PAUSES:
        assert work(settings, now) == Tally(put_off=1)
        now += pause
    assert len(messages(session)) == 1
    assert work(settings, now) == Tally(failed=1)
    assert [it.channel for it in messages(session)] == [Channel.SMS, Channel.CALL]
    assert PHONE not in messages(session)[0].error


def test_a_landline_is_called(session, settings, service, told):
    told.visitor_phone = "0830-4291234"
    session.commit()
    assert work(settings) == Tally(dropped=1)
    assert [(it.channel, it.error) for it in messages(session)] == [(Channel.SMS, NO_MOBILE), (Channel.CALL, "")]
    assert service.taken == []


@pytest.mark.usefixtures("told")
def test_a_gateway_that_was_taken_away_leaves_calls(app, session):
    assert work(app.config["SETTINGS"]) == Tally(dropped=1)
    assert [(it.channel, it.error) for it in messages(session)] == [(Channel.SMS, NO_GATEWAY), (Channel.CALL, "")]


@pytest.mark.usefixtures("told")
def test_neither_number_nor_text_is_ever_logged(session, settings, service, caplog):
    caplog.set_level(logging.DEBUG)
    service.breaks_off = True
    work(settings)
    assert PHONE not in caplog.text
    assert "接待" not in caplog.text


@pytest.mark.usefixtures("told")
def test_news_about_a_day_that_is_over_is_given_up(session, settings, service):
    late = datetime(2026, 12, 16, 9, 0, tzinfo=ZONE)
    assert due_work(settings, a_holder(), Clocks(lambda: late, clock.running)).taken_back == 1
    assert [(it.state, it.error) for it in messages(session)] == [(MessageState.DROPPED, DAY_IS_OVER)]
    assert service.taken == []


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.usefixtures("told")
def test_a_process_killed_in_the_middle_of_a_text_loses_nothing(session, instance, settings, service, moment):
    env = environment(
        instance=instance, today="2026-11-23T09:00", sample=0, sms_url=settings.sms_url, sms_body=settings.sms_body
    )
    process = subprocess.Popen([PROGRAMS / "flask", "--app", "wsgi", "jobs", "run"], cwd=ROOT, env=env)
    setattr(service, moment, lambda: os.kill(process.pid, signal.SIGKILL))
    assert process.wait(60) == -signal.SIGKILL
    setattr(service, moment, lambda: None)
    assert [(it.state, it.attempts) for it in messages(session)] == [(MessageState.WAITING, 1)]
    before = len(service.taken)
    clocks = Clocks(lambda: MONDAY + PAUSES[0], lambda: clock.running() + timedelta(minutes=2))
    assert due_work(settings, a_holder(), clocks).texted == Tally(sent=1)
    assert len(service.taken) == before + 1
