"""Whether the portal lives, is ready, and how it is doing."""

import shutil
from datetime import timedelta
from time import thread_time

import pytest
from flask import Flask

from portal import clock
from portal.app import create_app
from portal.config import load_settings
from portal.domain.people import Role
from portal.store.models.messages import Lease
from portal.web.health.figures import Requests
from tests.builders import a_booking, a_matter, a_reception_day, an_enterprise


def test_a_living_process_says_so_without_asking_the_database(app, session, statements):
    statements.clear()
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True), answer.mimetype) == (200, "ok\n", "text/plain")
    assert statements == []


def test_a_portal_with_everything_in_place_is_ready(app):
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200, answer.json
    assert answer.json["ready"] is True
    assert set(answer.json["checks"]) == {
        "database",
        "migrations",
        "fonts",
        "instance",
        "keys",
        "papers",
        "disk",
        "due_work",
        "jobs",
    }
    assert answer.json["reasons"] == []


def test_a_database_of_an_older_version_is_not_ready_and_the_reason_says_what_to_run(app, session):
    session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    session.commit()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert not answer.json["checks"]["migrations"]["ok"]
    assert "./manage run" in answer.json["reasons"][0]


def test_a_database_that_is_gone_is_not_ready_but_the_process_lives(tmp_path):
    app = create_app(
        load_settings(instance=tmp_path, database_url=f"sqlite:///{tmp_path}/nowhere/portal.db", sample=False)
    )
    browser = app.test_client()
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert "数据库连接不上" in answer.json["reasons"][0]
    assert browser.get("/healthz").status_code == 200


def test_a_data_folder_that_is_gone_is_not_ready(app, instance, session):
    shutil.rmtree(instance / "uploads")
    instance.rename(instance.with_name("moved"))
    answer = app.test_client().get("/readyz")
    instance.with_name("moved").rename(instance)
    assert answer.status_code == 503
    assert not answer.json["checks"]["instance"]["ok"]


@pytest.mark.parametrize(
    "started, finished, ok",
    [(None, None, True), (2, None, True), (20, 1, True), (20, None, False), (20, 15, False), (2, 15, True)],
)
def test_reminders_that_nobody_looks_after_are_a_trouble_but_not_right_after_the_start(
    app, session, started, finished, ok
):
    at = clock.running()
    if started is not None:
        app.extensions["working_since"] = at - timedelta(minutes=started)
    if finished is not None:
        done = at - timedelta(minutes=finished)
        session.add(Lease(name="due-work", holder="x", until=done, done_at=done))
        session.commit()
    answer = app.test_client().get("/readyz")
    assert answer.json["checks"]["due_work"]["ok"] is ok
    assert answer.status_code == (200 if ok else 503)
    assert ok or "jobs run" in answer.json["reasons"][0]


def test_the_figures_count_requests_and_records_without_naming_anybody(app, session, sign_in):
    enterprise, day = an_enterprise(name="不该出现的企业"), a_reception_day()
    booking = a_booking(day, enterprise)
    session.add_all([booking, a_matter(booking)])
    session.commit()
    browser = sign_in(Role.SYSTEM)
    for _ in range(3):
        browser.get("/admin/units")
    browser.get("/nowhere")
    text = browser.get("/metrics").get_data(as_text=True)
    assert 'portal_requests_total{endpoint="admin.units",status="200"} 3.0' in text
    assert 'portal_requests_total{endpoint="-",status="404"} 1.0' in text
    assert 'portal_request_seconds_bucket{endpoint="admin.units",le="+Inf"} 3.0' in text
    assert 'portal_bookings{state="confirmed"} 1.0' in text
    assert 'portal_matters{state="registered"} 1.0' in text
    assert "portal_data_version 1.0" in text
    assert 'portal_mails{state="failed"} 0.0' in text
    assert "不该出现" not in text


@pytest.mark.parametrize(
    "given, status",
    [
        ({}, 200),
        ({"environ_base": {"REMOTE_ADDR": "::1"}}, 200),
        ({"environ_base": {"REMOTE_ADDR": "10.0.0.9"}}, 403),
        ({"headers": {"X-Forwarded-For": "10.0.0.9"}}, 403),
        ({"environ_base": {"REMOTE_ADDR": "10.0.0.9"}, "headers": {"Authorization": "Bearer right-token"}}, 200),
        ({"environ_base": {"REMOTE_ADDR": "10.0.0.9"}, "headers": {"Authorization": "Bearer wrong"}}, 403),
        ({"environ_base": {"REMOTE_ADDR": "10.0.0.9"}, "headers": {"Authorization": "Bearer "}}, 403),
    ],
)
def test_the_figures_are_for_this_machine_or_for_whoever_bears_the_token(instance, given, status):
    app = create_app(load_settings(instance=instance, metrics_token="right-token", sample=False))
    assert app.test_client().get("/metrics", **given).status_code == status


def test_without_a_token_set_no_token_opens_the_figures(app):
    far = {"REMOTE_ADDR": "10.0.0.9"}
    for token in ("", "None", "x"):
        answer = app.test_client().get("/metrics", environ_base=far, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403


def test_the_figures_of_all_processes_are_added_and_never_fall(tmp_path):
    one, other = Requests(tmp_path), Requests(tmp_path)
    one.count("home.workbench", 200, 0.02)
    one.write()
    (tmp_path / "4711.json").write_text((tmp_path / one._own_file().name).read_text())
    other.count("home.workbench", 200, 0.3)
    (row,) = other.together().values()
    assert sum(row[:-1]) == 2
    (tmp_path / "4712.json").write_text("{half a fi")
    assert len(other.together()) == 1, "a file cut off is left aside"
    restarted = Requests(tmp_path)
    (row,) = restarted.together().values()
    assert sum(row[:-1]) == 2


def test_counting_costs_a_request_next_to_nothing(tmp_path):
    requests = Requests(tmp_path)
    costs = []
    for _ in range(50):
        began = thread_time()
        for _ in range(100):
            requests.count("home.workbench", 200, 0.02)
        costs.append((thread_time() - began) / 100)
    assert min(costs) < 0.000_05


def test_a_page_that_fails_is_counted_too(app: Flask, session):
    app.testing = False
    session.connection().exec_driver_sql("DROP TABLE office_setting")
    session.commit()
    browser = app.test_client()
    assert browser.get("/login").status_code == 503
    assert 'endpoint="account.login",status="503"} 1.0' in browser.get("/metrics").get_data(as_text=True)
