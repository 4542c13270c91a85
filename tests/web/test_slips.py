import re
from datetime import date
from io import BytesIO
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.slips import SlipState
from portal.services import slip_signing, slips
from portal.store.models.audit import AuditLine
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from tests.builders import PASSWORD, a_category
from tests.documents.slip_sheets import page_texts
from tests.slip_builders import (
    INSTRUCTION,
    NOW,
    OFFICE,
    a_draft,
    a_numbered_slip,
    a_scene,
    a_signed_slip,
    an_issued_slip,
)


def text_of(answer):
    return answer.get_data(as_text=True)


def pdf_text(answer):
    assert answer.mimetype == "application/pdf"
    return "".join(page_texts(answer.data))


def order_of(scene, **given):
    return {
        "instruction": INSTRUCTION,
        "lead_official_id": scene.official.id,
        "lead_unit_id": scene.units[0].id,
        "due_on": "2026-12-07",
        "assisting-0-unit_id": scene.units[1].id,
        "assisting-0-due_on": "2026-11-30",
    } | given


def draft_of(scene, **given):
    return {
        "matters": scene.ids,
        "receiver_id": scene.receiver.id,
        "signer_id": scene.receiver.id,
        "due_on": "2026-12-07",
        "proposal": "拟交办。",
        "then": "save",
    } | given


def signature_of(leader, slip, **given):
    """What the page of the signature sends when it is confirmed with the password."""
    shown = re.search(
        r'name="document_sha256" type="hidden" value="([0-9a-f]{64})"', text_of(leader.get(f"/slips/{slip.id}/sign"))
    )
    return {"how": "screen", "document_sha256": shown[1] if shown else "0" * 64, "password": PASSWORD} | given


def one_slip(session):
    session.expire_all()
    return session.scalars(select(Slip)).one()


# --- drafting ------------------------------------------------------------------


