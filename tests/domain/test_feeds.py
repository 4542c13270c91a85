import pytest

from portal.domain.feeds import EventStatus, FeedScope, event_status, scopes_of
from portal.domain.people import ADMINISTRATORS, Actor, Role
from portal.domain.reception_days import DayState


@pytest.mark.parametrize("role", Role)
def test_everybody_in_business_may_hold_the_whole_feed_and_nobody_else_any(role):
    assert scopes_of(Actor(1, "示例", role)) == (() if role in ADMINISTRATORS else (FeedScope.WHOLE,))


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY])
def test_who_stands_for_leaders_may_hold_their_turns_too(role):
    actor = Actor(1, "示例", role, leader_ids=frozenset({7}))
    assert scopes_of(actor) == (FeedScope.WHOLE, FeedScope.PERSONAL)


@pytest.mark.parametrize("state", DayState)
def test_a_day_one_no_longer_serves_on_is_cancelled_whatever_its_state(state):
    assert event_status(state, serves=False) is EventStatus.CANCELLED


def test_only_a_planned_day_is_tentative_and_only_a_cancelled_one_cancelled():
    assert {state for state in DayState if event_status(state) is EventStatus.TENTATIVE} == {DayState.PLANNED}
    assert {state for state in DayState if event_status(state) is EventStatus.CANCELLED} == {DayState.CANCELLED}
