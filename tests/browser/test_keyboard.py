"""Working without a mouse, with large print, and on paper."""

import re
import sqlite3
import unicodedata
from contextlib import closing
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.portals import Portal
from tests.builders import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

A_BOOKING = "/bookings/new?day=2026-12-15"
ACROSS = 297
"""Millimetres an A4 sheet is wide when it lies."""


@pytest.mark.parametrize("address", ["/", "/bookings/", A_BOOKING])
def test_the_first_tab_offers_to_skip_to_the_text(portal: Portal, address: str):
    page = portal.page("office")
    page.goto(address)
    page.locator("body").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    expect(page.get_by_role("link", name="跳到正文")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_slash_finds_the_search_and_enter_searches(portal: Portal):
    page = portal.page("office")
    page.goto("/bookings/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="全站搜索")).to_be_focused()
    page.keyboard.type("奖补资金")
    page.keyboard.press("Enter")
    page.wait_for_url("**/matters/?q=*")
    expect(page.get_by_role("searchbox", name="全站搜索")).to_have_value("奖补资金")
    expect(page.get_by_role("row").filter(has_text="奖补资金").first).to_be_visible()


def test_a_slash_in_a_text_is_a_slash(portal: Portal):
    page = portal.page("office")
    page.goto(A_BOOKING)
    page.get_by_label("注册地").focus()
    page.keyboard.type("澄江路9/10号")
    expect(page.get_by_label("注册地")).to_have_value("澄江路9/10号")


def test_enter_sends_the_booking_and_leads_to_the_first_mistake(portal: Portal):
    page = portal.page("office")
    page.goto(A_BOOKING)
    page.get_by_label("企业名称").fill("云山键盘示例有限公司")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_label("企业名称").press("Enter")
    assert answered.value.status == 422
    expect(page.get_by_role("alert")).to_contain_text("还不能提交")
    expect(page.locator(".wrong :focus, [aria-invalid=true]:focus")).to_have_count(1)  # a choice, or a field
    expect(page.get_by_label("企业名称")).to_have_value("云山键盘示例有限公司")
    page.get_by_role("alert").get_by_role("link", name="来访人姓名").press("Enter")
    expect(page.get_by_label("来访人姓名")).to_be_focused()
    expect(page.get_by_label("来访人姓名")).to_have_accessible_description("请填写来访人姓名。")


def test_without_script_the_summary_of_mistakes_has_the_focus(portal: Portal):
    page = portal.page("office", script=False)
    page.goto(A_BOOKING)
    page.get_by_label("企业名称").fill("云山键盘示例有限公司")
    page.get_by_label("企业名称").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert").get_by_role("link", name="来访人姓名")).to_be_visible()
    expect(page.get_by_label("企业名称")).to_have_value("云山键盘示例有限公司")


def test_the_drawer_of_the_calendar_gives_the_focus_back(portal: Portal):
    page = portal.page("office")
    page.goto("/calendar/2026/12")
    day = page.get_by_role("link", name="12月15日 周二 接待日")
    day.press("Enter")
    expect(page.get_by_role("region", name="当日详情")).to_be_focused()
    expect(page.get_by_role("region", name="当日详情")).to_contain_text("主接待")
    page.keyboard.press("Escape")
    expect(day).to_be_focused()
    expect(page).to_have_url(re.compile("/calendar/2026/12$"))


def test_what_was_not_sent_can_be_taken_up_again_but_no_telephone_number_is_kept(portal: Portal):
    page = portal.page("office")
    page.on("dialog", lambda question: question.accept())  # the browser asks before it leaves half a form
    page.clock.install()
    page.goto(A_BOOKING)
    page.get_by_label("企业名称").fill("云山键盘示例有限公司")
    page.get_by_label("联系电话").fill("13800005678")
    page.get_by_label("来访人姓名").fill("申示例")
    page.clock.run_for(1_000)  # a draft is kept a moment after the last stroke
    kept = page.evaluate("Object.values(localStorage).join()")
    assert "申示例" in kept
    assert "13800005678" not in kept
    page.reload()
    expect(page.get_by_label("来访人姓名")).to_have_value("")
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("来访人姓名")).to_have_value("申示例")
    expect(page.get_by_label("企业名称")).to_have_value("云山键盘示例有限公司")
    expect(page.get_by_label("联系电话")).to_have_value("")


@pytest.mark.parametrize("script", [True, False])
def test_large_print_is_larger_on_every_page_until_it_is_switched_off(portal: Portal, script: bool):
    page = portal.page("office", script=script)
    page.goto("/bookings/")
    expect(page.locator("body")).to_have_css("font-size", "14px")
    page.get_by_role("button", name="大字版").click()
    expect(page.get_by_role("button", name="标准字")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("/bookings/$"))
    page.goto("/matters/")
    expect(page.locator("body")).to_have_css("font-size", "18px")
    page.get_by_role("button", name="标准字").click()
    expect(page.locator("body")).to_have_css("font-size", "14px")


@pytest.mark.parametrize("address, word", [("/calendar/2026/12", "区工商联会议室"), ("/calendar/2026", "12月")])
def test_a_calendar_prints_on_one_lying_sheet(portal: Portal, address: str, word: str):
    page = portal.page("office")
    page.goto(address)
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert len(sheets) == 1
    assert round(float(sheets[0].mediabox.width) / 72 * 25.4) == ACROSS
    assert word in unicodedata.normalize("NFKC", sheets[0].extract_text())


def test_what_was_sent_when_the_sign_in_was_over_can_be_taken_up_again(own_portal: Portal):
    page = own_portal.page("office")
    page.goto("/meetings/new")
    page.get_by_label("会议名称").fill("十二月企业诉求调度会")
    page.get_by_label("召开日期").fill("2026-12-20")
    end_every_sign_in(own_portal)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("登录已过期，刚才的内容没有提交")).to_be_visible()
    page.get_by_label("用户名").fill("office")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("安排会议")
    page.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("会议名称")).to_have_value("十二月企业诉求调度会")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("十二月企业诉求调度会")


def end_every_sign_in(portal: Portal) -> None:
    with closing(sqlite3.connect(portal.folder / "portal.db", timeout=20)) as records, records:
        records.execute("UPDATE sign_in SET ended_at = '2026-11-22 08:00:00.000000'")
