"""Units' opinions as the office asks for them and as units answer: each unit sees its own and no visitor."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.opinions import OpinionState
from portal.domain.people import Role
from portal.store.models.matters import CategoryUnit, Opinion
from tests.booking_orders import the_district
from tests.builders import a_booking, a_category, a_matter, a_reception_day, a_unit, an_enterprise

HTMX = {"HX-Request": "true"}
ANSWER = {
    "opinion": "符合条件，年内兑现。",
    "policy_basis": "安府发〔2025〕8号第十二条",
    "answered_by": "王示例 副局长",
}


@pytest.fixture
def filled(session):
    """15 December with one booking of two matters; one unit is asked about the first, another is not."""
    category = a_category()
    mine, other = a_unit(short_name="区财政局"), a_unit(short_name="区住建局")
    booking = a_booking(a_reception_day(), an_enterprise(name="安澜甲有限公司"), visitor_name="申来访")
    matter = a_matter(booking, category, title="补贴兑现", detail="协议约定的补贴尚未兑现。")
    further = a_matter(booking, category, title="验收办证")
    session.add_all([category, mine, other, booking, matter, further, *the_district()])
    session.flush()
    opinion = Opinion(
        matter=matter, unit=mine, state=OpinionState.ASKED, question="能否年内兑现？", due_on=date(2026, 12, 14),
        asked_by="工商联办公室", asked_at=booking.booked_at,
    )  # fmt: skip
    session.add_all([opinion, CategoryUnit(category_code=category.code, unit_id=other.id)])
    session.commit()
    return {
        "mine": mine, "other": other, "opinion": opinion.id, "booking": booking.id, "matter": matter.id,
        "further": further.id,
    }  # fmt: skip


@pytest.fixture
def unit(sign_in, filled):
    return sign_in(Role.UNIT, unit=filled["mine"])


@pytest.fixture
def office(sign_in, filled):
    return sign_in(Role.OFFICE)


def page(answer):
    return answer.get_data(as_text=True)


def opinion(session, filled):
    return session.get_one(Opinion, filled["opinion"], populate_existing=True)


def test_a_unit_sees_what_it_needs_and_nothing_of_the_visitor(unit, filled):
    html = page(unit.get(f"/opinions/{filled['opinion']}"))
    assert all(
        it in html for it in ("补贴兑现", "协议约定的补贴尚未兑现", "安澜甲有限公司", "能否年内兑现？", "12月14日")
    )
    assert not any(it in html for it in ("申来访", "13800005678", "138****5678"))
    assert "严禁录入涉密信息" in html


def test_another_unit_finds_nothing_by_any_door(sign_in, filled):
    other = sign_in(Role.UNIT, unit=filled["other"])
    assert other.get(f"/opinions/{filled['opinion']}").status_code == 404
    assert other.post(f"/opinions/{filled['opinion']}", data=ANSWER).status_code == 404
    assert other.post(f"/opinions/{filled['opinion']}/release", data={"reason": "属其他单位职责"}).status_code == 404
    assert "补贴兑现" not in page(other.get("/opinions/"))
    sheet = CalamineWorkbook.from_filelike(BytesIO(other.get("/opinions/list.xlsx").data)).get_sheet_by_index(0)
    assert not any("补贴兑现" in row for row in sheet.to_python())


@pytest.mark.parametrize("role", [it for it in Role if it not in (Role.OFFICE, Role.UNIT)])
def test_nobody_else_opens_the_list(sign_in, filled, role):
    assert sign_in(role).get("/opinions/").status_code == 403


def test_a_unit_does_not_ask_record_or_withdraw(unit, filled):
    for address in ("ask", f"{filled['opinion']}/record", f"{filled['opinion']}/again"):
        assert unit.get(f"/opinions/{address}").status_code == 403
    assert unit.post(f"/opinions/{filled['opinion']}/withdraw").status_code == 403


def test_a_unit_answers_and_may_correct_itself(session, unit, filled):
    place = f"/opinions/{filled['opinion']}"
    refused = unit.post(place, data=ANSWER | {"opinion": ""})
    assert refused.status_code == 422
    assert "第十二条" in page(refused)
    assert unit.post(place, data=ANSWER | {"version": 1}).status_code == 303
    assert opinion(session, filled).state is OpinionState.ANSWERED
    assert "修改回复" in page(unit.get(place))
    assert unit.post(place, data=ANSWER | {"opinion": "改为明年一季度。", "version": 2}).status_code == 303
    stale = unit.post(place, data=ANSWER | {"version": 2}, headers=HTMX)
    assert stale.status_code == 409
    assert "别人已处理" in page(stale)
    assert 'value="3"' in page(stale)


def test_a_unit_asks_to_be_let_off_and_the_office_sees_why(session, unit, sign_in, filled):
    assert unit.post(f"/opinions/{filled['opinion']}/release", data={"reason": "无"}).status_code == 422
    assert unit.post(f"/opinions/{filled['opinion']}/release", data={"reason": "属区住建局职责"}).status_code == 303
    html = page(sign_in(Role.OFFICE).get(f"/opinions/{filled['opinion']}"))
    assert "属区住建局职责" in html
    assert f"/opinions/ask?matter={filled['matter']}" in html


def test_the_office_writes_down_what_was_said_on_the_telephone(session, office, filled):
    assert office.post(f"/opinions/{filled['opinion']}/record", data=ANSWER | {"answered_by": ""}).status_code == 422
    assert office.post(f"/opinions/{filled['opinion']}/record", data=ANSWER).status_code == 303
    assert "电话答复，代为登记" in page(office.get(f"/opinions/{filled['opinion']}"))


def test_the_office_withdraws_and_asks_again(session, office, filled):
    office.post(f"/opinions/{filled['opinion']}/withdraw", data={"version": 1})
    assert opinion(session, filled).state is OpinionState.WITHDRAWN
    late = office.post(f"/opinions/{filled['opinion']}/again", data={"due_on": "2026-11-21"})
    assert late.status_code == 422
    assert "代为登记" in page(late)
    assert office.post(f"/opinions/{filled['opinion']}/again", data={"due_on": "2026-12-11"}).status_code == 303
    assert opinion(session, filled).due_on == date(2026, 12, 11)


def test_a_booking_s_matters_and_the_units_of_their_categories_are_ticked(office, filled):
    html = page(office.get(f"/opinions/ask?booking={filled['booking']}"))
    assert "区住建局（按类别建议）" in html
    assert html.count("checked") == 3
    assert 'value="2026-12-14"' in html


def test_asking_with_nothing_ticked_is_refused_beside_the_fields(session, office, filled):
    place = f"/opinions/ask?booking={filled['booking']}"
    given = {"due_on": "2026-12-14", "question": "请说明进度。"}
    assert "请至少勾选一项诉求" in page(office.post(place, data=given))
    refused = office.post(place, data=given | {"matters": filled["further"]})
    assert (refused.status_code, "请说明进度。" in page(refused)) == (422, True)
    asked = office.post(place, data=given | {"matters": filled["further"], "units": filled["other"].id})
    assert asked.status_code == 303
    made = session.scalars(select(Opinion).where(Opinion.matter_id == filled["further"])).one()
    assert (made.unit_id, made.question) == (filled["other"].id, "请说明进度。")


def test_there_is_nothing_to_ask_about_an_unknown_booking(office):
    assert office.get("/opinions/ask?booking=999").status_code == 404


@pytest.mark.parametrize(
    "query,shown",
    [("", True), ("state=answered", False), ("overdue=1", False), ("q=补贴", True), ("day=2027-01-01", False)],
)
def test_the_list_is_narrowed_by_its_address(office, query, shown):
    assert ("补贴兑现" in page(office.get(f"/opinions/?{query}"))) is shown


def test_the_workbench_counts_what_waits_and_the_list_is_behind_it(unit, filled):
    html = page(unit.get("/"))
    assert "征求意见等我回复" in html
    assert 'href="/opinions/?state=asked"' in html


def test_the_navigation_counts_what_the_unit_has_to_answer_and_what_the_office_must_follow_up(unit, sign_in, filled):
    waits = 'class="count">1<span class="unseen"> 条待处理'
    office = sign_in(Role.OFFICE)
    assert waits in page(unit.get("/"))
    assert waits not in page(office.get("/"))
    assert waits not in page(sign_in(Role.UNIT, unit=filled["other"]).get("/"))
    unit.post(f"/opinions/{filled['opinion']}/release", data={"reason": "属区住建局职责"})
    assert waits not in page(unit.get("/"))
    assert waits in page(office.get("/"))
