"""Jobs by name: each is noted, one that fails stops none of the others, and nothing is told twice or at night."""

import os
import signal
import socket
import subprocess
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from portal import clock
from portal.clock import ZONE
from portal.domain.job_runs import JobHealth
from portal.domain.messages import PAUSES, Channel, MessageState
from portal.domain.people import Role
from portal.jobs.keeping import FOLDERS, folder_of
from portal.jobs.rounds import LEASE, Clocks, a_holder, due_work
from portal.jobs.standing import standings
from portal.jobs.sweeps import MINUTE, SWEEPS, Turn
from portal.services.job_runs import CUT_SHORT, note_begun
from portal.store.models.meetings import JobRun
from portal.store.models.messages import Message
from tests.builders import a_leader, a_reception_day, a_turn, an_account
from tests.live.processes import PROGRAMS, ROOT, environment
from tests.postboxes import a_postbox

REMINDED = datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)
TO = "lianluo@example.gov.cn"


@pytest.fixture
def box():
    with a_postbox() as made:
        yield made


@pytest.fixture
def settings(app, box):
    given = {"smtp_url": box.url, "mail_from": "portal@example.gov.cn"}
    return app.config["SETTINGS"].model_copy(update=given)


@pytest.fixture
def duty(session):
    """A leader on duty on 15 December, whose secretary is to be reminded a week before."""
    leader = a_leader()
    session.add(leader)
    session.flush()
    session.add_all([a_reception_day(turns=[a_turn(leader)]), an_account(Role.SECRETARY, serves=[leader], email=TO)])
    session.commit()


def clearing_fails(settings):
    """In every folder that is cleared lies a link that leads to itself."""
    for number in range(FOLDERS):
        part = folder_of(settings) / f"{number:02x}"
        part.mkdir(parents=True)
        (part / "loop").symlink_to(part / "loop")


def work(settings, now=REMINDED, ahead=timedelta(), **given):
    return due_work(settings, a_holder(), Clocks(lambda: now, lambda: clock.running() + ahead), **given)


def run_of(session, name):
    session.rollback()
    session.expire_all()
    return session.get_one(JobRun, name)


def test_every_job_is_noted_with_its_end_and_its_next_turn(session, settings, duty):
    before = clock.running()
    work(settings)
    rows = {it.name: it for it in standings(session, at=clock.running())}
    assert list(rows) == [it.name for it in SWEEPS]
    assert {(it.health, it.runs, it.failures) for it in rows.values()} == {(JobHealth.FINE, 1, 0)}
    assert all(before <= it.began_at <= it.began_at + it.took <= clock.running() for it in rows.values())
    assert all(rows[it.name].next_at == rows[it.name].began_at + it.every for it in SWEEPS)
    assert (rows["reminders"].outcome, rows["papers"].outcome) == ("提醒 1 条，撤回 0 条", "没有到期的")


@pytest.mark.parametrize("sweep", [it for it in SWEEPS if it.name != "statistics"], ids=lambda it: it.name)
def test_nobody_who_writes_waits_for_a_job_that_finds_nothing_due(session, settings, statements, sweep):
    clocks = Clocks(lambda: REMINDED, clock.running)
    sweep.work(Turn(settings, REMINDED, clocks, lambda _: True))
    session.rollback()
    assert "BEGIN IMMEDIATE" not in statements


