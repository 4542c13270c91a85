"""A record that two people write at once, through a lost line, a closed browser and a server that is killed (NX-11)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.persons import send
from tests.browser.portals import Portal, looked_up
from tests.builders import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ROOM = "/room/2026-12-15"
LI = "李示例"
SAVED = re.compile("^已保存")


@pytest.fixture
def portal(serve: Callable[..., Portal]) -> Portal:
    """The morning of a reception day, the first enterprise in the room, and a second person in the office."""
    portal = serve("2026-12-15T09:20")
    words = ("user", "add", "li", "--role", "office", "--display-name", LI, "--password-stdin")
    added = portal.command(*words, given=PASSWORD + "\n")
    assert added.returncode == 0, added.stderr
    office = portal.page("office")
    office.goto(ROOM)
    send(office, "开始接待")
    office.locator("#queue li a").first.click()
    send(office, "签到", inside=office.locator("#arrival"))
    send(office, "开始接待这家", inside=office.locator("#arrival"))
    return portal


def opened(portal: Portal, who: str) -> Page:
    """The room in the browser of one of the two."""
    page = portal.page(who)
    page.goto(ROOM)
    expect(part(page, "询问情况")).to_be_visible()
    return page


def part(page: Page, label: str) -> Locator:
    return page.get_by_role("region", name="接待记录").get_by_label(label, exact=True)


def saved(page: Page) -> None:
    expect(page.locator("[data-said]")).to_have_text(SAVED)


def caret(field: Locator) -> int:
    return field.evaluate("field => field.selectionStart")


def stored(portal: Portal, name: str) -> str:
    """What the records say, whatever a page shows."""
    [(text,)] = looked_up(portal.folder, f"SELECT {name} FROM reception WHERE finished_at IS NULL")
    return str(text)


def test_two_type_at_once_and_each_sees_what_the_other_wrote(portal: Portal):
    zhang, li = opened(portal, "office"), opened(portal, "li")
    part(zhang, "询问情况").press_sequentially("问了申报经过。")
    part(li, "部门汇报").press_sequentially("区财政局汇报进度。")
    saved(zhang)
    saved(li)
    expect(part(zhang, "部门汇报")).to_have_value("区财政局汇报进度。")
    expect(part(li, "询问情况")).to_have_value("问了申报经过。")
    expect(zhang.get_by_text(f"{LI}正在写").first).to_be_visible()
    assert stored(portal, "inquiry") == "问了申报经过。"


def test_two_type_in_the_same_part_and_neither_loses_the_place(portal: Portal):
    zhang, li = opened(portal, "office"), opened(portal, "li")
    part(zhang, "问题症结").press_sequentially("第一点：资金未到位。")
    part(li, "问题症结").press_sequentially("第二点：职责不清。")
    saved(zhang)
    saved(li)
    for page, other in ((zhang, "第二点：职责不清。"), (li, "第一点：资金未到位。")):
        expect(part(page, "问题症结")).to_have_value(re.compile(other))
    assert sorted(stored(portal, "crux").split("\n")) == ["第一点：资金未到位。", "第二点：职责不清。"]
    part(zhang, "问题症结").press_sequentially("（张补）")
    part(li, "问题症结").press_sequentially("（李补）")
    for page in (zhang, li):
        expect(part(page, "问题症结")).to_have_value(re.compile("第一点：资金未到位。（张补）"))
        expect(part(page, "问题症结")).to_have_value(re.compile("第二点：职责不清。（李补）"))


def test_the_caret_stays_where_somebody_types_when_a_line_comes_in_above(portal: Portal):
    zhang, li = opened(portal, "office"), opened(portal, "li")
    part(li, "解决思路").press_sequentially("甲行\n乙行")
    saved(li)
    field = part(zhang, "解决思路")
    expect(field).to_have_value("甲行\n乙行")
    field.focus()
    field.evaluate("field => field.setSelectionRange(5, 5)")
    part(li, "解决思路").press("Control+Home")
    part(li, "解决思路").press_sequentially("最前一行\n")
    expect(field).to_have_value("最前一行\n甲行\n乙行")
    assert caret(field) == 10
    field.press_sequentially("完")
    expect(part(li, "解决思路")).to_have_value("最前一行\n甲行\n乙行完")


def test_what_is_typed_while_the_line_is_down_is_kept_and_merged_when_it_is_back(portal: Portal):
    zhang, li = opened(portal, "office"), opened(portal, "li")
    part(zhang, "现场答复").press_sequentially("本月答复。")
    saved(zhang)
    zhang.context.set_offline(offline=True)
    part(zhang, "现场答复").press_sequentially("断线时写的。")
    expect(zhang.locator("[data-said]")).to_have_text("未保存：连接中断，内容保存在本机。")
    expect(part(li, "现场答复")).to_have_value("本月答复。")
    part(li, "现场答复").press("Control+End")
    part(li, "现场答复").press_sequentially("\n李的一行。")
    saved(li)
    zhang.context.set_offline(offline=False)
    expect(part(zhang, "现场答复")).to_have_value("本月答复。断线时写的。\n李的一行。")
    saved(zhang)
    assert stored(portal, "answer") == "本月答复。断线时写的。\n李的一行。"
    assert drafts(zhang) == 0
    portal.complaints.clear()  # the line was down


def test_what_was_not_saved_is_merged_when_the_page_opens_again(portal: Portal):
    zhang = opened(portal, "office")
    part(zhang, "现场答复").press_sequentially("第一句。")
    saved(zhang)
    zhang.context.set_offline(offline=True)
    part(zhang, "现场答复").press_sequentially("第二句。")
    expect(zhang.locator("[data-said]")).to_have_text(re.compile("连接中断"))
    assert drafts(zhang) == 1
    zhang.goto("about:blank")
    li = opened(portal, "li")
    part(li, "现场答复").press("Control+End")
    part(li, "现场答复").press_sequentially("\n李的一行。")
    saved(li)
    zhang.context.set_offline(offline=False)
    zhang.goto(ROOM)
    expect(part(zhang, "现场答复")).to_have_value("第一句。第二句。\n李的一行。")
    expect(zhang.locator("[data-said]")).to_have_text("已保存，上次没有保存的内容已并入")
    assert drafts(zhang) == 0
    portal.complaints.clear()  # the line was down


def test_a_killed_server_loses_nothing_that_was_typed(portal: Portal):
    zhang = opened(portal, "office")
    part(zhang, "询问情况").press_sequentially("五秒以前写的。", delay=20)
    saved(zhang)
    portal.running.kill()
    part(zhang, "询问情况").press_sequentially("服务器停了以后写的。")
    expect(zhang.locator("[data-said]")).to_have_text(re.compile("连接中断"))
    assert stored(portal, "inquiry") == "五秒以前写的。"
    portal.restart()
    expect(zhang.locator("[data-said]")).to_have_text(SAVED, timeout=60_000)
    assert stored(portal, "inquiry") == "五秒以前写的。服务器停了以后写的。"
    portal.complaints.clear()  # the server was down


def test_signed_out_the_text_stays_and_is_saved_after_signing_in_elsewhere(portal: Portal):
    zhang = portal.page()
    sign_in(zhang, "office")
    zhang.goto(ROOM)
    zhang.context.clear_cookies()
    part(zhang, "询问情况").press_sequentially("登录过期时写的。")
    expect(zhang.locator("[data-said]")).to_have_text("未保存：登录已过期，内容保存在本机。在新窗口登录")
    with zhang.context.expect_page() as opening:
        zhang.get_by_role("link", name="在新窗口登录").click()
    other = opening.value
    sign_in(other, "office")
    other.close()
    zhang.bring_to_front()
    zhang.evaluate("window.dispatchEvent(new Event('focus'))")
    saved(zhang)
    assert stored(portal, "inquiry") == "登录过期时写的。"


def test_signing_out_leaves_no_draft_on_the_machine(portal: Portal):
    zhang = portal.page()
    sign_in(zhang, "office")
    zhang.goto(ROOM)
    zhang.route("**/record", lambda route: route.abort())
    part(zhang, "询问情况").press_sequentially("没有存上的。")
    expect(zhang.locator("[data-said]")).to_have_text(re.compile("连接中断"))
    assert drafts(zhang) == 1
    zhang.get_by_role("button", name="退出").first.click()
    zhang.wait_for_url("**/login*")
    assert drafts(zhang) == 0
    portal.complaints.clear()  # the requests were cut off


def sign_in(page: Page, who: str) -> None:
    if "/login" not in page.url:
        page.goto("/login")
    page.get_by_label("用户名").fill(who)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def drafts(page: Page) -> int:
    """How many drafts of a record lie on the machine."""
    return int(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft|record|')).length"))
