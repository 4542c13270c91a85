"""Signing in and out: locks, idle time, other browsers, and where one is sent afterwards."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.domain.accounts import AccountState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services import accounts
from portal.store.models.audit import AuditLine
from portal.store.models.people import Account, SignIn
from tests.builders import PASSWORD, a_reception_day
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = Actor(901, "系统", Role.SYSTEM)

TYPING_WRONGLY = """
import sys
from portal.app import create_app
from portal.config import load_settings
app = create_app(load_settings(instance=sys.argv[1], today="2026-11-22T09:00", sample=False))
app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
browser = app.test_client()
for _ in range(int(sys.argv[2])):
    print(browser.post("/login", data={"username": "office", "password": "wrong"}).status_code)
"""


@pytest.fixture
def office(sign_in):
    """A browser of the office, whose account is called office."""
    return sign_in(Role.OFFICE)


def enters(browser, username="office", password=PASSWORD, **query):
    return browser.post("/login", query_string=query, data={"username": username, "password": password})


def at(minutes):
    clock.stand_at(NOW + timedelta(minutes=minutes))


def test_nobody_gets_in_without_signing_in_and_is_brought_back_afterwards(app):
    answer = app.test_client().get("/account/?a=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/account/?a%3D1"


def test_htmx_without_a_sign_in_is_sent_to_the_sign_in_page(app):
    answer = app.test_client().get("/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/login")


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "htmx"])
def test_what_was_sent_without_a_sign_in_is_said_not_to_be_and_its_form_is_where_one_goes_on(app, headers):
    browser = app.test_client()
    for _ in range(2):
        answer = browser.post("/matters/7/report", data={"told": "已到企业现场核实情况。"}, headers=headers)
    there = answer.headers["HX-Redirect" if headers else "Location"]
    assert there == "/login?next=/matters/7/report"
    assert browser.get(there).get_data(as_text=True).count("登录已过期，刚才的内容没有提交") == 1


def test_what_has_no_page_of_its_own_leads_nowhere_after_the_sign_in(app):
    assert app.test_client().post("/slips/7/receive").headers["Location"] == "/login"


@pytest.mark.parametrize("username", ["office", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(app, office, username):
    answer = enters(app.test_client(), username, "wrong")
    assert answer.status_code == 422
    assert "用户名或密码不正确" in answer.get_data(as_text=True)
    assert f'value="{username}"' in answer.get_data(as_text=True), "what was typed is kept"


def test_five_failures_in_several_processes_lock_the_name_for_a_quarter_of_an_hour(app, instance, session, office):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for times in (3, 2):
        typed = subprocess.run(
            [sys.executable, "-c", TYPING_WRONGLY, str(instance), str(times)],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert typed.stdout.split() == ["422"] * times
    session.rollback()  # what others wrote meanwhile is seen from the next request on
    locked = enters(app.test_client())
    assert locked.status_code == 422
    assert "已暂时锁定，请于 09:15 后再试" in locked.get_data(as_text=True)
    at(14)
    assert enters(app.test_client()).status_code == 422
    at(16)
    assert enters(app.test_client()).status_code == 303


def test_a_lock_is_written_down_for_the_auditor(app, session, office):
    for _ in range(6):
        enters(app.test_client(), password="wrong")
    assert session.scalar(select(func.count()).where(AuditLine.act == "locked")) == 1


def test_failures_are_forgotten_after_a_success(app, office):
    for _ in range(2):
        for _ in range(4):
            assert enters(app.test_client(), password="wrong").status_code == 422
        assert enters(app.test_client()).status_code == 303


def test_half_an_hour_without_a_click_ends_the_sign_in(office):
    at(29)
    assert office.get("/account/").status_code == 200
    at(58)
    assert office.get("/account/").status_code == 200, "every click begins the half hour anew"
    at(89)
    assert office.get("/account/").status_code == 303


def test_a_click_notes_that_it_was_seen_at_most_once_a_minute(office, session):
    seen = select(func.max(SignIn.seen_at))
    clock.stand_at(NOW + timedelta(seconds=59))
    office.get("/account/")
    assert session.scalar(seen) == NOW
    session.rollback()
    at(2)
    office.get("/account/")
    assert session.scalar(seen) == NOW + timedelta(minutes=2)


def test_signing_out_ends_this_sign_in_for_whoever_copied_its_cookie(app, office):
    cookie = office.get_cookie("portal")
    copy = app.test_client()
    copy.set_cookie("portal", cookie.value)
    assert copy.get("/account/").status_code == 200
    assert office.post("/logout").headers["Location"] == "/login"
    assert office.get("/account/").status_code == 303
    assert copy.get("/account/").status_code == 303


def test_another_browser_is_listed_and_can_be_sent_away(app, session, office):
    other = app.test_client()
    assert enters(other).status_code == 303
    page = office.get("/account/").get_data(as_text=True)
    assert page.count("让它退出</button>") == 1
    (number,) = session.scalars(select(SignIn.id).order_by(SignIn.id.desc()).limit(1))
    assert office.post(f"/account/sign-ins/{number}/end").status_code == 303
    assert other.get("/account/").status_code == 303
    assert office.get("/account/").status_code == 200


def test_nobody_ends_the_sign_in_of_somebody_else(session, office, sign_in):
    sign_in(Role.AUDITOR)
    (number,) = session.scalars(
        select(SignIn.id).join(Account, Account.id == SignIn.account_id).where(Account.username == "auditor")
    )
    assert office.post(f"/account/sign-ins/{number}/end").status_code == 404


def test_an_account_that_is_closed_is_out_with_the_next_click(session, office):
    account_id = session.scalar(select(Account.id).where(Account.username == "office"))
    accounts.disable_account(session, account_id, actor=SYSTEM, now=NOW)
    session.commit()
    assert office.get("/account/").status_code == 303
    assert enters(office).status_code == 422


def test_an_account_waiting_for_approval_does_not_get_in(session, office):
    session.scalar(select(Account)).state = AccountState.PENDING
    session.commit()
    answer = enters(office)
    assert answer.status_code == 422
    assert "用户名或密码不正确" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "evil.example",
        "/%2f%2fevil.example",
        "@evil.example",
        "",
    ],
)
def test_nobody_is_sent_out_of_the_portal_after_signing_in(app, office, target):
    for answer in (enters(app.test_client(), next=target), office.get("/login", query_string={"next": target})):
        assert answer.status_code == 303
        assert answer.headers["Location"] in {"/", "/%2f%2fevil.example"}, "a path of ours stays a path of ours"


def test_one_goes_on_where_one_wanted_to_go(app, office):
    assert enters(app.test_client(), next="/account/?a=1").headers["Location"] == "/account/?a=1"


def test_the_large_print_switch_goes_back_where_it_was_pressed_and_nowhere_else(app):
    browser = app.test_client()
    for wanted, target, onward in (("1", "/login", "/login"), ("0", "//evil.example", "/")):
        answer = browser.post("/account/large-print", data={"large_print": wanted, "next": target})
        assert answer.headers["Location"] == onward
        assert browser.get_cookie("large_print").value == wanted
    browser.set_cookie("large_print", "1")
    assert '<html lang="zh-CN" class="large">' in browser.get("/login").get_data(as_text=True)


def test_a_new_password_signs_the_other_browsers_out_and_keeps_this_one(app, office):
    other = app.test_client()
    enters(other)
    words = {"old": PASSWORD, "new": "Another-2026", "again": "Another-2026"}
    assert office.post("/account/password", data=words).status_code == 303
    assert office.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 303
    assert enters(other, password="Another-2026").status_code == 303


@pytest.mark.parametrize(
    "words, said",
    [
        ({"old": "wrong", "new": "Another-2026", "again": "Another-2026"}, "现在的密码不正确"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "与现在的密码相同"),
        ({"old": PASSWORD, "new": "Another-2026", "again": "Another-2027"}, "两次输入的新密码不一样"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "密码至少 8 个字符"),
        ({"old": PASSWORD, "new": "onlyletters", "again": "onlyletters"}, "至少 3 种"),
        ({}, "请输入新密码"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(office, words, said):
    answer = office.post("/account/password", data=words)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_form_without_its_token_is_refused_in_words(app, office):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = office.post("/logout")
    assert answer.status_code == 400
    assert "安全校验" in answer.get_data(as_text=True)
    assert office.get("/account/").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app, office):
    answer = enters(app.test_client())
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_that_only_asks_by_itself_does_not_keep_a_sign_in_alive(office, session):
    session.add(a_reception_day(day=NOW.date(), state=DayState.ONGOING))
    session.commit()
    room, seen_at = f"/room/{NOW.date()}", select(SignIn.seen_at)
    before = session.scalar(seen_at)
    clock.stand_at(NOW + timedelta(minutes=5))
    assert office.get(f"{room}?seen=nothing", headers={"HX-Request": "true"}).status_code == 200
    assert session.scalar(seen_at) == before
    assert office.get(room).status_code == 200
    assert session.scalar(seen_at) == NOW + timedelta(minutes=5)
