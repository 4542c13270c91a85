"""Dates that follow class and level, common matters of several enterprises, posts of the day."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.errors import RuleBroken
from portal.domain.matters import MatterClass, MatterLevel, MatterState
from portal.services import slip_drafts, slip_signing, slips
from portal.services.matter_classes import Classing, classify_matters
from portal.services.slip_drafts import proposed_draft
from portal.services.slip_proposals import counted_dates, follow_classes
from portal.services.slip_sheets import live_sheet
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Post
from portal.store.queries.slip_records import slip_records
from tests.builders import a_booking, a_matter, an_enterprise
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene

TODAY = NOW.date()


def classify(session, matter, **given):
    classify_matters(session, {matter.id: Classing(**given)}, actor=OFFICE, now=NOW)
    session.commit()


def due(session, scene):
    return proposed_draft(session, scene.ids, today=TODAY).order.due_on


def test_the_proposed_date_follows_the_longest_class_of_the_matters(session):
    scene = a_scene(session)
    usual = due(session, scene)
    classify(session, scene.matters[0], matter_class=MatterClass.C)
    assert due(session, scene) == usual, "the other matter has the usual time"
    classify(session, scene.matters[1], matter_class=MatterClass.A)
    assert due(session, scene) == date(2026, 12, 28)
    session.add(OfficeSetting(name="class_a_days", value=20))
    session.commit()
    assert due(session, scene) == date(2026, 12, 14)


def test_the_proposed_date_follows_the_level_where_there_is_no_class(session):
    scene = a_scene(session, matters=1)
    session.add(OfficeSetting(name="level_leader_days", value=20))
    classify(session, scene.matters[0], level=MatterLevel.LEADER)
    assert due(session, scene) == date(2026, 12, 14)


def test_a_proposed_date_follows_the_class_and_one_set_by_hand_stays(session):
    scene = a_scene(session, matters=1)
    draft = proposed_draft(session, scene.ids, today=TODAY)
    before = counted_dates(session, scene.matters, scene.day.day, today=TODAY)
    assert draft.order.due_on == before.due
    after = counted_dates(session, [Classing(MatterClass.A)], scene.day.day, today=TODAY)
    followed = follow_classes(draft, before.due, before.assisting, after)
    assert followed.order.due_on == date(2026, 12, 28)
    assert "于2026年12月28日前办结" in followed.proposal
    assert after.due_note == "A类 30个工作日，自2026年11月16日起算，至2026年12月28日。"
    by_hand = follow_classes(draft, date(2026, 12, 1), before.assisting, after)
    assert by_hand == draft


def test_a_class_is_written_down_once_with_an_audit_line(session):
    scene = a_scene(session, matters=1)
    wanted = {scene.ids[0]: Classing(MatterClass.B, MatterLevel.UNIT, True)}
    assert classify_matters(session, wanted, actor=OFFICE, now=NOW) == 1
    session.commit()
    assert classify_matters(session, wanted, actor=OFFICE, now=NOW) == 0
    assert scene.matters[0].is_common


def common_scene(session):
    """The scene with a common matter of a second and a third enterprise on the same day."""
    scene = a_scene(session, matters=1, slots=3)
    others = []
    for place, name in enumerate(("安澜乙公司", "安澜丙公司"), start=1):
        booking = a_booking(scene.day, an_enterprise(name=name), slot=place, visitor_name=f"申{name[2]}")
        others.append(
            a_matter(booking, scene.matters[0].category, state=MatterState.AWAITING_ASSIGNMENT, is_common=True)
        )
    session.add_all(others)
    scene.matters[0].is_common = True
    session.commit()
    return scene, [scene.matters[0], *others]


def test_common_matters_of_several_enterprises_share_a_slip_that_names_each(session):
    scene, matters = common_scene(session)
    slip = a_draft(session, scene, *(it.id for it in matters))
    assert slip.booking_id is None
    (slip,) = slip_records(session, [slip.id], fresh=True)
    sheet = live_sheet(session, slip)
    first = matters[0].enterprise.name
    assert sheet.enterprise_name == f"{first}等3家"
    assert [it.enterprise for it in sheet.matters] == [first, "安澜乙公司", "安澜丙公司"]
    assert sheet.visitor_name == "申示例、申乙、申丙"
    assert all("共性" in it.flags for it in sheet.matters)


def test_a_matter_of_its_own_never_shares_a_slip_with_other_enterprises(session):
    scene, matters = common_scene(session)
    matters[2].is_common = False
    session.commit()
    with pytest.raises(RuleBroken, match="共性"):
        a_draft(session, scene, *(it.id for it in matters))


def test_a_matter_on_a_slip_of_several_enterprises_stays_common(session):
    scene, matters = common_scene(session)
    a_draft(session, scene, *(it.id for it in matters))
    with pytest.raises(RuleBroken, match="不能改为个性"):
        classify(session, matters[1])


def test_each_leader_stands_with_the_post_of_the_day_that_matters(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    assert (slip.receiver_post, slip.signer_post) == ("区委书记", "区委书记")
    session.scalars(select(Post).where(Post.leader_id == scene.receiver.id)).one().ends_on = date(2026, 11, 18)
    session.add(Post(leader_id=scene.receiver.id, title="市政协副主席", starts_on=date(2026, 11, 19)))
    session.commit()
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    assert slip.receiver_post == "区委书记", "received in the post held on that day"
    assert slip.signer_post == "市政协副主席", "signed in the post held when signing"


def test_a_draft_names_who_answers_for_the_proposal(session):
    scene = a_scene(session)
    draft = proposed_draft(session, scene.ids, today=TODAY)
    slip = slip_drafts.draft_slip(
        session, scene.ids, replace(draft, proposal_handler="经办甲", proposal_head="科长乙"), actor=OFFICE, now=NOW
    )
    session.commit()
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    (slip,) = slip_records(session, [slip.id], fresh=True)
    sheet = live_sheet(session, slip)
    assert (sheet.proposal_handler, sheet.proposal_head) == ("经办甲", "科长乙")


def test_the_note_beside_an_assisting_date_says_how_it_was_counted(session):
    scene = a_scene(session, matters=1)
    usual = counted_dates(session, scene.matters, scene.day.day, today=TODAY)
    assert usual.assisting_note == "比办结时限早 3 个工作日：2026年12月2日。"
    close = counted_dates(session, scene.matters, scene.day.day, today=TODAY, due=date(2026, 11, 24))
    assert close.assisting_note == "办结时限已近，取下一个工作日，不晚于办结时限：2026年11月23日。"
