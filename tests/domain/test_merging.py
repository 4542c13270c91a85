"""Two who write the same text at once: nothing either typed is lost, and nothing stands twice."""

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.merging import merged_text, merged_words

NAME = "乙"


def merged(base, mine, theirs):
    return merged_text(base, mine, theirs, name=NAME)


@pytest.mark.parametrize(
    "base, mine, theirs, both",
    [
        ("资金未到位", "资金未到位，需区财政局核实", "资金未到位", "资金未到位，需区财政局核实"),
        ("资金未到位", "资金未到位", "", ""),
        ("第一行\n第二行", "第一行改\n第二行", "第一行\n第二行改", "第一行改\n第二行改"),
        ("资金未到位", "补贴资金未到位", "资金未到位，已催办", "补贴资金未到位，已催办"),
        ("", "甲说的", "甲说的", "甲说的"),
        ("一\n二\n三", "一\n三", "一\n二\n三\n四", "一\n三\n四"),
    ],
)
def test_changes_at_different_places_are_both_taken(base, mine, theirs, both):
    assert merged(base, mine, theirs) == both
    assert merged(base, theirs, mine) == both


def test_lines_both_added_at_one_place_follow_each_other_those_saved_first_in_front():
    assert merged("问题", "问题\n住建局汇报", "问题\n财政局汇报") == "问题\n财政局汇报\n住建局汇报"
    assert merged("", "住建局汇报", "财政局汇报") == "财政局汇报\n住建局汇报"


def test_whoever_goes_on_with_a_line_comes_before_whoever_began_the_next():
    assert merged("财政局", "财政局汇报", "财政局\n住建局") == "财政局汇报\n住建局"
    assert merged("财政局", "财政局\n住建局", "财政局汇报") == "财政局汇报\n住建局"


def test_where_both_wrote_something_else_both_stand_with_the_name_of_the_second():
    assert merged("本月拨付", "下月拨付", "年底拨付") == "年底〔乙同时写：下月〕拨付"
    assert merged("资金未到位", "资金未到位，需核实", "资金未到位，未批") == "资金未到位，未批〔乙同时写：，需核实〕"


def test_lines_rewritten_by_both_stand_whole():
    assert merged("资金未到位。", "预算没有批", "配套不足额") == "配套不足额\n〔乙同时写：预算没有批〕"
    assert merged("甲\n乙", "子\n丑", "寅\n卯") == "寅\n卯\n〔乙同时写〕\n子\n丑"


def test_a_text_that_others_wrote_beside_can_still_grow():
    beside = merged("资金未到位", "资金未到位，需核实", "资金未到位，未批")
    assert merged("资金未到位，未批", "资金未到位，未批复", beside) == "资金未到位，未批复〔乙同时写：，需核实〕"
    assert merged("资金未到位，未批", beside, "资金未到位，未批复") == "资金未到位，未批复〔乙同时写：，需核实〕"


def test_what_was_saved_while_its_answer_was_lost_does_not_come_twice():
    assert merged("", "区财政局汇报了进度", "区财政局汇报") == "区财政局汇报了进度"
    assert merged("问题", "问题：资金未到位，已催办", "问题：资金未到位") == "问题：资金未到位，已催办"


def test_what_one_changed_is_not_deleted_by_the_other():
    assert merged("一\n二", "一", "一\n二改") == "一\n二改"


def test_names_both_wrote_stand_side_by_side():
    assert merged_words("李示例", "王示例", "李示例") == "王示例"
    assert merged_words("", "王示例", "赵示例") == "赵示例、王示例"
    assert merged_words("李示例", "李示例、王示例", "李示例") == "李示例、王示例"


def test_a_huge_text_of_one_sign_is_merged_at_once():
    base = "。" * 8_000
    assert Counter(merged(base, "甲" + base + "丙", base + "乙"))["甲"] == 1
    lines = "\n" * 8_000
    assert "甲" in merged(lines, "甲" + lines[1:], lines + "乙")


# --- properties ------------------------------------------------------------------

BASE = string.ascii_lowercase


@st.composite
def edited(draw, text, signs):
    """A text after a few deletions and insertions; only `signs` and line ends are inserted."""
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 4, len(text))))
        text = text[:start] + draw(st.text(signs + "\n", max_size=5)) + text[end:]
    return text


@st.composite
def three(draw):
    order = "".join(draw(st.permutations(BASE))[: draw(st.integers(0, 20))])
    base = "".join(sign + ("\n" if draw(st.booleans()) and draw(st.booleans()) else "") for sign in order)
    return base, draw(edited(base, string.digits)), draw(edited(base, string.ascii_uppercase))


def only(signs, text):
    return "".join(sign for sign in text if sign in signs)


@given(three())
def test_nothing_either_typed_is_lost_or_doubled(texts):
    base, mine, theirs = texts
    both = merged(base, mine, theirs)
    assert only(string.digits, both) == only(string.digits, mine)
    assert only(string.ascii_uppercase, both) == only(string.ascii_uppercase, theirs)


@given(three())
def test_what_both_left_standing_is_still_there(texts):
    base, mine, theirs = texts
    both = merged(base, mine, theirs)
    assert all(sign in both for sign in only(BASE, base) if sign in mine and sign in theirs)


@given(three())
def test_it_makes_no_difference_who_is_first_but_for_the_order(texts):
    base, mine, theirs = texts
    signs = BASE + string.digits + string.ascii_uppercase
    assert Counter(only(signs, merged(base, mine, theirs))) == Counter(only(signs, merged(base, theirs, mine)))


@given(three())
def test_equal_edits_come_once_and_one_sided_ones_are_taken(texts):
    base, mine, theirs = texts
    assert merged(base, mine, mine) == mine
    assert merged(base, mine, base) == mine
    assert merged(base, base, theirs) == theirs


@given(three(), st.data())
def test_merging_again_from_what_was_sent_changes_nothing(texts, data):
    """The browser may keep what it sent instead of what it got: the next merge begins from there (docs/decisions/0016)."""
    base, mine, theirs = texts
    both = merged(base, mine, theirs)
    assert merged(mine, mine, both) == both
    more = data.draw(edited(mine, "0123456789"))
    assert only(string.ascii_uppercase, merged(mine, more, both)) == only(string.ascii_uppercase, both)
    assert not Counter(only(string.digits, more)) - Counter(merged(mine, more, both))


@given(st.text("ab\n", max_size=30), st.text("ab\n", max_size=30), st.text("ab\n", max_size=30))
def test_no_line_either_added_is_lost_however_alike_they_are(base, mine, theirs):
    both = merged(base, mine, theirs)
    for text in (mine, theirs):
        added = Counter(only("ab", text)) - Counter(only("ab", base))
        assert not added - Counter(both)
