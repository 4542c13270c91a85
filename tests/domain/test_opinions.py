from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import RuleBroken
from portal.domain.opinions import (
    OPINION_STEPS,
    OpinionState,
    answer_problems,
    due_problems,
    is_late,
    release_problems,
    usual_due,
)
from portal.domain.workdays import WorkingCalendar

CALENDAR = WorkingCalendar({}, lambda _: {}, lambda _: {})
TUESDAY = date(2026, 12, 15)
days = st.dates(date(2026, 11, 1), date(2027, 2, 28))


def test_units_answer_some_working_days_before_the_day():
    assert usual_due(TUESDAY, 1, CALENDAR, date(2026, 12, 1)) == date(2026, 12, 14)
    assert usual_due(TUESDAY, 2, CALENDAR, date(2026, 12, 1)) == date(2026, 12, 11)


def test_where_the_usual_date_has_passed_units_answer_today():
    assert usual_due(TUESDAY, 3, CALENDAR, date(2026, 12, 14)) == date(2026, 12, 14)


@given(day=days, before=st.integers(0, 20), today=days)
def test_the_usual_date_can_always_be_asked_for_while_the_day_has_not_passed(day, before, today):
    if today <= day:
        assert due_problems(usual_due(day, before, CALENDAR, today), day, today) == []


@given(day=days, due_on=days, today=days)
def test_no_date_but_one_from_today_to_the_day_is_taken(day, due_on, today):
    assert (due_problems(due_on, day, today) == []) is (today <= due_on <= day)


def test_a_date_that_has_passed_is_refused_with_what_to_do():
    (problem,) = due_problems(TUESDAY - timedelta(days=5), TUESDAY, TUESDAY - timedelta(days=1))
    assert "代为登记" in problem.message
    assert problem.field == "due_on"


def test_an_answer_needs_words_and_somebody_who_says_them():
    assert [it.field for it in answer_problems(" ", "", "")] == ["opinion", "answered_by"]
    assert answer_problems("可以解决。", "", "王示例 副局长") == []
    assert [it.field for it in answer_problems("字" * 4001, "字" * 2001, "王示例")] == ["opinion", "policy_basis"]


@pytest.mark.parametrize("reason,fine", [("", False), ("不归我", False), ("属区财政局职责", True), ("字" * 201, False)])
def test_a_unit_says_in_a_few_words_why_it_wants_to_be_let_off(reason, fine):
    assert (release_problems(reason) == []) is fine


def test_an_answer_on_its_date_is_in_time():
    assert not is_late(TUESDAY, TUESDAY)
    assert is_late(TUESDAY, TUESDAY + timedelta(days=1))


def test_what_was_withdrawn_is_not_answered_but_can_be_asked_again():
    with pytest.raises(RuleBroken, match="重新征求"):
        OPINION_STEPS.advance(OpinionState.WITHDRAWN, OpinionState.ANSWERED)
    assert OPINION_STEPS.advance(OpinionState.WITHDRAWN, OpinionState.ASKED) is OpinionState.ASKED


@given(wishes=st.lists(st.sampled_from(OpinionState), max_size=12))
def test_whatever_is_tried_a_request_can_always_be_asked_again_or_is_open(wishes):
    state = OpinionState.ASKED
    for wish in wishes:
        if any(step.to is wish for step in OPINION_STEPS.possible(state)):
            state = OPINION_STEPS.advance(state, wish)
    assert state is OpinionState.ASKED or any(it.to is OpinionState.ASKED for it in OPINION_STEPS.possible(state))
