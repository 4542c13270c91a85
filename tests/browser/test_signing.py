"""A leader signs by hand on a tablet: the strokes survive a turned screen and a refusal; without script it is said why not."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.persons import send
from tests.browser.portals import Portal
from tests.builders import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def _open_the_paper(page: Page) -> str:
    """From the workbench to the page of the signature; answers the number of the slip."""
    page.goto("/")
    page.get_by_role("region", name="待签批").get_by_role("row").nth(1).get_by_role("link").first.click()
    number = page.get_by_role("heading", level=1).inner_text()
    send(page, "下一步：核对并签批")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"签批 {number}")
    return number


def _write(page: Page, strokes: int = 3) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    for place in range(strokes):
        left, top = box["x"] + 40 + 60 * place, box["y"] + 30
        page.mouse.move(left, top)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(left + 3 * step, top + 5 * step, steps=2)
        page.mouse.up()


def test_handwriting_survives_a_turned_tablet_and_a_wrong_password(own_portal: Portal):
    _says_why_not_without_script(own_portal)
    leader = own_portal.page("leader", script=True)
    number = _open_the_paper(leader)
    _sends_nothing_from_an_empty_frame(leader)
    _write(leader)
    said = leader.locator("[data-said]")
    expect(said).to_have_text("已写 3 笔")
    leader.get_by_role("button", name="撤销一笔").click()
    expect(said).to_have_text("已写 2 笔")
    written = leader.locator("#strokes").input_value()
    leader.set_viewport_size({"width": 768, "height": 1024})
    assert leader.locator("#strokes").input_value() == written
    leader.get_by_label("登录密码").fill("not mine")
    assert send(leader, "签批这份单据").status == 422
    expect(said).to_have_text("已写 2 笔")
    assert leader.locator("#strokes").input_value() == written
    leader.get_by_label("登录密码").fill(PASSWORD)
    send(leader, "签批这份单据")
    expect(leader.get_by_text(f"已签批 {number}")).to_be_visible()
    expect(leader.get_by_role("region", name="签名")).to_contain_text("签批 · 屏幕手写签名")


def _sends_nothing_from_an_empty_frame(leader: Page) -> None:
    leader.get_by_label("登录密码").fill(PASSWORD)
    leader.get_by_role("button", name="签批这份单据").click()
    expect(leader.locator("[data-said]")).to_have_text("请先在框内手写签名。")
    expect(leader.get_by_label("登录密码")).to_have_value(PASSWORD)


def _says_why_not_without_script(portal: Portal) -> None:
    leader = portal.page("leader", script=False)
    _open_the_paper(leader)
    expect(leader.get_by_text("手写签名要用浏览器的脚本功能")).to_be_visible()
    expect(leader.get_by_role("button", name="签批这份单据")).to_have_count(0)
    leader.get_by_role("navigation", name="签批方式").get_by_role("link", name="系统内签批").click()
    expect(leader.get_by_role("button", name="签批这份单据")).to_be_visible()
