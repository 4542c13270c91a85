"""After the end: the enterprise is called back, somebody goes and looks, and a false end is undone."""

import re

from playwright.sync_api import expect

from tests.browser.closed_loop.stage import (
    NOBODY,
    Stage,
    a_file,
    course,
    latest,
    leads_with,
    never_says,
    offered,
    stands,
)
from tests.browser.persons import choose, mark, send

CALLED = "对方说返水又出现过一次。"
FOUND = "泵井没有通电，现场仍有积水，与报送的结果不符。"


def the_office_calls_back(stage: Stage) -> None:
    """By telephone: what the enterprise says stays with the office, the unit reads only that it was asked."""
    office = stage.opens("office", "/call-backs/")
    stage.photograph(office, "40-office-call-backs")
    office.get_by_role("row").filter(has_text=stage.it.title).get_by_role("link").first.click()
    mark(office.get_by_role("group", name="联系上了没有"), "联系上了")
    mark(office.get_by_role("group", name="诉求解决了没有"), "部分解决")
    mark(office.get_by_role("group", name="满意程度"), "不满意")
    office.get_by_label("接受回访的人").fill("申示例 总经理")
    office.get_by_label("企业原话或未联系上的情况").fill(CALLED)
    stage.photograph(office, "41-office-calls")
    send(office, "登记回访")
    stage.opens("office", stage.it.page)
    expect(course(office).filter(has_text=CALLED).first).to_be_visible()
    never_says(stage.opens("unit", stage.it.page), CALLED)


def the_supervisor_finds_a_false_end(stage: Stage) -> None:
    """Not content, so it is looked at again at once, by somebody else than who handled it; the end is undone."""
    it = stage.it
    office = stage.opens("office", "/look-backs/")
    stage.photograph(office, "42-office-look-backs")
    office.get_by_role("row").filter(has_text=it.title).get_by_role("link").first.click()
    office.get_by_role("link", name="安排人员").click()
    choose(office, "由谁去看", "区政府督查室")
    send(office, "安排人员")
    supervisor = stage.opens("supervisor", "/")
    stage.photograph(supervisor, "43-supervisor-workbench")
    supervisor.get_by_role("link", name=re.compile("回头看")).first.click()
    stage.opens("supervisor", "/look-backs/?state=mine")
    supervisor.get_by_role("row").filter(has_text=it.title).get_by_role("link").first.click()
    supervisor.get_by_role("link", name="记录回头看").click()
    mark(supervisor.get_by_role("group", name="结论"), "虚假销号")
    supervisor.get_by_label("回头看情况").fill(FOUND)
    supervisor.get_by_label("见到的人").fill("申示例 总经理")
    supervisor.get_by_label("照片和材料").set_input_files(a_file("现场积水.png", "png"))
    stage.photograph(supervisor, "44-supervisor-records")
    send(supervisor, "记录回头看")
    stage.photograph(supervisor, "45-supervisor-recorded")
    unit = stage.opens("unit", it.page)
    stands(unit, "第 3 轮办理")
    stands(unit, "在办")
    latest(unit, "虚假销号")
    leads_with(unit, "报送办理结果")
    stage.photograph(unit, "46-unit-reopened")
    leader = stage.opens("leader", "/messages/")
    expect(leader.get_by_role("main")).to_contain_text("虚假销号")
    stage.photograph(leader, "47-leader-messages")
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text("区住建局正在重新办理")
    never_says(window, FOUND, "虚假", "回头看")
    stage.photograph(window, "48-window-reopened")
    expect(offered(unit)).to_be_visible()
