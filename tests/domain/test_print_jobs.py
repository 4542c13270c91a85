from datetime import datetime, timedelta

from portal.clock import ZONE
from portal.domain.print_jobs import LONGEST_TROUBLE, Part, left_out_remark, pace, parts_of, time_left

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def test_a_list_is_cut_into_parts_and_the_last_may_be_smaller():
    assert parts_of(5, 2) == [Part(0, 0, 2), Part(1, 2, 2), Part(2, 4, 1)]
    assert parts_of(0, 2) == []


def test_the_pace_is_that_of_the_last_parts():
    assert pace([]) is None
    assert pace([(50, NOW)]) is None
    assert pace([(50, NOW), (50, NOW)]) is None
    assert pace([(50, NOW), (50, after(5)), (30, after(8))]) == 10
    slow_first = [(50, after(100 * it)) for it in range(5)] + [(50, after(1000 + 5 * it)) for it in range(10)]
    assert pace(slow_first) == 10


def test_the_time_left_is_said_as_one_says_it():
    assert [time_left(left, 1.0) for left in (1, 42, 61, 600)] == ["约 5 秒", "约 45 秒", "约 2 分钟", "约 10 分钟"]
    assert time_left(10, None) == time_left(0, 5) == ""


def test_what_is_left_out_is_named_as_far_as_there_is_room():
    assert left_out_remark([]) == ""
    assert left_out_remark([("1号", "缺字。")]) == "有 1 张没有打印：1号（缺字）。"
    long = left_out_remark([(f"{it}号", "原因" * 10) for it in range(100)])
    assert len(long) == LONGEST_TROUBLE
    assert long.endswith("其余见清单。")
