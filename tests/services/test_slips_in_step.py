"""A slip and its matters stay in step whatever the order in which units sign, send back and hear of a withdrawal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.errors import RuleBroken
from portal.domain.extensions import PauseKind
from portal.domain.matters import Disposition, MatterState
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Role
from portal.domain.receipts import PaperReceipt
from portal.domain.slips import SlipState
from portal.services import (
    dispositions,
    extensions,
    instructing_anew,
    objections,
    paper_receipts,
    pauses,
    results,
    slip_links,
    slip_receipts,
    slip_signing,
    slips,
    withdrawals,
)
from portal.services.dispositions import Decision
from portal.services.objections import ObjectionMade
from portal.store.queries.awaiting_matters import awaiting_matters
from portal.store.queries.workbench_office import office_counts
from tests.handled_matters import SOLVED, InHand, closed
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip, unit_actor

LATER = NOW + timedelta(days=1)
REASON = "登记错了单位"
NOT_OURS = ObjectionMade({ObjectionReason.NOT_OUR_DUTY}, "该事项不属于本单位的职责范围。")


def received_on_paper(session, slip):
    paper_receipts.enter_receipts(
        session,
        [PaperReceipt(slip.id, slip.lead_unit_id, "张收", NOW.date())],
        actor=OFFICE,
        now=NOW,
    )


def on_paper(session, **given):
    scene = a_scene(session, **given)
    slip = an_issued_slip(session, scene)
    received_on_paper(session, slip)
    session.commit()
    return InHand(scene, slip, scene.matters[0])


def test_a_slip_whose_matters_were_withdrawn_before_its_receipt_stays_closed_when_the_unit_signs(session):
    scene = a_scene(session, matters=1)
    slip = an_issued_slip(session, scene)
    withdrawals.withdraw_matter(session, scene.matters[0].id, "企业已自行解决", actor=OFFICE, now=NOW)
    session.commit()
    assert slip.state is SlipState.CLOSED
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=LATER)
    session.commit()
    assert (slip.state, len(slip.receipts)) == (SlipState.CLOSED, 1)


def test_a_receipt_on_paper_of_a_slip_that_was_sent_back_cannot_be_taken_away(session):
    it = on_paper(session, matters=1)
    objections.object_to(session, it.matter.id, NOT_OURS, actor=it.handler, now=NOW)
    objections.rule_on_objection(session, it.matter.id, Ruling.UPHELD, "职责确不在该单位", actor=OFFICE, now=NOW)
    session.commit()
    assert it.slip.state is SlipState.RETURNED
    with pytest.raises(RuleBroken, match="不能撤销"):
        paper_receipts.withdraw_receipt(session, it.slip.id, it.slip.lead_unit_id, REASON, actor=OFFICE, now=LATER)
    session.rollback()
    assert it.slip.state is SlipState.RETURNED


def test_a_receipt_on_paper_stays_when_the_unit_has_handed_in_a_result_it_took_back(session):
    it = on_paper(session, matters=1)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.take_back(session, it.matter.id, "材料不齐，补充后再报", actor=it.handler, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="不能撤销"):
        paper_receipts.withdraw_receipt(session, it.slip.id, it.slip.lead_unit_id, REASON, actor=OFFICE, now=LATER)


def test_a_receipt_on_paper_stays_when_the_unit_has_asked_for_more_time(session):
    it = on_paper(session, matters=1)
    until = it.matter.due_on + timedelta(days=3)
    extensions.ask_extension(
        session, it.matter.id, until, "需要等待上级部门批复，预计两周后方能办结。", actor=it.handler, now=NOW
    )
    session.commit()
    with pytest.raises(RuleBroken, match="不能撤销"):
        paper_receipts.withdraw_receipt(session, it.slip.id, it.slip.lead_unit_id, REASON, actor=OFFICE, now=LATER)


def a_second_slip(session, scene, first, **order):
    """The first matter is led by the third unit as well, on a slip of its own that is signed."""
    second = slip_links.split_slip(
        session, first.id, scene.ids, scene.units[2].id, "两个单位各办一部分", actor=OFFICE, now=NOW
    )
    session.commit()
    slips.number_slip(session, second.id, actor=OFFICE, now=NOW)
    given = replace(scene.order(), lead_unit_id=scene.units[2].id, assisting=(), **order)
    slip_signing.sign_slip(session, second.id, given, actor=scene.signer, now=NOW)
    session.commit()
    return second


def test_a_matter_another_lead_unit_has_signed_for_stays_in_hand_when_one_receipt_was_a_mistake(session):
    scene = a_scene(session, matters=1)
    first = an_issued_slip(session, scene)
    second = a_second_slip(session, scene, first)
    slips.issue_slip(session, second.id, actor=OFFICE, now=NOW)
    session.commit()
    slip_receipts.receive_slip(session, first.id, actor=unit_actor(scene.units[0]), now=NOW)
    received_on_paper(session, second)
    session.commit()
    paper_receipts.withdraw_receipt(session, second.id, scene.units[2].id, REASON, actor=OFFICE, now=LATER)
    session.commit()
    assert (second.state, scene.matters[0].state) == (SlipState.ISSUED, MatterState.HANDLING)


def test_a_second_slip_is_not_issued_for_a_matter_that_was_sent_back_meanwhile(session):
    scene = a_scene(session, matters=1)
    first = an_issued_slip(session, scene)
    second = a_second_slip(session, scene, first)
    lead = unit_actor(scene.units[0])
    slip_receipts.receive_slip(session, first.id, actor=lead, now=NOW)
    objections.object_to(session, scene.ids[0], NOT_OURS, actor=lead, now=NOW)
    objections.rule_on_objection(session, scene.ids[0], Ruling.UPHELD, "确属其他单位职责", actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="待交办"):
        slips.issue_slip(session, second.id, actor=OFFICE, now=NOW)
    slips.return_to_draft(session, second.id, "事项已退回，重新签批", actor=OFFICE, now=NOW)
    session.commit()
    slips.number_slip(session, second.id, actor=OFFICE, now=NOW)
    order = replace(scene.order(), lead_unit_id=scene.units[2].id, assisting=())
    slip_signing.sign_slip(session, second.id, order, actor=scene.signer, now=NOW)
    slips.issue_slip(session, second.id, actor=OFFICE, now=NOW)
    session.commit()
    matter = scene.matters[0]
    assert (matter.state, matter.lead_unit_id) == (MatterState.ASSIGNED, scene.units[2].id)


def test_a_shared_matter_whose_first_slip_became_void_has_the_last_day_of_the_other_everywhere(session):
    scene = a_scene(session, matters=1)
    first = an_issued_slip(session, scene)
    later = scene.order().due_on + timedelta(days=20)
    second = a_second_slip(session, scene, first, due_on=later)
    slips.issue_slip(session, second.id, actor=OFFICE, now=NOW)
    session.commit()
    slip_receipts.receive_slip(session, first.id, actor=unit_actor(scene.units[0]), now=NOW)
    session.commit()
    slips.void_slip(session, first.id, "开错了单子", actor=OFFICE, now=NOW)
    session.commit()
    matter = scene.matters[0]
    assert (matter.state, matter.due_on, matter.step_due_on) == (MatterState.HANDLING, later, later)


def test_a_matter_that_was_late_when_it_was_suspended_is_late_when_it_is_taken_up_again(session):
    it = on_paper(session, matters=1)
    due, over = it.matter.due_on, NOW + (it.matter.due_on - NOW.date()) + timedelta(days=20)
    again = over + timedelta(days=10)
    pauses.pause(
        session, it.matter.id, PauseKind.SUSPENSION, "等待上级部门的批复文件下达", (again + timedelta(days=5)).date(),
        actor=OFFICE, now=over,
    )  # fmt: skip
    pauses.resume(session, it.matter.id, "批复已到", actor=OFFICE, now=again)
    session.commit()
    assert (it.matter.state, it.matter.due_on, it.matter.step_due_on) == (MatterState.HANDLING, due, due)


def test_a_matter_that_was_closed_and_instructed_on_anew_is_not_settled_by_a_word_of_the_office(session):
    it = on_paper(session, matters=1)
    closed(session, it)
    draft = instructing_anew.instruct_anew(session, it.matter.id, "请再次研究解决", actor=OFFICE, now=LATER)
    slips.void_slip(session, draft.id, "不再另行交办", actor=OFFICE, now=LATER)
    session.commit()
    said = Decision(Disposition.SETTLE, "已当面答复企业", "接待领导")
    with pytest.raises(RuleBroken, match="已经交办过单位") as refused:
        dispositions.dispose_matter(
            session, it.matter.id, said, late_reason="单位退回后另行处置", actor=OFFICE, now=LATER
        )
    assert refused.value.field == "disposition"
    session.rollback()
    assert it.matter.state is MatterState.AWAITING_ASSIGNMENT


def test_a_matter_that_was_sent_back_waits_for_a_slip_again_and_can_be_put_on_one(session, sign_in):
    it = on_paper(session, matters=2)
    objections.object_to(session, it.matter.id, NOT_OURS, actor=it.handler, now=NOW)
    objections.rule_on_objection(session, it.matter.id, Ruling.UPHELD, "职责确不在该单位", actor=OFFICE, now=NOW)
    session.commit()
    assert [row.id for row in awaiting_matters(session)] == [it.matter.id]
    assert office_counts(session, OFFICE, today=NOW.date(), until=NOW.date()).matters_to_assign == 1
    office = sign_in(Role.OFFICE)
    page = office.get(f"/slips/new?matter={it.matter.id}")
    assert page.status_code == 200
    assert it.matter.title in page.get_data(as_text=True)
    refused = Decision(Disposition.REFUSE, "应通过诉讼解决", channel="向人民法院起诉")
    dispositions.dispose_matter(
        session, it.matter.id, refused, late_reason="单位退回后另行处置", actor=OFFICE, now=LATER
    )
    assert it.matter.state is MatterState.REFUSED
