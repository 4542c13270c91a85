"""The settings: who opens which, what is kept of what was typed, and what htmx gets."""

import re
from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.accounts import AccountState
from portal.domain.people import Role
from portal.store.models.calendar import CalendarDay
from portal.store.models.matters import Category
from portal.store.models.people import Account, Leader, Unit
from portal.store.queries.office import office_rules
from portal.store.queries.people import leader_file
from tests.builders import PASSWORD, a_category, a_leader, a_reception_day, a_unit

HTMX = {"HX-Request": "true"}
OPENED_BY = {
    "/admin/accounts": {Role.SYSTEM, Role.SECURITY},
    "/admin/accounts/new": {Role.SYSTEM},
    "/admin/units": {Role.SYSTEM},
    "/admin/sign-in": {Role.SECURITY},
    "/admin/leaders": {Role.OFFICE},
    "/admin/categories": {Role.OFFICE},
    "/admin/office": {Role.OFFICE},
    "/admin/calendar": {Role.OFFICE},
    "/admin/": {Role.OFFICE, Role.SYSTEM, Role.SECURITY},
}


def words(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.LEADER, Role.SECRETARY)])
def test_each_page_opens_for_its_keepers_only(sign_in, role):
    browser = sign_in(role)
    for address, keepers in OPENED_BY.items():
        assert (browser.get(address).status_code in (200, 303)) == (role in keepers), address


def test_an_account_is_made_by_one_administrator_and_opened_by_the_other(session, sign_in, app):
    unit = a_unit(name="安澜区财政局")
    session.add(unit)
    session.commit()
    system, security = sign_in(Role.SYSTEM), sign_in(Role.SECURITY)
    form = {"username": "czj", "display_name": "尤示达", "role": "unit", "unit_id": unit.id}
    form |= {"password": PASSWORD, "again": PASSWORD}
    assert system.post("/admin/accounts/new", data=form).headers["Location"] == "/admin/accounts"
    account = session.scalar(select(Account).where(Account.username == "czj"))
    assert account.state is AccountState.PENDING
    assert "待审批" in words(security.get("/"))
    assert "尤示达" in words(security.get("/"))
    assert system.post(f"/admin/accounts/{account.id}/approve").status_code == 403
    assert security.post(f"/admin/accounts/{account.id}/approve").status_code == 303
    door = app.test_client()
    assert door.post("/login", data={"username": "czj", "password": PASSWORD}).status_code == 303
    assert system.post(f"/admin/accounts/{account.id}/disable").status_code == 303
    assert door.get("/").status_code == 303


def test_what_was_typed_is_kept_beside_what_is_wrong_but_never_a_password(session, sign_in):
    form = {"username": "Zhang San", "display_name": "张示三", "role": "unit", "password": PASSWORD, "again": "other"}
    answer = sign_in(Role.SYSTEM).post("/admin/accounts/new", data=form)
    assert answer.status_code == 422
    for said in ('value="Zhang San"', 'value="张示三"', "以字母开头", "两次输入的密码不一样"):
        assert said in words(answer)
    assert PASSWORD not in words(answer)


def test_a_rule_refuses_beside_its_field(session, sign_in):
    form = {"username": "zhang", "display_name": "张", "role": "unit", "password": PASSWORD, "again": PASSWORD}
    answer = sign_in(Role.SYSTEM).post("/admin/accounts/new", data=form)
    assert answer.status_code == 422
    assert re.search(r'id="unit_id-error">.*?承办单位账号须指定所属单位', words(answer), re.DOTALL)


def test_the_list_is_narrowed_by_role_state_and_words(session, sign_in):
    browser = sign_in(Role.SYSTEM)
    sign_in(Role.AUDITOR)
    assert ">auditor</a>" in words(browser.get("/admin/accounts"))
    assert ">auditor</a>" not in words(browser.get("/admin/accounts?role=system"))
    assert ">auditor</a>" in words(browser.get("/admin/accounts?q=AUDIT&role=nonsense"))
    assert "没有符合条件的账号" in words(browser.get("/admin/accounts?state=pending"))


