"""Closing a matter: the chain in its order, nothing skipped, nobody closing his own, and what is sent back handled again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import AskedHow, Grade, Resolved, ResultCode, ReviewPoint
from portal.domain.slips import SlipState
from portal.services import closing
from portal.services.closing import Opinion
from portal.services.mandates import MandateOrder, give_mandate
from portal.store.models.handling import Closing
from portal.store.models.office import OfficeSetting
from tests.handled_matters import CONTENT, CONTESTED, SOLVED, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE


def test_signing_for_the_slip_puts_its_matters_in_hand(session):
    it = a_matter_in_hand(session)
    assert {matter.state for matter in it.scene.matters} == {MatterState.HANDLING}
    assert it.matter.step_due_on == it.matter.due_on == date(2026, 12, 7)


def test_the_whole_chain_closes_a_matter_and_the_slip_when_all_are_closed(session):
    it = a_matter_in_hand(session)
    states = []
    for step in (
        lambda: closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW),
        lambda: closing.head_signs(session, it.matter.id, actor=it.head, now=NOW),
        lambda: closing.give_opinion(session, it.matter.id, CONTENT, actor=OFFICE, now=NOW),
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


def test_a_handler_does_not_sign_as_the_head_of_the_unit(session):
    it = a_matter_in_hand(session)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(NotAllowed, match="牵头单位负责人"):
        closing.head_signs(session, it.matter.id, actor=it.handler, now=NOW)


def test_the_office_enters_a_heads_signature_from_paper_with_the_name_on_it(session):
    it = a_matter_in_hand(session)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(RuleBroken, match="负责人姓名"):
        closing.head_signs(session, it.matter.id, actor=OFFICE, now=NOW)
    signed = closing.head_signs(session, it.matter.id, "某负责人", actor=OFFICE, now=NOW)
    assert (signed.head_by, signed.head_recorded_by) == ("某负责人", OFFICE.name)


@pytest.mark.parametrize(
    "given,sentence",
    [
        ({"told": "好了"}, "办理过程和结果"),
        ({"files": ()}, "佐证材料"),
        ({"result": ResultCode.EXPLAINED}, "法律或政策依据"),
    ],
)
def test_a_result_without_words_evidence_or_basis_is_refused_at_its_field(session, given, sentence):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match=sentence):
        closing.propose_result(session, it.matter.id, replace(SOLVED, **given), actor=it.handler, now=NOW)


def test_an_enterprise_that_does_not_accept_has_it_handled_again_with_a_new_last_day(session):
    it = a_matter_in_hand(session)
    later = NOW + timedelta(days=9)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=later)
    closing.head_signs(session, it.matter.id, actor=it.head, now=later)
    first = closing.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=later)
    assert (it.matter.state, it.matter.round) == (MatterState.HANDLING, 2)
    assert it.matter.due_on > date(2026, 12, 7)
    assert first.ended_why.startswith("企业不认可")


def test_dissent_beyond_what_the_rules_let_is_noted_and_reviewed_all_the_same(session):
    it = a_matter_in_hand(session)
    for _ in range(2):
        closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
        closing.head_signs(session, it.matter.id, actor=it.head, now=NOW)
        last = closing.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert it.matter.state is MatterState.REVIEWING
    assert last.resolved is Resolved.NOT


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


def test_a_step_the_rules_leave_out_is_named_on_the_record(session):
    it = a_matter_in_hand(session)
    session.add(OfficeSetting(name="head_signs", value=False))
    session.add(OfficeSetting(name="enterprise_confirms", value=False))
    session.flush()
    result = closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    assert (it.matter.state, result.skipped) == (MatterState.REVIEWING, "head enterprise")


def test_the_same_form_sent_twice_is_one_result(session):
    it = a_matter_in_hand(session)
    given = replace(SOLVED, form_token="a-form")
    first = closing.propose_result(session, it.matter.id, given, actor=it.handler, now=NOW)
    assert closing.propose_result(session, it.matter.id, given, actor=it.handler, now=NOW).id == first.id
    assert session.query(Closing).count() == 1


def test_an_enterprise_speaks_only_of_a_result_that_waits_for_it(session):
    it = a_matter_in_hand(session)
    enterprise = Actor.enterprise("企业")
    said = Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.LINK)
    with pytest.raises(Conflict, match="没有等待确认"):
        closing.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(RuleBroken, match="待企业确认"):
        closing.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    closing.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    closing.give_opinion(session, it.matter.id, said, actor=enterprise, now=NOW)
    assert it.matter.state is MatterState.REVIEWING
    with pytest.raises(NotAllowed):
        closing.review(session, it.matter.id, passed=True, actor=enterprise, now=NOW)


def test_a_round_the_enterprise_was_content_with_does_not_count_as_contested(session):
    it = a_matter_in_hand(session)
    to_review(session, it)
    closing.review(session, it.matter.id, passed=False, remark="佐证材料不是本企业的", actor=OFFICE, now=NOW)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    closing.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    closing.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert it.matter.state is MatterState.HANDLING


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


def test_the_way_the_office_asked_is_never_the_enterprises_own_link(session):
    it = a_matter_in_hand(session)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    closing.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    with pytest.raises(RuleBroken, match="什么方式"):
        closing.give_opinion(session, it.matter.id, replace(CONTENT, how=AskedHow.LINK), actor=OFFICE, now=NOW)


def test_what_follows_is_what_comes(session):
    it = a_matter_in_hand(session)
    closing.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    closing.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    told = closing.what_follows(session, it.matter.id, NOW.date())
    closing.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
    assert (told.contests_left, told.again_until) == (1, it.matter.due_on)
    assert closing.what_follows(session, it.matter.id, NOW.date()).contests_left == 0
