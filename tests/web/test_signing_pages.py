"""The two steps of a leader's signature, countersigning, mandates: what the pages say and refuse."""

import json
import re
from dataclasses import replace

from sqlalchemy import select

from portal.domain.people import Role
from portal.domain.signing import Proof, SignedHow
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slip_signing, slips
from portal.services.leader_keys import make_own_key
from portal.services.mandates import MandateOrder, give_mandate
from portal.services.slip_drafts import proposed_draft
from portal.store.models.audit import AuditLine
from portal.store.models.office import OfficeSetting
from portal.store.models.signing import Mandate, SlipSignature
from tests.builders import PASSWORD
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene

PIN = "83517426"
STROKES = json.dumps([[[10 * step, 20 + step] for step in range(12)]])


def text_of(answer):
    return answer.get_data(as_text=True)


def a_decided_slip(session, scene):
    slip = a_numbered_slip(session, scene)
    slip_signing.decide(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    return slip


def shown_document(page):
    return re.search(r'name="document_sha256" type="hidden" value="([0-9a-f]{64})"', page)[1]


def sent(leader, address, **given):
    """What the page sends back, with the password."""
    return {
        "how": "screen",
        "document_sha256": shown_document(text_of(leader.get(address))),
        "password": PASSWORD,
    } | given


def kept(session):
    session.expire_all()
    return session.scalars(select(SlipSignature).order_by(SlipSignature.id)).all()


def test_the_second_step_shows_the_paper_its_version_and_its_fingerprint(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    page = text_of(leader.get(f"/slips/{slip.id}/sign"))
    document = shown_document(page)
    assert f"<h1>签批 {slip.number}</h1>" in page
    assert "第 2 版" in page
    assert f"<code>{document[:16]}</code>" in page
    assert f"/slips/{slip.id}.pdf" in page
    assert scene.order().instruction in page
    assert "不等同于可靠的电子签名" in page
    assert "signature_pad" in page
    other = text_of(leader.get(f"/slips/{slip.id}/sign?how=screen"))
    assert "不是电子签名" in other
    assert "signature_pad" not in other


def test_nothing_is_signed_before_it_is_decided(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    assert leader.get(f"/slips/{slip.id}/sign").location == f"/slips/{slip.id}/decide"


def test_a_handwritten_signature_comes_with_the_form_and_prints(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    answer = leader.post(address, data=sent(leader, address, how="tablet", strokes=STROKES))
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    (signature,) = kept(session)
    assert (signature.how, signature.proof) == (SignedHow.TABLET, Proof.PASSWORD)
    page = text_of(leader.get(f"/slips/{slip.id}"))
    assert "签批 · 屏幕手写签名" in page
    assert "核验：登录密码" in page


def test_a_wrong_password_signs_nothing_keeps_the_handwriting_and_is_counted(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    wrong = sent(leader, address, how="tablet", strokes=STROKES, password="not mine")
    for _ in range(5):
        answer = leader.post(address, data=wrong)
        assert answer.status_code == 422
    page = text_of(answer)
    assert "登录密码不正确，没有签" in page
    assert STROKES.replace('"', "&#34;") in page
    assert "not mine" not in page
    locked = leader.post(address, data=wrong | {"password": PASSWORD})
    assert locked.status_code == 422
    assert "已暂时锁定" in text_of(locked)
    assert kept(session) == []
    acts = session.scalars(select(AuditLine.act)).all()
    assert (acts.count("identity_not_proved"), acts.count("locked")) == (5, 1)


def test_an_empty_frame_costs_no_attempt(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    answer = leader.post(address, data=sent(leader, address, how="tablet", strokes="", password="not mine"))
    assert answer.status_code == 422
    assert "请在签名框内手写签名" in text_of(answer)
    assert "identity_not_proved" not in session.scalars(select(AuditLine.act)).all()


def test_a_paper_that_changed_meanwhile_is_shown_anew(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    form = sent(leader, address, how="tablet", strokes=STROKES)
    slip_signing.decide(session, slip.id, scene.order(instruction="改由住建局牵头。"), actor=scene.signer, now=NOW)
    session.commit()
    answer = leader.post(address, data=form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "您看到的单据已有变化" in page
    assert "改由住建局牵头。" in page
    assert shown_document(page) != form["document_sha256"]
    assert STROKES.replace('"', "&#34;") not in page
    assert leader.post(address, data=form | {"document_sha256": shown_document(page)}).status_code == 303


def test_a_second_device_is_told_that_it_is_signed(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    form = sent(leader, address)
    assert leader.post(address, data=form).status_code == 303
    again = leader.post(address, data=form)
    assert again.status_code == 409
    assert "已签批这张交办单，没有重复签批" in text_of(again) or "现在不能由您签批" in text_of(again)
    assert len(kept(session)) == 1


def test_only_the_ways_the_office_has_on_are_offered(session, sign_in):
    scene = a_scene(session)
    session.add(OfficeSetting(name="signing_ways", value=["hand", "screen"]))
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    assert "屏幕手写签名" not in text_of(leader.get(address))
    refused = leader.post(address, data=sent(leader, address, how="tablet", strokes=STROKES))
    assert refused.status_code == 422
    assert kept(session) == []


def test_the_next_slip_is_offered_after_one_is_signed(session, sign_in):
    scene = a_scene(session)
    first, second = (a_numbered_slip(session, scene, it) for it in scene.ids)
    slip_signing.sign_slip(session, first.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    page = text_of(leader.get(f"/slips/{first.id}"))
    assert f'href="/slips/{second.id}">下一张 {second.number}</a>' in page


def test_a_countersigner_sees_the_slip_on_the_workbench_and_signs_it_as_well(session, sign_in):
    scene = a_scene(session)
    draft = replace(proposed_draft(session, scene.ids, today=NOW.date()), countersigner_ids=(scene.other.id,))
    slip = slip_drafts.draft_slip(session, scene.ids, draft, actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    office, asked = sign_in(Role.OFFICE), sign_in(Role.LEADER, leader_id=scene.other.id)
    home = text_of(asked.get("/"))
    assert "等我签批、会签的交办单 1" in home
    assert slip.number in home
    blocked = text_of(office.get(f"/slips/{slip.id}"))
    assert f"还缺{scene.other.name}会签" in blocked
    assert office.post(f"/slips/{slip.id}/issue").status_code == 422
    address = f"/slips/{slip.id}/countersign"
    assert asked.post(address, data=sent(asked, address)).status_code == 303
    assert "会签 1/1" in text_of(office.get(f"/slips/{slip.id}"))
    assert office.post(f"/slips/{slip.id}/issue").status_code == 303


def test_the_office_enters_a_countersignature_from_the_paper(session, sign_in):
    scene = a_scene(session)
    draft = replace(proposed_draft(session, scene.ids, today=NOW.date()), countersigner_ids=(scene.other.id,))
    slip = slip_drafts.draft_slip(session, scene.ids, draft, actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    slip_signing.record_signature(session, slip.id, scene.order(), NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    office = sign_in(Role.OFFICE)
    address = f"/slips/{slip.id}/countersignature"
    assert office.get(address).status_code == 200
    late = office.post(address, data={"leader_id": scene.other.id, "signed_on": "2026-11-23"})
    assert late.status_code == 422
    assert "不能晚于今天" in text_of(late)
    assert office.post(address, data={"leader_id": scene.other.id, "signed_on": "2026-11-22"}).status_code == 303
    assert [it.how for it in kept(session)] == [SignedHow.HAND, SignedHow.HAND]


def test_a_delegate_signs_and_the_page_says_for_whom(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    delegate = sign_in(Role.LEADER, leader_id=scene.other.id)
    assert delegate.get(f"/slips/{slip.id}").status_code == 404
    order = MandateOrder(scene.receiver.id, scene.other.id, NOW.date(), NOW.date())
    give_mandate(session, order, actor=scene.signer, now=NOW)
    session.commit()
    assert slip.number in text_of(delegate.get("/"))
    address = f"/slips/{slip.id}/sign"
    assert f"您受{scene.receiver.name}委托签批" in text_of(delegate.get(address))
    assert delegate.post(address, data=sent(delegate, address)).status_code == 303
    page = text_of(delegate.get(f"/slips/{slip.id}"))
    assert f"{scene.other.name}（代{scene.receiver.name}）" in page
    assert f"纸面印“{scene.other.name}（代）”" in page


def test_a_leader_gives_a_mandate_and_takes_it_back(session, sign_in):
    scene = a_scene(session)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    data = {"leader_id": scene.receiver.id, "delegate_id": scene.other.id, "from_on": "2026-11-22"}
    refused = leader.post("/slips/mandates/new", data=data | {"until_on": "2026-11-20"})
    assert refused.status_code == 422
    assert "结束日期不能早于开始日期" in text_of(refused)
    assert leader.post("/slips/mandates/new", data=data | {"until_on": "2026-11-30"}).status_code == 303
    mandate = session.scalars(select(Mandate)).one()
    assert scene.other.name in text_of(leader.get("/slips/mandates"))
    address = f"/slips/mandates/{mandate.id}/revoke"
    assert "仍然有效" in text_of(leader.get(address))
    assert leader.post(address, data={"version": 99}).status_code == 409
    assert leader.post(address, data={"version": 1}).status_code == 303
    assert "已收回" in text_of(leader.get("/slips/mandates"))
    assert sign_in(Role.LEADER, leader_id=scene.official.id).get(address).status_code == 404


def test_sending_a_signed_slip_back_says_that_the_signatures_become_void(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign"
    leader.post(address, data=sent(leader, address))
    assert "签批和会签全部失效" in text_of(leader.get(f"/slips/{slip.id}/return"))
    assert leader.post(f"/slips/{slip.id}/return", data={"remark": "牵头单位有误"}).status_code == 303
    session.expire_all()
    assert slip.state is SlipState.DRAFT
    page = text_of(sign_in(Role.OFFICE).get(f"/slips/{slip.id}"))
    assert "签批已失效" in page
    assert "退回修改：牵头单位有误" in page


def test_a_leader_signs_with_a_certificate_and_its_pin(session, sign_in):
    scene = a_scene(session)
    slip = a_decided_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    address = f"/slips/{slip.id}/sign?how=certificate"
    without = text_of(leader.get(address))
    assert "您还没有可用的签名证书" in without
    assert "签批这份单据" not in without
    make_own_key(session, PIN, actor=scene.signer, now=NOW)
    session.commit()
    form = {"how": "certificate", "document_sha256": shown_document(text_of(leader.get(address)))}
    wrong = leader.post(f"/slips/{slip.id}/sign", data=form | {"pin": "000000"})
    assert wrong.status_code == 422
    assert 'id="pin-error"' in text_of(wrong)
    done = leader.post(f"/slips/{slip.id}/sign", data=form | {"pin": PIN})
    assert done.status_code == 303, text_of(done)
    (signature,) = kept(session)
    assert (signature.how, signature.proof) == (SignedHow.CERTIFICATE, Proof.PIN)
    assert "证书序列号" in text_of(leader.get(f"/slips/{slip.id}"))
