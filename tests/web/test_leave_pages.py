"""Leave on the screen: who may ask for whom, what is kept, what follows an approval."""

import re
from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal.domain.leaves import LeaveState, Span
from portal.domain.people import ADMINISTRATORS, Role
from portal.services.leaves import Decision, LeaveOrder, ask_leave, decide_leave
from portal.store.queries.leaves import all_leaves
from tests.builders import a_leader
from tests.duty_people import DECEMBER, District
from tests.services.acting import audited

WEEK = Span(date(2026, 12, 14), date(2026, 12, 18))
READERS = (Role.LEADER, Role.SECRETARY)


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def district(session):
    return District(session)


def asked(district, name="甲示一", span=WEEK, *, now, approved=False):
    with audited() as session:
        leave = ask_leave(
            session, LeaveOrder(district.id[name], span, "外出培训"), actor=district.person(name), now=now
        )
        if approved:
            decide_leave(session, leave.id, Decision(True, "周示安 区委书记"), actor=district.office, now=now)
        return leave.id


def form(leader, first="2026-12-14", last="2026-12-18", reason="外出培训"):
    return {"leader": str(leader), "first": first, "last": last, "reason": reason}


@pytest.mark.parametrize("role", READERS)
def test_leaders_and_secretaries_ask_for_their_own_from_their_turn(session, sign_in, district, role):
    client = sign_in(role, leader_id=district.id["甲示一"])
    rota = text(client.get("/duty/"))
    link = re.search(r'href="(/duty/leaves/new\?[^"]+)"', rota).group(1).replace("&amp;", "&")
    page = text(client.get(link))
    assert 'value="2026-12-15"' in page
    assert ("甲示一" in page, "乙示二" in page) == (True, False)
    assert client.post("/duty/leaves/new", data=form(district.id["甲示一"])).status_code == 303
    (row,) = all_leaves(session, actor=district.office)
    assert (row.leader, row.first, row.state) == ("甲示一", WEEK.first, LeaveState.REQUESTED)


def test_a_leader_cannot_ask_leave_for_another_nor_see_it(session, sign_in, district, now):
    other = asked(district, "乙示二", now=now)
    client = sign_in(Role.LEADER, leader_id=district.id["甲示一"])
    answer = client.post("/duty/leaves/new", data=form(district.id["丙示三"]))
    assert answer.status_code in (403, 422)
    assert len(all_leaves(session, actor=district.office)) == 1
    assert "乙示二" not in text(client.get("/duty/leaves"))
    for page in (f"/duty/leaves/{other}", f"/duty/leaves/{other}/withdraw"):
        assert client.get(page).status_code == 404
    assert client.post(f"/duty/leaves/{other}/withdraw").status_code == 404


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, *sorted(ADMINISTRATORS)])
def test_nobody_else_opens_leave(sign_in, district, now, role):
    leave_id, client = asked(district, now=now), sign_in(role)
    for page in ("/duty/leaves", "/duty/leaves.xlsx", "/duty/leaves/new", f"/duty/leaves/{leave_id}"):
        assert client.get(page).status_code == 403


def test_only_the_office_decides_and_says_first_what_falls_into_it(session, sign_in, district, now):
    leave_id = asked(district, now=now)
    address = f"/duty/leaves/{leave_id}/decide"
    assert sign_in(Role.LEADER, leader_id=district.id["甲示一"]).get(address).status_code == 403
    office = sign_in(Role.OFFICE)
    assert "其中有轮值：12月15日 周二 主接待" in text(office.get(address))
    page = text(office.post(address, data={"decision": "refuse", "decided_by": "周示安 区委书记"}), 422)
    assert "不批准的，请写明原因" in page
    assert 'value="周示安 区委书记"' in page
    assert office.post(address, data={"decision": "approve", "decided_by": "周示安 区委书记"}).status_code == 303
    page = text(office.get(f"/duty/leaves/{leave_id}"))
    assert "/duty/2026-12-15/main/1/substitute" in page
    assert "/duty/2026-12-15/main/1/swap" in page
    text(office.post(address, data={"decision": "approve", "decided_by": "吴示宁 区长"}), 409)


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_kept(sign_in, district, now):
    asked(district, now=now)
    client = sign_in(Role.LEADER, leader_id=district.id["甲示一"])
    page = text(client.post("/duty/leaves/new", data=form(district.id["甲示一"], last="2026-12-01")), 422)
    assert "结束日期早于开始日期" in page
    assert "外出培训</textarea>" in page
    page = text(client.post("/duty/leaves/new", data=form(district.id["甲示一"], first="", reason="")), 422)
    assert ("请填写开始日期" in page, "请写明请假事由" in page) == (True, True)
    page = text(client.post("/duty/leaves/new", data=form(district.id["甲示一"])), 422)
    assert "已有12月14日 周一至12月18日 周五的请假（待批准）" in page