def test_sqlite_is_told_how_many_rows_its_tables_have(session, settings, duty):
    work(settings)
    counted = session.execute(text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'reception_day'")).scalar()
    assert counted > 0
    assert run_of(session, "statistics").outcome == "已更新"


def test_a_job_that_fails_is_shown_and_the_others_go_on(session, settings, duty, box, caplog):
    clearing_fails(settings)
    done = work(settings)
    assert (done.told, done.mailed.sent, [title for title, _ in done.failed]) == (1, 1, ["清理文件"])
    assert "没有做成" in done.line
    failed = run_of(session, "clearing")
    assert (failed.failures, failed.runs, failed.outcome) == (1, 1, "")
    assert failed.trouble == "系统：Too many levels of symbolic links"
    assert run_of(session, "mail").failures == 0
    assert "clearing failed" in caplog.text


def test_a_failing_job_is_tried_more_and_more_seldom_until_it_succeeds(session, settings, caplog):
    clearing_fails(settings)
    ahead = timedelta()
    for failures, minutes in ((1, 2), (2, 4), (3, 8)):
        work(settings, ahead=ahead, whose_turn=True)
        found = run_of(session, "clearing")
        assert found.failures == failures
        assert found.next_at - found.ended_at == timedelta(minutes=minutes)
        assert run_of(session, "mail").next_at < found.next_at
        work(settings, ahead=ahead + timedelta(minutes=minutes - 1), whose_turn=True)
        assert run_of(session, "clearing").failures == failures, "not before its turn"
        ahead += timedelta(minutes=minutes)
    assert [it.name for it in standings(session, at=clock.running()) if it.health is JobHealth.FAILING] == ["clearing"]
    for part in folder_of(settings).iterdir():
        (part / "loop").unlink()
    work(settings, ahead=ahead, whose_turn=True)
    mended = run_of(session, "clearing")
    assert (mended.failures, mended.trouble) == (0, "")


def test_a_process_that_was_killed_in_a_job_counts_as_a_failure_until_the_job_is_done(session, settings):
    at = clock.running() - 2 * LEASE
    for failures in (0, 1, 2):
        note_begun(session, "papers", MINUTE, at=at)
        found = session.get_one(JobRun, "papers")
        assert (found.failures, found.trouble) == (failures, CUT_SHORT if failures else "")
        assert found.next_at == at + MINUTE * 2**failures
    session.commit()
    broken = {it.name: it for it in standings(session, at=clock.running())}["papers"]
    assert (broken.health, broken.took) == (JobHealth.RETRYING, None)
    work(settings)
    assert (run_of(session, "papers").failures, run_of(session, "papers").trouble) == (0, "")


def test_a_reminder_whose_process_was_killed_between_outbox_and_sending_is_sent_once(
    session, instance, settings, duty, box
):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        env = environment(
            instance=instance,
            today="2026-12-08T09:00",
            sample=0,
            smtp_url=f"smtp://127.0.0.1:{listening.getsockname()[1]}",
            mail_from="portal@example.gov.cn",
        )
        process = subprocess.Popen([PROGRAMS / "flask", "--app", "wsgi", "jobs", "run"], cwd=ROOT, env=env)
        listening.settimeout(60)
        listening.accept()[0].close()
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    session.rollback()
    waiting = session.scalars(select(Message).where(Message.channel == Channel.MAIL)).one()
    assert (waiting.state, box.taken) == (MessageState.WAITING, [])
    later = {"now": REMINDED + PAUSES[0], "ahead": LEASE}
    assert work(settings, **later).mailed.sent == 1
    assert work(settings, **later).mailed.sent == 0
    session.rollback()
    session.expire_all()
    told = session.execute(select(Message.key, Message.channel, Message.state)).all()
    assert len(box.taken) == 1
    assert len({key for key, *_ in told}) == 1
    assert {(channel, state) for _, channel, state in told} == {
        (Channel.IN_APP, MessageState.SENT), (Channel.MAIL, MessageState.SENT)
    }  # fmt: skip


@pytest.mark.parametrize("hour", [0, 3, 6, 22])
def test_nothing_is_sent_at_night_and_in_the_morning_it_is(session, settings, duty, box, hour):
    day = REMINDED if hour < 7 else REMINDED - timedelta(days=1)
    work(settings, day.replace(hour=hour))
    assert box.taken == []
    work(settings, REMINDED)
    assert len(box.taken) == 1


def test_only_the_jobs_that_are_wanted_are_done(session, settings, duty, box):
    work(settings, only={"reminders"})
    assert box.taken == []
    assert session.scalars(select(JobRun.name)).all() == ["reminders"]
