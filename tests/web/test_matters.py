from datetime import date, datetime
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.services import slips
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from tests.builders import a_category
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene, an_issued_slip


def text_of(answer):
    return answer.get_data(as_text=True)


def ledger_of(answer):
    return CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()


# --- the list -------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/matters/", "/ledger/", "/ledger.xlsx"])
@pytest.mark.parametrize("role", list(Role))
def test_business_roles_open_the_lists_and_administrators_do_not(session, sign_in, place, role):
    scene = a_scene(session)
    browser = sign_in(role, leader_id=scene.receiver.id if role in (Role.LEADER, Role.SECRETARY) else None)
    refused = role in (Role.AUDITOR, Role.SECURITY, Role.SYSTEM)
    assert browser.get(place).status_code == (403 if refused else 200)


@pytest.mark.parametrize("place,name", [("/matters/", "matter_list"), ("/ledger/", "ledger_list")])
def test_the_fragment_is_part_of_the_page(session, sign_in, place, name):
    a_scene(session)
    office = sign_in(Role.OFFICE)
    fragment = text_of(office.get(place, headers={"HX-Request": "true"})).strip()
    assert fragment.startswith(f'<div id="{name}"')
    assert fragment in text_of(office.get(place))


def test_the_same_address_narrows_list_ledger_and_export(session, sign_in):
    category = a_category()
    scene, other = a_scene(session, category=category), a_scene(session, category=category, day=date(2026, 11, 17))
    an_issued_slip(session, scene, scene.ids[0])
    first, second, third, _ = (it.number for it in (*scene.matters, *other.matters))
    office = sign_in(Role.OFFICE)
    for query, wanted in (
        ("state=assigned", {first}),
        (f"unit={scene.units[0].id}", {first}),
        ("day=2026-11-16", {first, second}),
        ("from=2026-11-01&until=2026-11-16", {first, second}),
        (f"year=2026&q={third}", {third}),
        ("year=2025", set()),
        (f"enterprise={scene.booking.enterprise_id}", {first, second}),
        ("overdue=1", set()),
    ):
        for place in ("/matters/", "/ledger/"):
            page = text_of(office.get(f"{place}?{query}"))
            assert {it for it in (first, second, third) if f">{it}</a>" in page} == wanted, (place, query)
        exported = {row[1] for row in ledger_of(office.get(f"/ledger.xlsx?{query}"))[1:]}
        assert exported == wanted, query


def test_nonsense_in_the_address_narrows_nothing(session, sign_in):
    scene = a_scene(session)
    answer = sign_in(Role.OFFICE).get(
        "/matters/?state=x&kind=y&unit=z&day=2026-13-40&year=9&urgency=q&after=%%%&sort=no"
    )
    assert answer.status_code == 200
    assert scene.matters[0].number in text_of(answer)


def test_the_filters_keep_one_another(session, sign_in):
    a_scene(session)
    page = text_of(sign_in(Role.OFFICE).get("/matters/?state=awaiting_assignment&kind=problem&q=事项"))
    assert '<input type="hidden" name="state" value="awaiting_assignment">' in page
    assert (
        "state=settled&amp;kind=problem&amp;q=" in page
        or "kind=problem&amp;q=%E4%BA%8B%E9%A1%B9&amp;state=settled" in page
    )


def test_counts_stand_beside_the_states(session, sign_in):
    scene = a_scene(session, matters=3)
    an_issued_slip(session, scene, scene.ids[0])
    page = text_of(sign_in(Role.OFFICE).get("/matters/"))
    for words in ("全部 3", "待交办 2", "已交办 1", "现场办结 0"):
        assert words in page


def test_a_unit_sees_only_its_own_matters_in_list_page_and_ledger(session, sign_in):
    scene = a_scene(session)
    an_issued_slip(session, scene, scene.ids[0])
    mine, foreign = scene.matters[0].number, scene.matters[1].number
    unit = sign_in(Role.UNIT, unit=scene.units[1])
    for place in ("/matters/", "/ledger/"):
        page = text_of(unit.get(place))
        assert mine in page
        assert foreign not in page
    assert [row[1] for row in ledger_of(unit.get("/ledger.xlsx"))] == ["编号", mine]
    assert unit.get(f"/matters/{scene.ids[0]}").status_code == 200
    assert unit.get(f"/matters/{scene.ids[1]}").status_code == 404


