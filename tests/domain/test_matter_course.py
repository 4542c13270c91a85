"""The course of a matter: every cell of state × act × party is decided, and nothing else is possible."""

from itertools import product

import pytest

from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.matter_course import (
    COURSE,
    TERMINAL,
    UNDERWAY,
    MatterAct,
    Party,
    after,
    is_allowed,
    possible,
    rule_of,
    why_not,
)
from portal.domain.matters import MatterState

CELLS = list(product(MatterState, MatterAct, Party))


def test_every_act_has_exactly_one_rule():
    assert [rule.act for rule in COURSE] == list(MatterAct)


@pytest.mark.parametrize("state", MatterState)
def test_every_cell_either_leads_where_the_table_says_or_is_refused_with_a_reason(state):
    decided = 0
    for act, party in product(MatterAct, Party):
        rule = rule_of(act)
        if state in rule.from_ and party in rule.by:
            assert after(state, act, {party}) is (rule.to or state)
        else:
            kind = RuleBroken if party in rule.by else NotAllowed
            with pytest.raises(kind) as refusal:
                after(state, act, {party})
            assert act.label in str(refusal.value)
        assert is_allowed(state, act, {party}) is (act in possible(state, {party}))
        decided += 1
    assert decided * len(MatterState) == len(CELLS)


def test_every_matter_under_way_has_somebody_who_can_take_it_on():
    for state in UNDERWAY:
        onward = {rule.act for rule in COURSE if state in rule.from_ and rule.to not in (None, state)}
        assert onward - {MatterAct.WITHDRAW}, state


def test_from_every_state_the_end_can_be_reached():
    leads = {state: {rule.to for rule in COURSE if state in rule.from_ and rule.to} for state in MatterState}
    for start in UNDERWAY | {MatterState.ASSIGNED}:
        seen, waiting = {start}, [start]
        while waiting:
            new = leads[waiting.pop()] - seen
            seen |= new
            waiting += new
        assert MatterState.CLOSED in seen, start


def test_only_closing_by_approval_or_withdrawal_ends_a_matter_under_way():
    ending = {(rule.act, rule.to) for rule in COURSE if rule.to in TERMINAL}
    assert ending == {(MatterAct.APPROVE, MatterState.CLOSED), (MatterAct.WITHDRAW, MatterState.WITHDRAWN)}


def test_no_unit_closes_reviews_or_judges_what_it_handled():
    units = {Party.LEAD_UNIT, Party.UNIT_HEAD, Party.ASSISTING_UNIT}
    kept_apart = (
        MatterAct.PASS_REVIEW, MatterAct.APPROVE, MatterAct.CONFIRM, MatterAct.UPHOLD, MatterAct.DECIDE_EXTENSION,
        MatterAct.HOLD, MatterAct.SUSPEND, MatterAct.LOOK_BACK,
    )  # fmt: skip
    for act in kept_apart:
        assert not rule_of(act).by & units, act


def test_supervision_notices_are_the_supervision_offices_alone():
    assert rule_of(MatterAct.SUPERVISE).by == {Party.SUPERVISOR}
    assert Party.OFFICE in rule_of(MatterAct.REMIND).by


def test_a_refusal_names_the_state_and_where_the_act_is_possible():
    told = why_not(MatterState.CLOSED, MatterAct.PROPOSE)
    assert "已销号" in told
    assert "“在办”" in told
