"""Drafting on the pages: classes and dates, countersigners, a day at once, sharing and replacing; all without script."""

import re

from sqlalchemy import select

from portal.domain.matters import MatterClass, MatterState
from portal.domain.people import Role
from portal.domain.slips import SlipState
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.slip_records import slip_records
from tests.builders import a_booking, a_matter, an_enterprise
from tests.slip_builders import a_draft, a_numbered_slip, a_scene, a_signed_slip
from tests.web.test_slips import draft_of, text_of


def kinds_of(scene, *classes):
    return {
        key: value
        for place, (matter, it) in enumerate(zip(scene.matters, classes, strict=True))
        for key, value in ((f"kinds-{place}-matter_id", matter.id), (f"kinds-{place}-matter_class", it))
    }


def value_of(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page).group(1)


def test_the_form_proposes_dates_and_says_how_they_were_counted(session, sign_in):
    scene = a_scene(session)
    page = text_of(sign_in(Role.OFFICE).get(f"/slips/new?booking={scene.booking.id}"))
    assert value_of(page, "due_on") == value_of(page, "seen_due_on") == "2026-12-07"
    assert value_of(page, "assisting-0-due_on") == "2026-12-02"
    assert "通常 15个工作日，自2026年11月16日起算，至2026年12月7日。" in page
    assert "比办结时限早 3 个工作日" in page


def test_without_script_a_button_counts_the_dates_anew_and_writes_nothing(session, sign_in):
    scene = a_scene(session)
    asked = draft_of(scene, then="recount", seen_due_on="2026-12-07", proposal="请于2026年12月7日前办结。")
    answer = sign_in(Role.OFFICE).post(f"/slips/new?booking={scene.booking.id}", data=asked | kinds_of(scene, "A", ""))
    page = text_of(answer)
    assert answer.status_code == 200
    assert value_of(page, "due_on") == "2026-12-28"
    assert "请于2026年12月28日前办结。" in page
    assert session.scalars(select(Slip)).all() == []
    assert session.get(Matter, scene.ids[0]).matter_class is None


def test_saving_keeps_the_classes_and_a_proposed_date_follows(session, sign_in):
    scene = a_scene(session)
    asked = draft_of(scene, seen_due_on="2026-12-07") | kinds_of(scene, "A", "C")
    office = sign_in(Role.OFFICE)
    done = office.post(f"/slips/new?booking={scene.booking.id}", data=asked, follow_redirects=True)
    assert "办结时限随类别改为：A类 30个工作日" in text_of(done)
    slip = session.scalars(select(Slip)).one()
    assert slip.due_on.isoformat() == "2026-12-28"
    assert (slip.due_from, slip.due_days) == (scene.day.day, 30)
    session.expire_all()
    assert [session.get(Matter, it).matter_class for it in scene.ids] == [MatterClass.A, MatterClass.C]


def test_a_date_set_by_hand_stays_whatever_the_class(session, sign_in):
    scene = a_scene(session)
    asked = draft_of(scene, due_on="2026-12-01", seen_due_on="2026-12-07") | kinds_of(scene, "A", "C")
    sign_in(Role.OFFICE).post(f"/slips/new?booking={scene.booking.id}", data=asked)
    slip = session.scalars(select(Slip)).one()
    assert (slip.due_on.isoformat(), slip.due_days) == ("2026-12-01", None)


def test_countersigners_and_who_answers_for_the_proposal_are_on_the_draft(session, sign_in):
    scene = a_scene(session)
    asked = draft_of(scene, proposal_handler="经办甲", proposal_head="科长乙")
    asked |= {"countersigner_ids-0": scene.official.id, "countersigner_ids-1": scene.other.id}
    office = sign_in(Role.OFFICE)
    office.post(f"/slips/new?booking={scene.booking.id}", data=asked)
    (slip,) = slip_records(session, session.scalars(select(Slip.id)).all())
    assert [it.leader_id for it in slip.countersigners] == [scene.official.id, scene.other.id]
    page = text_of(office.get(f"/slips/{slip.id}"))
    assert value_of(page, "proposal_head") == "科长乙"


def test_a_countersigner_who_is_the_signer_is_refused_beside_the_field(session, sign_in):
    scene = a_scene(session)
    asked = draft_of(scene) | {"countersigner_ids-0": scene.receiver.id}
    answer = sign_in(Role.OFFICE).post(f"/slips/new?booking={scene.booking.id}", data=asked)
    assert answer.status_code == 422
    assert "会签领导中不能再选签批领导" in text_of(answer)


def two_enterprises(session, *, is_common):
    scene = a_scene(session, matters=1)
    booking = a_booking(scene.day, an_enterprise(name="安澜乙公司"), slot=1)
    other = a_matter(booking, scene.matters[0].category, state=MatterState.AWAITING_ASSIGNMENT, is_common=is_common)
    session.add(other)
    scene.matters[0].is_common = is_common
    session.commit()
    return scene, other


