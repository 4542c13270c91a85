"""Signing on the screen: bound to what was shown, proved, once, and void when the slip goes back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.paper_verdicts import Standing
from portal.domain.people import Actor, Role
from portal.domain.signing import Proof, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slip_signing, slips
from portal.services.paper_checks import check_code
from portal.services.slip_drafts import proposed_draft
from portal.services.slip_signing import Signing
from portal.store.extension import db, transaction, write
from portal.store.models.office import OfficeSetting
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.signatures import signatures_on
from portal.store.queries.slips import SlipFilter, all_slip_rows
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, unit_actor

STROKES = (tuple((10.0 * step, 20.0 + step) for step in range(12)),)


def other_leader(scene, leader=None):
    leader = leader or scene.other
    return Actor(9, leader.name, Role.LEADER, leader_ids=frozenset({leader.id}))


def a_slip_to_countersign(session, scene):
    """A signed slip that `scene.other` is asked to sign as well."""
    draft = proposed_draft(session, scene.ids, today=NOW.date())
    draft = replace(draft, countersigner_ids=(scene.other.id,))
    slip = slip_drafts.draft_slip(session, scene.ids, draft, actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    return slip


def decided(session, scene, slip):
    paper = slip_signing.decide(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    return paper


def test_a_signature_is_bound_to_the_version_that_was_shown(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    paper = decided(session, scene, slip)
    signing = Signing(SignedHow.TABLET, paper.sha256, Proof.PASSWORD, STROKES)
    slip_signing.sign(session, slip.id, signing, actor=scene.signer, now=NOW)
    session.commit()
    kept = session.scalars(select(SlipSignature)).one()
    assert (kept.version, kept.document_sha256, kept.how) == (2, paper.sha256, SignedHow.TABLET)
    assert (kept.proof, kept.strokes_sha256 is not None) == (Proof.PASSWORD, True)


def test_a_paper_that_was_decided_anew_meanwhile_is_not_signed(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    shown = decided(session, scene, slip).sha256
    slip_signing.decide(session, slip.id, scene.order(instruction="改由住建局牵头。"), actor=scene.signer, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="已有变化"):
        slip_signing.sign(
            session, slip.id, Signing(SignedHow.SCREEN, shown, Proof.PASSWORD), actor=scene.signer, now=NOW
        )


@pytest.mark.parametrize(
    "how, proof, strokes, told",
    [
        (SignedHow.SCREEN, Proof.NONE, (), "再次核验身份"),
        (SignedHow.TABLET, Proof.PASSWORD, (), "在签名框内手写"),
        (SignedHow.SCREEN, Proof.PASSWORD, STROKES, "在签名框内手写"),
        (SignedHow.HAND, Proof.PASSWORD, (), "没有启用"),
    ],
)
def test_a_signature_that_is_not_what_it_says_is_refused(session, how, proof, strokes, told):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    paper = decided(session, scene, slip)
    with pytest.raises(RuleBroken, match=told):
        slip_signing.sign(session, slip.id, Signing(how, paper.sha256, proof, strokes), actor=scene.signer, now=NOW)


def test_a_way_the_office_has_switched_off_is_refused(session):
    scene = a_scene(session)
    session.add(OfficeSetting(name="signing_ways", value=["hand", "screen"]))
    slip = a_numbered_slip(session, scene)
    paper = decided(session, scene, slip)
    signing = Signing(SignedHow.TABLET, paper.sha256, Proof.PASSWORD, STROKES)
    with pytest.raises(RuleBroken, match="没有启用“屏幕手写签名”"):
        slip_signing.sign(session, slip.id, signing, actor=scene.signer, now=NOW)


def test_nobody_signs_a_slip_whose_due_date_has_passed_for_it_could_not_go_out(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    paper = slip_signing.decide(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    late = NOW + timedelta(days=60)
    signing = Signing(SignedHow.SCREEN, paper.sha256, Proof.PASSWORD)
    with pytest.raises(RuleBroken, match="办结时限已过"):
        slip_signing.sign(session, slip.id, signing, actor=scene.signer, now=late)
    with pytest.raises(RuleBroken, match="办结时限已过") as refused:
        slip_signing.decide(session, slip.id, scene.order(), actor=scene.signer, now=late)
    assert refused.value.field == "due_on"


def test_two_devices_that_sign_at_once_leave_one_signature(each_app):
    """On either engine: the second learns that it is signed already."""
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        scene = a_scene(session)
        slip_id = a_numbered_slip(session, scene).id
        document = slip_signing.decide(session, slip_id, scene.order(), actor=scene.signer, now=NOW).sha256
        session.commit()
        signer = scene.signer
        db.session.remove()
    start = Barrier(4)

    def device(_: int) -> str:
        with each_app.app_context():
            start.wait()
            try:
                signing = Signing(SignedHow.SCREEN, document, Proof.PASSWORD)
                write(lambda records: slip_signing.sign(records, slip_id, signing, actor=signer, now=NOW))
            except Conflict:
                return "told"
            else:
                return "signed"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(device, range(4))) == ["signed", "told", "told", "told"]
    with each_app.app_context():
        assert len(db.session().scalars(select(SlipSignature)).all()) == 1
        db.session.remove()


def test_a_slip_that_goes_back_keeps_its_signatures_as_void(session):
    scene = a_scene(session)
    slip = a_slip_to_countersign(session, scene)
    slips.return_to_draft(session, slip.id, "牵头单位有误，请核对", actor=scene.signer, now=NOW)
    session.commit()
    (told,) = signatures_on(session, slip.id).signatures
    assert not told.stands
    assert told.void_reason == "退回修改：牵头单位有误，请核对"
    assert signatures_on(session, slip.id).signer is None


def test_whoever_is_asked_to_signs_as_well_before_the_slip_goes_out(session):
    scene = a_scene(session)
    slip = a_slip_to_countersign(session, scene)
    asked = other_leader(scene)
    assert [
        it.id
        for it in all_slip_rows(
            session, asked, SlipFilter(signer_ids=asked.leader_ids, countersigner_ids=asked.leader_ids)
        )
    ] == [slip.id]
    with pytest.raises(RuleBroken, match=f"还缺{scene.other.name}会签"):
        slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    document = signatures_on(session, slip.id).signer.document_sha256
    signing = Signing(SignedHow.TABLET, document, Proof.PASSWORD, STROKES)
    slip_signing.countersign(session, slip.id, signing, actor=asked, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="已会签"):
        slip_signing.countersign(session, slip.id, signing, actor=asked, now=NOW)
    assert slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW).state is SlipState.ISSUED
    session.commit()
    assert (
        all_slip_rows(session, asked, SlipFilter(signer_ids=asked.leader_ids, countersigner_ids=asked.leader_ids)) == []
    )


def test_nobody_countersigns_who_was_not_asked(session):
    scene = a_scene(session)
    slip = a_slip_to_countersign(session, scene)
    document = signatures_on(session, slip.id).signer.document_sha256
    signing = Signing(SignedHow.SCREEN, document, Proof.PASSWORD)
    with pytest.raises(NotAllowed, match="没有请您会签"):
        slip_signing.countersign(session, slip.id, signing, actor=other_leader(scene, scene.official), now=NOW)


def test_a_countersignature_on_paper_is_entered_with_its_day(session):
    scene = a_scene(session)
    slip = a_slip_to_countersign(session, scene)
    with pytest.raises(RuleBroken, match="不能早于签批日期"):
        slip_signing.record_countersignature(session, slip.id, scene.other.id, date(2026, 11, 1), actor=OFFICE, now=NOW)
    kept = slip_signing.record_countersignature(session, slip.id, scene.other.id, NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    assert (kept.role, kept.how, kept.proof) == (SignatureRole.COUNTERSIGNER, SignedHow.HAND, Proof.NONE)
    assert signatures_on(session, slip.id).missing == ()


def test_a_pen_that_countersigns_does_not_make_a_print_the_signed_original(session):
    scene = a_scene(session)
    slip = a_slip_to_countersign(session, scene)
    slip_signing.record_countersignature(session, slip.id, scene.other.id, NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    code = session.get_one(SlipVersion, (slip.id, slip.paper_version)).verify_code
    assert check_code(session, code).judgement.standing is Standing.GENUINE


def test_only_leaders_sign(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    paper = decided(session, scene, slip)
    signing = Signing(SignedHow.SCREEN, paper.sha256, Proof.PASSWORD)
    for actor in (OFFICE, unit_actor(scene.units[0])):
        with pytest.raises(NotAllowed), transaction() as records:
            slip_signing.sign(records, slip.id, signing, actor=actor, now=NOW)
    assert session.get_one(Slip, slip.id).state is SlipState.AWAITING_SIGNATURE
