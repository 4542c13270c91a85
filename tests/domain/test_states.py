"""What all step tables have in common, and the ways of days, matters and slips."""

import pytest

from portal.domain import bookings, matters, reception_days, slips
from portal.domain.errors import RuleBroken
from portal.domain.matters import MatterState
from portal.domain.reception_days import DayState
from portal.domain.slips import SlipState

BEFORE_A_UNIT = (
    MatterState.REGISTERED,
    MatterState.SETTLED,
    MatterState.AWAITING_ASSIGNMENT,
    MatterState.ASSIGNED,
    MatterState.REFUSED,
)
"""The states the table of matters leads to."""

TABLES = [
    (bookings.BOOKING_ACTS, bookings.BookingState),
    (reception_days.DAY_STEPS, DayState),
    (matters.MATTER_STEPS, BEFORE_A_UNIT),
    (slips.SLIP_STEPS, SlipState),
]


@pytest.mark.parametrize("table,states", TABLES)
def test_every_state_can_be_reached_from_the_first_one(table, states):
    reached = {next(iter(states))}
    for _ in states:
        reached |= {step.to for state in reached for step in table.possible(state)}
    assert reached == set(states)


@pytest.mark.parametrize("table,states", TABLES)
def test_a_step_is_allowed_exactly_if_it_is_offered(table, states):
    for state in states:
        offered = {step.to for step in table.possible(state)}
        for target in states:
            if target in offered:
                assert table.advance(state, target) is target
            else:
                with pytest.raises(RuleBroken) as caught:
                    table.advance(state, target)
                assert f"“{state.label}”，不能变更为“{target.label}”" in caught.value.message


def test_a_refusal_lists_what_is_possible():
    with pytest.raises(RuleBroken) as caught:
        slips.advance(SlipState.SIGNED, SlipState.RECEIVED)
    assert caught.value.message == "交办单现为“已签批”，不能变更为“已签收”。目前可以：退回修改、印发、作废。"


def test_a_refusal_at_the_end_says_that_it_is_the_end():
    with pytest.raises(RuleBroken, match="该状态已是最终状态"):
        slips.advance(SlipState.VOID, SlipState.DRAFT)


def test_a_stored_value_reads_back_as_its_state():
    assert SlipState("awaiting_signature").label == "待签批"
    assert f"{DayState.PLANNED}" == "planned"


def test_a_reception_day_is_published_held_and_closed():
    assert reception_days.advance(DayState.PLANNED, DayState.PUBLISHED) is DayState.PUBLISHED
    assert reception_days.advance(DayState.PUBLISHED, DayState.ONGOING) is DayState.ONGOING
    assert reception_days.advance(DayState.ONGOING, DayState.CLOSED) is DayState.CLOSED


@pytest.mark.parametrize("state", [DayState.ONGOING, DayState.CLOSED])
def test_a_day_that_has_begun_is_not_cancelled(state):
    with pytest.raises(RuleBroken, match="接待日"):
        reception_days.advance(state, DayState.CANCELLED)


def test_a_cancelled_day_can_be_restored():
    assert reception_days.advance(DayState.CANCELLED, DayState.PLANNED) is DayState.PLANNED


def test_a_matter_is_assigned_only_after_it_waited_for_it():
    with pytest.raises(RuleBroken, match="诉求事项现为“已登记”"):
        matters.advance(MatterState.REGISTERED, MatterState.ASSIGNED)


def test_the_matter_of_a_voided_slip_waits_again():
    assert matters.advance(MatterState.ASSIGNED, MatterState.AWAITING_ASSIGNMENT) is MatterState.AWAITING_ASSIGNMENT


def test_a_slip_can_be_voided_at_any_time_but_only_once():
    ended = {SlipState.VOID, SlipState.CLOSED, SlipState.RETURNED}
    assert all(slips.advance(state, SlipState.VOID) for state in SlipState if state not in ended)
    for state in ended:
        with pytest.raises(RuleBroken):
            slips.advance(state, SlipState.VOID)
