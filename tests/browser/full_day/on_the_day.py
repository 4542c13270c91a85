"""The day itself: one at the desk scans and calls, one in the room writes, a board in the hall follows them both."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from tests.browser.full_day.before import fill_in
from tests.browser.full_day.cast import ROOMS, Cast, End, Firm, Said, Way
from tests.browser.full_day.hands import Hands
from tests.browser.full_day.staging import SECOND, THE_DAY, Stage
from tests.browser.portals import DESK, TELEPHONE, Portal
from tests.browser.surveys import too_wide

ROOM = f"/room/{THE_DAY}"


@dataclass
class Day:
    """Who sits where while the day goes on; `open` are matters whose disposition is left for the evening."""

    stage: Stage
    portal: Portal
    desk: Hands
    writer: Hands
    board: Page
    open: list[tuple[Firm, Said]] = field(default_factory=list)

    @property
    def cast(self) -> Cast:
        return self.stage.cast


def the_day_itself(stage: Stage, portal: Portal) -> Day:
    day = Day(stage, portal, stage.hands(portal, "office"), stage.hands(portal, SECOND), portal.page())
    the_day_begins(day)
    all_are_checked_in(day)
    somebody_leaves_and_somebody_goes_for_a_moment(day)
    somebody_walks_in(day)
    rooms = [day.cast.in_room(room) for room in ROOMS]
    turns = [[them[turn] for them in rooms if turn < len(them)] for turn in range(max(map(len, rooms)))]
    for turn, here in enumerate(turns):
        for firm in here:
            firm_comes_in(day, firm, first=turn == 0)
        if turn == 0:
            the_screens_are_looked_at(day)
        for firm in here:
            firm_is_heard(day, firm)
    for them in rooms:
        if them:
            the_last_one_goes(day, them[-1])
    return day


def the_day_begins(day: Day) -> None:
    day.board.goto(f"/board/{THE_DAY}")
    page = day.desk.page
    page.goto(ROOM)
    with day.desk.step("开始接待日"):
        assert day.desk.send("开始接待") < 400
        expect(page.get_by_role("link", name="结束接待日")).to_be_visible()
    day.writer.page.goto(ROOM)


def in_queue(hands: Hands, firm: Firm) -> Locator:
    return hands.page.get_by_role("navigation", name="接待队列").get_by_role("link", name=firm.name)


def all_are_checked_in(day: Day) -> None:
    desk = day.desk
    for firm in day.cast.firms:
        if firm.way is Way.WALK_IN or firm.end is End.NO_SHOW:
            continue
        with desk.step("签到"):
            desk.scan(firm.code)
            expect(desk.page.locator("#scan_result")).to_contain_text(f"{firm.name} 已签到")
        expect(in_queue(day.writer, firm)).to_contain_text("等候")
    day.stage.photograph(desk.page, "room-all-waiting")


def bring_to_the_middle(hands: Hands, firm: Firm) -> None:
    """Show an enterprise in the middle of the screen, unless it stands there already."""
    heading = hands.page.locator("#received-title")
    if firm.name not in heading.inner_text():
        hands.press(in_queue(hands, firm))
        expect(heading).to_contain_text(firm.name)


def somebody_leaves_and_somebody_goes_for_a_moment(day: Day) -> None:
    desk, away = day.desk, day.cast.by(Way.WAITING)[0]
    with desk.step("记未接待离开"):
        bring_to_the_middle(desk, day.cast.ending(End.LEFT))
        desk.send("未接待离开")
        expect(in_queue(desk, day.cast.ending(End.LEFT))).to_contain_text("已离开")
    with desk.step("记暂离"):
        bring_to_the_middle(desk, away)
        desk.send("暂离")
        expect(in_queue(desk, away)).to_contain_text("暂离")
    with desk.step("暂离后回来"):
        desk.scan(away.code)
        expect(in_queue(desk, away)).to_contain_text("等候")
    with desk.step("记爽约"):
        bring_to_the_middle(desk, day.cast.ending(End.NO_SHOW))
        desk.send("爽约")
        expect(in_queue(desk, day.cast.ending(End.NO_SHOW))).to_contain_text("爽约")


def somebody_walks_in(day: Day) -> None:
    desk, firm = day.desk, day.cast.by(Way.WALK_IN)[0]
    with desk.step("现场登记一家（到签到为止）"):
        desk.follow("现场登记")
        expect(desk.page.get_by_role("heading", level=1)).to_contain_text("登记")
        fill_in(desk, firm)
        assert desk.send("登记并签到") < 400
        desk.follow("进入现场")
        expect(in_queue(desk, firm)).to_contain_text("等候")
    day.stage.learn_codes()


def the_screens_are_looked_at(day: Day) -> None:
    """Nothing is too wide with everybody on the screen; pictures are kept for whoever wants to look."""
    page = day.desk.page
    day.stage.photograph(page, "room")
    day.stage.photograph(day.board, "board")
    assert not too_wide(page)
    if day.stage.pictures:
        page.set_viewport_size(TELEPHONE)
        day.stage.photograph(page, "room-telephone-large")
        page.set_viewport_size(DESK)
        day.stage.photograph(page, "room-large")
    page.evaluate("document.documentElement.classList.remove('large')")


def firm_comes_in(day: Day, firm: Firm, *, first: bool) -> None:
    desk, page = day.desk, day.desk.page
    call = page.get_by_role("region", name=f"{firm.room}叫号")
    enter = call.get_by_role("button", name=re.compile("已进入，开始接待"))
    with desk.step("叫第一家" if first else "接待完毕并叫下一家"):
        desk.press(call.get_by_role("button", name=re.compile("叫下一家")))
        expect(enter).to_be_visible()
    expect(call).to_contain_text(firm.name)
    number = re.match(r"\d+号", enter.inner_text())
    assert number is not None
    if first:
        expect(day.board.get_by_label(firm.room).get_by_text(number[0], exact=True)).to_be_visible()
    with desk.step("请进、开始接待"):
        desk.press(enter)
        expect(in_queue(desk, firm)).to_contain_text("在室")
    if first:
        expect(day.board.get_by_label(firm.room)).to_contain_text(f"正在接待 {number[0]}")
    expect(day.board.get_by_text("有限公司")).to_have_count(0)


def the_last_one_goes(day: Day, firm: Firm) -> None:
    call = day.desk.page.get_by_role("region", name=f"{firm.room}叫号")
    with day.desk.step("接待完毕（最后一家）"):
        day.desk.press(call.get_by_role("button", name=re.compile("接待完毕")))
        expect(in_queue(day.desk, firm)).to_contain_text("完成")


def firm_is_heard(day: Day, firm: Firm) -> None:
    """Written down by the one in the room, while the other one goes on at the desk."""
    writer, page = day.writer, day.writer.page
    with writer.step("打开正在接待的企业"):
        bring_to_the_middle(writer, firm)
        expect(page.get_by_label("询问情况")).to_be_visible()
    the_record_is_written(day, firm)
    first = firm is day.cast.received[0]
    if first:
        both_write_in_the_same_record(day, firm)
    if firm is day.cast.received[-1]:
        the_line_is_cut(day)
    for said in firm.told:
        a_matter_is_told(writer, said)
    units_are_noted(writer)
    for said in firm.matters:
        if firm is day.cast.received[-1] and said is firm.matters[-1]:
            day.open.append((firm, said))
        else:
            a_matter_is_disposed_of(writer, said)
    if first:
        day.stage.photograph(page, "room-writing")


PARTS = {
    "询问情况": "逐条询问了经过和目前的困难。",
    "部门汇报": "区住建局汇报一期验收情况。",
    "问题症结": "规划核实与消防验收意见不一致。",
    "解决思路": "两周内联合现场核实。",
    "现场答复": "能答复的当场答复，其余交办。",
}


def the_record_is_written(day: Day, firm: Firm) -> None:
    with day.writer.step("写一份接待记录（五栏）"):
        for label, text in PARTS.items():
            day.writer.write(day.writer.page.get_by_label(label, exact=True), f"{firm.name[:3]}：{text}")
        expect(said_of_saving(day.writer)).to_contain_text("已保存")


def said_of_saving(hands: Hands) -> Locator:
    return hands.page.locator("#record_form [data-said]")


def both_write_in_the_same_record(day: Day, firm: Firm) -> None:
    """At the same place, before either has seen what the other writes: both texts stay, on both screens."""
    bring_to_the_middle(day.desk, firm)
    fields = [it.page.get_by_label("询问情况", exact=True) for it in (day.desk, day.writer)]
    day.desk.add(fields[0], "（签到处补：材料已收。）")
    day.writer.add(fields[1], "（记录员补：二期另议。）")
    both = re.compile("签到处补：材料已收.*记录员补：二期另议|记录员补：二期另议.*签到处补：材料已收", re.DOTALL)
    for place in fields:
        expect(place).to_have_value(both)


def the_line_is_cut(day: Day) -> None:
    """What is typed while the line is away stays, and is saved by itself when it is back."""
    writer, page, heard = day.writer, day.writer.page, len(day.portal.complaints)
    page.context.set_offline(True)
    writer.add(page.get_by_label("解决思路", exact=True), "断线时写下的一句。")
    expect(said_of_saving(writer)).to_contain_text("连接中断，内容保存在本机")
    page.context.set_offline(False)
    expect(said_of_saving(writer)).to_contain_text("已保存")
    said = day.portal.complaints[heard:]
    day.portal.complaints[heard:] = [
        it for it in said if "ERR_INTERNET_DISCONNECTED" not in it and "sendError" not in it
    ]


def a_matter_is_told(writer: Hands, said: Said) -> None:
    page = writer.page
    before = page.locator("#matters .matters > li").count()
    with writer.step("补记一项当场提出的诉求"):
        part = page.locator("details.tell-matter")
        if part.get_attribute("open") is None:
            writer.press(part.locator("summary"))
        writer.choose(part.get_by_label("类别"), said.category)
        if said.kind != "问题":
            writer.mark(part, said.kind)
        writer.write(part.get_by_label("标题"), said.title)
        assert writer.send("补记诉求", inside=part) < 400
        expect(page.locator("#matters .matters > li")).to_have_count(before + 1)


def units_are_noted(writer: Hands) -> None:
    """With one press; nobody was asked to sit in with a walk-in."""
    came = writer.page.get_by_role("region", name="到场单位")
    if not came.get_by_role("button", name="到场", exact=True).count():
        return
    with writer.step("登记到场单位（一家企业）"):
        writer.press(came.get_by_role("button", name=re.compile("都到场|^到场$")).first)
        for pressed in came.get_by_role("button", name="到场", exact=True).all():
            expect(pressed).to_have_attribute("aria-pressed", "true")


def a_matter_is_disposed_of(writer: Hands, said: Said) -> None:
    matter = writer.page.locator("#matters .matters > li").filter(has_text=said.title)
    with writer.step("处置一项：现场答复办结" if said.answer else "处置一项：交办"):
        writer.mark(matter.get_by_role("group", name="处置"), "现场答复办结" if said.answer else "交办")
        if said.answer:
            answer = matter.get_by_label("答复内容或不予受理的理由")
            expect(answer).to_be_focused()
            writer.write(answer, said.answer)
        assert writer.send("登记处置", inside=matter) < 400
        expect(matter.get_by_text("现场办结" if said.answer else "待交办", exact=True)).to_be_visible()
