import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import Check, MatterState
from portal.domain.people import Actor, Role
from portal.domain.slips import SlipState
from portal.services import slip_drafts, slip_receipts, slip_signing, slips
from portal.services.slip_orders import Helper
from portal.services.slip_sheets import print_papers, sheet_from
from portal.store.audit_trail import verify
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from portal.store.models.people import Post
from portal.store.models.slips import Slip, SlipVersion
from tests.builders import a_category, a_turn
from tests.slip_builders import (
    INSTRUCTION,
    NOW,
    OFFICE,
    a_draft,
    a_numbered_slip,
    a_scene,
    a_signed_slip,
    an_issued_slip,
    draft_of,
    unit_actor,
)

ADDRESS = "http://127.0.0.1:8000"


def acts(session):
    return list(session.scalars(select(AuditLine.act).order_by(AuditLine.id)))


def versions(session, slip):
    return list(
        session.scalars(select(SlipVersion).where(SlipVersion.slip_id == slip.id).order_by(SlipVersion.version))
    )


def paper(session, slip, actor=OFFICE, **given):
    return print_papers(session, [slip.id], address=ADDRESS, actor=actor, now=NOW, **given)[0]


def test_a_draft_takes_receiver_signer_date_and_texts_from_the_day_the_checks_and_the_rules(session):
    scene = a_scene(session, matters=2)
    scene.matters[0].is_true = scene.matters[0].is_lawful = Check.YES
    scene.matters[0].is_reasonable = Check.NO
    scene.matters[0].check_note = "税务部门已核对。"
    session.add(Reception(booking=scene.booking, started_at=NOW, approach="由住建部门先行验收。"))
    session.commit()
    slip = a_draft(session, scene)
    assert slip.receiver_id == slip.signer_id == scene.receiver.id
    assert slip.receiver_post == "区委书记"
    assert slip.due_on == date(2026, 12, 7)  # the 15th working day after 16 November
    assert (
        slip.prior_check
        == "一、经核实，诉求真实、合法，不合理。税务部门已核对。\n二、诉求是否真实、合法、合理，尚待核实。"
    )
    assert slip.proposal.splitlines() == [
        "由住建部门先行验收。",
        "以上2项诉求拟交办，请批示明确牵头领导、牵头单位和配合单位，于2026年12月7日前办结并答复企业。",
    ]
    assert "书面反馈" in slip.requirements
    assert slip.copies_to == "区委督查室，区政府督查室"
    assert slip.number is None


def test_the_proposal_is_short_enough_in_grammar_for_one_matter(session):
    slip = a_draft(session, a_scene(session, matters=1))
    assert slip.proposal.startswith("以上诉求拟交办")


def test_matters_of_two_enterprises_or_two_days_do_not_share_a_slip(session):
    category = a_category()
    one, two = a_scene(session, category=category), a_scene(session, category=category, day=date(2026, 11, 17))
    with pytest.raises(RuleBroken, match="同一个接待日"):
        slip_drafts.draft_slip(session, [one.ids[0], two.ids[0]], actor=OFFICE, now=NOW)


@pytest.mark.parametrize("state", [MatterState.REGISTERED, MatterState.SETTLED, MatterState.REFUSED])
def test_only_matters_that_wait_can_be_put_on_a_slip(session, state):
    scene = a_scene(session, matters=1)
    scene.matters[0].on_site_answer, scene.matters[0].ended_reason = "已答复", "已说明"
    scene.matters[0].state = state
    session.commit()
    with pytest.raises(RuleBroken, match="只有待交办的事项可以交办"):
        slip_drafts.draft_slip(session, scene.ids, actor=OFFICE, now=NOW)


def test_a_matter_on_one_slip_cannot_be_put_on_another(session):
    scene = a_scene(session)
    a_numbered_slip(session, scene, scene.ids[0])
    with pytest.raises(Conflict, match="安民接交〔2026〕1号"):
        slip_drafts.draft_slip(session, scene.ids, actor=OFFICE, now=NOW)


