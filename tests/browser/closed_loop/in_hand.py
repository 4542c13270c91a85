"""The slip goes out: signed for, contact reported with a file, split among handlers, more time asked for and granted."""

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
    offers_nothing,
    stands,
)
from tests.browser.closed_loop.staging import ASSISTANT, OUTSIDER
from tests.browser.persons import mark, send

CONTACT = "已到企业现场查勘，返水点在厂区北门外的支管，管径不够。"
NEXT_STEP = "请设计单位出改造方案"
PHOTO = "现场查勘照片.png"
TASK = "量测北门外支管管径"
REASON = "改造方案须经专家评审，评审会排在十二月八日，申请延期四日。"


def the_slip_goes_out(stage: Stage) -> None:
    """Nobody but the office and its leaders sees a slip before it is issued; then each sees the own part of it."""
    it = stage.it
    stage.is_kept_from("unit", it.slip, it.page)
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text("领导已经签批，正在交给承办单位。")
    office = stage.opens("office", it.slip)
    send(office, "印发")
    expect(office.get_by_text("已印发，牵头单位和配合单位现在可以看到并签收。")).to_be_visible()
    stage.photograph(office, "01-office-issued")
    window.reload()
    expect(window.get_by_role("main")).to_contain_text("已经交给区住建局，等区住建局签收后办理。")
    stage.is_kept_from(OUTSIDER, it.slip, it.page)


def the_clerk_signs_for_it(stage: Stage) -> None:
    """From the to-do list to the slip; the matter is in hand, and the list shows the next thing to do."""
    it = stage.it
    unit = stage.opens("unit", "/matters/mine")
    stage.photograph(unit, "02-unit-todo")
    row = unit.get_by_role("row").filter(has_text=it.title)
    expect(row).to_contain_text("签收")
    row.get_by_role("link").first.click()
    send(unit, "签收")
    stage.opens("unit", it.page)
    stands(unit, "在办")
    latest(unit, "签收")
    leads_with(unit, "报送办理结果")
    stage.photograph(unit, "03-unit-in-hand")
    stage.opens("unit", "/matters/mine")
    expect(unit.get_by_role("row").filter(has_text=it.title).first).to_contain_text("联系企业")
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text("区住建局正在办理，预计12月7日前答复。")
    stage.photograph(window, "04-window-in-hand")


def the_clerk_reports_and_splits(stage: Stage) -> None:
    """A contact with a photograph, and a task for somebody of the own unit; the task stays inside the unit."""
    unit = stage.does("unit", "报告进展")
    mark(unit.get_by_role("group", name="这次报告的是"), "联系企业")
    unit.get_by_label("办理情况").fill(CONTACT)
    unit.get_by_label("下一步").fill(NEXT_STEP)
    unit.get_by_label("联系企业的日期").fill("2026-11-23")
    unit.get_by_label("附件").set_input_files(a_file(PHOTO, "png"))
    stage.photograph(unit, "05-unit-report")
    send(unit, "提交")
    latest(unit, CONTACT, NEXT_STEP, PHOTO)
    with unit.context.expect_page() as opening:
        course(unit).first.get_by_role("link", name=PHOTO).click(modifiers=["Control"])
    opening.value.close()
    stage.does("unit", "分派经办人")
    unit.get_by_label("办什么").fill(TASK)
    unit.get_by_label("没有账号的经办人姓名").fill("沈示员")
    unit.get_by_label("完成期限").fill("2026-11-27")
    send(unit, "分派")
    row = unit.get_by_role("row").filter(has_text=TASK)
    expect(row).to_contain_text("沈示员")
    stage.photograph(unit, "06-unit-split")
    office = stage.opens("office", stage.it.page)
    latest_report = course(office).filter(has_text=CONTACT)
    expect(latest_report).to_contain_text(PHOTO)
    offers_nothing(office)
    for page in (office, stage.opens(ASSISTANT, stage.it.page), stage.opens(NOBODY, stage.it.window)):
        never_says(page, TASK, "沈示员")
    never_says(stage.window(NOBODY), CONTACT, PHOTO)


def more_time_is_asked_for_and_granted(stage: Stage) -> None:
    """Asked by the clerk, decided by the leader who signed, seen by everybody with the new day."""
    unit = stage.does("unit", "申请延期")
    unit.get_by_label("延期至").fill("2026-12-11")
    unit.get_by_label("延期原因").fill("快来不及")
    assert send(unit, "提交申请").status == 422
    expect(unit.get_by_label("延期原因")).to_have_value("快来不及")
    unit.get_by_label("延期原因").fill(REASON)
    stage.photograph(unit, "07-unit-asks-time")
    send(unit, "提交申请")
    latest(unit, "申请延期", REASON)
    expect(offered(unit).get_by_role("link", name="申请延期", exact=True)).to_have_count(0)
    leader = stage.opens("leader", "/")
    stage.photograph(leader, "08-leader-workbench")
    leader.get_by_role("region", name="等我决定的事项").get_by_role(
        "link", name=re.compile("A类事项延期待审批")
    ).click()
    leader.get_by_role("row").filter(has_text=stage.it.title).get_by_role("link").first.click()
    leads_with(leader, "审批延期")
    offered(leader).get_by_role("link", name="审批延期").click()
    expect(leader.get_by_role("complementary")).to_contain_text(REASON)
    mark(leader.get_by_role("group", name="审批"), "同意")
    leader.get_by_label("告知企业的日期").fill("2026-11-23")
    stage.photograph(leader, "09-leader-decides")
    send(leader, "提交审批")
    latest(leader, "同意延期")
    stands(leader, "剩 14 个工作日")
    never_says(leader, TASK)
    window = stage.opens(NOBODY, stage.it.window)
    expect(window.get_by_role("main")).to_contain_text("预计12月11日前答复")
    never_says(window, REASON)