def test_an_overdue_matter_is_marked_in_words(session, sign_in):
    scene = a_scene(session, matters=1)
    an_issued_slip(session, scene)
    scene.matters[0].due_on = date(2026, 11, 18)
    session.commit()
    page = text_of(sign_in(Role.OFFICE).get("/matters/?overdue=1"))
    assert "逾期 2 个工作日" in page
    assert '<tr class="overdue">' in page


def test_an_empty_list_and_an_empty_answer_say_different_things(session, sign_in):
    office = sign_in(Role.OFFICE)
    assert "还没有诉求" in text_of(office.get("/matters/"))
    assert "没有符合条件的诉求" in text_of(office.get("/matters/?q=没有"))
    assert "台账还是空的" in text_of(office.get("/ledger/"))


def test_the_lists_cost_the_same_however_long_they_are(session, sign_in, statements):
    category = a_category()
    office = sign_in(Role.OFFICE)
    an_issued_slip(session, a_scene(session, matters=1, category=category))
    costs = []
    for month in (9, 10):
        for place in ("/matters/", "/ledger/", "/ledger.xlsx"):
            office.get(place)
            statements.clear()
            office.get(place)
            costs.append(len(statements))
        an_issued_slip(session, a_scene(session, matters=20, category=category, day=date(2026, month, 1)))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 14


# --- the ledger's file ----------------------------------------------------------


def test_the_exported_ledger_has_real_dates_and_the_offices_columns(session, sign_in):
    scene = a_scene(session, matters=1)
    slip = an_issued_slip(session, scene)
    answer = sign_in(Role.OFFICE).get("/ledger.xlsx")
    heading, row = ledger_of(answer)
    assert heading == [
        "序号",
        "编号",
        "日期",
        "企业",
        "类型",
        "类别",
        "事项",
        "接待领导",
        "牵头领导",
        "牵头单位",
        "配合单位",
        "时限",
        "状态",
        "交办单号",
        "答复/批示",
        "逾期",
        "办理结果",
        "结果说明",
        "是否解决",
        "满意度",
        "销号日期",
        "延期次数",
        "退回次数",
        "重办次数",
    ]
    assert row[0] == 1
    assert (row[2], row[11]) == (date(2026, 11, 16), date(2026, 12, 7))
    assert (row[12], row[13]) == ("已交办（已印发）", slip.number)
    answer.headers["Content-Disposition"].encode("latin-1")


# --- one matter -----------------------------------------------------------------


def test_a_matters_page_tells_who_is_responsible_what_was_said_and_what_happened(session, sign_in):
    scene = a_scene(session)
    scene.matters[0].detail = "二期厂房竣工一年多仍未办证。"
    at = datetime(2026, 11, 16, 9, 5, tzinfo=ZONE)
    session.add(Reception(booking=scene.booking, started_at=at, crux="规划核实意见不一致。"))
    slip = an_issued_slip(session, scene)
    page = text_of(sign_in(Role.OFFICE).get(f"/matters/{scene.ids[0]}"))
    for words in (
        scene.receiver.name,
        scene.official.name,
        scene.units[0].name,
        "二期厂房竣工一年多仍未办证。",
        "规划核实意见不一致。",
        f"印发 {slip.number}",
        "剩 11 个工作日",
        f'href="/slips/{slip.id}"',
    ):
        assert words in page, words


def test_a_unit_does_not_read_the_record_of_the_whole_reception(session, sign_in):
    scene = a_scene(session)
    session.add(Reception(booking=scene.booking, started_at=NOW, crux="另一项诉求的症结"))
    an_issued_slip(session, scene, scene.ids[0])
    assert "另一项诉求的症结" not in text_of(sign_in(Role.UNIT, unit=scene.units[0]).get(f"/matters/{scene.ids[0]}"))