def test_a_draft_can_be_changed_also_the_matters_on_it(session):
    scene = a_scene(session, matters=3)
    slip = a_draft(session, scene, *scene.ids[:2])
    wanted = slip_drafts.SlipDraft(
        matter_ids=(scene.ids[2], scene.ids[1]),
        receiver_id=scene.receiver.id,
        signer_id=scene.other.id,
        order=scene.order(),
        proposal="另拟。",
    )
    slip_drafts.edit_draft(session, slip.id, wanted, version=slip.version, actor=OFFICE, now=NOW)
    session.commit()
    assert [(it.matter_id, it.position) for it in slip.entries] == [(scene.ids[1], 1), (scene.ids[2], 2)]
    assert (slip.signer_id, slip.lead_official_id, slip.lead_unit_id) == (
        scene.other.id,
        scene.official.id,
        scene.units[0].id,
    )
    assert [(it.unit_id, it.due_on) for it in slip.assisting] == [(scene.units[1].id, date(2026, 11, 30))]
    assert slip.proposal == "另拟。"


def test_whoever_saw_an_older_version_is_told_and_changes_nothing(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    seen = slip.version
    wanted = replace(draft_of(slip), proposal="先到的修改。")
    slip_drafts.edit_draft(session, slip.id, wanted, version=seen, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="别人已修改"):
        slip_drafts.edit_draft(
            session, slip.id, replace(wanted, proposal="后到的。"), version=seen, actor=OFFICE, now=NOW
        )
    session.rollback()
    assert slip.proposal == "先到的修改。"


def test_numbering_gives_the_next_number_of_the_year_and_freezes_the_paper(session):
    scene = a_scene(session)
    first, second = a_numbered_slip(session, scene, scene.ids[0]), a_numbered_slip(session, scene, scene.ids[1])
    assert (first.number, second.number) == ("安民接交〔2026〕1号", "安民接交〔2026〕2号")
    assert first.state is SlipState.AWAITING_SIGNATURE
    (version,) = versions(session, first)
    assert (version.version, version.why) == (1, "编号送签")
    assert re.fullmatch(r"[A-Z2-7]{16}", version.verify_code)
    assert sheet_from(version.sheet).number == "安民接交〔2026〕1号"
    assert sheet_from(version.sheet).instruction == ""


def test_the_number_is_of_the_year_in_which_it_is_given(session):
    slip = a_draft(session, a_scene(session))
    new_year = datetime(2027, 1, 1, 0, 0, tzinfo=ZONE)
    slips.number_slip(session, slip.id, actor=OFFICE, now=new_year)
    assert slip.number == "安民接交〔2027〕1号"


def test_a_slip_without_signer_gets_no_number_and_uses_none_up(session):
    scene = a_scene(session, turns=[])
    slip = a_draft(session, scene)
    with pytest.raises(RuleBroken, match="请选择签批领导"):
        slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.rollback()
    slip_drafts.edit_draft(session, slip.id, replace(draft_of(slip), signer_id=scene.other.id), actor=OFFICE, now=NOW)
    assert slips.number_slip(session, slip.id, actor=OFFICE, now=NOW).number == "安民接交〔2026〕1号"


def test_a_slip_with_a_character_no_font_has_is_refused_before_it_has_a_number(session):
    scene = a_scene(session)
    scene.matters[0].title = "办证\U000f0000"
    slip = a_draft(session, scene)
    with pytest.raises(RuleBroken, match="打印字体中没有"):
        slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)


