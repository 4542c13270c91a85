"""`jobs run` and `jobs worker`: due work from the machine itself."""

import json
import signal
import subprocess
import time
from datetime import timedelta

import pytest

from portal import clock
from portal.domain.people import Role
from portal.services.messages import tell
from portal.store.models.messages import Lease
from tests.builders import an_account
from tests.conftest import NOW
from tests.live.processes import PROGRAMS, ROOT, environment


@pytest.fixture
def run(app, session):
    return lambda *words: app.test_cli_runner().invoke(args=["jobs", *words])


@pytest.fixture
def waiting(session):
    account = an_account(Role.OFFICE, email="bangong@example.gov.cn")
    session.add(account)
    session.flush()
    tell(session, [account.id], "k", "轮值提醒", now=NOW)
    session.commit()


def test_due_work_is_done_once_and_said_in_a_line(run, waiting):
    answer = run("run")
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout == "提醒 0 条，撤回 0 条；邮件送出 0 条，待重试 0 条，失败 0 条，不再发送 1 条。\n"


def test_json_tells_the_counts(run, waiting):
    nothing = {"sent": 0, "put_off": 0, "failed": 0, "dropped": 0}
    assert json.loads(run("run", "--json").stdout) == {
        "told": 0, "taken_back": 0, "mail": nothing | {"dropped": 1}, "groups": nothing, "texts": nothing,
        "failed": {}, "printed": 0,
    }  # fmt: skip


def test_it_waits_for_another_process_that_is_at_it(run, session):
    session.add(Lease(name="due-work", holder="other", until=clock.running() + timedelta(seconds=1)))
    session.commit()
    assert run("run").exit_code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_says_what_it_does_and_ends_cleanly_when_told(instance, tmp_path, number):
    env = environment(instance=instance, today="2026-11-22T09:00", sample=0)
    said = tmp_path / "said"
    with said.open("w") as out:
        process = subprocess.Popen(
            [PROGRAMS / "flask", "--app", "wsgi", "jobs", "worker", "--every", "1"],
            cwd=ROOT, env=env, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        until = time.monotonic() + 200
        while said.read_text().count("提醒 0 条") < 1 and time.monotonic() < until:
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(100) == 0
    finally:
        process.kill()
        process.wait()
    text = said.read_text()
    assert text.startswith("开始等候到期的工作")
    assert text.endswith("已停止。\n")
    assert "Traceback" not in text
