"""Late, urged, answered: a result that is not accepted and one that is, reviewed and closed."""

import re

from playwright.sync_api import expect

from tests.browser.closed_loop.stage import (
    NOBODY,
    Stage,
    latest,
    leads_with,
    never_says,
    offered,
    offers_nothing,
    proposes,
    speaks,
    stands,
)
from tests.browser.closed_loop.staging import ASSISTANT, DIGITS, HEAD, OUTSIDER
from tests.browser.persons import mark, send

REPLY = "改造方案已通过评审，施工队伍已进场，三日内完工。"
FIRST, SECOND = "已更换北门外支管，管径加到六百毫米。", "已更换支管并增设泵井，连续降雨两日没有返水。"
NOT_YET = "更换支管以后，昨天下雨仍然返水。"
THANKS = "两场雨都没有返水，感谢。"
REMARK = "同意，请举一反三。"


def the_supervisor_sends_a_notice(stage: Stage) -> None:
    """The matter is late: the supervision office sees it and sends a blue notice; the unit answers, others know nothing."""
    it = stage.it
    supervisor = stage.opens("supervisor", "/")
    stage.photograph(supervisor, "10-supervisor-workbench")
    stage.opens("supervisor", it.page)
    stands(supervisor, "逾期 1 个工作日")
    offered(supervisor).get_by_role("link", name="督办", exact=True).click()
    stage.photograph(supervisor, "11-supervisor-notice")
    send(supervisor, "编号并发出")
    number = supervisor.get_by_role("heading", level=1).inner_text()
    paper = supervisor.url.removeprefix(stage.portal.address)
    stage.photograph(supervisor, "12-supervisor-sent")
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text("原定12月11日前答复，现在已经超过")
    stage.photograph(window, "13-window-late")
    stage.is_kept_from(OUTSIDER, paper)
    stage.is_kept_from(ASSISTANT, paper)
    unit = stage.opens("unit", "/matters/mine")
    stage.photograph(unit, "14-unit-todo-late")
    row = unit.get_by_role("row").filter(has_text="回复").filter(has_text=it.title)
    row.get_by_role("link").first.click()
    unit.get_by_role("main").get_by_role("link", name="回复", exact=True).click()
    unit.get_by_label("回复内容").fill(REPLY)
    unit.get_by_label("承诺办结日期").fill("2026-12-17")
    stage.photograph(unit, "15-unit-replies")
    send(unit, "提交回复")
    stage.opens("supervisor", it.page)
    latest(supervisor, "回复", REPLY)
    stage.opens(ASSISTANT, it.page)
    never_says(stage.window(ASSISTANT), REPLY, number)
    never_says(stage.opens(NOBODY, it.window), REPLY, "督办")


def a_result_is_not_accepted(stage: Stage) -> None:
    """Reported with evidence, signed by the head, refused by the enterprise: handled again with a new last day."""
    it = stage.it
    unit = stage.does("unit", "报送办理结果")
    mark(unit.get_by_role("group", name="办理结果"), "已解决")
    unit.get_by_label("办理过程和结果").fill(FIRST)
    stage.photograph(unit, "16-unit-proposes")
    assert send(unit, "报送办理结果").status == 422
    expect(unit.get_by_label("办理过程和结果")).to_have_value(FIRST)
    stage.photograph(unit, "17-unit-no-evidence")
    proposes(stage, FIRST, "完工照片.pdf")
    stands(unit, "待单位审签")
    latest(unit, "报送办理结果", FIRST, "完工照片.pdf")
    expect(offered(unit).get_by_role("link", name="审签办理结果")).to_have_count(0)
    never_says(stage.opens(NOBODY, it.window), FIRST)
    expect(stage.window(NOBODY).get_by_role("main")).to_contain_text("单位负责人正在审核")
    the_head_signs(stage)
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text(FIRST)
    stage.photograph(window, "20-window-asked")
    window.get_by_role("link", name="说说是否认可").click()
    mark(window.get_by_role("group", name="这件事解决了吗"), "没有解决")
    mark(window.get_by_role("group", name="对办理满意吗"), "不满意")
    window.get_by_label("意见（选填）").fill(NOT_YET)
    window.get_by_label("联系电话后四位").fill("0000")
    assert send(window, "下一步").status == 422
    expect(window.get_by_label("意见（选填）")).to_have_value(NOT_YET)
    stage.photograph(window, "21-window-wrong-digits")
    window.get_by_label("联系电话后四位").fill(DIGITS)
    send(window, "下一步")
    stage.photograph(window, "22-window-sure")
    send(window, "确认提交")
    expect(window.get_by_role("main")).to_contain_text("区住建局正在重新办理，预计")
    stage.photograph(window, "23-window-again")
    stage.opens("unit", it.page)
    stands(unit, "第 2 轮办理")
    stands(unit, "在办")
    latest(unit, "不满意、没有解决", NOT_YET)
    leads_with(unit, "报送办理结果")
    stage.photograph(unit, "24-unit-again")
    stage.opens("unit", "/matters/mine")
    expect(unit.get_by_role("row").filter(has_text=it.title).first).to_contain_text("重办")


