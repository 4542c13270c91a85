"""The list of calls on paper: every call on it, its head on every page, and nothing that cannot be printed."""

from dataclasses import replace
from datetime import datetime

import pytest

from portal.clock import ZONE
from portal.documents.call_list import CallLine, CallListSheet, placed_call_list
from portal.domain.errors import RuleBroken

LINE = CallLine(
    when="12月15日 09:00",
    enterprise="内蒙古自治区安澜示例新能源装备制造产业发展集团云山安澜股份有限公司",
    visitor="申示例",
    phone="13800005678",
    text="贵企业预约的12月15日 周二 09:00接待已确认。地点：区工商联会议室。请准时到场，凭预约号4060221455签到。",
)
SHEET = CallListSheet(
    heading="安澜区工商业联合会电话通知单",
    lines=(LINE,),
    printed_at=datetime(2026, 12, 14, 9, 0, tzinfo=ZONE),
    printed_by="工商联办公室",
    is_sample=True,
)


def test_one_call_is_one_page_and_sixty_are_a_few():
    assert placed_call_list(SHEET).pages == 1
    assert 3 <= placed_call_list(replace(SHEET, lines=(LINE,) * 60)).pages <= 12


def test_a_character_that_no_face_has_is_named():
    with pytest.raises(RuleBroken, match="\U0001f600"):
        placed_call_list(replace(SHEET, lines=(replace(LINE, text="\U0001f600"),)))
