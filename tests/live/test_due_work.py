"""The portal as it is started looks after due work itself, and goes on doing so whoever of its processes is killed."""

import os
import shutil
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from portal import clock
from portal.domain.people import Role
from portal.services.messages import tell
from portal.store.extension import read, transaction
from portal.store.models.messages import Lease
from tests.builders import an_account
from tests.conftest import NOW
from tests.live.districts import District
from tests.live.processes import HOST, PROGRAMS, children, environment, free_port, start
from tests.postboxes import Postbox, a_postbox

pytestmark = pytest.mark.timeout(900)  # a real start, and two looks for due work of half a minute


def wait_for(box: Postbox, letters: int) -> None:
    until = time.monotonic() + 120
    while len(box.taken) < letters and time.monotonic() < until:
        time.sleep(0.2)
    assert len(box.taken) == letters


def wait_for_the_round(district: District, begun: datetime) -> None:
    """The letters are out before the round is over: papers are kept and the lease is given back after them."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with district.open():
            done = read().get_one(Lease, "due-work").done_at
        if done is not None and done > begun:
            return
        time.sleep(0.5)


def test_the_started_portal_mails_what_waits_and_goes_on_after_its_workers_were_killed(migrated: Path, tmp_path: Path):
    folder, port = tmp_path / "instance", free_port()
    shutil.copytree(migrated, folder)
    district = District(folder)
    with district.open(), transaction() as session:
        session.info["unaudited"] = True
        account = an_account(Role.OFFICE, email="bangong@example.gov.cn")
        session.add(account)
        session.flush()
        tell(session, [account.id], "first", "第一条", now=NOW)
        number = account.id
    with a_postbox() as box:
        env = environment(
            instance=folder,
            bind=f"{HOST}:{port}",
            workers=2,
            today="2026-11-22T09:00",
            sample=0,
            smtp_url=box.url,
            mail_from="portal@example.gov.cn",
        )
        running = start([str(PROGRAMS / "flask"), "--app", "wsgi", "serve"], port, tmp_path / "log", env)
        try:
            wait_for(box, 1)
            for worker in children(running.process.pid):
                os.kill(worker, signal.SIGKILL)
            with district.open(), transaction() as session:
                tell(session, [number], "second", "第二条", now=NOW)
                long_ago = clock.running() - timedelta(hours=1)
                session.execute(update(Lease).values(until=long_ago, done_at=long_ago))
            wait_for(box, 2)
            assert [letter["Subject"] for letter in box.taken] == ["第一条", "第二条"]
            assert "Traceback" not in running.said
            wait_for_the_round(district, long_ago)
        finally:
            running.stop()
    with district.open():
        assert read().get_one(Lease, "due-work").done_at > clock.running() - timedelta(minutes=3)
