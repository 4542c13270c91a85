"""Slips that share a matter, and slips that stand in for void ones."""

from datetime import timedelta

import pytest

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slip_links, slip_signing, slips
from portal.services.slip_drafts import SlipDraft
from portal.services.slip_orders import SlipOrder
from portal.store.queries.slip_links import slip_links as links_of
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene, a_signed_slip

WHY = "土地与规划分属两个单位"


def split(session, slip, scene, *ids, unit=2):
    made = slip_links.split_slip(session, slip.id, ids or scene.ids, scene.units[unit].id, WHY, actor=OFFICE, now=NOW)
    session.commit()
    return made


def sign(session, scene, slip, unit, **given):
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    order = scene.order(lead_unit_id=scene.units[unit].id, assisting=(), **given)
    slip_signing.sign_slip(session, slip.id, order, actor=scene.signer, now=NOW)
    session.commit()


def test_a_matter_on_a_slip_can_be_led_by_a_second_unit_on_another(session):
    scene = a_scene(session)
    first = a_signed_slip(session, scene)
    second = split(session, first, scene, scene.ids[0])
    assert (second.split_from_id, second.split_reason) == (first.id, WHY)
    assert second.lead_unit_id == scene.units[2].id
    sign(session, scene, second, 2)
    matter = scene.matters[0]
    assert matter.state is MatterState.ASSIGNED
    assert matter.lead_unit_id == scene.units[0].id, "the first lead unit stays"
    assert [it.id for it in links_of(session, first.id).shared_with] == [second.id]
    assert [it.id for it in links_of(session, second.id).shared_with] == [first.id]
    assert links_of(session, first.id).reason == links_of(session, second.id).reason == WHY


def test_a_matter_never_comes_onto_a_second_slip_by_chance(session):
    scene = a_scene(session)
    a_draft(session, scene)
    with pytest.raises(Conflict, match="分办"):
        a_draft(session, scene, scene.ids[0])


def test_the_slips_of_one_matter_have_different_lead_units(session):
    scene = a_scene(session)
    first = a_signed_slip(session, scene)
    with pytest.raises(RuleBroken, match="牵头单位不能相同"):
        split(session, first, scene, unit=0)
    session.rollback()
    second = split(session, first, scene)
    slips.number_slip(session, second.id, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="牵头单位不能相同"):
        slip_signing.sign_slip(session, second.id, scene.order(assisting=()), actor=scene.signer, now=NOW)


def test_a_split_needs_a_reason_and_a_matter_of_the_slip(session):
    scene = a_scene(session)
    first = a_draft(session, scene, scene.ids[0])
    for ids, reason in ((scene.ids[:1], "短"), (scene.ids[1:], WHY)):
        with pytest.raises(RuleBroken):
            slip_links.split_slip(session, first.id, ids, scene.units[2].id, reason, actor=OFFICE, now=NOW)
        session.rollback()


def test_voiding_one_slip_keeps_the_matter_assigned_while_another_stands(session):
    scene = a_scene(session, matters=1)
    first = a_signed_slip(session, scene)
    second = split(session, first, scene)
    due = scene.order().due_on + timedelta(days=7)
    sign(session, scene, second, 2, due_on=due)
    slips.void_slip(session, first.id, "领导批示有误，另行交办", actor=OFFICE, now=NOW)
    session.commit()
    (matter,) = scene.matters
    session.refresh(matter)
    assert (matter.state, matter.lead_unit_id, matter.due_on) == (MatterState.ASSIGNED, scene.units[2].id, due)
    slips.void_slip(session, second.id, "领导批示有误，另行交办", actor=OFFICE, now=NOW)
    session.commit()
    session.refresh(matter)
    assert (matter.state, matter.lead_unit_id) == (MatterState.AWAITING_ASSIGNMENT, None)


def test_voiding_the_second_slip_leaves_the_first_unit_leading(session):
    scene = a_scene(session, matters=1)
    second = split(session, a_signed_slip(session, scene), scene)
    sign(session, scene, second, 2)
    slips.void_slip(session, second.id, "分办没有必要了", actor=OFFICE, now=NOW)
    session.commit()
    (matter,) = scene.matters
    session.refresh(matter)
    assert (matter.state, matter.lead_unit_id) == (MatterState.ASSIGNED, scene.units[0].id)


def test_a_slip_made_void_is_drafted_anew_and_says_the_same(session):
    scene = a_scene(session)
    old = a_signed_slip(session, scene)
    number = old.number
    new = slip_links.replace_slip(session, old.id, "时限写错，重新签批", actor=OFFICE, now=NOW)
    session.commit()
    assert (old.state, old.number) == (SlipState.VOID, number)
    assert (new.state, new.number, new.replaces_id) == (SlipState.DRAFT, None, old.id)
    assert (new.instruction, new.lead_unit_id, new.due_on) == (old.instruction, old.lead_unit_id, old.due_on)
    assert [it.matter_id for it in new.entries] == scene.ids
    assert links_of(session, old.id).replaced_by.id == new.id
    assert links_of(session, new.id).replaces.id == old.id


def test_a_slip_is_replaced_once_and_again_only_when_the_new_one_is_void(session):
    scene = a_scene(session)
    old = a_numbered_slip(session, scene)
    new = slip_links.replace_slip(session, old.id, "时限写错，重新签批", actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="已由一张草稿替代"):
        slip_links.replace_slip(session, old.id, "", actor=OFFICE, now=NOW)
    session.rollback()
    slips.void_slip(session, new.id, "这一张也写错了", actor=OFFICE, now=NOW)
    session.commit()
    assert slip_links.replace_slip(session, old.id, "", actor=OFFICE, now=NOW).replaces_id == old.id


def test_a_draft_without_a_number_is_changed_and_not_replaced(session):
    draft = a_draft(session, a_scene(session))
    with pytest.raises(RuleBroken, match="直接修改"):
        slip_links.replace_slip(session, draft.id, "时限写错，重新签批", actor=OFFICE, now=NOW)


def test_a_replaced_slip_stays_with_the_slips_that_share_its_matter(session):
    scene = a_scene(session, matters=1)
    first = a_signed_slip(session, scene)
    second = split(session, first, scene)
    sign(session, scene, second, 2)
    new = slip_links.replace_slip(session, first.id, "时限写错，重新签批", actor=OFFICE, now=NOW)
    session.commit()
    assert (new.split_from_id, new.split_reason) == (first.id, WHY)
    assert [it.id for it in links_of(session, new.id).shared_with] == [second.id]
    assert [it.id for it in links_of(session, second.id).shared_with] == [new.id]
    edited = SlipDraft(tuple(scene.ids), signer_id=scene.receiver.id, order=SlipOrder(lead_unit_id=scene.units[0].id))
    slip_drafts.edit_draft(session, new.id, edited, actor=OFFICE, now=NOW)
