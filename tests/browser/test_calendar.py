"""Leafing through the calendar: without loading the page anew where there is script, by plain links where there is none."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.portals import TELEPHONE, Portal


def test_leafing_on_keeps_the_page_and_the_focus_and_back_leads_back(portal: Portal):
    page = portal.page("office")
    page.goto("/calendar/2026/12")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="下一月").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2027年1月轮值日历")
    expect(page).to_have_title(re.compile("^2027年1月轮值日历"))
    expect(page).to_have_url(re.compile("/calendar/2027/1$"))
    expect(page.get_by_text("2027年放假安排尚未公布")).to_be_visible()
    expect(page.get_by_role("link", name="下一月")).to_be_focused()
    page.get_by_role("link", name="年", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2027年轮值日历")
    assert page.evaluate("window.same")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026年12月轮值日历")
    expect(page).to_have_url(re.compile("/calendar/2026/12$"))


def test_choosing_a_leader_fades_the_other_days_at_once(portal: Portal):
    page = portal.page("office")
    page.goto("/calendar/2026/12")
    page.get_by_label("领导").focus()
    page.get_by_label("领导").select_option(label="周示安")
    expect(page.get_by_text("周示安：0 个")).to_be_visible()
    expect(page.locator("td.faded")).to_have_count(1)
    expect(page.get_by_label("领导")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/calendar/2026/12\?leader=\d+"))


def test_without_script_arrows_and_filters_work_just_as_well(portal: Portal):
    page = portal.page("office", script=False)
    page.goto("/calendar/2026/12")
    page.get_by_label("领导").select_option(label="周示安")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_text("周示安：0 个")).to_be_visible()
    page.get_by_role("link", name="上一月").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026年11月轮值日历")
    expect(page.get_by_text("周示安：1 个")).to_be_visible()


@pytest.mark.parametrize("address", ["/calendar/2026/10", "/calendar/2026"])
def test_hovering_and_the_keyboard_show_what_a_day_is(portal: Portal, address: str):
    page = portal.page("office")
    page.goto(address)
    said = page.get_by_text("国庆节（法定节假日），官方安排").first
    expect(said).to_be_hidden()
    page.locator("#day-2026-10-01").locator("..").hover()
    expect(said).to_be_visible()
    page.mouse.move(0, 0)
    expect(said).to_be_hidden()
    page.locator("[aria-describedby=day-2026-10-01]").focus()
    expect(said).to_be_visible()


def test_what_a_day_says_stays_inside_a_telephone(portal: Portal):
    page = portal.page("office")
    page.set_viewport_size(TELEPHONE)
    page.goto("/calendar/2026")
    page.locator("#day-2026-10-15").locator("..").hover()
    expect(page.locator("#day-2026-10-15")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
