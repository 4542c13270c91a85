from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.signing import Proof, SignedHow
from portal.services import slip_signing
from portal.services.mandates import MandateOrder, authority_to_sign, give_mandate, revoke_mandate
from portal.services.slip_sheets import print_papers
from portal.services.slip_signing import Signing
from portal.store.models.audit import AuditLine
from portal.store.models.signing import SlipSignature
from portal.store.queries.mandates import mandate_rows
from portal.store.queries.signatures import signatures_on
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene

FIRST, LAST = date(2026, 11, 22), date(2026, 11, 30)


def an_order(scene, **given):
    return replace(MandateOrder(scene.receiver.id, scene.other.id, FIRST, LAST), **given)


def delegate_of(scene):
    return Actor(9, scene.other.name, Role.LEADER, leader_ids=frozenset({scene.other.id}))


def a_mandate(session, scene, **given):
    mandate = give_mandate(session, an_order(scene, **given), actor=scene.signer, now=NOW)
    session.commit()
    return mandate


def test_a_delegate_signs_on_the_first_and_on_the_last_day_and_on_no_other(session):
    scene = a_scene(session)
    a_mandate(session, scene)
    delegate = delegate_of(scene)
    days = (date(2026, 11, 21), FIRST, LAST, date(2026, 12, 1))
    allowed = [authority_to_sign(session, scene.receiver.id, delegate, day) is not None for day in days]
    assert allowed == [False, True, True, False]


def test_what_a_delegate_signs_is_the_leaders_signature_by_another_hand(session):
    scene = a_scene(session)
    mandate, slip = a_mandate(session, scene), a_numbered_slip(session, scene)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=delegate_of(scene), now=NOW)
    session.commit()
    kept = session.scalars(select(SlipSignature)).one()
    assert (kept.leader_id, kept.by_leader_id, kept.mandate_id) == (scene.receiver.id, scene.other.id, mandate.id)
    assert (kept.name, kept.post) == (scene.other.name, "副区长")
    assert slip.signed_by == scene.other.name
    assert signatures_on(session, slip.id).signer.titled == f"{scene.other.name}（代{scene.receiver.name}）"
    assert f"受{scene.receiver.name}委托签批" in session.scalars(select(AuditLine.summary)).all()[-1]


def test_the_paper_set_from_the_records_names_the_delegate(session):
    scene = a_scene(session)
    a_mandate(session, scene)
    slip = a_numbered_slip(session, scene)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=delegate_of(scene), now=NOW)
    session.commit()
    (sheet,) = print_papers(session, [slip.id], address="", actor=OFFICE, now=NOW)
    assert (sheet.signer.name, sheet.signed_for.name) == (scene.receiver.name, scene.other.name)


def test_a_mandate_taken_back_ends_at_once_and_keeps_what_was_signed(session):
    scene = a_scene(session)
    mandate, slip = a_mandate(session, scene), a_numbered_slip(session, scene)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=delegate_of(scene), now=NOW)
    revoke_mandate(session, mandate.id, actor=scene.signer, now=NOW)
    session.commit()
    assert authority_to_sign(session, scene.receiver.id, delegate_of(scene), FIRST) is None
    assert signatures_on(session, slip.id).signer is not None
    with pytest.raises(Conflict, match="已收回"):
        revoke_mandate(session, mandate.id, actor=scene.signer, now=NOW)


def test_a_leader_has_one_delegate_at_a_time(session):
    scene = a_scene(session)
    a_mandate(session, scene)
    with pytest.raises(RuleBroken, match="已委托他人签批"):
        give_mandate(
            session,
            an_order(scene, delegate_id=scene.official.id, from_on=LAST, until_on=LAST),
            actor=scene.signer,
            now=NOW,
        )


def test_no_mandate_is_passed_on(session):
    scene = a_scene(session)
    a_mandate(session, scene)
    on = MandateOrder(scene.other.id, scene.official.id, FIRST, LAST)
    with pytest.raises(RuleBroken, match="不能再转托"):
        give_mandate(session, on, actor=delegate_of(scene), now=NOW)
    back = MandateOrder(scene.official.id, scene.receiver.id, FIRST, LAST, "书面委托")
    with pytest.raises(RuleBroken, match="不能再受托"):
        give_mandate(session, back, actor=OFFICE, now=NOW)


@pytest.mark.parametrize(
    "given, told",
    [
        ({"until_on": date(2026, 11, 21)}, "结束日期不能早于开始日期"),
        ({"from_on": date(2026, 11, 1), "until_on": date(2026, 11, 21)}, "已经过去"),
        ({"from_on": date(2026, 11, 21)}, "不能早于今天"),
        ({"delegate_id": 99_999}, "不存在"),
    ],
)
def test_a_mandate_that_cannot_be_is_refused(session, given, told):
    scene = a_scene(session)
    with pytest.raises(RuleBroken, match=told):
        give_mandate(session, an_order(scene, **given), actor=scene.signer, now=NOW)


def test_both_are_in_office_all_the_time(session):
    scene = a_scene(session)
    scene.other.serves_until = date(2026, 11, 25)
    session.commit()
    with pytest.raises(RuleBroken, match="不全在任"):
        give_mandate(session, an_order(scene), actor=scene.signer, now=NOW)


def test_a_leader_gives_only_his_or_her_own_and_the_office_one_with_its_basis(session):
    scene = a_scene(session)
    with pytest.raises(NotAllowed, match="代本人"):
        give_mandate(session, an_order(scene), actor=delegate_of(scene), now=NOW)
    with pytest.raises(RuleBroken, match="须写明依据"):
        give_mandate(session, an_order(scene), actor=OFFICE, now=NOW)
    begun = an_order(scene, from_on=date(2026, 11, 20), basis="11月20日书面委托")
    assert give_mandate(session, begun, actor=OFFICE, now=NOW).basis == "11月20日书面委托"


def test_others_neither_see_nor_take_back_a_mandate(session):
    scene = a_scene(session)
    mandate = a_mandate(session, scene)
    stranger = Actor(7, "领导", Role.LEADER, leader_ids=frozenset({scene.official.id}))
    assert mandate_rows(session, stranger, FIRST) == []
    assert [it.id for it in mandate_rows(session, delegate_of(scene), FIRST)] == [mandate.id]
    with pytest.raises(NotFound):
        revoke_mandate(session, mandate.id, actor=stranger, now=NOW)


def test_whoever_has_no_mandate_is_told_whose_slip_it_is(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    with pytest.raises(NotAllowed, match=f"由{scene.receiver.name}签批"):
        slip_signing.sign(
            session, slip.id, Signing(SignedHow.SCREEN, "0" * 64, Proof.PASSWORD), actor=delegate_of(scene),
            now=datetime(2026, 11, 22, 9, 0, tzinfo=ZONE),
        )  # fmt: skip
