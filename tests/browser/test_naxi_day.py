"""One reception day from the calendar to the ledger, the way the source article tells it (NX-01 to NX-33)."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.persons import choose, letter, mark, name_enterprise, open_details, plain, send, tell_matters
from tests.browser.portals import Portal
from tests.browser.surveys import barriers
from tests.builders import PASSWORD
from tests.live.districts import credit_code

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

THE_DAY = "2026-12-15"
AT_TWENTY_PAST_NINE = f"{THE_DAY}T09:20"
ENTERPRISE = "云山暖居住房租赁有限公司"
VISITOR = "申示例"
MATTERS = (
    ("问题", "奖补资金", "及时拨付市住房租赁市场发展试点财政奖补资金"),
    ("问题", "政策兑现", "兑现公司二期厂房建设项目补贴"),
    ("问题", "验收办证", "加快对一期项目验收及办证"),
    ("建议", "费用减免", "城市建设配套费上给予支持"),
)
"""The four things the enterprise of the article said, one by one (NX-10)."""
GRANT, SUBSIDY, ACCEPTANCE, FEE = (title for _, _, title in MATTERS)
UNITS = ("区工商联", "区财政局", "区住建局", "区应急局", "经开区管委会", "区自然资源规划分局", "澄江街道")
"""The seven that sat in (NX-06)."""
HOUSING, FINANCE = "安澜区住房和城乡建设局", "安澜区财政局"
INSTRUCTION = "请牵头领导召集有关部门，迅速落实到位，结果报我。"
ANSWERS = {
    "询问情况": "逐条询问了四项诉求的经过和目前的困难。",
    "部门汇报": "区财政局汇报资金拨付计划，区住建局汇报一期验收情况。",
    "问题症结": "规划核实与消防验收意见不一致。",
    "解决思路": "由区住建局牵头，两周内联合现场核实。",
    "现场答复": "配套费现行政策允许分期缴纳，会后指导企业申请。",
}
"""What is written down while the leader listens, asks and answers (NX-11)."""
FOUR_PEOPLE = ("接待领导", "签批领导", "牵头领导", "牵头单位")
"""Four different things, never one for another."""


@dataclass
class Day:
    """What one part of the story hands to the next."""

    script: bool
    booking: str = ""
    slip: str = ""
    number: str = ""
    second_number: str = ""


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_reception_day_goes_from_the_calendar_to_the_ledger(serve: Callable[..., Portal], script: bool):
    day = Day(script)
    before = serve()
    office = before.page("office", script=script)
    the_calendar_says_who_receives_and_why(office)
    a_wrong_booking_comes_back_with_all_that_was_typed(office, day)
    the_booking_is_registered(office, day)
    every_matter_is_checked(office)
    units_are_invited_and_the_booking_is_confirmed(office)

    that_day = serve(AT_TWENTY_PAST_NINE)
    office = that_day.page("office", script=script)
    the_enterprise_is_received(office, that_day, day)
    matters_leave_the_room(office)
    the_slip_is_drafted_numbered_and_printed(office, day)
    another_slip_is_printed_for_a_hand_to_sign(office, day)
    the_leader_signs_on_the_screen(that_day, day)
    the_office_enters_the_signature_by_hand(office, day)
    the_slip_is_issued_and_signed_for(office, that_day, day)
    anybody_can_tell_that_the_paper_is_genuine(office, that_day, day)
    the_ledger_shows_it_all(office, day)
    checked = that_day.command("audit", "verify")
    assert checked.returncode == 0, checked.stderr


def the_calendar_says_who_receives_and_why(office: Page) -> None:
    office.goto("/calendar/2026/12")
    office.get_by_role("link", name="12月15日 周二 接待日").click()
    duty = office.get_by_role("region", name="轮值")
    expect(duty).to_contain_text("主接待")
    open_details(duty, "为什么")
    expect(duty.locator("details").first).to_contain_text(re.compile(r"主接待.*次"))
    office.goto(f"/reception-days/{THE_DAY}")
    expect(office.get_by_role("heading", level=1)).to_contain_text("2026年12月15日")
    office.get_by_role("link", name="登记预约").first.click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("预约登记")


def a_wrong_booking_comes_back_with_all_that_was_typed(office: Page, day: Day) -> None:
    mark(office.get_by_role("group", name="时段").last, "11:00–11:40（余 1 个）")
    name_enterprise(office, ENTERPRISE, script=day.script)
    office.get_by_label("统一社会信用代码").fill(credit_code(261_215))
    office.get_by_label("注册地").fill("云山市安澜区澄江路9号")
    office.get_by_label("来访人姓名").fill(VISITOR)
    office.get_by_label("联系电话").fill("1380000567")
    mark(office.get_by_role("group", name="来访人身份"), "授权代表")
    office.get_by_label("授权委托书").set_input_files(letter("png" if day.script else "pdf"))
    tell_matters(office, MATTERS)
    assert send(office, "登记预约").status == 422
    expect(office.get_by_role("alert")).to_contain_text("联系电话")
    expect(office.get_by_label("联系电话")).to_have_accessible_description(re.compile("应为 11 位.*现为 10 位"))
    expect(office.get_by_label("联系电话")).to_have_value("1380000567")
    expect(office.get_by_label("企业名称")).to_have_value(ENTERPRISE)
    for number, (_, _, title) in enumerate(MATTERS):
        expect(office.get_by_role("group", name="诉求", exact=True).nth(number).get_by_label("标题")).to_have_value(
            title
        )
    expect(office.get_by_text("已收到“授权委托书")).to_be_visible()


def the_booking_is_registered(office: Page, day: Day) -> None:
    office.get_by_label("联系电话").fill("138 0000 5678")
    send(office, "登记预约")
    expect(office.get_by_role("heading", level=1)).to_have_text(ENTERPRISE)
    expect(office.get_by_label("本页要点")).to_contain_text("待审核")
    expect(office.get_by_text("138****5678").first).to_be_visible()
    expect(office.get_by_text("授权委托书." + ("png" if day.script else "pdf"))).to_be_visible()
    day.booking = office.url


def every_matter_is_checked(office: Page) -> None:
    for title, pressing in zip((GRANT, SUBSIDY, ACCEPTANCE, FEE), (["急"], [], ["重", "难"], []), strict=True):
        matter = office.get_by_role("listitem").filter(has_text=title)
        for question in ("真实", "合法", "合理"):
            mark(matter.get_by_role("group", name=question), "是")
        for word in pressing:
            matter.get_by_label(word, exact=True).check()
        matter.get_by_label("核实情况").fill("已与部门核对，情况属实。")
        send(office, "保存核实情况", inside=matter)
        expect(matter.get_by_label("核实情况")).to_have_value("已与部门核对，情况属实。")
    office.reload()
    matter = office.get_by_role("listitem").filter(has_text=ACCEPTANCE)
    expect(matter.get_by_label("难", exact=True)).to_be_checked()
    expect(matter.get_by_role("group", name="合理").get_by_role("radio", name="是")).to_be_checked()


def units_are_invited_and_the_booking_is_confirmed(office: Page) -> None:
    invited = office.get_by_role("region", name="参加单位")
    open_details(invited, "选择参加单位")
    for unit in UNITS:
        invited.get_by_label(re.compile(f"^{unit}(（按类别建议）)?$")).check()
    send(office, "保存参加单位")
    expect(invited.get_by_role("listitem").filter(has_text=HOUSING)).to_be_visible()
    send(office, "确认预约")
    expect(office.get_by_label("本页要点")).to_contain_text("已确认")


def the_enterprise_is_received(office: Page, portal: Portal, day: Day) -> None:
    office.goto("/room/")
    send(office, "开始接待")
    office.get_by_role("navigation", name="接待队列").get_by_role("link", name=ENTERPRISE).click()
    for press, said in (("签到", "等候"), ("开始接待这家", "在室")):
        send(office, press)
        expect(office.get_by_role("navigation", name="接待队列").get_by_role("link", name=ENTERPRISE)).to_contain_text(
            said
        )
    if day.script:
        assert not barriers(office)
    board = portal.page()
    board.goto(f"/board/{THE_DAY}")
    expect(board.get_by_text("正在接待")).to_be_visible()
    expect(board.get_by_text(ENTERPRISE)).to_have_count(0)
    expect(board.get_by_text(VISITOR)).to_have_count(0)
    for label, text in ANSWERS.items():
        office.get_by_role("region", name="接待记录").get_by_label(label).fill(text)
    office.get_by_label("记录人").fill("记示例")
    send(office, "保存记录")
    expect(office.get_by_text(re.compile("^已保存"))).to_be_visible()


def matters_leave_the_room(office: Page) -> None:
    for title in (GRANT, SUBSIDY, ACCEPTANCE, FEE):
        matter = office.get_by_role("listitem").filter(has_text=title)
        settled = title == FEE
        mark(matter.get_by_role("group", name="处置"), "现场答复办结" if settled else "交办")
        if settled:
            matter.get_by_label("答复内容或不予受理的理由").fill(ANSWERS["现场答复"])
            matter.get_by_label("答复人").fill("区住建局 申示例")
        send(office, "登记处置", inside=matter)
        expect(matter.get_by_text("现场办结" if settled else "待交办", exact=True)).to_be_visible()
    came = office.get_by_role("region", name="到场单位")
    for number, unit in enumerate(UNITS):
        row = came.get_by_role("form", name=unit, exact=True)
        row.get_by_label("到场人员").fill(f"参示{'甲乙丙丁戊己庚'[number]}")
        send(office, "未到" if unit == "区应急局" else "到场", inside=row)
        expect(row.get_by_role("button", name="未到" if unit == "区应急局" else "到场")).to_have_attribute(
            "aria-pressed", "true"
        )
    send(office, "接待完毕")
    expect(office.get_by_role("navigation", name="接待队列").get_by_role("link", name=ENTERPRISE)).to_contain_text(
        "完成"
    )


def the_slip_is_drafted_numbered_and_printed(office: Page, day: Day) -> None:
    office.get_by_role("link", name="起草交办单").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("草拟交办单")
    expect(office.get_by_label("前期核实")).to_have_value(re.compile("真实、合法、合理"))
    office.get_by_role("checkbox", name=re.compile(f"^{GRANT}")).uncheck()
    send(office, "保存草稿")
    expect(office.get_by_role("heading", level=1)).to_have_text("交办单草稿")
    send(office, "编号送签")
    expect(office.get_by_role("heading", level=1)).to_contain_text("〔2026〕")
    day.number, day.slip = office.get_by_role("heading", level=1).inner_text(), office.url
    printed = text_of_paper(office, day.slip)
    assert plain(day.number) in printed
    assert all(word in printed for word in (*FOUR_PEOPLE, ENTERPRISE, SUBSIDY, ACCEPTANCE))
    assert GRANT not in printed
    assert "13800005678" not in printed


def another_slip_is_printed_for_a_hand_to_sign(office: Page, day: Day) -> None:
    office.goto(f"/slips/new?booking={day.booking.rpartition('/')[2]}")
    with office.expect_download() as printing:
        office.get_by_role("button", name="编号并打印").last.click()
    assert Path(printing.value.path()).read_bytes().startswith(b"%PDF-")
    office.goto(f"/slips/?day={THE_DAY}&state=awaiting_signature")
    office.get_by_role("row").filter(has_text=GRANT).get_by_role("link").first.click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("〔2026〕")
    day.second_number = office.get_by_role("heading", level=1).inner_text()
    assert day.second_number != day.number


def the_leader_signs_on_the_screen(portal: Portal, day: Day) -> None:
    leader = portal.page("leader", script=day.script)
    leader.goto("/")
    leader.get_by_role("link", name=day.number).first.click()
    leader.get_by_label("批示内容").fill(INSTRUCTION)
    choose(leader, "牵头领导", "蒋示渊", typed="jsy" if day.script else None)
    choose(leader, "牵头单位", HOUSING, typed="住建" if day.script else None)
    leader.get_by_label("办结时限").fill("2026-12-29")
    helpers = leader.get_by_role("group", name="配合单位").last
    helpers.get_by_role("combobox").first.select_option(label=f"{FINANCE}（到场）")
    send(leader, "下一步：核对并签批")
    expect(leader.get_by_role("heading", level=1)).to_have_text(f"签批 {day.number}")
    leader.get_by_role("navigation", name="签批方式").get_by_role("link", name="系统内签批").click()
    leader.get_by_label("登录密码").fill(PASSWORD)
    send(leader, "签批这份单据")
    expect(leader.get_by_text(f"已签批 {day.number}")).to_be_visible()


def the_office_enters_the_signature_by_hand(office: Page, day: Day) -> None:
    office.get_by_role("link", name="登记手写签批").click()
    office.get_by_label("批示内容").fill(INSTRUCTION)
    choose(office, "牵头领导", "王示平")
    choose(office, "牵头单位", FINANCE)
    send(office, "登记手写签批")
    expect(office.get_by_text(f"已登记 {day.second_number} 的手写签批")).to_be_visible()


def the_slip_is_issued_and_signed_for(office: Page, portal: Portal, day: Day) -> None:
    unit = portal.page("unit", script=day.script)
    assert unit.goto(day.slip).status == 404  # not before it is issued
    office.goto(day.slip)
    send(office, "印发")
    expect(office.get_by_text("已印发，牵头单位和配合单位现在可以看到并签收。")).to_be_visible()
    unit.goto("/")
    unit.get_by_role("link", name=day.number).first.click()
    send(unit, "签收")
    expect(unit.get_by_role("region", name="办理情况")).to_contain_text("已签收")
    printed = text_of_paper(unit, day.slip)
    assert all(plain(text) in printed for text in (day.number, INSTRUCTION, "蒋示渊", HOUSING, FINANCE))


def anybody_can_tell_that_the_paper_is_genuine(office: Page, portal: Portal, day: Day) -> None:
    office.reload()
    code = office.get_by_role("row").filter(has_text="（现行）").get_by_role("link").first.inner_text()
    stranger = portal.page(script=day.script)
    stranger.goto(f"/verify/{code}")
    expect(stranger.get_by_text("真", exact=True)).to_be_visible()
    expect(stranger.get_by_text(day.number)).to_be_visible()
    expect(stranger.get_by_text(ENTERPRISE)).to_have_count(0)


def the_ledger_shows_it_all(office: Page, day: Day) -> None:
    office.goto(f"/ledger/?q={ENTERPRISE}")
    rows = office.get_by_role("row")
    expect(rows.filter(has_text=ACCEPTANCE)).to_contain_text("蒋示渊")
    expect(rows.filter(has_text=FEE)).to_contain_text("现场办结")
    sheet = office.request.get(f"/ledger.xlsx?q={ENTERPRISE}")
    lines = CalamineWorkbook.from_filelike(BytesIO(sheet.body())).get_sheet_by_index(0).to_python()
    found = {title: line for line in lines for title in (GRANT, SUBSIDY, ACCEPTANCE, FEE) if title in line}
    assert len(found) == len(MATTERS)
    assert {day.number} <= set(found[SUBSIDY]) & set(found[ACCEPTANCE])
    assert day.second_number in found[GRANT]


def text_of_paper(page: Page, slip: str) -> str:
    """What the printed slip says, as a program reads it."""
    paper = page.request.get(f"{slip}.pdf").body()
    assert paper.startswith(b"%PDF-")
    return plain(
        subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True).stdout.decode()
    )
