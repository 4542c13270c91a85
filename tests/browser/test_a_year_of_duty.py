"""A year of reception days: planned, worked out, consulted, published, swapped, browsed and subscribed to (NX-02, NX-04)."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import icalendar
import pytest
import vobject
from playwright.sync_api import Page, expect

from tests.browser.persons import mark, plain, send
from tests.browser.portals import Portal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MONDAYS = 12


@dataclass
class Year:
    """What one part of the story hands to the next."""

    script: bool
    plan: str = ""
    mark: str = ""
    swapped: tuple[str, str] = ("", "")


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_year_goes_from_a_rule_to_everybodys_calendar(serve: Callable[..., Portal], script: bool):
    portal, year = serve(), Year(script)
    office, leader = portal.page("office", script=script), portal.page("leader", script=script)
    the_days_follow_from_a_rule(office)
    a_plan_is_worked_out_and_shown(office, year)
    the_leader_says_which_day_does_not_suit(leader, year)
    the_plan_heeds_it_and_is_published(office, leader, year)
    two_leaders_swap(office, leader, year)
    the_roster_prints(office, portal, year)
    the_calendar_is_leafed_through(office, year)
    anybodys_calendar_program_reads_it(leader, year)
    checked = portal.command("audit", "verify")
    assert checked.returncode == 0, checked.stderr


def the_days_follow_from_a_rule(office: Page) -> None:
    office.goto("/reception-days/plan")
    mark(office.get_by_role("group", name="接待日定在"), "每月第几个周几")
    office.get_by_label("第几个", exact=True).select_option(label="第 1 个")
    office.get_by_label("周几", exact=True).select_option(label="周一")
    office.get_by_label("从哪个月起").fill("2028-01")
    office.get_by_label("共几个月").fill("12")
    send(office, "预览")
    preview = office.get_by_role("table", name="预览")
    expect(preview.get_by_role("row")).to_have_count(MONDAYS + 1)
    expect(office.get_by_text("2028年放假安排尚未公布").first).to_be_visible()
    expect(preview.get_by_role("row").filter(has_text=re.compile("5月1日.*劳动节"))).to_contain_text("顺延至5月3日")
    send(office, f"建立这 {MONDAYS} 个接待日")
    expect(office.get_by_text(f"已建立 {MONDAYS} 个接待日")).to_be_visible()


def a_plan_is_worked_out_and_shown(office: Page, year: Year) -> None:
    office.goto("/duty/plans/new")
    send(office, "算出草案")
    expect(office.get_by_label("本页要点")).to_contain_text("草案")
    expect(office.get_by_role("region", name="结果")).to_contain_text("已证明是最公平的安排")
    year.plan = office.url
    places = office.get_by_role("table", name="方案").get_by_role("row")
    expect(places.filter(has_text=re.compile("2028年"))).to_have_count(MONDAYS)
    expect(office.get_by_text("缺人")).to_have_count(0)
    places.filter(has_text="2028年1月3日").get_by_role("link").nth(1).click()
    expect(office.get_by_role("main")).to_contain_text(re.compile("主接待.*次"))
    office.goto(year.plan)
    send(office, "征求意见")
    expect(office.get_by_label("本页要点")).to_contain_text("征求意见")


def the_leader_says_which_day_does_not_suit(leader: Page, year: Year) -> None:
    leader.goto("/messages/")
    expect(leader.get_by_text("轮值方案征求意见").first).to_be_visible()
    leader.goto(year.plan)
    mine = leader.get_by_role("region", name="我的席位")
    year.mark = re.search(r"2028年\d+月\d+日", mine.get_by_role("listitem").first.inner_text()).group()
    leader.goto("/duty/unsuitable")
    leader.get_by_label(re.compile(rf"^{year.mark}")).check()
    leader.get_by_label("原因").fill("外出招商")
    send(leader, "标记")
    expect(leader.get_by_role("table", name="已标记不便的日期")).to_contain_text(year.mark)


def the_plan_heeds_it_and_is_published(office: Page, leader: Page, year: Year) -> None:
    office.goto(year.plan)
    expect(office.get_by_text(re.compile("有 1 个席位的领导标记了当日不便"))).to_be_visible()
    send(office, "重新计算")
    expect(office.get_by_role("region", name="与上一稿相比")).to_contain_text(re.compile(r"1\s+处变动"))
    leader.goto(year.plan)
    expect(leader.get_by_role("region", name="我的席位")).not_to_contain_text(year.mark)
    office.get_by_role("link", name="发布", exact=True).click()
    send(office, "发布")
    expect(office.get_by_label("本页要点")).to_contain_text("都已排定")
    leader.goto("/messages/")
    expect(leader.get_by_text("轮值安排已发布").first).to_be_visible()


def two_leaders_swap(office: Page, leader: Page, year: Year) -> None:
    leader.goto("/duty/")
    own = leader.get_by_role("table", name="我的轮值").get_by_role("row").filter(has_text="2028年").first
    year.swapped = (re.search(r"2028年\d+月\d+日", own.inner_text()).group(), "")
    own.get_by_role("link", name="调换").click()
    expect(leader.get_by_role("heading", level=1)).to_contain_text("调换")
    other = leader.get_by_label("换哪一次")
    wanted = other.locator("option", has_text="2028年").first
    year.swapped = (year.swapped[0], re.search(r"2028年\d+月\d+日", wanted.inner_text()).group())
    other.select_option(wanted.get_attribute("value"))
    leader.get_by_label("理由").fill("与上级会议冲突")
    send(leader, "提出调换")
    expect(leader).to_have_url(re.compile("/duty/swaps$"))
    office.goto("/duty/swaps")
    office.get_by_role("row").filter(has_text=year.swapped[0]).get_by_role("link").first.click()
    office.get_by_role("link", name="同意调换").click()
    assert send(office, "同意调换").status == 422
    expect(office.get_by_role("alert")).to_be_visible()
    office.get_by_label("附言").or_(office.get_by_label("依据")).fill("已电话征得对方同意")
    send(office, "同意调换")
    expect(office.get_by_label("本页要点")).to_contain_text("已调换")
    leader.goto("/duty/")
    mine = leader.get_by_role("table", name="我的轮值")
    expect(mine.get_by_role("row").filter(has_text=year.swapped[1])).to_have_count(1)
    expect(mine.get_by_role("row").filter(has_text=year.swapped[0])).to_have_count(0)


def the_roster_prints(office: Page, portal: Portal, year: Year) -> None:
    for path, pages in (("2028.pdf", 1), ("2028/5.pdf", 1), ("2028/roster.pdf", None)):
        answer = office.request.get(f"{portal.address}/calendar/{path}")
        assert answer.headers["content-type"] == "application/pdf", path
        paper = _text_of(answer.body())
        assert "接待日" in plain(paper)
        if pages:
            assert paper.count("\f") == pages, path


def the_calendar_is_leafed_through(office: Page, year: Year) -> None:
    office.goto("/calendar/2028/4")
    office.evaluate("window.not_reloaded = true")
    office.get_by_role("link", name="下一月").click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("2028年5月")
    expect(office).to_have_url(re.compile("/calendar/2028/5$"))
    assert bool(office.evaluate("window.not_reloaded")) is year.script
    office.go_back()
    expect(office.get_by_role("heading", level=1)).to_contain_text("2028年4月")
    office.get_by_role("link", name=re.compile("4月3日.*接待日")).click()
    expect(office.get_by_role("region", name="轮值")).to_contain_text("主接待")


def anybodys_calendar_program_reads_it(leader: Page, year: Year) -> None:
    leader.goto("/calendar/feed")
    send(leader, "开通订阅", inside=leader.get_by_role("region", name="我的轮值"))
    shown = leader.get_by_role("textbox", name="订阅地址")
    expect(shown).to_have_value(re.compile(r"/calendar/feed/\S+\.ics$"))
    address = shown.input_value()
    text = leader.request.get(address).text()
    first = {str(it["UID"]): it["DTSTART"].dt.date() for it in icalendar.Calendar.from_ical(text).walk("VEVENT")}
    second = {it.uid.value: it.dtstart.value.date() for it in vobject.readOne(text).vevent_list}
    assert first == second
    assert year.swapped[1] in {_said(day) for day in first.values()}
    lost = [it for it in icalendar.Calendar.from_ical(text).walk("VEVENT") if it["STATUS"] == "CANCELLED"]
    assert year.swapped[0] in {_said(it["DTSTART"].dt) for it in lost}


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _text_of(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
