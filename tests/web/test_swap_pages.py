"""Swaps on the screen: offering, answering, losing the race, and the office for both."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.swaps import SwapState
from portal.services.swaps import accept_swap, offer_swap
from portal.store.queries.duty import turn_on
from portal.store.queries.swaps import all_swaps
from portal.web.duty.change_forms import key_of
from tests.duty_people import DECEMBER, FEBRUARY, JANUARY, MAIN, STANDBY, District, another_turn, keep_distance
from tests.services.acting import audited

OFFER = "/duty/2026-12-15/main/1/swap"
READERS = (Role.LEADER, Role.SECRETARY)


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def district(session):
    return District(session)


def key(district, day, name, seat=MAIN):
    return key_of(district.day_id[day], seat, 1, district.id[name])


def form(district, other="乙示二", day=JANUARY, **given):
    wanted = "all" if other == "all" else key(district, day, other)
    return {"mine": key(district, DECEMBER, "甲示一"), "other": wanted, "reason": "与上级会议冲突"} | given


def offered(district, order=None, *, now):
    with audited() as session:
        return offer_swap(
            session, order or district.december_for_january(), actor=district.person("甲示一"), now=now
        ).id


def client_of(sign_in, district, name, role=Role.LEADER):
    return sign_in(role, leader_id=district.id[name])


def on(session, day, seat=MAIN):
    return turn_on(session, day, seat, 1).leader


@pytest.mark.parametrize("role", READERS)
def test_a_leader_or_the_secretary_offers_the_next_turn_in_one_press(session, sign_in, district, role):
    client = client_of(sign_in, district, "甲示一", role)
    assert f'href="{OFFER}"' in text(client.get("/duty/"))
    page = text(client.get(OFFER))
    assert f'<option selected value="{key(district, JANUARY, "乙示二")}">' in page
    assert "2027年1月15日 周五 主接待 乙示二（下次同席位）" in page
    assert client.post(OFFER, data=form(district)).status_code == 303
    (row,) = all_swaps(session, actor=district.office)
    assert (row.leader, row.other, row.state) == ("甲示一", "乙示二", SwapState.OPEN)
    assert "已经提出过调换" in text(client.get(OFFER))
    assert "正在等对方答复" in text(client.post(OFFER, data=form(district)), 409)


def test_nobody_offers_the_turn_of_another(session, sign_in, district):
    client = client_of(sign_in, district, "丙示三")
    assert (client.get(OFFER).status_code, client.post(OFFER, data=form(district)).status_code) == (404, 404)
    sneaky = form(district, day=JANUARY)
    assert client.post("/duty/2027-02-22/main/1/swap", data=sneaky).status_code == 403
    assert not all_swaps(session, actor=district.office)


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, *sorted(ADMINISTRATORS)])
def test_nobody_else_opens_swaps(sign_in, district, now, role):
    swap_id, client = offered(district, now=now), sign_in(role)
    for page in ("/duty/swaps", "/duty/swaps.xlsx", OFFER, f"/duty/swaps/{swap_id}", f"/duty/swaps/{swap_id}/accept"):
        assert client.get(page).status_code == 403


def test_the_other_side_sees_before_and_after_and_agrees(session, sign_in, district, now):
    swap_id = offered(district, now=now)
    client = client_of(sign_in, district, "乙示二")
    assert "等我答复的调换" in text(client.get("/"))
    assert "等我答复的调换 1" in text(client.get("/duty/swaps"))
    page = text(client.get(f"/duty/swaps/{swap_id}/accept"))
    for words in ("12月15日 周二", "2027年1月15日 周五", "<b>乙示二</b>", "<b>甲示一</b>", "两个轮值立即互换"):
        assert words in page
    assert client.post(f"/duty/swaps/{swap_id}/accept").status_code == 303
    assert (on(session, DECEMBER), on(session, JANUARY)) == ("乙示二", "甲示一")
    assert "调换前" in text(client.get(f"/duty/swaps/{swap_id}"))
    assert client.get(f"/duty/swaps/{swap_id}/accept").status_code == 303


def test_a_stranger_sees_a_named_offer_no_more_than_one_that_is_not_there(sign_in, district, now):
    swap_id = offered(district, now=now)
    client = client_of(sign_in, district, "丙示三")
    for page in ("", "/accept", "/refuse", "/withdraw"):
        assert client.get(f"/duty/swaps/{swap_id}{page}").status_code == 404
    assert client.post(f"/duty/swaps/{swap_id}/accept").status_code == 403
    assert client.post(f"/duty/swaps/{swap_id}/withdraw").status_code == 404


def test_an_open_offer_is_taken_with_a_turn_of_ones_own(session, sign_in, district, now):
    swap_id = offered(district, district.order(district.held(DECEMBER, "甲示一")), now=now)
    client = client_of(sign_in, district, "丙示三")
    address = f"/duty/swaps/{swap_id}/accept"
    page = text(client.get(address))
    assert (key(district, FEBRUARY, "丙示三") in page, key(district, JANUARY, "乙示二") in page) == (True, False)
    assert "请选择用哪一个轮值去换" in text(client.post(address, data={"other": ""}), 422)
    assert client.post(address, data={"other": key(district, JANUARY, "乙示二")}).status_code == 403
    assert client.post(address, data={"other": key(district, FEBRUARY, "丙示三")}).status_code == 303
    assert on(session, DECEMBER) == "丙示三"


def test_whoever_comes_second_is_told_who_was_first(session, sign_in, district, now):
    swap_id = offered(district, district.order(district.held(DECEMBER, "甲示一")), now=now)
    client = client_of(sign_in, district, "乙示二")
    text(client.get(f"/duty/swaps/{swap_id}/accept"))
    with audited() as records:
        accept_swap(records, swap_id, mine=district.held(FEBRUARY, "丙示三"), actor=district.person("丙示三"), now=now)
    mine = {"other": key(district, JANUARY, "乙示二")}
    page = text(client.post(f"/duty/swaps/{swap_id}/accept", data=mine), 409)
    assert "甲示一已与丙示三调换，您的操作没有生效" in page
    assert on(session, JANUARY) == "乙示二"


@pytest.mark.parametrize(
    "name, act, ended",
    [("乙示二", "refuse", SwapState.REFUSED), ("甲示一", "withdraw", SwapState.WITHDRAWN)],
)
def test_an_offer_is_refused_or_taken_back(session, sign_in, district, now, name, act, ended):
    swap_id = offered(district, now=now)
    client = client_of(sign_in, district, name)
    assert f"/duty/swaps/{swap_id}/{act}" in text(client.get(f"/duty/swaps/{swap_id}"))
    text(client.get(f"/duty/swaps/{swap_id}/{act}"))
    assert client.post(f"/duty/swaps/{swap_id}/{act}", data={"remark": "另有安排"}).status_code == 303
    (row,) = all_swaps(session, actor=district.office)
    assert (row.state, row.remark) == (ended, "另有安排")
    text(client.post(f"/duty/swaps/{swap_id}/{act}"), 409)


def test_the_office_enters_a_swap_both_have_agreed_and_waives_the_distance(session, sign_in, district):
    keep_distance(session, 45)
    another_turn(session, district.id["甲示一"], date(2027, 1, 29), "standby")
    office = sign_in(Role.OFFICE)
    page = text(office.get(OFFER))
    assert "2027年1月15日 周五 主接待 乙示二，间隔不足" in page
    page = text(office.post(OFFER, data=form(district, how="agreed")), 422)
    assert "只隔 14 天，少于要求的 45 天" in page
    assert office.post(OFFER, data=form(district, how="agreed", gap_waived="y")).status_code == 303
    assert on(session, DECEMBER) == "乙示二"


def test_what_cannot_be_swapped_is_named_with_its_reason(session, sign_in, district):
    another_turn(session, district.id["乙示二"], date(2027, 3, 15))
    another_turn(session, district.id["丁示四"], date(2027, 4, 15))
    page = text(client_of(sign_in, district, "甲示一").get(OFFER))
    assert "丁示四在2026年12月15日 周二已是补位，一人一天只担任一个席位" in page


def test_the_office_answers_for_somebody_only_with_the_grounds(session, sign_in, district, now):
    swap_id, office = offered(district, now=now), sign_in(Role.OFFICE)
    assert "调换待处理" in text(office.get("/"))
    page = text(office.post(f"/duty/swaps/{swap_id}/accept", data={"remark": ""}), 422)
    assert "已电话征得" in page
    accepted = office.post(f"/duty/swaps/{swap_id}/accept", data={"remark": "电话征得同意"})
    assert accepted.status_code == 303
    assert on(session, DECEMBER) == "乙示二"


def test_a_turn_that_changed_meanwhile_is_a_conflict(session, sign_in, district, now):
    data = form(district)
    swap_id = offered(district, now=now)
    with audited() as records:
        accept_swap(records, swap_id, actor=district.person("乙示二"), now=now)
    page = text(sign_in(Role.OFFICE).post(OFFER, data=data | {"how": "ask"}), 409)
    assert "已改由乙示二担任" in page
    text(sign_in(Role.LEADER, leader_id=district.id["乙示二"]).post(OFFER, data=data | {"mine": "x"}), 403)


def test_the_list_is_filtered_and_leaves_as_a_spreadsheet(sign_in, district, now):
    offered(district, now=now)
    office = sign_in(Role.OFFICE)
    assert "甲示一" in text(office.get(f"/duty/swaps?state=open&leader={district.id['乙示二']}"))
    assert "没有符合筛选条件的调换" in text(office.get("/duty/swaps?state=agreed"))
    for sort in ("offered", "day", "leader", "state"):
        text(office.get(f"/duty/swaps?sort={sort}&direction=asc"))
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(office.get("/duty/swaps.xlsx").data)).get_sheet_by_index(0).to_python()
    )
    assert rows[1][:6] == ["甲示一", DECEMBER, "主接待", "乙示二", JANUARY, "主接待"]


@pytest.mark.parametrize(
    "address", ["/duty/swaps", OFFER, *(f"/duty/swaps/1/{it}" for it in ("accept", "refuse", "withdraw"))]
)
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, district, now, address):
    offered(district, now=now)
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(address))


def test_seats_of_one_day_are_swapped_too(session, sign_in, district):
    office = sign_in(Role.OFFICE)
    data = form(district, how="agreed") | {"other": key(district, DECEMBER, "丁示四", STANDBY)}
    assert office.post(OFFER, data=data).status_code == 303
    assert (on(session, DECEMBER), on(session, DECEMBER, STANDBY)) == ("丁示四", "甲示一")


@pytest.mark.parametrize("wanted", ["any", "1-main-1", "1-main-1-²", "99999999999999999999-main-1-1"])
def test_what_is_no_turn_never_becomes_an_offer_to_everybody(session, sign_in, district, wanted):
    client = client_of(sign_in, district, "甲示一")
    assert "请从名单中选择换哪一次" in text(client.post(OFFER, data=form(district) | {"other": wanted}), 422)
    assert all_swaps(session, actor=district.office) == []