def the_head_signs(stage: Stage) -> None:
    """The head of the unit finds it waiting and signs; the clerk has nothing to do meanwhile."""
    head = stage.opens(HEAD, "/")
    stage.photograph(head, "18-head-workbench")
    stage.opens(HEAD, stage.it.page)
    leads_with(head, "审签办理结果")
    stage.does(HEAD, "审签办理结果")
    mark(head.get_by_role("group", name="审签意见"), "同意，签字")
    stage.photograph(head, "19-head-signs")
    send(head, "提交审签意见")
    stands(head, "待企业确认")
    latest(head, "审签")


def a_result_is_accepted(stage: Stage) -> None:
    """The second result is accepted in the window, and the unit cannot touch it any more."""
    proposes(stage, SECOND, "降雨前后照片.pdf")
    the_head_signs(stage)
    window = speaks(stage, "完全解决", "非常满意", THANKS)
    send(window, "确认提交")
    expect(window.get_by_role("main")).to_contain_text("工商联正在审核办理结果")
    expect(window.get_by_role("link", name="说说是否认可")).to_have_count(0)
    unit = stage.opens("unit", stage.it.page)
    stands(unit, "待审核")
    offers_nothing(unit)
    stage.photograph(unit, "25-unit-waits")


def it_is_reviewed_and_closed(stage: Stage) -> None:
    """The office checks point by point, the leader who signed approves, and the enterprise reads that it is done."""
    it = stage.it
    office = stage.opens("office", "/closings/")
    stage.photograph(office, "26-office-queue")
    office.get_by_role("row").filter(has_text=it.title).get_by_role("link").first.click()
    stage.does("office", "审核")
    for point in office.get_by_role("group", name="逐项核对").get_by_role("checkbox").all():
        point.check()
    mark(office.get_by_role("group", name="审核意见"), "通过，报请销号")
    stage.photograph(office, "27-office-reviews")
    send(office, "提交审核意见")
    stands(office, "待销号审批")
    expect(offered(office).get_by_role("link", name="销号审批")).to_have_count(0)
    leader = stage.opens("leader", "/")
    stage.photograph(leader, "28-leader-workbench")
    leader.get_by_role("link", name=re.compile("待销号审批")).first.click()
    stage.photograph(leader, "29-leader-queue")
    leader.get_by_role("row").filter(has_text=it.title).get_by_role("link").first.click()
    stage.does("leader", "销号审批")
    mark(leader.get_by_role("group", name="审批意见"), "同意销号")
    leader.get_by_label("审批说明").fill(REMARK)
    stage.photograph(leader, "30-leader-approves")
    send(leader, "提交审批意见")
    expect(leader.get_by_text("已批准销号。")).to_be_visible()
    stage.opens("leader", it.page)
    stands(leader, "已销号")
    stage.photograph(leader, "31-leader-closed")
    window = stage.opens(NOBODY, it.window)
    expect(window.get_by_role("main")).to_contain_text("已经办结，结果：已解决。")
    never_says(window, REMARK)


def the_enterprise_rates(stage: Stage) -> None:
    """Once, in its window; the office need not call back any more."""
    window = stage.opens(NOBODY, stage.it.window)
    window.get_by_role("link", name="评价").click()
    mark(window.get_by_role("group", name="这件事解决了吗"), "完全解决")
    mark(window.get_by_role("group", name="对办理满意吗"), "非常满意")
    stage.photograph(window, "32-window-rates")
    send(window, "提交评价")
    expect(window.get_by_text("已经收到您的评价，谢谢。")).to_be_visible()
    expect(window.get_by_role("main")).to_contain_text("您的评价（")
    expect(window.get_by_role("link", name="评价")).to_have_count(0)
    stage.photograph(window, "33-window-done")
