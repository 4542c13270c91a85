"""However often somebody presses, an enterprise gets one booking."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.persons import mark, name_enterprise, send, tell_matters
from tests.browser.portals import Portal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"]),
]

ALREADY = "这张表单已经提交过"


def test_a_double_click_makes_one_booking(own_portal: Portal, script: bool):
    page = own_portal.page("office", script=script)
    name = f"云山双击{'甲' if script else '乙'}示例有限公司"
    _fill_in(page, "2027-01-15", name)
    page.get_by_role("button", name="登记预约").last.dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert _bookings_of(page, name) == 1


def test_going_back_and_typing_it_again_leads_to_the_booking_there_is(own_portal: Portal, script: bool):
    page = own_portal.page("office", script=script)
    name = f"云山返回{'甲' if script else '乙'}示例有限公司"
    _fill_in(page, "2027-02-15", name)
    send(page, "登记预约")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    first = page.url
    page.go_back()
    # The page was not kept, so the old form cannot be sent again.
    expect(page.get_by_label("企业名称")).to_have_value("")
    _fill_in(page, "2027-02-15", name, at="11:00–11:40")
    assert send(page, "登记预约").status == 409
    page.get_by_role("link", name="打开已有的预约").click()
    expect(page).to_have_url(first)
    assert _bookings_of(page, name) == 1


def test_the_same_form_sent_twice_answers_with_the_first_booking(own_portal: Portal, script: bool):
    page = own_portal.page("office", script=script)
    name = f"云山重发{'甲' if script else '乙'}示例有限公司"
    _fill_in(page, "2027-03-15", name)
    sent = send(page, "登记预约").request
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    first = page.url
    again = page.request.post(
        sent.url, headers={"Content-Type": sent.headers["content-type"], "Referer": first}, data=sent.post_data_buffer
    )
    assert again.url == first
    assert ALREADY in again.text()
    assert _bookings_of(page, name) == 1


def _fill_in(page: Page, day: str, name: str, at: str | None = None) -> None:
    page.goto(f"/bookings/new?day={day}")
    mark(
        page.get_by_role("group", name="时段").last,
        f"{at or ('09:00–09:40' if '甲' in name else '09:40–10:20')}（余 1 个）",
    )
    name_enterprise(page, name, script="甲" in name)
    page.get_by_label("注册地").fill("云山市安澜区澄江路9号")
    page.get_by_label("来访人姓名").fill("申示例")
    page.get_by_label("联系电话").fill("13800005678")
    mark(page.get_by_role("group", name="来访人身份"), "法定代表人")
    tell_matters(page, [("问题", "用工紧缺", "一线技工招聘难")])


def _bookings_of(page: Page, name: str) -> int:
    page.goto(f"/bookings/?q={name}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page.get_by_role("row").filter(has_text=name).count()