def test_what_comes_back_for_changes_keeps_its_number_and_gets_a_new_version(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slips.return_to_draft(session, slip.id, "补充前期核实情况", actor=scene.signer, now=NOW)
    session.commit()
    assert (slip.state, slip.number) == (SlipState.DRAFT, "安民接交〔2026〕1号")
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    assert slip.number == "安民接交〔2026〕1号"
    assert [it.version for it in versions(session, slip)] == [1, 2]
    assert len({it.verify_code for it in versions(session, slip)}) == 2
    other = a_numbered_slip(session, a_scene(session, day=date(2026, 11, 17)))
    assert other.number == "安民接交〔2026〕2号"


def test_sending_back_needs_a_remark_and_is_not_for_other_leaders(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    stranger = Actor(9, "别人", Role.LEADER, leader_ids=frozenset({scene.other.id}))
    with pytest.raises(NotAllowed):
        slips.return_to_draft(session, slip.id, "补充核实情况", actor=stranger, now=NOW)
    with pytest.raises(RuleBroken, match="请写明退回意见"):
        slips.return_to_draft(session, slip.id, "改", actor=OFFICE, now=NOW)


def test_the_leader_signs_on_the_screen_and_the_matters_are_assigned(session):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    assert (slip.state, slip.signed_on, slip.signed_how.label) == (SlipState.SIGNED, date(2026, 11, 22), "系统内签批")
    assert (slip.signed_by, slip.signer_post, slip.lead_official_post) == (
        scene.receiver.name,
        "区委书记",
        "常务副区长",
    )
    for matter in scene.matters:
        assert (matter.state, matter.lead_unit_id, matter.due_on) == (
            MatterState.ASSIGNED,
            scene.units[0].id,
            date(2026, 12, 7),
        )
    second = versions(session, slip)[1]
    shown = sheet_from(second.sheet)
    assert (shown.instruction, shown.lead_unit, shown.signed_on) == (INSTRUCTION, scene.units[0].name, None)
    (signature,) = slip_signing.standing_signatures(session, slip.id)
    assert (signature.version, signature.document_sha256) == (2, second.sha256)
    (printed,) = print_papers(session, [slip.id], address="", actor=OFFICE, now=NOW)
    assert printed.signed_on == date(2026, 11, 22)


def test_only_the_leader_a_slip_was_submitted_to_signs_it(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    official = Actor(4, "牵头", Role.LEADER, leader_ids=frozenset({scene.official.id}))
    secretary = Actor(5, "联络员", Role.SECRETARY, leader_ids=frozenset({scene.receiver.id}))
    with pytest.raises(NotAllowed, match="没有委托您不能代签"):
        slip_signing.sign_slip(session, slip.id, scene.order(), actor=official, now=NOW)
    for actor in (secretary, OFFICE, unit_actor(scene.units[0])):
        with pytest.raises(NotAllowed, match="不能签批交办单"):
            slip_signing.sign_slip(session, slip.id, scene.order(), actor=actor, now=NOW)


@pytest.mark.parametrize(
    "lacking,sentence",
    [("instruction", "请填写领导批示"), ("lead_official_id", "牵头领导"), ("lead_unit_id", "牵头单位")],
)
def test_a_signature_needs_instruction_lead_official_and_lead_unit(session, lacking, sentence):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    order = scene.order(**{lacking: "" if lacking == "instruction" else None})
    with pytest.raises(RuleBroken, match=sentence):
        slip_signing.sign_slip(session, slip.id, order, actor=scene.signer, now=NOW)


@pytest.mark.parametrize(
    "helpers,sentence",
    [
        (lambda units: (Helper(units[0].id),), "不能再选牵头单位"),
        (lambda units: (Helper(units[1].id), Helper(units[1].id)), "选了两次"),
        (lambda units: (Helper(units[1].id, date(2026, 12, 8)),), "不能晚于办结时限"),
        (lambda units: (Helper(units[2].id + 99_999),), "不存在"),
    ],
)
def test_assisting_units_must_make_sense(session, helpers, sentence):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    with pytest.raises(RuleBroken, match=sentence):
        slip_signing.sign_slip(
            session, slip.id, scene.order(assisting=helpers(scene.units)), actor=scene.signer, now=NOW
        )


def test_a_hand_signed_paper_is_entered_with_its_day_and_the_posts_held_then(session):
    scene = a_scene(session)
    session.add(Post(leader=scene.receiver, title="市委副书记", starts_on=date(2026, 11, 20)))
    slip = a_numbered_slip(session, scene)
    slip_signing.record_signature(session, slip.id, scene.order(), date(2026, 11, 20), actor=OFFICE, now=NOW)
    session.commit()
    assert (slip.signed_on, slip.signed_how.label) == (date(2026, 11, 20), "纸面手写")
    assert (slip.receiver_post, slip.signer_post) == ("区委书记", "市委副书记")


@pytest.mark.parametrize("day,sentence", [(date(2026, 11, 23), "不能晚于今天"), (date(2026, 11, 15), "不能早于接待日")])
def test_a_signature_cannot_be_of_tomorrow_or_older_than_the_reception(session, day, sentence):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    with pytest.raises(RuleBroken, match=sentence):
        slip_signing.record_signature(session, slip.id, scene.order(), day, actor=OFFICE, now=NOW)


def test_each_unit_signs_for_the_slip_and_the_lead_units_signature_moves_it_on(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[1]), now=NOW)
    session.commit()
    assert slip.state is SlipState.ISSUED
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    session.commit()
    assert slip.state is SlipState.RECEIVED
    with pytest.raises(Conflict, match="不必重复签收"):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[1]), now=NOW)


def test_an_assisting_unit_may_sign_after_the_lead_unit(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    for unit in scene.units[:2]:
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=NOW)
    session.commit()
    assert {it.unit_id for it in slip.receipts} == {unit.id for unit in scene.units[:2]}
    assert slip.state is SlipState.RECEIVED


