"""The pages of the clock policy, and of the rules of the closed loop."""

import re

import pytest
from sqlalchemy import select

from portal.domain.clocks import Measure, Stage
from portal.domain.people import Role
from portal.services.clock_policy import clocks_in_force
from portal.store.models.people import Account
from portal.store.queries.office import office_rules
from tests.builders import PASSWORD, a_unit

ROW = {"length": "2", "measure": "hours", "overdue": "tell_unit"}


def words(answer):
    return answer.get_data(as_text=True)


def seen(browser, address):
    return re.search(r'name="seen"[^>]*value="(\w+)"', words(browser.get(address)))[1]


@pytest.mark.parametrize("role", list(Role))
def test_the_clock_policy_is_the_offices(sign_in, role):
    browser = sign_in(role)
    wanted = 200 if role is Role.OFFICE else 403
    for address in ("/admin/clocks", "/admin/clocks/handling", "/admin/clocks.xlsx"):
        assert browser.get(address).status_code == wanted
    assert browser.post("/admin/clocks/handling/reset").status_code == (303 if role is Role.OFFICE else 403)


def test_the_table_names_every_stage_and_the_clocks_of_the_law(sign_in):
    page = words(sign_in(Role.OFFICE).get("/admin/clocks"))
    for stage in Stage:
        assert stage.label in page
    assert "60日" in page
    assert "第三十四条" in page


def test_a_row_is_changed_and_set_back(sign_in, session):
    browser = sign_in(Role.OFFICE)
    address = "/admin/clocks/head"
    saved = browser.post(address, data=ROW | {"seen": seen(browser, address)})
    assert (saved.status_code, saved.location) == (303, "/admin/clocks")
    assert clocks_in_force(session)[Stage.HEAD].measure is Measure.HOURS
    page = words(browser.get(address))
    assert "2小时" in page
    assert "恢复默认" in page
    session.rollback()
    assert browser.post(f"{address}/reset", data={"seen": seen(browser, address)}).status_code == 303
    session.expire_all()
    assert clocks_in_force(session)[Stage.HEAD].measure is Measure.WORKING_DAYS


def test_trying_out_shows_the_example_and_saves_nothing(sign_in, session):
    browser = sign_in(Role.OFFICE)
    page = browser.post("/admin/clocks/head", data=ROW | {"try": "1", "seen": seen(browser, "/admin/clocks/head")})
    assert page.status_code == 200
    assert "按填写的内容试算：若此刻" in words(page)
    assert clocks_in_force(session)[Stage.HEAD].measure is Measure.WORKING_DAYS
    wrong = browser.post("/admin/clocks/head", data=ROW | {"try": "1", "length": "999"})
    assert wrong.status_code == 422
    assert "1 至 240 小时" in words(wrong)


def test_a_row_out_of_date_is_refused_with_what_was_typed(sign_in):
    browser = sign_in(Role.OFFICE)
    mark = seen(browser, "/admin/clocks/head")
    browser.post("/admin/clocks/head", data=ROW | {"seen": mark})
    late = browser.post("/admin/clocks/head", data=ROW | {"length": "7", "seen": mark})
    assert late.status_code == 409
    assert 'value="7"' in words(late)


@pytest.mark.parametrize("given", [{"length": "三天"}, {"length": ""}, {"measure": "months"}, {"overdue": "x"}])
def test_what_cannot_be_meant_is_refused_beside_its_field(sign_in, given):
    browser = sign_in(Role.OFFICE)
    answer = browser.post("/admin/clocks/head", data=ROW | {"seen": seen(browser, "/admin/clocks/head")} | given)
    assert answer.status_code == 422
    assert "field-error" in words(answer)


def test_a_stage_that_is_none_is_not_found(sign_in):
    browser = sign_in(Role.OFFICE)
    assert browser.get("/admin/clocks/lunch").status_code == 404
    assert browser.post("/admin/clocks/lunch/reset").status_code == 404