def test_late_leave_is_marked(sign_in, district, now):
    leave_id = asked(district, now=now.replace(month=12, day=14))
    page = text(sign_in(Role.OFFICE).get(f"/duty/leaves/{leave_id}"))
    assert ("晚于规定" in page, "已不足 5 个工作日：12月15日 周二" in page) == (True, True)


def test_leave_is_taken_back_after_saying_what_that_means(session, sign_in, district, now):
    leave_id = asked(district, now=now, approved=True)
    client = sign_in(Role.LEADER, leader_id=district.id["甲示一"])
    address = f"/duty/leaves/{leave_id}/withdraw"
    assert "期间的轮值仍由甲示一履行：12月15日 周二 主接待" in text(client.get(address))
    assert client.post(address).status_code == 303
    (row,) = all_leaves(session, actor=district.office)
    assert row.state is LeaveState.WITHDRAWN
    text(client.post(address), 409)


def test_the_list_is_filtered_sorted_and_leaves_as_a_spreadsheet(sign_in, district, now):
    asked(district, now=now, approved=True)
    asked(district, "乙示二", now=now)
    office = sign_in(Role.OFFICE)
    page = text(office.get("/duty/leaves?state=requested"))
    assert ('row-link" href="/duty/leaves/2">乙示二' in page, "leaves/1" in page) == (True, False)
    assert "没有符合筛选条件的请假" in text(office.get("/duty/leaves?state=refused"))
    for sort in ("first", "leader", "asked", "state"):
        text(office.get(f"/duty/leaves?sort={sort}&direction=asc"))
    answer = office.get(f"/duty/leaves.xlsx?leader={district.id['甲示一']}")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][:6] == ["甲示一", WEEK.first, WEEK.last, "外出培训", "已批准", "按时"]
    assert len(rows) == 2


def test_an_empty_list_leads_on(session, sign_in):
    session.add(a_leader())
    session.commit()
    assert "还没有人请假" in text(sign_in(Role.OFFICE).get("/duty/leaves"))


def test_a_long_list_costs_the_same_number_of_statements(sign_in, district, now, statements):
    office = sign_in(Role.OFFICE)
    asked(district, now=now)
    text(office.get("/duty/leaves"))
    statements.clear()
    office.get("/duty/leaves")
    before = len(statements)
    for name in ("乙示二", "丙示三", "丁示四"):
        asked(district, name, now=now)
    office.get("/duty/leaves")
    statements.clear()
    office.get("/duty/leaves")
    assert len(statements) == before


@pytest.mark.parametrize(
    "address", ["/duty/leaves", "/duty/leaves/new", "/duty/leaves/1/decide", "/duty/leaves/1/withdraw"]
)
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, district, now, address):
    asked(district, now=now)
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(address))


def test_a_turn_in_a_leave_is_named_on_the_leaders_own_page(sign_in, district, now):
    leave_id = asked(district, now=now)
    page = text(sign_in(Role.SECRETARY, leader_id=district.id["甲示一"]).get(f"/duty/leaves/{leave_id}"))
    assert f"/duty/{DECEMBER}/main/1/swap" in page
    assert "substitute" not in page
