"""后台任务: every job with its last run, and the button that runs one now."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.domain.people import Role
from portal.jobs.sweeps import SWEEPS
from portal.services.job_runs import note_begun, note_failed
from portal.services.messages import tell
from portal.store.models.audit import AuditLine
from portal.store.models.meetings import JobRun
from tests.builders import an_account
from tests.conftest import NOW


def failed(session, name, times=3):
    sweep = next(it for it in SWEEPS if it.name == name)
    for _ in range(times):
        note_begun(session, name, sweep.every, at=clock.running())
        note_failed(session, name, "系统：磁盘已满", sweep.every, at=clock.running())
    session.commit()


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SYSTEM])
def test_every_job_is_listed_with_its_trouble(session, sign_in, role):
    failed(session, "papers")
    text = sign_in(role).get("/admin/jobs").get_data(as_text=True)
    assert all(it.title in text for it in SWEEPS)
    assert "“存档补做”连续失败 3 次" in text
    assert "系统：磁盘已满" in text
    assert text.count("立即运行") == len(SWEEPS)


def test_the_outbox_is_counted_by_channel_and_linked_for_the_office_alone(session, sign_in):
    account = an_account(Role.OFFICE, email="bangong@example.gov.cn")
    session.add(account)
    session.flush()
    tell(session, [account.id], "k", "轮值提醒", now=NOW)
    session.commit()
    link = "/messages/outbox?channel=mail&amp;state=waiting"
    assert link in sign_in(Role.OFFICE).get("/admin/jobs").get_data(as_text=True)
    assert "/messages/outbox" not in sign_in(Role.SYSTEM).get("/admin/jobs").get_data(as_text=True)


def test_a_job_is_put_first_when_somebody_asks_and_that_is_on_record(session, sign_in):
    failed(session, "papers")
    before = clock.running()
    answer = sign_in(Role.SYSTEM).post("/admin/jobs/papers/run")
    assert (answer.status_code, answer.location) == (303, "/admin/jobs")
    session.rollback()
    session.expire_all()
    assert before <= session.get_one(JobRun, "papers").next_at <= clock.running()
    line = session.scalars(select(AuditLine).where(AuditLine.act == "job_asked")).one()
    assert (line.target_id, line.summary) == ("papers", "要求立即运行后台任务“存档补做”")


def test_nobody_else_sees_or_runs_them_and_an_unknown_job_is_not_found(session, sign_in):
    unit = sign_in(Role.UNIT)
    assert unit.get("/admin/jobs").status_code == 403
    assert unit.post("/admin/jobs/mail/run").status_code == 403
    assert sign_in(Role.OFFICE).post("/admin/jobs/nothing/run").status_code == 404


def test_a_job_that_fails_again_and_again_makes_the_portal_not_ready_and_is_a_figure(session, app, sign_in):
    failed(session, "mail", times=2)
    assert app.test_client().get("/readyz").json["checks"]["jobs"]["ok"]
    failed(session, "mail", times=1)
    answer = app.test_client().get("/readyz")
    assert not answer.json["checks"]["jobs"]["ok"]
    assert "“发送邮件”已连续失败 3 次（系统：磁盘已满）" in "".join(answer.json["reasons"])
    assert 'portal_job_failures{job="mail"} 3.0' in app.test_client().get("/metrics").get_data(as_text=True)
