"""Choosing from many: what is on file is found while typing, and without script by a button."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portal, looked_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

AN_ENTERPRISE = "SELECT name, credit_code, registered_place, initials FROM enterprise ORDER BY id LIMIT 1"


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_an_enterprise_on_file_is_found_by_its_initials_and_filled_in(portal: Portal, script: bool):
    ((name, code, place, initials),) = looked_up(portal.folder, AN_ENTERPRISE)
    page = portal.page("office", script=script)
    page.goto("/bookings/new?day=2026-12-15")
    page.get_by_label("来访人姓名").fill("申示例")
    page.get_by_label("企业名称").press_sequentially(str(initials))
    if not script:
        page.get_by_role("button", name="查找企业").click()
    page.get_by_role("button", name=str(name)).first.click()
    expect(page.get_by_label("企业名称")).to_have_value(str(name))
    expect(page.get_by_label("统一社会信用代码")).to_have_value(str(code))
    expect(page.get_by_label("注册地")).to_have_value(str(place))
    expect(page.get_by_label("来访人姓名")).to_have_value("申示例")
