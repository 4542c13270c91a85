"""Posts to groups: one digest, signed, at most twenty a minute, and a failure however the service words it."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.messages import PAUSES, Channel, MessageState
from portal.jobs.posting import post_waiting
from portal.jobs.rounds import Clocks, a_holder, due_work
from portal.jobs.tallies import NOTHING, Tally
from portal.services.group_outbox import STOPPED
from portal.services.telling import tell_groups
from portal.store.extension import db, transaction
from portal.store.models.messages import Message, Robot
from tests.gateways import SECRET, a_gateway
from tests.live.processes import PROGRAMS, ROOT, environment

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
RUNNING = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


@pytest.fixture
def service():
    with a_gateway() as made:
        yield made


def a_robot(service, **given):
    return Robot(**{"name": "工作群", "channel": Channel.DINGTALK, "address": service.url, "posts": ""} | given)


@pytest.fixture
def robot(session, service):
    made = a_robot(service)
    session.add(made)
    session.commit()
    return made


def with_hosts(app, service):
    return app.config["SETTINGS"].model_copy(
        update={"robot_hosts": service.host, "public_url": "https://portal.example"}
    )


@pytest.fixture
def settings(app, service):
    return with_hosts(app, service)


def say(session, *subjects, **given):
    for subject in subjects:
        tell_groups(session, subject, subject, url="/reception-days/2026-12-15", now=MONDAY, **given)
    session.commit()


def work(settings, now=MONDAY, at=RUNNING):
    return post_waiting(settings, now=now, running=lambda: at, goes_on=lambda _: True)


def messages(session):
    session.expire_all()
    return session.scalars(select(Message).order_by(Message.id)).all()


@pytest.mark.usefixtures("robot")
def test_everything_that_waits_for_a_group_goes_into_one_post_and_only_once(session, settings, service):
    say(session, "12月15日接待日已发布", "11月15日接待日已结束", body="接待企业 3 家。")
    assert work(settings) == Tally(sent=2)
    assert work(settings) == NOTHING
    (asked,) = service.taken
    for said in (
        "12月15日接待日已发布",
        "11月15日接待日已结束",
        "接待企业 3 家",
        "https://portal.example/reception-days/2026-12-15",
    ):
        assert said in asked.content
    assert {(it.state, it.sent_at) for it in messages(session)} == {(MessageState.SENT, MONDAY)}


def test_a_post_is_signed_with_the_moment_that_runs_and_bears_the_keyword(session, settings, service, robot):
    service.secret, robot.secret, robot.keyword = SECRET, SECRET, "民企"
    session.commit()
    say(session, "已发布")
    assert work(settings) == Tally(sent=1)
    assert service.taken[0].query["timestamp"] == str(int(RUNNING.timestamp() * 1000))
    assert "民企" in service.taken[0].content
    robot.secret = "SEC-wrong"
    session.commit()
    say(session, "再发")
    assert work(settings) == Tally(put_off=1)
    assert "加签密钥" in messages(session)[-1].error


@pytest.mark.parametrize(
    "given, why",
    [
        ({"text": '{"errcode":300001,"errmsg":"token is not exist"}'}, "错误码 300001"),
        ({"text": "<html>login</html>"}, "看不懂"),
        ({"text": '["x"]'}, "看不懂"),
        ({"status": 500}, "不接受（500）"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "转到别处"),
        ({"breaks_off": True}, "没有应答"),
    ],
)
@pytest.mark.usefixtures("robot")
def test_whatever_is_no_zero_is_a_failure_and_tried_again_after_its_pause(session, settings, service, given, why):
    say(session, "已发布")
    for name, value in given.items():
        setattr(service, name, value)
    assert work(settings) == Tally(put_off=1)
    (message,) = messages(session)
    assert (message.state, message.due_at) == (MessageState.WAITING, MONDAY + PAUSES[0])
    assert why in message.error
    assert "t0ken" not in message.error
    service.text, service.status, service.breaks_off = '{"errcode":0}', 200, False
    assert work(settings) == NOTHING, "not before its time"
    assert work(settings, MONDAY + PAUSES[0]) == Tally(sent=1)


@pytest.mark.usefixtures("robot")
def test_five_failures_are_enough(session, settings, service):
    say(session, "已发布")
    service.status, now = 500, MONDAY
    for pause in PAUSES:
        assert work(settings, now) == Tally(put_off=1)
        now += pause
    assert work(settings, now) == Tally(failed=1)
    assert [it.state for it in messages(session)] == [MessageState.FAILED]


def test_at_most_twenty_posts_a_minute_go_out_even_where_the_clock_of_the_office_stands(
    session, settings, service, robot
):
    for number in range(25):
        say(session, f"消息{number}")
        work(settings, at=RUNNING + timedelta(seconds=number))
    assert len(service.taken) == 20
    assert work(settings, at=RUNNING + timedelta(seconds=59)) == NOTHING
    assert work(settings, at=RUNNING + timedelta(seconds=60)) == Tally(sent=5), (
        "merged, as soon as there is a post left"
    )
    assert len(service.taken) == 21


@pytest.mark.parametrize("answer", [{"text": '{"errcode":130101,"errmsg":"send too fast"}'}, {"status": 429},
                                    {"text": '{"errcode":45009,"errmsg":"api freq out of limit"}'}])  # fmt: skip
def test_a_service_that_says_too_often_is_left_alone_for_ten_minutes_and_it_counts_as_no_attempt(
    session, settings, service, robot, answer
):
    say(session, "已发布")
    for name, value in answer.items():
        setattr(service, name, value)
    assert work(settings) == Tally(put_off=1)
    service.text, service.status = '{"errcode":0}', 200
    assert work(settings, at=RUNNING + timedelta(minutes=9, seconds=59)) == NOTHING
    assert [it.attempts for it in messages(session)] == [0]
    assert work(settings, at=RUNNING + timedelta(minutes=10)) == Tally(sent=1)


def test_what_does_not_fit_into_one_post_follows_in_another(session, settings, service, robot):
    robot.channel = Channel.WECOM
    session.commit()
    say(session, *(f"{number}接待日" * 10 for number in range(60)))
    assert work(settings).sent == 60
    assert 1 < len(service.taken) <= 20
    assert max(len(it.content.encode()) for it in service.taken) <= 2048


@pytest.mark.usefixtures("robot")
def test_an_address_outside_the_list_is_never_asked(app, session, service):
    say(session, "已发布")
    assert work(app.config["SETTINGS"]) == Tally(failed=1)
    assert service.taken == []
    assert "不在允许范围内" in messages(session)[0].error


def test_a_robot_that_was_stopped_posts_nothing_any_more(session, settings, service, robot):
    say(session, "已发布")
    robot.active = False
    session.commit()
    assert work(settings) == Tally(dropped=1)
    assert [(it.state, it.error) for it in messages(session)] == [(MessageState.DROPPED, STOPPED)]
    assert service.taken == []


def test_processes_at_once_never_post_more_than_the_limit_between_them(each_app, service):
    settings = with_hosts(each_app, service)
    with each_app.app_context():
        with transaction() as session:
            session.info["unaudited"] = True
            session.add(a_robot(service))
        db.session.remove()
    start = Barrier(4)

    def sweep(worker):
        with each_app.app_context():
            start.wait()
            for number in range(10):
                with transaction() as session:
                    tell_groups(session, f"{worker}-{number}", "消息", now=MONDAY)
                work(settings)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))
    assert len(service.taken) <= 20
    with each_app.app_context():
        work(settings, at=RUNNING + timedelta(minutes=1))
        states = {it.state for it in db.session.scalars(select(Message))}
        db.session.remove()
    told = sum(it.content.count("消息") for it in service.taken)
    assert (states, told) == ({MessageState.SENT}, 40), "all of it was told, and none of it twice"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.usefixtures("robot")
def test_a_process_killed_in_the_middle_of_a_post_loses_nothing(session, instance, settings, service, moment):
    say(session, "已发布")
    env = environment(instance=instance, today="2026-11-23T09:00", sample=0, robot_hosts=service.host)
    process = subprocess.Popen([PROGRAMS / "flask", "--app", "wsgi", "jobs", "run"], cwd=ROOT, env=env)
    setattr(service, moment, lambda: os.kill(process.pid, signal.SIGKILL))
    assert process.wait(60) == -signal.SIGKILL
    setattr(service, moment, lambda: None)
    (message,) = messages(session)
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
    before = len(service.taken)
    clocks = Clocks(lambda: MONDAY + PAUSES[0], lambda: clock.running() + timedelta(minutes=2))
    assert due_work(settings, a_holder(), clocks).posted == Tally(sent=1)
    assert len(service.taken) == before + 1
