"""What a meeting may decide: no last day moves silently, and nobody is assigned without words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.matters import MatterState
from portal.domain.meetings import (
    DayChange,
    Decided,
    Standing,
    day_change,
    decision_problems,
    plan_problems,
    proposes_a_study,
)

TODAY = date(2026, 12, 1)
DAYS = st.none() | st.integers(-20, 40).map(lambda n: TODAY + timedelta(days=n))
IN_HAND = Standing(MatterState.HANDLING, 1, TODAY + timedelta(days=10))
WAITING = Standing(MatterState.AWAITING_ASSIGNMENT, None, None)


@given(st.sampled_from([it for it in MatterState if it is not MatterState.AWAITING_ASSIGNMENT]), DAYS, DAYS, DAYS)
def test_a_later_day_gets_through_only_as_the_one_that_was_asked_for(state, due, asked, wanted):
    standing = Standing(state, 1, due, asked)
    decided = Decided("请抓紧办理。", 1, wanted)
    if decision_problems(standing, decided, TODAY):
        return
    if due is not None and wanted is not None and wanted > due:
        assert wanted == asked
        assert day_change(standing, decided) is DayChange.GRANTS
    else:
        assert day_change(standing, decided) in {DayChange.NONE, DayChange.EARLIER}


@pytest.mark.parametrize(
    "standing, decided, field",
    [
        (IN_HAND, Decided("好"), "conclusion"),
        (IN_HAND, Decided("请抓紧办理。", 1, TODAY - timedelta(days=1)), "due_on"),
        (IN_HAND, Decided("请抓紧办理。", 1, TODAY + timedelta(days=20)), "due_on"),
        (WAITING, Decided("请抓紧办理。", None, TODAY + timedelta(days=5)), "unit_id"),
    ],
)
def test_what_cannot_be_decided_is_said_at_its_field(standing, decided, field):
    assert [it.field for it in decision_problems(standing, decided, TODAY)] == [field]


def test_a_conclusion_alone_is_enough():
    assert decision_problems(IN_HAND, Decided("请抓紧办理。"), TODAY) == []
    assert decision_problems(WAITING, Decided("请抓紧办理。"), TODAY) == []


def test_the_day_of_a_matter_that_waits_goes_on_its_slip():
    assert day_change(WAITING, Decided("交由住建局办理", 1, TODAY)) is DayChange.OF_THE_SLIP


def test_a_meeting_needs_a_name():
    assert [it.field for it in plan_problems("会", "")] == ["title"]
    assert plan_problems("12月调度会", "一号会议室") == []


def test_one_matter_is_never_a_concentration():
    assert not proposes_a_study(1, 1)
    assert proposes_a_study(5, 5)
    assert not proposes_a_study(4, 5)
