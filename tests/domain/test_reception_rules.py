"""How a rule of reception days is written and read."""

import pytest
from hypothesis import given

from portal.domain.errors import RuleBroken
from portal.domain.reception_rules import parse_rule
from tests.reception_rules import RULES


@pytest.mark.parametrize(
    "text,label",
    [
        ("monthday:15", "每月15日"),
        ("weekday:2fri", "每月第2个周五"),
        ("weekday:1mon", "每月第1个周一"),
        ("weekday:lastsun", "每月最后一个周日"),
        ("dates:2026-01-05,2026-02-05", "指定日期（共 2 天）"),
        ("yearly:4", "全年4次"),
    ],
)
def test_a_rule_reads_as_the_office_says_it(text, label):
    assert parse_rule(text).label == label


@given(RULES)
def test_every_rule_reads_back_as_it_was_written(rule):
    assert parse_rule(rule.text) == rule


def test_dates_are_kept_once_and_in_order():
    assert parse_rule("dates: 2026-02-05, 2026-01-05,2026-02-05").text == "dates:2026-01-05,2026-02-05"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "monthday",
        "monthday:",
        "monthday:0",
        "monthday:32",
        "monthday:１",
        "weekday:5fri",
        "weekday:2",
        "weekday:0mon",
        "dates:",
        "dates:2026-02-30",
        "dates:tomorrow",
        "yearly:0",
        "yearly:13",
        "yearly:４",
    ],
)
def test_an_unreadable_rule_is_told_the_ways_to_write_one(text):
    with pytest.raises(RuleBroken, match="monthday:15（每月15日）") as caught:
        parse_rule(text)
    assert caught.value.field == "rule"