def test_a_unit_that_is_not_named_or_comes_before_the_issue_finds_no_slip(session):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    with pytest.raises(NotFound):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    with pytest.raises(NotFound):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[2]), now=NOW)


def test_a_slip_whose_date_has_passed_is_not_issued(session):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    with pytest.raises(RuleBroken, match="办结时限已过"):
        slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW + timedelta(days=30))


def test_a_void_slip_keeps_its_number_and_sets_its_matters_free(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slips.void_slip(session, slip.id, "牵头单位有误，重新交办", actor=OFFICE, now=NOW)
    session.commit()
    assert (slip.state, slip.number) == (SlipState.VOID, "安民接交〔2026〕1号")
    assert [(it.state, it.lead_unit_id, it.due_on) for it in scene.matters] == [
        (MatterState.AWAITING_ASSIGNMENT, None, None)
    ] * 2
    assert a_numbered_slip(session, scene).number == "安民接交〔2026〕2号"
    with pytest.raises(RuleBroken, match="作废"):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)


def test_voiding_needs_a_reason(session):
    slip = a_numbered_slip(session, a_scene(session))
    with pytest.raises(RuleBroken, match="请写明作废原因"):
        slips.void_slip(session, slip.id, "误", actor=OFFICE, now=NOW)


def test_steps_that_do_not_follow_are_refused_with_what_is_possible(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    with pytest.raises(RuleBroken, match="交办单现为“草拟”，不能变更为“已印发”。目前可以：编号送签、作废。"):
        slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="不能变更为“待签批”"):
        slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="不能再修改"):
        slip_drafts.edit_draft(session, slip.id, draft_of(slip), actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_drafts_numbers_issues_and_voids(session, role):
    scene = a_scene(session)
    slip = a_draft(session, scene, scene.ids[0])
    actor = Actor(7, role.label, role, unit_id=scene.units[0].id, leader_ids=frozenset({scene.receiver.id}))
    for act in (
        lambda: slip_drafts.draft_slip(session, [scene.ids[1]], actor=actor, now=NOW),
        lambda: slip_drafts.edit_draft(session, slip.id, draft_of(slip), actor=actor, now=NOW),
        lambda: slips.number_slip(session, slip.id, actor=actor, now=NOW),
        lambda: slip_signing.record_signature(session, slip.id, scene.order(), NOW.date(), actor=actor, now=NOW),
        lambda: slips.issue_slip(session, slip.id, actor=actor, now=NOW),
        lambda: slips.void_slip(session, slip.id, "不再需要", actor=actor, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_every_act_writes_its_line_and_the_chain_holds(app, session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    slips.void_slip(session, slip.id, "重新交办", actor=OFFICE, now=NOW)
    session.commit()
    assert acts(session) == [
        "slip_drafted",
        "slip_numbered",
        "slip_decided",
        "slip_signed",
        "slip_issued",
        "slip_received",
        "slip_voided",
    ]
    assert verify(session)[1] is None


def test_the_frozen_paper_stays_as_it_was_when_everything_around_it_changes(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    before = paper(session, slip)
    scene.booking.enterprise.name = "改名后的企业有限公司"
    scene.booking.visitor_name = "改了"
    scene.units[0].name = "改名后的局"
    scene.matters[0].title = "改了标题"
    session.add(Post(leader=scene.receiver, title="市长", starts_on=date(2026, 1, 1)))
    scene.receiver.name = "改名"
    session.commit()
    assert paper(session, slip) == before
    assert "改" not in repr(before)


def test_a_draft_prints_what_it_says_now_and_no_number(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    scene.matters[0].title = "新的标题"
    session.commit()
    sheet = paper(session, slip)
    assert (sheet.number, sheet.verify_code, sheet.verify_url) == (None, "", "")
    assert sheet.matters[0].title == "新的标题"


def test_the_telephone_is_set_in_when_printing_masked_or_in_full_which_is_written_down(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    assert "13800005678" not in "".join(it.sheet for it in versions(session, slip))
    assert paper(session, slip).visitor_phone == "138****5678"
    assert acts(session)[-1] == "slip_issued"
    assert paper(session, slip, unit_actor(scene.units[0]), full=True).visitor_phone == "13800005678"
    session.commit()
    line = session.scalars(select(AuditLine).order_by(AuditLine.id.desc()).limit(1)).one()
    assert (line.act, line.target_kind, line.target_id) == ("personal_data_seen", "slip", str(slip.id))
    assert "5678" not in line.summary + line.details
    with pytest.raises(NotAllowed):
        paper(session, slip, scene.signer, full=True)


def test_supervision_gets_the_paper_without_the_visitors_name(session):
    slip = an_issued_slip(session, a_scene(session))
    sheet = paper(session, slip, Actor(8, "督查室", Role.SUPERVISOR))
    assert (sheet.visitor_name, sheet.visitor_phone) == ("申**", "138****5678")


def test_a_void_slip_prints_its_last_version_marked_void(session):
    slip = an_issued_slip(session, a_scene(session))
    slips.void_slip(session, slip.id, "重新交办", actor=OFFICE, now=NOW)
    session.commit()
    sheet = paper(session, slip)
    assert sheet.is_void
    assert sheet.number == slip.number


def test_a_frozen_paper_that_was_tampered_with_is_not_printed(session):
    slip = an_issued_slip(session, a_scene(session))
    version = versions(session, slip)[-1]
    kept = json.loads(version.sheet)
    version.sheet = json.dumps(kept | {"lead_unit": "别的局"}, ensure_ascii=False)
    session.commit()
    with pytest.raises(RuleBroken, match="与存档时的指纹不符"):
        paper(session, slip)


def test_a_sheet_survives_being_kept_as_text(session):
    scene = a_scene(session)
    session.add(a_turn(scene.other, reception_day=scene.day, seat="accompanying", post="副区长"))
    slip = an_issued_slip(session, scene)
    sheet = sheet_from(versions(session, slip)[-1].sheet)
    assert [it.name for it in sheet.receivers] == [scene.receiver.name, scene.other.name]
    assert sheet.assisting_units[0].due_on == date(2026, 11, 30)
    assert sheet.received_at == datetime(2026, 11, 16, 9, 0, tzinfo=ZONE)
    assert sheet.due_note == "15个工作日"
    assert sheet.copies_to == ("区委督查室", "区政府督查室")
    assert sheet.issuing_organ == "安澜区工商业联合会"
    assert sheet.heading == "安澜区“民营企业接待日”交办单"


def test_forty_desks_numbering_at_once_get_forty_numbers_without_gap(app, session):
    category = a_category()
    drafts = [
        a_draft(
            session, a_scene(session, matters=1, category=category, day=date(2026, 1, 1) + timedelta(days=place))
        ).id
        for place in range(40)
    ]
    session.rollback()

    def number(slip_id):
        with app.app_context():
            with transaction() as own:
                text = slips.number_slip(own, slip_id, actor=OFFICE, now=NOW).number
            db.session.remove()
            return text

    with ThreadPoolExecutor(40) as pool:
        numbers = list(pool.map(number, drafts))
    assert sorted(numbers) == sorted(f"安民接交〔2026〕{serial}号" for serial in range(1, 41))
    assert session.scalar(select(Slip.serial).order_by(Slip.serial.desc()).limit(1)) == 40


def test_two_desks_drafting_the_same_matter_at_once_make_one_slip(app, session):
    scene = a_scene(session, matters=1)
    matter = scene.ids
    session.rollback()

    def draft(place):
        with app.app_context():
            try:
                with transaction() as own:
                    slip_drafts.draft_slip(own, matter, actor=OFFICE, now=NOW)
            except Conflict:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(draft, range(8))) == [False] * 7 + [True]


def test_two_people_acting_on_the_same_numbered_slip_do_not_both_succeed(app, session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slip_id, version, order = slip.id, slip.version, scene.order()
    signer = scene.signer
    session.rollback()

    def act(place):
        with app.app_context():
            try:
                with transaction() as own:
                    if place % 2:
                        slip_signing.sign_slip(own, slip_id, order, version=version, actor=signer, now=NOW)
                    else:
                        slips.void_slip(own, slip_id, "重新交办", version=version, actor=OFFICE, now=NOW)
            except (Conflict, RuleBroken):
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(act, range(6))) == 1
    session.expire_all()
    states = set(session.scalars(select(Matter.state)))
    assert states in ({MatterState.ASSIGNED}, {MatterState.AWAITING_ASSIGNMENT})


def test_a_date_set_by_hand_is_the_one_the_proposal_asks_for(session):
    scene = a_scene(session)
    proposed = slip_drafts.proposed_draft(session, scene.ids, today=NOW.date())
    changed = replace(proposed, order=scene.order(due_on=date(2026, 12, 31)))
    slip = slip_drafts.draft_slip(session, scene.ids, changed, actor=OFFICE, now=NOW)
    assert "于2026年12月31日前办结并答复企业。" in slip.proposal
    assert proposed.order.due_on != date(2026, 12, 31)