def test_a_day_is_laid_out_moved_together_and_drafted_in_one_press(session, sign_in):
    scene, other = two_enterprises(session, is_common=True)
    office, url = sign_in(Role.OFFICE), "/slips/day?day=2026-11-16"
    page = text_of(office.get(url))
    assert "第 1 张（1 项）" in page
    assert "第 2 张（1 项）" in page
    layout = {f"slip-{scene.ids[0]}": "1", f"slip-{other.id}": "2"}
    moved = office.post(url, data=layout | {"ticked": [scene.ids[0], other.id], "then": "merge"})
    assert "第 1 张（2 项）" in text_of(moved)
    assert session.scalars(select(Slip)).all() == []
    done = office.post(url, data={f"slip-{scene.ids[0]}": "1", f"slip-{other.id}": "1", "then": "print"})
    assert done.status_code == 303
    assert done.location == "/slips/print?day=2026-11-16"
    slip = session.scalars(select(Slip)).one()
    assert (slip.state, slip.serial, slip.booking_id) == (SlipState.AWAITING_SIGNATURE, 1, None)
    listed = text_of(office.get("/slips/"))
    assert f"{scene.matters[0].enterprise.name}等2家" in listed


def test_matters_that_are_not_common_are_refused_and_the_layout_stays(session, sign_in):
    scene, other = two_enterprises(session, is_common=False)
    asked = {f"slip-{scene.ids[0]}": "1", f"slip-{other.id}": "1", "then": "draft"}
    answer = sign_in(Role.OFFICE).post("/slips/day?day=2026-11-16", data=asked)
    assert answer.status_code == 422
    assert "都标为“共性”才能合在一张交办单上" in text_of(answer)
    assert "第 1 张（2 项）" in text_of(answer)


def test_one_slip_a_matter_and_all_drafts_of_the_day_numbered_at_once(session, sign_in):
    scene = a_scene(session, matters=3)
    office, url = sign_in(Role.OFFICE), "/slips/day?day=2026-11-16&each=1"
    page = text_of(office.get(url))
    assert "全部草拟（3 张）" in page
    office.post(url, data={f"slip-{it}": place for place, it in enumerate(scene.ids, start=1)} | {"then": "draft"})
    assert [it.state for it in session.scalars(select(Slip))] == [SlipState.DRAFT] * 3
    assert "3 张草稿全部编号并打印" in text_of(office.get(url))
    office.post(url, data={"then": "number"})
    session.expire_all()
    assert [it.serial for it in session.scalars(select(Slip).order_by(Slip.id))] == [1, 2, 3]


def test_a_matter_is_split_on_its_slips_page_and_both_say_so(session, sign_in):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    office = sign_in(Role.OFFICE)
    refused = office.post(f"/slips/{slip.id}/split", data={"matters": scene.ids, "lead_unit_id": scene.units[0].id})
    assert refused.status_code == 422
    assert "请写明为什么要分给两个单位办" in text_of(refused)
    asked = {"matters": scene.ids[:1], "lead_unit_id": scene.units[2].id, "reason": "土地与规划分属两个单位"}
    done = office.post(f"/slips/{slip.id}/split", data=asked)
    assert done.status_code == 303
    for url in (done.location, f"/slips/{slip.id}"):
        page = text_of(office.get(url))
        assert "分办：所列事项同时列入" in page
        assert "土地与规划分属两个单位" in page


def test_a_slip_is_made_void_and_drafted_anew_and_both_pages_say_so(session, sign_in):
    slip = a_numbered_slip(session, a_scene(session))
    office = sign_in(Role.OFFICE)
    assert office.post(f"/slips/{slip.id}/replace", data={"reason": "短"}).status_code == 422
    done = office.post(f"/slips/{slip.id}/replace", data={"reason": "时限写错，重新签批"})
    assert done.status_code == 303
    assert f'替代已作废的 <a href="/slips/{slip.id}">{slip.number}</a>' in text_of(office.get(done.location))
    assert f'由 <a href="{done.location}">交办单草稿</a> 替代' in text_of(office.get(f"/slips/{slip.id}"))
    again = office.post(f"/slips/{slip.id}/replace", data={"reason": "时限写错，重新签批"})
    assert again.status_code == 422


def test_only_the_office_lays_out_splits_and_replaces(session, sign_in):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    for url in ("/slips/day?day=2026-11-16", f"/slips/{slip.id}/split", f"/slips/{slip.id}/replace"):
        assert leader.get(url).status_code == 403


def test_a_matter_is_classed_on_its_own_page(session, sign_in):
    scene = a_scene(session, matters=1)
    (matter,) = scene.matters
    office, url = sign_in(Role.OFFICE), f"/matters/{matter.id}/class"
    assert "办结时限随之建议" in text_of(office.get(url))
    done = office.post(
        url,
        data={"version": matter.version, "matter_class": "B", "level": "leader", "is_common": "y"},
        follow_redirects=True,
    )
    page = text_of(done)
    assert all(word in page for word in ("B类", "领导办", "共性", "已标注类别和层级。"))
    late = office.post(url, data={"version": 1, "matter_class": "C"})
    assert late.status_code == 409
    assert "别人已修改了这项诉求" in text_of(late)
    assert office.post(url, data={"matter_class": "Z"}).status_code == 422
