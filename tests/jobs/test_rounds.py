"""Rounds of due work: one at a time, mail sent once, nothing lost when a process is killed in the middle."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, select

from portal import clock
from portal.clock import ZONE
from portal.domain.accounts import AccountState
from portal.domain.messages import PAUSES, Channel, MessageState
from portal.domain.people import Role
from portal.jobs.rounds import Clocks, a_holder, due_work, is_waited_for
from portal.jobs.sweeps import SWEEPS
from portal.jobs.tallies import Tally
from portal.services.job_runs import note_begun, note_done
from portal.services.messages import tell
from portal.services.outbox import NO_MAIL, NO_RESULT, NOBODY_THERE
from portal.store.extension import db, transaction
from portal.store.models.messages import Lease, Message
from portal.store.models.reception import DutyTurn
from tests.builders import a_leader, a_reception_day, a_turn, an_account
from tests.live.processes import PROGRAMS, ROOT, environment
from tests.postboxes import a_postbox

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
TO = "lianluo@example.gov.cn"


@pytest.fixture
def box():
    with a_postbox() as made:
        yield made


@pytest.fixture
def settings(app, box):
    return with_mail(app, box)


def with_mail(app, box):
    given = {"smtp_url": box.url, "mail_from": "portal@example.gov.cn", "public_url": "https://portal.example"}
    return app.config["SETTINGS"].model_copy(update=given)


@pytest.fixture
def person(session):
    account = an_account(Role.SECRETARY, email=TO, display_name="联络员示")
    session.add(account)
    session.commit()
    return account


def say(session, person, *subjects, now=MONDAY, **given):
    for subject in subjects:
        tell(session, [person.id], subject, subject, url="/duty/", now=now, **given)
    session.commit()


def clocks(now, ahead=timedelta()):
    return Clocks(lambda: now, lambda: clock.running() + ahead)


def work(settings, now=MONDAY, **given):
    return due_work(settings, a_holder(), clocks(now, **given))


def mails(session):
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == Channel.MAIL).order_by(Message.id)).all()


def test_what_waits_for_one_person_goes_out_in_one_letter_and_only_once(session, settings, person, box):
    say(session, person, "轮值提醒", "请假已批准")
    assert work(settings).mailed == Tally(sent=2)
    assert work(settings).mailed == Tally()
    (letter,) = box.taken
    assert letter["Subject"] == "2 条提醒：轮值提醒等"
    assert "https://portal.example/duty/" in letter.get_content()
    assert {(it.state, it.sent_at, it.attempts) for it in mails(session)} == {(MessageState.SENT, MONDAY, 1)}


def test_a_message_for_the_morning_waits_for_it(session, settings, person, box):
    say(session, person, "明早", due_at=MONDAY + timedelta(hours=1))
    assert work(settings).mailed == Tally()
    assert work(settings, MONDAY + timedelta(hours=1)).mailed == Tally(sent=1)
    assert len(box.taken) == 1


def test_a_temporary_failure_is_tried_five_times_and_then_said_to_have_failed(session, settings, person, box):
    say(session, person, "轮值提醒")
    box.data, now = "451 later", MONDAY
    for pause in PAUSES:
        assert work(settings, now).mailed == Tally(put_off=1)
        assert work(settings, now + timedelta(seconds=119)).mailed == Tally(), "not before its time"
        now += pause
    assert mails(session)[0].state is MessageState.WAITING
    assert work(settings, now).mailed == Tally(failed=1)
    (mail,) = mails(session)
    assert (mail.state, mail.attempts, mail.error) == (MessageState.FAILED, 5, "邮件服务器没有收下邮件（451）")
    assert work(settings, now + timedelta(days=30)).mailed == Tally()
    in_app = session.scalars(select(Message).where(Message.channel == Channel.IN_APP)).one()
    assert in_app.state is MessageState.SENT, "the message in the portal does not depend on the mail"


def test_a_failure_that_passes_is_made_good(session, settings, person, box):
    say(session, person, "轮值提醒")
    box.breaks_off = True
    assert work(settings).mailed == Tally(put_off=1)
    box.breaks_off = False
    assert work(settings, MONDAY + PAUSES[0]).mailed == Tally(sent=1)
    assert [(it.state, it.error) for it in mails(session)] == [(MessageState.SENT, "")]


def test_a_receiver_the_server_will_never_take_has_failed_at_once_and_holds_up_nobody(session, settings, person, box):
    other = an_account(Role.OFFICE, email="bangong@example.gov.cn")
    session.add(other)
    session.commit()
    say(session, person, "轮值提醒")
    say(session, other, "请假等待批准")
    box.rcpt[TO] = "550 no such user"
    assert work(settings).mailed == Tally(sent=1, failed=1)
    assert [it.state for it in mails(session)] == [MessageState.FAILED, MessageState.SENT]
    assert TO not in mails(session)[0].error


def test_a_server_that_is_away_costs_one_attempt_a_round_and_not_one_a_person(session, settings, person, box):
    other = an_account(Role.OFFICE, email="bangong@example.gov.cn")
    session.add(other)
    session.commit()
    say(session, person, "轮值提醒")
    say(session, other, "请假等待批准")
    box.breaks_off = True
    assert work(settings).mailed == Tally(put_off=1)
    assert [it.attempts for it in mails(session)] == [1, 0]


def test_without_a_mail_server_messages_stay_in_the_portal_and_no_mail_piles_up(app, session, person):
    say(session, person, "轮值提醒")
    assert work(app.config["SETTINGS"]).mailed == Tally(dropped=1)
    assert [(it.state, it.error) for it in mails(session)] == [(MessageState.DROPPED, NO_MAIL)]


def test_an_account_that_was_closed_or_has_no_address_any_more_gets_no_mail(session, settings, person, box):
    say(session, person, "轮值提醒")
    person.state = AccountState.DISABLED
    session.commit()
    assert work(settings).mailed == Tally(dropped=1)
    assert mails(session)[0].error == NOBODY_THERE
    assert box.taken == []


def test_a_mail_on_which_processes_keep_dying_is_given_up(session, settings, person, box):
    say(session, person, "轮值提醒")
    (mail,) = mails(session)
    mail.attempts = 5
    session.commit()
    work(settings)
    assert [(it.state, it.error) for it in mails(session)] == [(MessageState.FAILED, NO_RESULT)]
    assert box.taken == []


def test_reminders_are_made_and_mailed_in_the_same_round(session, settings, box):
    leader = a_leader()
    session.add(leader)
    session.flush()
    session.add_all([a_reception_day(turns=[a_turn(leader)]), an_account(Role.SECRETARY, serves=[leader], email=TO)])
    session.commit()
    done = work(settings, datetime(2026, 12, 8, 9, 0, tzinfo=ZONE))
    assert (done.told, done.taken_back, done.mailed) == (1, 0, Tally(sent=1))
    assert "接待日轮值" in box.taken[0]["Subject"]
    session.execute(delete(DutyTurn))
    session.commit()
    assert work(settings, datetime(2026, 12, 8, 9, 1, tzinfo=ZONE)).taken_back == 0, "what was sent was sent"
    assert [it.state for it in mails(session)] == [MessageState.SENT]


def test_of_many_processes_at_once_one_works_and_everybody_is_mailed_once(each_app, box):
    settings = with_mail(each_app, box)
    with each_app.app_context():
        with transaction() as session:
            session.info["unaudited"] = True
            people = [an_account(Role.OFFICE, email=f"p{number}@example.gov.cn") for number in range(6)]
            session.add_all(people)
            session.flush()
            tell(session, [it.id for it in people], "k", "轮值提醒", now=MONDAY)
        db.session.remove()
    start = Barrier(4)

    def sweep(number):
        with each_app.app_context():
            start.wait()
            done = [work(settings) for _ in range(3)]
            db.session.remove()
            return done

    with ThreadPoolExecutor(4) as pool:
        rounds = [it for some in pool.map(sweep, range(4)) for it in some]
    assert sorted(letter["To"] for letter in box.taken) == [f"p{number}@example.gov.cn" for number in range(6)]
    assert sum(it.mailed.sent for it in rounds if it) == 6


@pytest.mark.parametrize("moment", ["before_accepting", "after_accepting"])
def test_a_process_killed_in_the_middle_loses_nothing(app, session, instance, settings, person, box, moment):
    say(session, person, "轮值提醒")
    env = environment(
        instance=instance, today="2026-11-23T09:00", sample=0, smtp_url=box.url, mail_from="portal@example.gov.cn"
    )
    process = subprocess.Popen([PROGRAMS / "flask", "--app", "wsgi", "jobs", "run"], cwd=ROOT, env=env)
    setattr(box, moment, lambda: os.kill(process.pid, signal.SIGKILL))
    assert process.wait(60) == -signal.SIGKILL
    setattr(box, moment, lambda: None)
    (mail,) = mails(session)
    assert (mail.state, mail.attempts) == (MessageState.WAITING, 1)
    before = len(box.taken)
    assert work(settings) is None, "the dead process still holds the lease"
    later = {"now": MONDAY + PAUSES[0], "ahead": timedelta(minutes=2)}
    assert work(settings, **later).mailed == Tally(sent=1)
    assert len(box.taken) == before + 1
    assert len({letter["Message-ID"] for letter in box.taken}) == 1, "a double can be told by its identity"


# --- whose turn it is --------------------------------------------------------------


def waited_for(session, at=MONDAY, **given):
    session.rollback()
    return is_waited_for(session, at=at, **given)


def test_work_waits_until_the_turn_of_some_job_has_come(session, app):
    assert waited_for(session), "nothing was ever done"
    for sweep in SWEEPS:
        note_begun(session, sweep.name, sweep.every, at=MONDAY)
        note_done(session, sweep.name, "", sweep.every, at=MONDAY)
    session.commit()
    assert not waited_for(session, MONDAY + timedelta(seconds=50))
    assert waited_for(session, MONDAY + timedelta(seconds=60))
    assert waited_for(session, MONDAY - timedelta(hours=3)), "a clock set back stops nobody"
    session.add(Lease(name="due-work", holder="x", until=MONDAY + timedelta(minutes=3)))
    session.commit()
    assert not waited_for(session, MONDAY + timedelta(seconds=90)), "somebody is at it"


def test_whoever_stands_in_waits_until_nobody_has_finished_a_round_for_long(session, app):
    session.add(Lease(name="due-work", holder="x", until=MONDAY, done_at=MONDAY))
    session.commit()
    assert waited_for(session, MONDAY + timedelta(minutes=4))
    assert not waited_for(session, MONDAY + timedelta(minutes=4), patience=timedelta(minutes=5))
    assert waited_for(session, MONDAY + timedelta(minutes=6), patience=timedelta(minutes=5))
