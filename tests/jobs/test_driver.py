"""Workers: whoever looks, one round is done; over a Redis they can be woken, and without one they stand in."""

import os
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.config import load_settings
from portal.domain.people import Actor, Role
from portal.jobs.clocks import Clocks
from portal.jobs.driver import Driver, wake_workers
from portal.jobs.sweeps import SWEEPS
from portal.services.job_runs import ask_for
from portal.store.models.meetings import JobRun
from portal.store.models.messages import Lease
from tests.conftest import NOW
from tests.live.processes import PROGRAMS, ROOT, environment
from tests.servers import ServerMissing, redis

SYSTEM = Actor(5, "系统管理员", Role.SYSTEM)
CLOCKS = Clocks(clock.now, clock.running)


class Worker:
    """`jobs worker` in a process of its own, and what it says."""

    def __init__(self, folder, said, **settings):
        env = environment(instance=folder, today="2026-11-22T09:00", sample=0, **settings)
        self.said = said
        with said.open("w") as out:
            words = [PROGRAMS / "flask", "--app", "wsgi", "jobs", "worker", "--every", "1"]
            self.process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=out, stderr=out)

    @property
    def text(self):
        return self.said.read_text()

    @property
    def rounds(self):
        return self.text.count("提醒 0 条")

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def workers(number, folder, tmp_path, **settings):
    with ExitStack() as stack:
        made = []
        for it in range(number):
            made.append(Worker(folder, tmp_path / f"said-{it}", **settings))
            stack.callback(made[-1].process.wait)
            stack.callback(made[-1].process.kill)
        yield made


def wait_for(condition, seconds=200):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)
    assert condition()


def runs(session):
    session.rollback()
    return dict(session.execute(select(JobRun.name, JobRun.runs)).tuples().all())


@pytest.fixture(scope="session")
def redis_url():
    try:
        with redis() as url:
            yield url
    except ServerMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT TESTED WITH REDIS: {missing}")


def test_of_two_workers_one_does_the_round(session, instance, tmp_path):
    with workers(2, instance, tmp_path) as both:
        wait_for(lambda: sum(it.rounds for it in both) == 1)
        wait_for(lambda: all("开始等候" in it.text for it in both))
        time.sleep(5)
        assert sum(it.rounds for it in both) == 1, [it.text for it in both]
    assert runs(session) == {it.name: 1 for it in SWEEPS}


@pytest.mark.redis
def test_workers_over_a_redis_share_the_work_and_are_woken(session, instance, tmp_path, redis_url):
    settings = load_settings(instance=instance, redis_url=redis_url, today="2026-11-22T09:00", sample=False)
    with workers(2, instance, tmp_path, redis_url=redis_url) as both:
        wait_for(lambda: sum(it.rounds for it in both) == 1)
        wait_for(lambda: all("开始等候" in it.text for it in both))
        time.sleep(3)
        assert runs(session) == {it.name: 1 for it in SWEEPS}
        both[0].kill()
        session.execute(update(Lease).values(until=clock.running() - timedelta(minutes=3)))
        ask_for(session, "clearing", "清理文件", actor=SYSTEM, now=NOW, at=clock.running())
        session.commit()
        assert wake_workers(settings)
        wait_for(lambda: runs(session)["clearing"] == 2)
        assert runs(session) == {it.name: 1 for it in SWEEPS} | {"clearing": 2}
    assert "Traceback" not in both[1].text


@pytest.mark.redis
def test_who_serves_pages_stands_in_when_the_workers_are_silent(session, app, instance, redis_url):
    settings = app.config["SETTINGS"].model_copy(update={"redis_url": redis_url})
    stop, rounds = Event(), []

    def driver():
        return Driver(app.app_context, settings, CLOCKS, beat=1, stop=stop, say=rounds.append, stands_in=True)

    at = clock.running()
    session.add(Lease(name="due-work", holder="a worker", until=at, done_at=at - timedelta(minutes=3)))
    session.commit()
    assert not driver()._is_my_turn(), "a worker was at it three minutes ago"
    session.execute(update(Lease).values(done_at=at - timedelta(minutes=6)))
    session.commit()
    assert driver()._is_my_turn()
    assert not driver()._is_my_turn(), "one process asks in a beat"


def test_a_redis_that_is_away_is_told_and_loses_nothing(session, app, instance, tmp_path, caplog):
    settings = app.config["SETTINGS"].model_copy(update={"redis_url": f"unix://{tmp_path / 'nobody'}"})
    ask_for(session, "clearing", "清理文件", actor=SYSTEM, now=NOW, at=clock.running())
    session.commit()
    assert not wake_workers(settings)
    assert "could not wake a worker" in caplog.text
    assert session.get_one(JobRun, "clearing").next_at is not None


def test_no_page_loads_huey(instance):
    said = subprocess.run(
        [PROGRAMS / "python", "-c", "import sys, wsgi; print(sorted({'huey', 'redis'} & set(sys.modules)))"],
        cwd=ROOT, env=environment(instance=instance, sample=0), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "[]"


def test_a_worker_goes_on_after_a_round_that_failed_and_stops_when_told(session, app, caplog, tmp_path):
    stop, rounds, asked = Event(), [], []

    def now():
        asked.append(1)
        if len(asked) == 1:
            raise OSError("the first round fails")
        return NOW

    def note(done):
        rounds.append(done)
        stop.set()

    Driver(app.app_context, app.config["SETTINGS"], Clocks(now, clock.running), beat=1, stop=stop, say=note).run()
    assert len(rounds) == 1
    assert "the first round fails" in caplog.text
