"""The room on the day in real browsers: a hand scanner, two people at once, a lost line, photos from a telephone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.persons import send
from tests.browser.portals import DESK, TELEPHONE, Portal, looked_up
from tests.browser.surveys import barriers, too_wide
from tests.documents.test_pictures import a_photo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

THE_DAY = "2026-12-15"
AT_NINE = f"{THE_DAY}T09:05"
OF_THE_DAY = (
    "SELECT booking.code, enterprise.name FROM booking JOIN enterprise ON enterprise.id = booking.enterprise_id"
    " JOIN reception_day ON reception_day.id = booking.reception_day_id"
    f" WHERE reception_day.day = '{THE_DAY}' AND booking.state = 'confirmed' ORDER BY booking.id"
)


@pytest.fixture
def that_day(serve: Callable[..., Portal]) -> Portal:
    portal = serve(AT_NINE)
    office = portal.page("office")
    office.goto("/room/")
    send(office, "开始接待")
    return portal


def expected(portal: Portal) -> list[tuple[str, str]]:
    """Code and enterprise of everybody who is confirmed for the day."""
    return [(str(code), str(name)) for code, name in looked_up(portal.folder, OF_THE_DAY)]


def scanned(page: Page, code: str) -> None:
    """As a hand scanner does: it types wherever the screen happens to be, and presses Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def room_of(portal: Portal, *, script: bool = True) -> Page:
    page = portal.page("office", script=script)
    page.goto(f"/room/{THE_DAY}")
    return page


def said(page: Page):
    return page.locator("#scan_result")


def queued(page: Page, name: str):
    return page.get_by_role("navigation", name="接待队列").get_by_role("link", name=name)


def test_a_scanner_checks_one_after_the_other_in_without_anybody_touching_the_screen(that_day: Portal):
    page, ((first, firm), (second, other), *_) = room_of(that_day), expected(that_day)
    page.locator("h1").click()  # the focus is nowhere
    scanned(page, first)
    expect(said(page)).to_contain_text(f"{firm} 已签到")
    expect(page.locator("#scan-text")).to_be_focused()
    expect(page.locator("#scan-text")).to_have_value("")
    scanned(page, first)
    scanned(page, second)  # before the first has been answered
    expect(said(page)).to_contain_text(f"{other} 已签到")
    for name in (firm, other):
        expect(queued(page, name)).to_contain_text("等候")
    send(page, "撤销签到", inside=said(page))
    expect(queued(page, other)).to_contain_text("未到")
    expect(page.locator("#scan-text")).to_be_focused()


def test_the_desk_works_without_script(that_day: Portal):
    page, ((code, firm), *_) = room_of(that_day, script=False), expected(that_day)
    expect(page.locator("#scan-text")).to_be_focused()
    scanned(page, f"签到码 {code}")
    expect(said(page)).to_contain_text(f"{firm} 已签到")
    expect(page.locator("#scan-text")).to_be_focused()
    page.get_by_label("到场人数").fill("3")
    send(page, "改人数")
    expect(page.get_by_role("region", name=firm)).to_contain_text("3 人")
    scanned(page, "查无此家")
    expect(said(page)).to_contain_text("没有找到“查无此家”的预约")


def test_two_people_see_each_others_acts_and_nobodys_typing_is_touched(that_day: Portal):
    desk, writer, ((first, firm), (second, other), *_) = room_of(that_day), room_of(that_day), expected(that_day)
    scanned(desk, first)
    expect(queued(writer, firm)).to_contain_text("等候")
    send(writer, "叫下一家 1号")
    expect(desk.get_by_role("button", name="1号已进入，开始接待")).to_be_visible()
    send(writer, "1号已进入，开始接待")
    record = writer.get_by_label("询问情况")
    record.click()
    writer.keyboard.type("正在逐项询问")
    scanned(desk, second)
    expect(queued(writer, other)).to_contain_text("等候")
    expect(record).to_be_focused()
    expect(record).to_have_value("正在逐项询问")
    writer.keyboard.type("，企业答复")
    expect(record).to_have_value("正在逐项询问，企业答复")
    expect(writer.get_by_text(re.compile("^已保存"))).to_be_visible()
    assert not barriers(desk)
    assert not too_wide(desk)


def test_the_board_shows_numbers_only_and_says_when_it_is_cut_off(that_day: Portal):
    desk, board, ((first, firm), *_) = room_of(that_day), that_day.page(), expected(that_day)
    board.goto(f"/board/{THE_DAY}")
    scanned(desk, first)
    send(desk, "叫下一家 1号")
    expect(board.get_by_text("1号", exact=True)).to_be_visible()
    expect(board.get_by_text("进入接待室")).to_be_visible()
    expect(board.get_by_text(firm)).to_have_count(0)
    board.context.set_offline(True)
    expect(board.get_by_text("网络中断")).to_be_visible()
    expect(board.get_by_text("1号", exact=True)).to_be_visible()
    board.context.set_offline(False)
    expect(board.get_by_text("网络中断")).to_be_hidden()
    that_day.complaints.clear()  # the line was cut on purpose


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_photos_are_handed_in_at_once_and_deleted_one_by_one(that_day: Portal, *, script: bool):
    page = room_of(that_day, script=script)
    files = [{"name": f"{size}.jpg", "mimeType": "image/jpeg", "buffer": a_photo((size, 300))} for size in (400, 500)]
    page.get_by_label("选择照片").set_input_files(files)
    send(page, "上传照片")
    expect(page.get_by_text("已保存 2 张照片。")).to_be_visible()
    page.get_by_role("link", name="当天全部照片").click()
    expect(page.locator(".photo-grid img")).to_have_count(2)
    page.get_by_role("link", name="删除").first.click()
    expect(page.get_by_text("不能恢复")).to_be_visible()
    if script:
        assert not barriers(page)
        page.set_viewport_size(TELEPHONE)
        assert not too_wide(page)
        page.set_viewport_size(DESK)
    send(page, "删除照片")
    expect(page.locator(".photo-grid img")).to_have_count(1)
