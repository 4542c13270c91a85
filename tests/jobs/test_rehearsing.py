"""A quarter in a minute: the clock is set forward and every day's due work is done."""

import json
from datetime import datetime, time

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.services.outbox import REHEARSED
from portal.store.models.messages import Message
from tests.builders import a_leader, a_reception_day, a_turn, an_account
from tests.postboxes import a_postbox


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["jobs", "rehearse", *words])


@pytest.fixture
def duty(session):
    leader = a_leader()
    session.add(leader)
    session.flush()
    secretary = an_account(Role.SECRETARY, serves=[leader], email="lianluo@example.gov.cn")
    session.add_all([a_reception_day(turns=[a_turn(leader)]), secretary])
    session.commit()


def told(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == Channel.IN_APP).order_by(Message.due_at)).all()


def test_a_rehearsal_tells_what_the_days_would_have_told_and_only_by_day(run, session, duty):
    answer = run("--until", "2026-12-20")
    assert (answer.exit_code, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert [lines[0][:10], lines[-2][:10]] == ["2026-11-23", "2026-12-20"]
    assert "共 56 轮" in lines[-1]
    kinds = [it.key.partition(":")[0] for it in told(session)]
    assert kinds.count("duty-reminder") == 2, "five working days before, and one"
    assert all(time(7, 30) <= it.due_at.time() <= time(20) for it in told(session))
    assert {it.made_at.date().isoweekday() <= 5 for it in told(session)} == {True}


def test_played_twice_it_tells_nothing_more(run, session, duty):
    run("--days", "17")
    first = [(it.key, it.account_id) for it in told(session)]
    clock.stand_at(datetime(2026, 11, 22, 9, tzinfo=ZONE))
    again = json.loads(run("--days", "17", "--json").stdout)
    assert (again["rounds"], again["failed"]) == (34, [])
    assert [(it.key, it.account_id) for it in told(session)] == first


def test_nothing_leaves_the_portal_unless_it_is_wanted(run, session, app, duty):
    with a_postbox() as box:
        given = {"smtp_url": box.url, "mail_from": "portal@example.gov.cn"}
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=given)
        run("--until", "2026-12-09")
        mails = select(Message.state, Message.error).where(Message.channel == Channel.MAIL)
        assert box.taken == []
        assert [tuple(it) for it in session.execute(mails)] == [(MessageState.DROPPED, REHEARSED)]
        run("--until", "2026-12-20", "--send")
        assert len(box.taken) == 1, "the second reminder, and not the first as well"


def test_longer_steps_end_on_the_last_day(run):
    lines = run("--days", "10", "--step", "7d").stdout.splitlines()
    assert [it[:10] for it in lines[:-1]] == ["2026-11-29", "2026-12-02"]


@pytest.mark.parametrize(
    "words, why",
    [
        ((), "请写明"),
        (("--days", "3", "--until", "2026-12-01"), "请写明"),
        (("--until", "2026-11-22"), "应晚于"),
        (("--days", "3", "--step", "0d"), "每步"),
    ],
)
def test_a_rehearsal_without_an_end_is_refused(run, words, why):
    answer = run(*words)
    assert answer.exit_code == 1
    assert why in answer.stderr


def test_without_a_standing_clock_it_is_refused(run, app):
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"today": None})
    answer = run("--days", "3")
    assert answer.exit_code == 1
    assert "PORTAL_TODAY" in answer.stderr
