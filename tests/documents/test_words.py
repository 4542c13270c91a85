from datetime import date, datetime

import pytest

from portal.clock import ZONE
from portal.documents.sheets import MatterLine, OfficialLine
from portal.documents.slip_fit import heading_size, line_count
from portal.documents.words import day, moment, official_text, ordinal, short_day, tags, wide


def test_dates_have_a_full_year_and_no_leading_zeros():
    assert day(date(2026, 1, 2)) == "2026年1月2日"
    assert short_day(date(2026, 11, 22)) == "11月22日"
    assert moment(datetime(2026, 11, 2, 9, 5, tzinfo=ZONE)) == "2026年11月2日 9:05"


@pytest.mark.parametrize(
    "number,word",
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (99, "九十九"), (100, "100"), (0, "0")],
)
def test_matters_are_counted_in_chinese(number, word):
    assert ordinal(number) == word


def test_a_matter_shows_kind_category_and_flags_that_are_known():
    assert tags(MatterLine(ordinal=1, title="x", kind="问题", flags=("共性",))) == ("问题", "共性")


def test_an_official_is_named_with_the_post_if_there_is_one():
    assert official_text(OfficialLine(name="王某", post="区长")) == "王某　区长"
    assert official_text(OfficialLine(name="王某")) == "王某"
    assert official_text(None) == ""


def test_room_for_the_pen_is_kept():
    assert wide("  年") == "&nbsp;&nbsp;年"


@pytest.mark.parametrize(
    "text,room,lines",
    [
        ("", 10, 0),
        ("一" * 10, 10, 1),
        ("一" * 11, 10, 2),
        ("一" * 9 + "二，", 10, 2),
        ("一\n二", 10, 2),
        ("一" * 35, 10, 4),
    ],
)
def test_lines_are_counted_as_they_are_set(text, room, lines):
    assert line_count(text, room) == lines


def test_a_long_heading_is_set_smaller():
    assert heading_size("云溪区“民营企业接待日”交办单") == 24
    assert heading_size("云" * 30) < 17
