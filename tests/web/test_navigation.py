"""The frame of every page: who sees which links, and what it costs."""

import re

import pytest

from portal.domain.people import ADMINISTRATORS, Role

BUSINESS = ("诉求事项", "交办单", "预约登记", "轮值日历", "台账", "一企一档")
LINKS = {
    Role.OFFICE: {"工作台", "工作设置", "领导与职务", "诉求类别", "工作日历", "预约登记"},
    Role.SYSTEM: {"工作台", "消息", "单位名录", "账号", "后台任务"},
    Role.SECURITY: {"工作台", "消息", "账号", "登录策略", "签名密钥"},
    Role.AUDITOR: {"工作台", "消息", "审计日志", "核对审计链"},
}


def links(browser, address="/"):
    page = browser.get(address).get_data(as_text=True)
    nav = page.partition('<nav class="nav"')[2].partition("</nav>")[0]
    return re.findall(r"<span>([^<]+)</span>", nav), re.findall(r'aria-current="page">\s*<span>([^<]+)', nav)


@pytest.mark.parametrize("role", LINKS)
def test_everybody_sees_the_links_of_the_role_only(sign_in, role):
    seen, current = links(sign_in(role))
    assert set(seen) >= LINKS[role]
    assert current == ["工作台"]
    if role in ADMINISTRATORS:
        assert set(seen) == LINKS[role], "no business menu for the three administrators"


def test_a_page_below_a_link_marks_that_link(sign_in, session):
    assert links(sign_in(Role.SYSTEM), "/admin/units/new")[1] == ["单位名录"]
    assert links(sign_in(Role.OFFICE), "/admin/leaders/new")[1] == ["领导与职务"]


def test_links_of_one_person_are_not_shown_to_the_next(sign_in):
    office, auditor = sign_in(Role.OFFICE), sign_in(Role.AUDITOR)
    for _ in range(2):
        assert "交办单" in links(office)[0]
        assert "交办单" not in links(auditor)[0]


def test_administrators_have_no_search(sign_in):
    assert "site-search" in sign_in(Role.OFFICE).get("/").get_data(as_text=True)
    assert "site-search" not in sign_in(Role.SYSTEM).get("/").get_data(as_text=True)


def test_the_frame_costs_who_is_here_and_the_version_of_everything(sign_in, session, statements):
    browser = sign_in(Role.SYSTEM)
    browser.get("/admin/units/new")
    session.rollback()
    statements.clear()
    browser.get("/admin/units/new")
    assert len([it for it in statements if not it.startswith(("BEGIN", "PRAGMA"))]) <= 4, statements


def test_a_page_that_says_the_database_is_gone_is_still_a_page(app, session, sign_in):
    browser = sign_in(Role.OFFICE)
    app.testing = False
    session.rollback()
    for statement in ("DROP TABLE audit_head", "ALTER TABLE sign_in RENAME TO gone"):
        session.connection().exec_driver_sql(statement)
    session.commit()
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "数据没有改变" in answer.get_data(as_text=True)
    assert "<h1>" in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", ["2147483648", "9" * 20, "9" * 5000])
@pytest.mark.parametrize("address", ["/duty/plans/{}", "/matters/{}", "/duty/repair?leader={}&from=2027-01-01"])
def test_a_number_no_record_can_have_is_no_mistake_of_the_portal(sign_in, address, number):
    assert sign_in(Role.OFFICE).get(address.format(number)).status_code in (200, 404)
