"""The day before: places are taken, matters checked, units asked, the list locked, the papers printed."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.full_day.cast import Firm, Way
from tests.browser.full_day.hands import Hands
from tests.browser.full_day.staging import THE_DAY, Stage

PREPARATION = f"/reception-days/{THE_DAY}/preparation"
UNIT = "区住建局"


def the_days_before(stage: Stage, at: str) -> None:
    with stage.served(at) as portal:
        office = stage.hands(portal, "office")
        most_are_imported(office, stage)
        with office.step("登记一家预约（表单）"):
            start_a_booking(office)
            fill_in(office, stage.cast.by(Way.FORM)[0])
            assert office.send("登记预约") < 400
        expect(office.page.get_by_label("本页要点")).to_contain_text("待审核")
        one_waits_and_gets_the_place_of_another(office, stage)
        all_are_confirmed(office, stage)
        every_matter_is_checked(office, stage)
        units_are_asked(office)
        unit = stage.hands(portal, "unit")
        a_unit_answers(unit)
        the_list_is_locked(office)
        papers_are_printed(office)
    stage.learn_codes()


def most_are_imported(office: Hands, stage: Stage) -> None:
    page, count = office.page, len(stage.cast.by(Way.TABLE)) + 1
    page.goto(f"/bookings/?day={THE_DAY}")
    with office.step("导入预约表"):
        office.follow("导入")
        file = {"name": "预约.xlsx", "mimeType": "application/octet-stream", "buffer": stage.cast.table()}
        office.hand_over(page.get_by_label("表格文件"), file)
        assert office.send("试排") == 200
        expect(page.get_by_text("可以登记", exact=True)).to_have_count(count)
        office.send(f"登记 {count} 家")
        expect(page.get_by_text(f"登记 {count} 家企业的预约")).to_be_visible()


def start_a_booking(office: Hands) -> None:
    office.page.goto(f"/reception-days/{THE_DAY}")
    office.follow("登记预约")
    expect(office.page.get_by_role("heading", level=1)).to_contain_text("预约登记")


def choose_slot(office: Hands, firm: Firm) -> None:
    slots = office.page.get_by_role("group", name="时段").last
    place = slots.locator("label").filter(has_text=re.compile(f"{firm.starts_at}–.*{firm.room}"))
    office.press(place)
    expect(place.locator("input")).to_be_checked()


def fill_in(office: Hands, firm: Firm, *, wait: bool = False) -> None:
    """Fill in the form of a booking; its enterprise is not on file yet."""
    page = office.page
    choose_slot(office, firm)
    if wait:
        office.press(page.get_by_text("没有名额时登记候补"))
        office.mark(page.get_by_role("group", name="候补范围"), "只候补所选时段")
    with page.expect_response("**/enterprise-matches?*"):
        office.write(page.get_by_label("企业名称"), firm.name)
    office.write(page.get_by_label("注册地"), "云山市安澜区澄江路9号")
    office.write(page.get_by_label("来访人姓名"), firm.visitor)
    office.write(page.get_by_label("联系电话", exact=True).first, firm.phone)
    office.mark(page.get_by_role("group", name="来访人身份"), "法定代表人")
    if firm.persons > 1:
        office.press(page.locator("summary", has_text="随行人员"))
        office.write(page.get_by_role("group", name="随行人员", exact=True).get_by_label("姓名").first, "随示例")
    rows = page.get_by_role("group", name="诉求", exact=True)
    for number, said in enumerate(firm.brought):
        if rows.count() <= number:
            office.press(page.get_by_role("button", name="再加一条诉求"))
            expect(rows).to_have_count(number + 1)
        row = rows.nth(number)
        office.choose(row.get_by_role("combobox", name="类别"), said.category)
        if said.kind != "问题":
            office.mark(row, said.kind)
        office.write(row.get_by_label("标题"), said.title)


def one_waits_and_gets_the_place_of_another(office: Hands, stage: Stage) -> None:
    page, firm, gone = office.page, stage.cast.by(Way.WAITING)[0], stage.cast.cancelled
    with office.step("登记一家候补"):
        start_a_booking(office)
        fill_in(office, firm, wait=True)
        assert office.send("登记预约") < 400
        expect(page.get_by_label("本页要点")).to_contain_text("候补")
    page.goto(f"/reception-days/{THE_DAY}")
    with office.step("取消一家预约"):
        office.follow(gone.name)
        office.follow("取消预约")
        office.write(page.get_by_label("取消原因"), "企业来电，当日不能到场。")
        office.send("取消预约")
        expect(page.get_by_label("本页要点")).to_contain_text("已取消")
    page.goto(f"/reception-days/{THE_DAY}/waiting-list")
    row = page.get_by_role("row").filter(has_text=firm.name)
    expect(row).to_contain_text("保留至")
    with office.step("候补递补"):
        office.send("接受", inside=row)
        expect(page.get_by_text(f"{firm.name}：已接受候补名额")).to_be_visible()


def all_are_confirmed(office: Hands, stage: Stage) -> None:
    page = office.page
    page.goto(PREPARATION)
    for firm in stage.cast.booked:
        its = page.get_by_role("region", name=firm.name)
        with office.step("审核一家"):
            office.send("确认预约", inside=its)
            expect(its.get_by_text("已确认", exact=True)).to_be_visible()


def every_matter_is_checked(office: Hands, stage: Stage) -> None:
    page = office.page
    page.goto(PREPARATION)
    for said in (said for firm in stage.cast.booked for said in firm.brought):
        matter = page.get_by_role("listitem").filter(has_text=said.title)
        with office.step("核实一项诉求"):
            office.send("三项均是，保存", inside=matter)
            expect(matter.get_by_text("已保存")).to_be_visible()


def units_are_asked(office: Hands) -> None:
    page = office.page
    page.goto(PREPARATION)
    with office.step("邀请单位（全天）"):
        office.press(page.get_by_role("button", name="按类别邀请单位"))
        expect(page.get_by_role("button", name="按类别邀请单位")).to_have_count(0)
    with office.step("征求单位意见（全天）"):
        office.follow("按类别征求意见")
        office.send("征求意见")
        expect(page.get_by_role("link", name="按类别征求意见")).to_have_count(0)


def a_unit_answers(unit: Hands) -> None:
    page = unit.page
    page.goto("/opinions/")
    for _ in range(2):
        with unit.step("单位回复一项意见"):
            unit.press(page.get_by_role("row").filter(has_text="待回复").get_by_role("link").first)
            unit.write(page.get_by_role("textbox", name="意见", exact=True), "情况属实，建议会同规划部门现场核实。")
            unit.write(page.get_by_label("政策依据"), "安澜区优化营商环境办法")
            unit.write(page.get_by_label("答复人"), "参示例 副局长")
            unit.send("回复")
            expect(page.get_by_text("已回复。接待日之前还可以修改。")).to_be_visible()
        page.goto("/opinions/")
        if not page.get_by_role("row").filter(has_text="待回复").count():
            break


def the_list_is_locked(office: Hands) -> None:
    office.page.goto(PREPARATION)
    with office.step("锁定名单"):
        office.send("锁定名单")
        expect(office.page.get_by_text(re.compile("^名单已锁定")).first).to_be_visible()


def papers_are_printed(office: Hands) -> None:
    page = office.page
    page.goto(f"/reception-days/{THE_DAY}/papers")
    for paper in ("接待简报", "签到表"):
        row = page.get_by_role("row").filter(has_text=paper)
        with office.step(f"打印{paper}"):
            prints(office, row.get_by_role("link", name="打印"))
    with office.step("打印电话通知单"):
        row = page.get_by_role("row").filter(has_text="电话通知单")
        prints(office, row.get_by_role("button", name="打印（完整电话）"))


def prints(hands: Hands, place: Locator) -> bytes:
    """Press what prints a paper; answers the PDF, which a headless browser downloads instead of showing."""
    with hands.page.expect_download() as printing:
        hands.press(place)
    paper = printing.value.path().read_bytes()
    assert paper.startswith(b"%PDF-")
    return paper
