"""A whole reception day by two people of the office at once, and what it cost them in presses and in time."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.full_day.cast import Cast
from tests.browser.full_day.play import play

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

MOST_CLICKS = {
    "签到": 0,
    "审核一家": 1,
    "核实一项诉求": 1,
    "叫第一家": 1,
    "请进、开始接待": 1,
    "接待完毕（最后一家）": 1,
    "登记到场单位（一家企业）": 1,
    "处置一项：现场答复办结": 2,
    "处置一项：交办": 2,
    "结束接待日": 2,
    "打印情况小结": 2,
}
"""What the desk may ask of people in presses, besides what they write."""


def test_a_day_of_four_enterprises_goes_from_the_table_to_the_summary(browser: Browser, tmp_path: Path):
    """The same with twelve enterprises and thirty matters is `./manage bench day_play`."""
    tally = play(browser, tmp_path / "instance", Cast(enterprises=4, matters=10))
    for step, clicks in MOST_CLICKS.items():
        assert tally.most(step).clicks <= clicks, step
    assert tally.most("签到").scans == 1