def test_a_new_slip_comes_filled_in_from_the_matter_and_is_saved_as_a_draft(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    page = office.get(f"/slips/new?matter={scene.ids[0]}")
    assert page.status_code == 200
    assert "拟交办，请批示明确牵头领导" in text_of(page)
    assert text_of(page).count(" checked") == 1
    answer = office.post(f"/slips/new?matter={scene.ids[0]}", data=draft_of(scene))
    slip = one_slip(session)
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    assert (slip.state, slip.proposal, slip.number) == (SlipState.DRAFT, "拟交办。", None)


def test_a_booking_offers_all_its_matters(session, sign_in):
    scene, office = a_scene(session, matters=3), sign_in(Role.OFFICE)
    assert text_of(office.get(f"/slips/new?booking={scene.booking.id}")).count(" checked") == 3


def test_without_a_matter_the_page_lists_what_waits(session, sign_in):
    scene = a_scene(session)
    name = scene.booking.enterprise.name
    page = text_of(sign_in(Role.OFFICE).get("/slips/new"))
    assert name in page
    assert f"/slips/new?booking={scene.booking.id}" in page


def test_one_press_drafts_numbers_and_leads_to_the_paper_because_the_leader_waits(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    answer = office.post(f"/slips/new?booking={scene.booking.id}", data=draft_of(scene, then="print"))
    slip = one_slip(session)
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}.pdf")
    assert (slip.state, slip.number) == (SlipState.AWAITING_SIGNATURE, "安民接交〔2026〕1号")
    assert "安民接交〔2026〕1号" in pdf_text(office.get(answer.location))


def test_each_matter_can_have_its_own_slip(session, sign_in):
    scene, office = a_scene(session, matters=3), sign_in(Role.OFFICE)
    office.post(f"/slips/new?booking={scene.booking.id}", data=draft_of(scene, then="each"))
    session.expire_all()
    assert len(session.scalars(select(Slip)).all()) == 3


def test_a_new_slip_without_matters_is_refused_and_keeps_what_was_typed(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    answer = office.post(
        f"/slips/new?booking={scene.booking.id}", data=draft_of(scene, matters=[], proposal="我写的拟办意见")
    )
    assert answer.status_code == 422
    assert "至少要有一项诉求事项" in text_of(answer)
    assert "我写的拟办意见" in text_of(answer)


def test_a_matter_somebody_else_has_just_drafted_for_is_a_conflict_that_keeps_what_was_typed(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    a_numbered_slip(session, scene)
    answer = office.post(f"/slips/new?booking={scene.booking.id}", data=draft_of(scene, proposal="我写的拟办意见"))
    assert answer.status_code == 409
    assert "已在安民接交〔2026〕1号上" in text_of(answer)
    assert "我写的拟办意见" in text_of(answer)


def test_a_matter_that_is_on_a_slip_already_leads_to_that_slip(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    answer = office.get(f"/slips/new?matter={scene.ids[0]}")
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")


def test_rows_of_assisting_units_can_be_added_and_taken_away_without_script(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    data = draft_of(scene, **{"assisting-0-unit_id": scene.units[1].id})
    more = office.post(f"/slips/new?booking={scene.booking.id}", data=data | {"add_row": "1"})
    assert more.status_code == 200
    assert 'name="assisting-1-unit_id"' in text_of(more)
    data |= {"assisting-1-unit_id": scene.units[2].id, "remove_row": "0"}
    fewer = text_of(office.post(f"/slips/new?booking={scene.booking.id}", data=data))
    assert 'name="assisting-1-unit_id"' not in fewer
    assert f'<option selected value="{scene.units[2].id}">' in fewer
    assert session.scalars(select(Slip)).all() == []


def test_a_draft_is_changed_and_numbered_with_one_press(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    answer = office.post(
        f"/slips/{slip.id}/edit",
        data=draft_of(scene, then="number", version=slip.version, signer_id=scene.other.id) | order_of(scene),
    )
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    session.expire_all()
    assert (slip.signer_id, slip.state) == (scene.other.id, SlipState.AWAITING_SIGNATURE)


def test_changes_to_an_older_version_are_a_conflict_that_keeps_what_was_typed(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    answer = office.post(
        f"/slips/{slip.id}/edit", data=draft_of(scene, version=slip.version - 1, proposal="后到的修改")
    )
    assert answer.status_code == 409
    assert "别人已修改了这张交办单" in text_of(answer)
    assert "后到的修改" in text_of(answer)
    assert f'name="version" type="hidden" value="{slip.version}"' in text_of(answer)


def test_a_form_that_is_only_incomplete_keeps_the_version_the_person_saw(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    answer = office.post(f"/slips/{slip.id}/edit", data=draft_of(scene, version=1, due_on="nonsense"))
    assert answer.status_code == 422
    assert 'name="version" type="hidden" value="1"' in text_of(answer)


def test_htmx_gets_the_very_form_the_page_holds(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    page = text_of(office.get(f"/slips/{slip.id}"))
    fragment = text_of(office.get(f"/slips/{slip.id}", headers={"HX-Request": "true"}))
    assert fragment.strip().startswith('<form id="draft_form"')
    assert fragment.strip() in page
    refused = office.post(f"/slips/{slip.id}/edit", data=draft_of(scene, matters=[]), headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert text_of(refused).strip().startswith('<form id="draft_form"')
    done = office.post(f"/slips/{slip.id}/edit", data=draft_of(scene, then="print"), headers={"HX-Request": "true"})
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, f"/slips/{slip.id}.pdf")


# --- signing, issuing, receiving ------------------------------------------------


def test_the_leader_signs_on_the_page(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    page = text_of(leader.get(f"/slips/{slip.id}"))
    assert 'id="decide_form"' in page
    assert "请某某同志牵头" in page
    answer = leader.post(f"/slips/{slip.id}/decide", data=order_of(scene, version=slip.version))
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}/sign")
    answer = leader.post(f"/slips/{slip.id}/sign", data=signature_of(leader, slip))
    assert answer.status_code == 303, text_of(answer)
    session.expire_all()
    assert slip.state is SlipState.SIGNED
    assert {it.state for it in session.scalars(select(Matter))} == {MatterState.ASSIGNED}


def test_a_signature_without_instruction_is_refused_beside_its_field(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    answer = leader.post(f"/slips/{slip.id}/decide", data=order_of(scene, instruction=""))
    assert answer.status_code == 422
    assert 'id="instruction-error"' in text_of(answer)
    assert "请填写领导批示内容" in text_of(answer)


def test_another_leader_who_may_see_the_slip_may_not_sign_it(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    second = a_numbered_slip(session, a_scene(session, day=date(2026, 11, 17)))
    official = sign_in(Role.LEADER, leader_id=scene.official.id)
    assert official.get(f"/slips/{slip.id}").status_code == 200
    assert official.post(f"/slips/{slip.id}/decide", data=order_of(scene)).status_code == 403
    assert official.post(f"/slips/{slip.id}/sign", data=signature_of(official, slip)).status_code == 403
    assert official.post(f"/slips/{second.id}/decide", data=order_of(scene)).status_code == 404


def test_the_office_enters_a_hand_signed_paper(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_numbered_slip(session, scene)
    assert 'id="signature_form"' in text_of(office.get(f"/slips/{slip.id}/signature"))
    refused = office.post(f"/slips/{slip.id}/signature", data=order_of(scene, signed_on="2026-11-23"))
    assert refused.status_code == 422
    assert "签批日期不能晚于今天" in text_of(refused)
    answer = office.post(f"/slips/{slip.id}/signature", data=order_of(scene, signed_on="2026-11-20"))
    assert answer.status_code == 303
    session.expire_all()
    assert (slip.state, slip.signed_on) == (SlipState.SIGNED, date(2026, 11, 20))


def test_the_office_issues_and_the_units_sign_for_it(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_signed_slip(session, scene)
    lead = sign_in(Role.UNIT, unit=scene.units[0])
    assert lead.get(f"/slips/{slip.id}").status_code == 404
    assert office.post(f"/slips/{slip.id}/issue").status_code == 303
    assert "签收" in text_of(lead.get(f"/slips/{slip.id}"))
    assert lead.post(f"/slips/{slip.id}/receive").status_code == 303
    again = lead.post(f"/slips/{slip.id}/receive")
    assert again.status_code == 409
    assert "不必重复签收" in text_of(again)
    session.expire_all()
    assert slip.state is SlipState.RECEIVED


def test_a_press_that_does_not_follow_is_refused_on_the_slips_own_page(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_numbered_slip(session, scene)
    answer = office.post(f"/slips/{slip.id}/issue")
    assert answer.status_code == 422
    assert "交办单现为“待签批”，不能变更为“已印发”" in text_of(answer)
    assert "<h1>安民接交〔2026〕1号</h1>" in text_of(answer)


def test_a_slip_goes_back_with_a_remark_and_is_made_void_with_a_reason(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_numbered_slip(session, scene)
    assert office.post(f"/slips/{slip.id}/return", data={"remark": "改"}).status_code == 422
    assert office.post(f"/slips/{slip.id}/return", data={"remark": "补充前期核实情况"}).status_code == 303
    assert "编号 安民接交〔2026〕1号 保留，不再给别的单使用" in text_of(office.get(f"/slips/{slip.id}/void"))
    assert office.post(f"/slips/{slip.id}/void", data={"reason": ""}).status_code == 422
    assert office.post(f"/slips/{slip.id}/void", data={"reason": "企业撤回诉求"}).status_code == 303
    page = text_of(office.get(f"/slips/{slip.id}"))
    assert "企业撤回诉求" in page
    session.expire_all()
    assert (slip.state, slip.number) == (SlipState.VOID, "安民接交〔2026〕1号")


# --- who may see and do what ----------------------------------------------------

ACTS = (
    "edit",
    "decide",
    "sign",
    "countersign",
    "countersignature",
    "scan",
    "signature",
    "return",
    "void",
    "number",
    "issue",
    "receive",
)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
def test_administrators_have_nothing_to_do_with_slips(session, sign_in, role):
    slip = a_numbered_slip(session, a_scene(session))
    browser = sign_in(role)
    places = [
        "/slips/",
        "/slips/list.xlsx",
        f"/slips/{slip.id}",
        f"/slips/{slip.id}.pdf",
        "/slips/print?day=2026-11-16",
    ]
    for place in places:
        assert browser.get(place).status_code == 403, place
    for act in ACTS:
        assert browser.post(f"/slips/{slip.id}/{act}").status_code == 403, act


@pytest.mark.parametrize("act", ACTS)
def test_a_unit_can_do_nothing_but_receive(session, sign_in, act):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    answer = sign_in(Role.UNIT, unit=scene.units[1]).post(f"/slips/{slip.id}/{act}")
    assert answer.status_code == (303 if act == "receive" else 403)


def test_without_sign_in_every_page_of_slips_leads_to_the_sign_in(app, session):
    slip = a_numbered_slip(session, a_scene(session))
    browser = app.test_client()
    for place in ("/slips/", f"/slips/{slip.id}", f"/slips/{slip.id}.pdf"):
        assert browser.get(place).location.startswith("/login?next=")


def test_a_unit_sees_neither_list_nor_page_nor_paper_nor_export_of_another_units_slip(session, sign_in):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    stranger = sign_in(Role.UNIT, unit=scene.units[2])
    assert stranger.get(f"/slips/{slip.id}").status_code == 404
    assert stranger.get(f"/slips/{slip.id}.pdf").status_code == 404
    assert stranger.get("/slips/print?day=2026-11-16").status_code == 404
    assert stranger.post(f"/slips/{slip.id}/receive").status_code == 404
    assert slip.number not in text_of(stranger.get("/slips/"))
    sheet = CalamineWorkbook.from_filelike(BytesIO(stranger.get("/slips/list.xlsx").data)).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1


def test_what_is_not_there_is_404(session, sign_in):
    office = sign_in(Role.OFFICE)
    for place in ("/slips/9", "/slips/9.pdf", "/slips/9/void", "/slips/print", "/slips/print?day=2026-11-16"):
        assert office.get(place).status_code == 404, place
    assert "没有已编号的交办单" in text_of(office.get("/slips/print?day=2026-11-16"))


# --- lists ----------------------------------------------------------------------


def test_the_list_filters_by_state_day_unit_and_words(session, sign_in):
    category = a_category()
    scene, other = a_scene(session, category=category), a_scene(session, category=category, day=date(2026, 11, 17))
    issued, draft = an_issued_slip(session, scene), a_draft(session, other)
    draft_row = f'href="/slips/{draft.id}"'
    office = sign_in(Role.OFFICE)

    def seen(query):
        page = text_of(office.get(f"/slips/?{query}"))
        return issued.number in page, draft_row in page

    assert seen("") == (True, True)
    assert seen("state=issued") == (True, False)
    assert seen("state=nonsense") == (True, True)
    assert seen("from=2026-11-17&until=2026-11-30") == (False, True)
    assert seen("day=2026-11-17") == (False, True)
    assert seen(f"unit={scene.units[1].id}") == (True, False)
    assert seen("q=〔2026〕1号") == (True, False)
    assert seen(f"q={other.matters[1].title}") == (False, True)
    assert seen(f"q={scene.booking.enterprise.name}") == (True, False)
    assert seen("q=%25") == (False, False)


def test_my_list_holds_what_waits_for_me_and_can_reach_zero(session, sign_in):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    unit = sign_in(Role.UNIT, unit=scene.units[1])
    assert slip.number in text_of(unit.get("/slips/?mine=1"))
    unit.post(f"/slips/{slip.id}/receive")
    assert slip.number not in text_of(unit.get("/slips/?mine=1"))
    assert slip.number in text_of(unit.get("/slips/"))


def test_a_leaders_list_holds_what_waits_for_the_signature(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    page = text_of(leader.get("/slips/?mine=1"))
    assert "等我签批、会签的交办单" in page
    assert slip.number in page


def test_the_list_is_a_page_with_its_fragment_inside(session, sign_in):
    a_numbered_slip(session, a_scene(session))
    office = sign_in(Role.OFFICE)
    fragment = text_of(office.get("/slips/", headers={"HX-Request": "true"})).strip()
    assert fragment.startswith('<div id="slip_list"')
    assert fragment in text_of(office.get("/slips/"))


def test_an_empty_list_says_what_to_do_next(session, sign_in):
    assert "从待交办的诉求开始草拟" in text_of(sign_in(Role.OFFICE).get("/slips/"))


def test_pages_cost_the_same_number_of_statements_however_long_the_list(session, sign_in, statements):
    category = a_category()
    office = sign_in(Role.OFFICE)
    an_issued_slip(session, a_scene(session, category=category))
    office.get("/slips/")
    statements.clear()
    office.get("/slips/")
    few = len(statements)
    for place in range(3):
        an_issued_slip(session, a_scene(session, matters=3, category=category, day=date(2026, 10, place + 1)))
    office.get("/slips/")
    statements.clear()
    office.get("/slips/")
    assert len(statements) == few <= 12


def test_the_page_of_a_slip_costs_the_same_however_many_matters_it_carries(session, sign_in, statements):
    category = a_category()
    office = sign_in(Role.OFFICE)
    small = an_issued_slip(session, a_scene(session, matters=1, category=category))
    large = an_issued_slip(session, a_scene(session, matters=9, category=category, day=date(2026, 10, 1)))
    office.get(f"/slips/{small.id}")
    statements.clear()
    office.get(f"/slips/{small.id}")
    few = len(statements)
    statements.clear()
    office.get(f"/slips/{large.id}")
    assert len(statements) == few <= 26


# --- papers ---------------------------------------------------------------------


def test_the_paper_holds_the_four_responsible_and_the_number(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = an_issued_slip(session, scene)
    answer = office.get(f"/slips/{slip.id}.pdf")
    text = pdf_text(answer)
    for word in (
        slip.number,
        scene.receiver.name,
        scene.official.name,
        scene.units[0].name,
        scene.units[1].name,
        "接待领导",
        "签批领导",
        "牵头领导",
        "牵头单位",
        "138****5678",
        INSTRUCTION,
    ):
        assert "".join(word.split()) in text, word
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "安民接交〔2026〕1号.pdf" in unquote(answer.headers["Content-Disposition"])
    answer.headers["Content-Disposition"].encode("latin-1")


def test_the_full_telephone_is_printed_for_those_who_may_and_written_down(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = an_issued_slip(session, scene)
    assert "13800005678" in pdf_text(office.post(f"/slips/{slip.id}.pdf"))
    session.expire_all()
    assert session.scalar(select(AuditLine.act).order_by(AuditLine.id.desc()).limit(1)) == "personal_data_seen"
    assert "13800005678" in pdf_text(sign_in(Role.UNIT, unit=scene.units[0]).post(f"/slips/{slip.id}.pdf"))
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    assert leader.post(f"/slips/{slip.id}.pdf").status_code == 403
    assert sign_in(Role.SUPERVISOR).post(f"/slips/{slip.id}.pdf").status_code == 403


def test_opening_the_address_of_the_full_paper_writes_nothing_and_offers_the_button(session, sign_in):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    page = sign_in(Role.OFFICE).get(f"/slips/{slip.id}.pdf?full=1")
    assert page.mimetype == "text/html"
    assert "记入审计日志" in text_of(page)
    assert session.scalar(select(AuditLine.act).order_by(AuditLine.id.desc()).limit(1)) != "personal_data_seen"
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    assert leader.get(f"/slips/{slip.id}.pdf?full=1").status_code == 403


def test_a_draft_and_a_void_slip_say_so_on_paper(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_draft(session, scene)
    assert "草稿" in pdf_text(office.get(f"/slips/{slip.id}.pdf"))
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    slips.void_slip(session, slip.id, "不再需要", actor=OFFICE, now=NOW)
    session.commit()
    text = pdf_text(office.get(f"/slips/{slip.id}.pdf"))
    assert "作废" in text
    assert slip.number in text


def test_the_slips_of_a_day_are_one_paper_in_the_order_of_their_numbers(session, sign_in):
    scene, office = a_scene(session, matters=4), sign_in(Role.OFFICE)
    first = a_numbered_slip(session, scene, scene.ids[0])
    second = a_numbered_slip(session, scene, scene.ids[1])
    void = a_numbered_slip(session, scene, scene.ids[2])
    a_draft(session, scene, scene.ids[3])
    slips.void_slip(session, void.id, "重复编号", actor=OFFICE, now=NOW)
    session.commit()
    answer = office.get("/slips/print?day=2026-11-16")
    pages = page_texts(answer.data)
    assert [first.number in pages[0], second.number in pages[1]] == [True, True]
    assert len(pages) == 2


def test_the_page_shows_what_is_printed_not_what_has_changed_since(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = an_issued_slip(session, scene)
    name = scene.booking.enterprise.name
    scene.booking.enterprise.name = "改名后的企业有限公司"
    session.commit()
    page = text_of(office.get(f"/slips/{slip.id}"))
    assert f"<td>{name}</td>" in page
    assert name in pdf_text(office.get(f"/slips/{slip.id}.pdf"))


def test_the_list_leaves_as_a_spreadsheet(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = an_issued_slip(session, scene)
    answer = office.get("/slips/list.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:2] == [slip.number, date(2026, 11, 16)]
    assert rows[1][7:11] == [scene.official.name, scene.units[0].name, date(2026, 12, 7), "已印发"]
    answer.headers["Content-Disposition"].encode("latin-1")


def test_leaders_and_units_are_found_by_name_and_initials(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    found = text_of(office.get(f"/slips/options/leaders?q={scene.official.initials}"))
    assert f'<option value="{scene.official.id}">' in found
    assert scene.receiver.name not in found
    assert scene.units[0].name in text_of(office.get(f"/slips/options/units?q={scene.units[0].name}"))