def office_form(browser):
    page = words(browser.get("/admin/office"))
    fields = re.findall(r"<input[^>]*>", page)
    data = {}
    for tag in fields:
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="([^"]*)"', tag)
        if name is None or (kind and kind[1] in ("checkbox", "radio") and "checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        data.setdefault(name[1], []).append(value[1] if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inner) or re.search(r'value="([^"]*)"', inner)
        data[name] = [chosen[1]]
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL):
        data[name] = [inner]
    return data


def test_the_rules_of_the_closed_loop_are_settings(sign_in, session):
    browser = sign_in(Role.OFFICE)
    data = office_form(browser)
    data |= {
        "contests": ["2"], "remind_percent": ["60"], "remind_due_days": ["5，2，0"], "urgent_hours": ["2"],
        "urge_every_days": ["4"], "escalate_days": ["6"], "look_back_percent": ["20"],
        "call_back_attempts": ["4"], "call_back_within_days": ["60"], "study_from": ["8"],
        "study_months": ["3"], "complaint_phone": ["0830-1234567"], "quiet_from": ["19:00"], "quiet_until": ["08:00"],
        "office_approves": ["y"], "follow_tries": ["4"], "words_a_day": ["7"],
    }  # fmt: skip
    data.pop("follow_check")
    for name in ("head_signs", "enterprise_confirms", "evidence_needed", "hold_by_leader", "extension_by_leader"):
        data.pop(name)
    saved = browser.post("/admin/office", data=data)
    assert saved.status_code == 303, re.findall(r"field-error.*?</p>", words(saved), re.DOTALL)
    rules = office_rules(session)
    assert (rules.contests, rules.remind_percent, rules.remind_due_days, rules.urgent_hours) == (2, 60, (5, 2, 0), 2)
    assert (rules.urge_every_days, rules.escalate_days, rules.look_back_percent) == (4, 6, 20)
    assert (rules.call_back_attempts, rules.call_back_within_days) == (4, 60)
    assert (rules.study_from, rules.study_months, rules.complaint_phone) == (8, 3, "0830-1234567")
    assert (rules.head_signs, rules.enterprise_confirms, rules.evidence_needed) == (False, False, False)
    assert (rules.hold_by_leader, rules.extension_by_leader, rules.office_approves) == (False, False, True)
    assert (rules.follow_check, rules.follow_tries, rules.words_a_day) == (False, 4, 7)
    assert "监督举报电话" in words(browser.get("/admin/office"))


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("contests", "6", "0 至 5"),
        ("remind_due_days", "三天", "填写数字"),
        ("remind_due_days", "31", "0 至 30"),
        ("remind_due_days", "1,2,3,4,5,6", "最多五个"),
        ("quiet_until", "21:00", "应早于"),
        ("complaint_phone", "找王主任", "只填电话"),
        ("study_from", "1", "2 至 100"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_beside_its_field(sign_in, session, name, value, said):
    browser = sign_in(Role.OFFICE)
    answer = browser.post("/admin/office", data=office_form(browser) | {name: [value]})
    assert answer.status_code == 422
    assert re.search(rf'id="{name}-error"(?:(?!</p>).)*{said}', words(answer), re.DOTALL)


def test_the_head_of_a_unit_is_ticked_on_the_accounts_form(sign_in, session):
    session.add(a_unit(name="安澜区财政局", short_name="区财政局"))
    session.commit()
    browser = sign_in(Role.SYSTEM)
    unit_id = re.search(r'<option[^>]*value="(\d+)"[^>]*>安澜区财政局', words(browser.get("/admin/accounts/new")))[1]
    data = {
        "username": "czj", "display_name": "财政局负责人", "role": "unit", "unit_id": unit_id, "heads_unit": "y",
        "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    assert browser.post("/admin/accounts/new", data=data).status_code == 303
    account_id, heads = session.execute(select(Account.id, Account.heads_unit).where(Account.username == "czj")).one()
    assert heads
    assert "审签本单位的办理结果" in words(browser.get(f"/admin/accounts/{account_id}"))
    refused = browser.post(
        "/admin/accounts/new", data=data | {"username": "x-y-z", "display_name": "别人", "role": "office"}
    )
    assert refused.status_code == 422
    assert "只有承办单位账号可以是单位负责人" in words(refused)
    taken = {"display_name": "财政局负责人", "unit_id": unit_id}
    assert browser.post(f"/admin/accounts/{account_id}/edit", data=taken).status_code == 303
    session.expire_all()
    assert not session.get(Account, account_id).heads_unit