def test_supervision_sees_the_matter_without_the_visitors_name(session, sign_in):
    scene = a_scene(session)
    an_issued_slip(session, scene)
    browser = sign_in(Role.SUPERVISOR)
    for place in (f"/matters/{scene.ids[0]}", "/slips/1"):
        page = text_of(browser.get(place))
        assert "申示例" not in page
        assert "申**" in page


def test_the_office_is_offered_what_it_can_do_and_told_why_not_the_rest(session, sign_in):
    scene = a_scene(session)
    office = sign_in(Role.OFFICE)
    assert f"/slips/new?matter={scene.ids[0]}" in text_of(office.get(f"/matters/{scene.ids[0]}"))
    a_draft(session, scene)
    page = text_of(office.get(f"/matters/{scene.ids[0]}"))
    assert f"/slips/new?matter={scene.ids[0]}" not in page
    assert "须先作废该单" in page


def test_the_office_disposes_of_a_matter_on_its_page(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    place = f"/matters/{scene.ids[0]}/dispose"
    assert 'id="dispose_form"' in text_of(office.get(place))
    refused = office.post(place, data={"disposition": "settle", "answer": ""})
    assert refused.status_code == 422
    assert "现场办结须填写答复内容" in text_of(refused)
    stale = office.post(place, data={"disposition": "settle", "answer": "我写的答复", "version": "0"})
    assert stale.status_code == 409
    assert "我写的答复" in text_of(stale)
    settle = {"disposition": "settle", "answer": "已答复", "answered_by": "区住建局"}
    late = office.post(place, data=settle)
    assert late.status_code == 422
    assert "请写明补录原因" in text_of(late)
    done = office.post(place, data=settle | {"late_reason": "会后核对更正"})
    assert (done.status_code, done.location) == (303, f"/matters/{scene.ids[0]}")
    session.expire_all()
    assert session.get(Matter, scene.ids[0]).state is MatterState.SETTLED


def test_the_office_checks_a_matter_on_its_page(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    place = f"/matters/{scene.ids[0]}/check"
    assert 'id="check_form"' in text_of(office.get(place))
    answers = {"is_true": "yes", "is_lawful": "yes", "is_reasonable": "no", "check_note": "已核对", "urgent": "y"}
    assert office.post(place, data=answers).status_code == 303
    session.expire_all()
    matter = session.get(Matter, scene.ids[0])
    assert (matter.is_reasonable.value, matter.check_note, matter.urgent) == ("no", "已核对", True)
    assert office.post(place, data={"is_true": "maybe"}).status_code == 422


@pytest.mark.parametrize("act", ["check", "dispose"])
def test_only_the_office_checks_and_disposes(session, sign_in, act):
    scene = a_scene(session)
    an_issued_slip(session, scene)
    assert sign_in(Role.UNIT, unit=scene.units[0]).get(f"/matters/{scene.ids[0]}/{act}").status_code == 403
    assert sign_in(Role.OFFICE).get(f"/matters/99999/{act}").status_code == 404


def test_the_timeline_hides_who_looked_at_the_telephone_from_everybody_but_the_office(session, sign_in):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    office, unit = sign_in(Role.OFFICE), sign_in(Role.UNIT, unit=scene.units[0])
    unit.post(f"/slips/{slip.id}.pdf")
    assert session.scalar(select(AuditLine.act).order_by(AuditLine.id.desc()).limit(1)) == "personal_data_seen"
    assert "完整版（含联系电话）" in text_of(office.get(f"/matters/{scene.ids[0]}"))
    assert "打印安民接交〔2026〕1号完整版" not in text_of(unit.get(f"/matters/{scene.ids[0]}"))


def test_a_void_slip_stays_in_the_matters_story(session, sign_in):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slips.void_slip(session, slip.id, "牵头单位有误", actor=OFFICE, now=NOW)
    session.commit()
    page = text_of(sign_in(Role.OFFICE).get(f"/matters/{scene.ids[0]}"))
    assert f"作废 {slip.number}：牵头单位有误" in page
    assert "待交办" in page
