"""Whatever a scanner, an input method or a paste makes of it: the same booking is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bookings import BookingState
from portal.domain.scanning import Scan, Verdict, read_scan, verdict_on

CODE = "1234567890"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        f"  {CODE}\r\n",
        "１２３４５６７８９０",
        "12345 67890",
        "123-456-7890",
        f"ni'{CODE}",
        f"你{CODE}",
        f"\ufeff\u200b{CODE}\u200b",
        f"\x02{CODE}\x03",
        f"签到码：{CODE}，请于12月15日 09:00到区工商联会议室，电话13800005678",
        f"http://127.0.0.1:8000/s/{CODE}",
    ],
)
def test_a_code_is_understood_however_it_comes(typed):
    assert read_scan(typed) == Scan(code=CODE)


@pytest.mark.parametrize(
    "typed, number", [("3", 3), ("３号", 3), ("第12号", 12), (" 12 ", 12), ("no.7", 7), ("007", 7)]
)
def test_a_queue_number_is_understood(typed, number):
    assert read_scan(typed).number == number


@pytest.mark.parametrize(
    "typed",
    ["91510500MA6ABCDE3X", "91510500ma6abcde3x", "９１５１０５００ＭＡ６ＡＢＣＤＥ３Ｘ", "代码91510500MA6ABCDE3X"],
)
def test_a_credit_code_is_understood(typed):
    assert read_scan(typed) == Scan(credit_code="91510500MA6ABCDE3X")


@pytest.mark.parametrize(
    "typed, words",
    [
        ("安澜甲", "安澜甲"),
        ("al'zz", "alzz"),
        ("AL ZZ", "alzz"),
        ("“安澜甲”。", "安澜甲"),
        ("13800005678", "13800005678"),
    ],
)
def test_anything_else_is_looked_up_as_words(typed, words):
    assert read_scan(typed) == Scan(words=words)


@pytest.mark.parametrize("typed", ["", "   ", "9151", "1234567", "\u200b", "。", "\x00"])
def test_nothing_is_nothing(typed):
    assert read_scan(typed).is_empty


def test_a_telephone_number_is_no_code():
    assert read_scan("13800005678").code == ""
    assert read_scan("0123456789").code == ""


@given(st.text(max_size=600))
def test_whatever_is_typed_is_read_without_complaint(typed):
    read_scan(typed)


@given(
    st.integers(10**9, 10**10 - 1),
    st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs", "Pd"]), max_size=40),
)
def test_a_code_is_found_behind_any_words(code, before):
    assert read_scan(f"{before} {code}").code == str(code)


@pytest.mark.parametrize("state", list(BookingState))
def test_every_booking_gets_an_answer_and_none_of_another_day_is_checked_in(state):
    assert isinstance(verdict_on(state, on_this_day=True), Verdict)
    assert verdict_on(state, on_this_day=False) is Verdict.ANOTHER_DAY


def test_who_was_away_for_a_moment_is_back():
    assert verdict_on(BookingState.ARRIVED, on_this_day=True, is_parked=True) is Verdict.RETURN