def test_htmx_gets_the_very_list_of_the_page(sign_in):
    browser = sign_in(Role.SYSTEM)
    for address in ("/admin/accounts", "/admin/units", "/admin/accounts/new", "/admin/units/new"):
        fragment = words(browser.get(address, headers=HTMX))
        page = words(browser.get(address))
        assert "<html" not in fragment
        assert re.sub(r"\s+", " ", fragment.strip()) in re.sub(r"\s+", " ", page), address


def test_lists_leave_as_spreadsheets(session, sign_in):
    session.add(a_unit(name="=1+1"))
    session.commit()
    answer = sign_in(Role.SYSTEM).get("/admin/units.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0][1] == "单位全称"
    assert rows[1][1] == "=1+1"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_unit_is_added_renamed_retired_and_restored(session, sign_in):
    browser = sign_in(Role.SYSTEM)
    form = {"name": "安澜区财政局", "short_name": "区财政局", "kind": "department", "position": "3"}
    assert browser.post("/admin/units/new", data=form).status_code == 303
    unit_id = session.scalar(select(Unit.id).where(Unit.short_name == "区财政局"))
    assert browser.post(f"/admin/units/{unit_id}", data=form | {"name": "安澜区财政与国资局"}).status_code == 303
    assert "确认后会发生什么" in words(browser.get(f"/admin/units/{unit_id}/retire"))
    assert browser.post(f"/admin/units/{unit_id}/retire").status_code == 303
    session.expire_all()
    assert (session.get(Unit, unit_id).name, session.get(Unit, unit_id).active) == ("安澜区财政与国资局", False)
    assert browser.post(f"/admin/units/{unit_id}/restore").status_code == 303
    session.expire_all()
    assert session.get(Unit, unit_id).active


@pytest.mark.parametrize("form", [{}, {"name": "", "position": "abc"}, {"kind": "circus", "position": "-1"}])
def test_a_form_full_of_nonsense_is_refused_in_words(sign_in, form):
    answer = sign_in(Role.SYSTEM).post("/admin/units/new", data=form)
    assert answer.status_code == 422
    assert "请填写单位全称" in words(answer)


def test_a_leader_comes_with_a_post_and_takes_up_another(session, sign_in):
    browser = sign_in(Role.OFFICE)
    form = {"name": "申示安", "post": "副区长", "fields": "财政\n\n 金融 ", "serves_from": "2025-01-01"}
    form |= {"position": "1", "weight": "0.5"}
    assert browser.post("/admin/leaders/new", data=form).status_code == 303
    leader_id = session.scalar(select(Leader.id))
    answer = browser.post(f"/admin/leaders/{leader_id}/posts", data={"title": "区长", "starts_on": "2026-03-01"})
    assert answer.status_code == 303
    session.expire_all()
    found = leader_file(session, leader_id)
    assert [(it.text, it.until) for it in found.posts] == [("区长", None), ("副区长", date(2026, 2, 28))]
    assert {it.text for it in found.portfolios} == {"财政", "金融"}
    page = words(browser.get(f"/admin/leaders/{leader_id}"))
    assert "2026年2月28日" in page
    assert "现任" in page
    late = browser.post(
        f"/admin/leaders/{leader_id}/posts", data={"title": "书记", "starts_on": "2026-01-01"}, headers=HTMX
    )
    assert late.status_code == 422
    assert words(late).lstrip().startswith('<form id="post_form"')
    assert 'value="书记"' in words(late)


def test_a_leader_leaves_and_is_listed_only_among_all(session, sign_in):
    leader = a_leader(name="申示安")
    session.add(leader)
    session.commit()
    browser = sign_in(Role.OFFICE)
    form = {"name": "申示安", "serves_from": "2025-01-01", "serves_until": "2026-06-30", "position": 1, "weight": 1}
    assert browser.post(f"/admin/leaders/{leader.id}/edit", data=form).status_code == 303
    assert "申示安" not in words(browser.get("/admin/leaders")).partition('id="messages"')[2].partition("<table")[2]
    assert "申示安" in words(browser.get("/admin/leaders?state=all"))


def test_a_post_of_another_leader_is_not_found(session, sign_in):
    one, other = a_leader(), a_leader()
    session.add_all([one, other])
    session.commit()
    address = f"/admin/leaders/{one.id}/posts/{other.posts[0].id}"
    assert sign_in(Role.OFFICE).get(address).status_code == 404


def test_the_suggested_categories_are_taken_over_with_one_press(session, sign_in):
    browser = sign_in(Role.OFFICE)
    assert "采用建议的十二类" in words(browser.get("/admin/categories"))
    assert browser.post("/admin/categories/starter").status_code == 303
    assert "采用建议的十二类</button>" not in words(browser.get("/admin/categories"))
    assert browser.post("/admin/categories", data={"name": "用地规划"}).status_code == 422
    assert browser.post("/admin/categories", data={"name": "新类", "parent_code": "01"}).status_code == 303
    assert session.scalar(select(Category.parent_code).where(Category.name == "新类")) == "01"


def test_categories_are_moved_renamed_and_retired(session, sign_in):
    session.add_all([a_category(code="01", name="甲", position=1), a_category(code="02", name="乙", position=2)])
    session.commit()
    browser = sign_in(Role.OFFICE)
    assert browser.post("/admin/categories/02/move", data={"to": "up"}).status_code == 303
    page = words(browser.get("/admin/categories"))
    assert page.index("category-02") < page.index("category-01")
    assert browser.post("/admin/categories/02", data={"name": "丙"}).status_code == 303
    assert browser.post("/admin/categories/02/retire").status_code == 303
    assert browser.post("/admin/categories/02/retire").status_code == 303, "a second press is answered, not broken"
    assert "已经停用" in words(browser.get("/admin/categories"))
    assert browser.post("/admin/categories/02/restore").status_code == 303
    assert browser.get("/admin/categories/99").status_code == 404


def office_form(browser):
    """The fields of the settings form as they stand."""
    page = words(browser.get("/admin/office"))
    values = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    values = {name: value.replace("&#34;", '"') for name, value in values.items()}
    areas = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*([^<]*)</textarea>', page))
    checked = re.findall(r'<input checked[^>]* name="(\w+)"[^>]* value="(\w+)"', page)
    form = values | areas
    many = {several: [value for name, value in checked if name == several] for several in ("seats", "signing_ways")}
    for box in re.findall(r'<input[^>]* type="checkbox"[^>]*>', page):
        if " checked" not in box:
            form.pop(re.search(r' name="(\w+)"', box).group(1), None)
    return form | many


def test_saving_the_settings_untouched_changes_nothing(session, sign_in):
    browser = sign_in(Role.OFFICE)
    before = office_rules(session)
    form = office_form(browser)
    assert set(form) >= {"district", "slip_organ", "slot_minutes", "instruction_phrases", "default_start", "seen"}
    assert browser.post("/admin/office", data=form).status_code == 303
    session.rollback()
    assert office_rules(session) == before


def test_a_changed_setting_shows_beside_its_default_and_works_at_once(session, sign_in):
    browser = sign_in(Role.OFFICE)
    form = office_form(browser) | {"district": "安澜区", "slot_minutes": "30"}
    assert browser.post("/admin/office", data=form).status_code == 303
    page = words(browser.get("/admin/office"))
    assert "默认：40" in page
    assert "<b>安澜区</b>" in page, "the top bar says whose portal it is"
    untrue = browser.post("/admin/office", data=office_form(browser) | {"slot_minutes": "1", "slip_organ": "A1"})
    assert untrue.status_code == 422
    assert "应在 5 至 240 分钟之间" in words(untrue)


def test_the_office_is_told_that_caps_apply_to_planned_days_that_had_the_old_ones(session, sign_in):
    day = a_reception_day(most_groups=office_rules(session).groups_a_day)
    session.add(day)
    session.commit()
    browser = sign_in(Role.OFFICE)
    assert "接待上限同时改到仍用原上限的接待日" in words(browser.get("/admin/office"))
    answer = browser.post("/admin/office", data=office_form(browser) | {"groups_a_day": "7"}, follow_redirects=True)
    assert "即时生效。接待上限同时改到仍用原上限的接待日" in words(answer)
    session.expire_all()
    assert day.most_groups == 7


def test_whoever_saves_second_sees_what_the_first_one_wrote_and_may_save_again(session, sign_in):
    browser = sign_in(Role.OFFICE)
    mine = office_form(browser) | {"slot_minutes": "50"}
    browser.post("/admin/office", data=office_form(browser) | {"gap_minutes": "5"})
    session.rollback()
    late = browser.post("/admin/office", data=mine)
    assert late.status_code == 409
    assert 'value="50"' in words(late)
    again = mine | {"seen": re.search(r'name="seen"[^>]* value="(\w+)"', words(late)).group(1)}
    assert browser.post("/admin/office", data=again).status_code == 303


def test_the_sign_in_policy_holds_at_once(session, sign_in):
    browser = sign_in(Role.SECURITY)
    form = {"failures": 3, "lock_minutes": 20, "idle_minutes": 10, "password_length": 10, "password_classes": 4}
    assert browser.post("/admin/sign-in", data=form).status_code == 303
    assert "至少 10 个字符" in words(browser.get("/account/"))
    weak = browser.post("/admin/sign-in", data=form | {"password_length": 4})
    assert weak.status_code == 422
    assert "应在 8 至 64 个字符之间" in words(weak)


def test_the_office_says_what_a_day_is_and_takes_it_back(session, sign_in):
    browser = sign_in(Role.OFFICE)
    form = {"day": "2026-12-31", "kind": "local", "name": "区庆", "source": "安政办发〔2026〕12号"}
    assert browser.post("/admin/calendar", data=form).headers["Location"] == "/admin/calendar?year=2026"
    assert "区庆（地方假日）" in words(browser.get("/admin/calendar?year=2026"))
    nameless = browser.post("/admin/calendar", data=form | {"name": ""})
    assert nameless.status_code == 422
    assert "须写明名称" in words(nameless)
    assert browser.post("/admin/calendar/clear", data={"day": "2026-12-31"}).status_code == 303
    session.rollback()
    assert session.get(CalendarDay, date(2026, 12, 31)) is None
    assert browser.post("/admin/calendar/clear", data={"day": "2026-12-31"}).status_code == 404
    assert browser.post("/admin/calendar/clear", data={"day": "soon"}).status_code == 400


def test_the_year_lists_its_holidays_and_an_unannounced_one_warns(sign_in):
    browser = sign_in(Role.OFFICE)
    announced = words(browser.get("/admin/calendar?year=2026"))
    assert re.search(r"10月1日 周四.*?10月7日 周三.*?7</td>.*?国庆节", announced, re.DOTALL)
    assert "10月10日 周六" in announced
    assert "国庆节调休上班" in announced
    assert "尚未公布" not in announced
    assert "2031年放假安排尚未公布" in words(browser.get("/admin/calendar?year=2031"))
    assert browser.get("/admin/calendar?year=1900").status_code == 404


def test_a_long_list_of_accounts_costs_the_same_number_of_statements(session, sign_in, statements):
    browser = sign_in(Role.SYSTEM)
    browser.get("/admin/accounts")

    def costs():
        statements.clear()
        assert browser.get("/admin/accounts").status_code == 200
        return len(statements)

    few = costs()
    unit = a_unit()
    session.add_all(
        Account(
            username=f"u{number}", display_name="某", password_hash="", role=Role.UNIT, state=AccountState.PENDING,
            unit=unit, created_at=session.scalar(select(Account.created_at)), password_changed_at=session.scalar(select(Account.created_at)),
        )
        for number in range(60)
    )  # fmt: skip
    session.commit()
    browser.get("/admin/accounts")
    assert costs() == few


def test_several_leaders_may_accompany_and_stay_so_when_other_settings_change(session, sign_in):
    browser = sign_in(Role.OFFICE)
    assert browser.post("/admin/office", data=office_form(browser) | {"accompanying_leaders": "2"}).status_code == 303
    assert office_rules(session).seats == ("main", "accompanying", "accompanying", "standby")
    assert browser.post("/admin/office", data=office_form(browser) | {"min_gap_days": "30"}).status_code == 303
    session.rollback()
    assert office_rules(session).seats == ("main", "accompanying", "accompanying", "standby")
    refused = browser.post("/admin/office", data=office_form(browser) | {"accompanying_leaders": "99"})
    assert refused.status_code == 422
    assert "应在 1 至 9 人之间" in words(refused)
