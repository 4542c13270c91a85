"""Refusing a booking at the screen: a ground brings its channel along, and never over what somebody wrote."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portal, looked_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

UNDER_REVIEW = "SELECT id FROM booking WHERE state = 'pending' ORDER BY id LIMIT 1"


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_choosing_a_ground_fills_in_its_channel(portal: Portal, script: bool):
    ((booking_id,),) = looked_up(portal.folder, UNDER_REVIEW)
    page = portal.page("office", script=script)
    page.goto(f"/bookings/{booking_id}/refuse")
    ground, channel = page.get_by_label("不予受理的情形"), page.get_by_label("应走的渠道")
    for chosen, brought in (
        ("信访部门已受理，尚在办理期限内", "向受理该事项的信访部门查询办理进展"),
        ("涉嫌违法犯罪，属公安机关受理", "向公安机关报案，报警电话110"),
        ("其他", ""),
    ):
        ground.select_option(label=chosen)
        expect(channel).to_have_value(brought if script else "")
    channel.fill("区司法局")
    ground.select_option(label="已经或应当通过诉讼解决")
    expect(channel).to_have_value("区司法局")
