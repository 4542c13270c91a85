"""Closing a matter: the chain in its order, nothing skipped, nobody closing his own, and what is sent back handled again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.errors import NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import ReviewPoint
from portal.domain.slips import SlipState
from portal.services import closing, result_opinions, results
from portal.services.mandates import MandateOrder, give_mandate
from portal.store.models.office import OfficeSetting
from tests.handled_matters import CONTENT, SOLVED, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE


def test_signing_for_the_slip_puts_its_matters_in_hand(session):
    it = a_matter_in_hand(session)
    assert {matter.state for matter in it.scene.matters} == {MatterState.HANDLING}
    assert it.matter.step_due_on == it.matter.due_on == date(2026, 12, 7)


def test_the_whole_chain_closes_a_matter_and_the_slip_when_all_are_closed(session):
    it = a_matter_in_hand(session)
    states = []
    for step in (
        lambda: results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW),
        lambda: results.head_signs(session, it.matter.id, actor=it.head, now=NOW),
        lambda: result_opinions.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=NOW),
        lambda: closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW),
        lambda: closing.approve_closing(session, it.matter.id, approved=True, actor=it.signer, now=NOW),
    ):
        step()
        states.append(it.matter.state.label)
    session.commit()
    assert states == ["待单位审签", "待企业确认", "待审核", "待销号审批", "已销号"]
    assert it.matter.closed_at == NOW
    assert it.slip.state is SlipState.RECEIVED
    for matter in it.scene.matters[1:]:
        closed(session, replace(it, matter=matter))
    session.commit()
    assert (it.slip.state, it.slip.closed_at) == (SlipState.CLOSED, NOW)


def test_the_office_does_not_approve_in_the_leaders_place_unless_its_rules_say_so(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="没有授权"):
        closing.approve_closing(session, it.matter.id, approved=True, actor=OFFICE, now=NOW)
    session.add(OfficeSetting(name="office_approves", value=True))
    session.flush()
    with pytest.raises(RuleBroken, match="不能再批准"):
        closing.approve_closing(session, it.matter.id, approved=True, actor=OFFICE, now=NOW)
    other = Actor(9, "办公室另一人", Role.OFFICE)
    closing.approve_closing(session, it.matter.id, approved=True, actor=other, now=NOW)
    assert it.matter.state is MatterState.CLOSED


def test_what_does_not_hold_in_every_point_is_not_passed_and_sent_back_with_them(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    holds = {ReviewPoint.FACTS, ReviewPoint.SOLVED, ReviewPoint.LAWFUL}
    with pytest.raises(RuleBroken, match="手续完备"):
        closing.review(session, it.matter.id, passed=True, points=holds, actor=OFFICE, now=NOW)
    sent = closing.review(session, it.matter.id, passed=False, points=holds, remark="缺企业签字", actor=OFFICE, now=NOW)
    assert sent.ended_why == "审核退回：缺企业签字（不符合：手续完备）"


def test_another_leader_approves_in_the_signers_place_while_a_mandate_lasts(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    other = it.scene.other
    delegate = Actor(9, other.name, Role.LEADER, leader_ids=frozenset({other.id}))
    with pytest.raises(NotFound):
        closing.approve_closing(session, it.matter.id, approved=True, actor=delegate, now=NOW)
    order = MandateOrder(it.scene.receiver.id, other.id, NOW.date(), NOW.date() + timedelta(days=3))
    give_mandate(session, order, actor=it.signer, now=NOW)
    delegate = replace(delegate, stands_in_for=frozenset({it.scene.receiver.id}))
    done = closing.approve_closing(session, it.matter.id, approved=True, actor=delegate, now=NOW)
    assert it.matter.state is MatterState.CLOSED
    assert (done.approved_by, done.approval_remark) == (other.name, f"（受{it.scene.receiver.name}委托）")
