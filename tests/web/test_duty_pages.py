from datetime import date

import pytest

from portal.domain.people import ADMINISTRATORS, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.store.queries.duty import turn_on
from tests.builders import a_leader, a_reception_day, a_turn

DAY = date(2026, 12, 15)
MAIN = "/duty/2026-12-15/main/1"
READERS = (Role.LEADER, Role.SECRETARY)


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def leaders(session):
    """Two planned days; 甲示一 is main on the first; 乙示二 and 丙示三 are free."""
    people = [a_leader(name=name, post="副区长") for name in ("甲示一", "乙示二", "丙示三")]
    turn = a_turn(people[0], why="主接待尚未轮到过", passed_over=[{"leader": "乙示二", "why": "名单顺序在后。"}])
    session.add_all(
        [
            *people,
            a_reception_day(state=DayState.PLANNED, turns=[turn]),
            a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED),
        ]
    )
    session.commit()
    return [it.id for it in people]


def selects(statements):
    return sum(it.startswith("SELECT") for it in statements)


def client_of(sign_in, role, leaders):
    return sign_in(role, leader_id=leaders[0] if role in READERS else None)


@pytest.mark.parametrize("role", [Role.OFFICE, *READERS])
def test_the_rota_says_who_and_why_and_who_was_passed_over(sign_in, leaders, role):
    page = text(client_of(sign_in, role, leaders).get("/duty/"))
    for words in (
        "12月15日 周二",
        "甲示一",
        "主接待尚未轮到过",
        "名单顺序在后",
        "还缺 5 个席位",
        "下一位主接待",
        "极差",
    ):
        assert words in page


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, *sorted(ADMINISTRATORS)])
def test_nobody_else_opens_the_rota(sign_in, leaders, role):
    client = client_of(sign_in, role, leaders)
    for page in ("/duty/", "/duty/plans/new", MAIN, f"{MAIN}/remove", f"/duty/leaders/{leaders[0]}"):
        assert client.get(page).status_code == 403


@pytest.mark.parametrize("role", READERS)
def test_leaders_and_secretaries_only_read_and_see_their_own_turns_first(sign_in, leaders, role):
    client = client_of(sign_in, role, leaders)
    page = text(client.get("/duty/"))
    assert ("我的轮值" if role is Role.LEADER else "我服务的领导的轮值") in page
    assert ("更换" in page, "新排班方案" in page) == (False, False)
    for page in ("/duty/plans/new", MAIN, f"{MAIN}/remove"):
        assert (client.get(page).status_code, client.post(page).status_code) == (403, 403)


def test_an_empty_rota_leads_on_to_planning(sign_in):
    page = text(sign_in(Role.OFFICE).get("/duty/"))
    assert "先编排接待日再排班" in page
    assert "/reception-days/plan" in page


def assign(client, address=MAIN, *, leader, holder="", reason="统战部商定"):
    return client.post(address, data={"leader": str(leader), "holder": str(holder), "reason": reason})


def test_a_leader_is_replaced_with_a_reason(session, sign_in, leaders):
    client = sign_in(Role.OFFICE)
    page = text(client.get(MAIN))
    assert ("更换主接待" in page, "乙示二（副区长）主接待 0 次" in page) == (True, True)
    assert assign(client, leader=leaders[1], holder=leaders[0]).status_code == 303
    assert turn_on(session, DAY, DutySeat.MAIN, 1).leader == "乙示二"


def test_an_empty_place_is_filled_by_hand(session, sign_in, leaders):
    client = sign_in(Role.OFFICE)
    assert "指定补位" in text(client.get("/duty/2026-12-15/standby/1"))
    assert assign(client, "/duty/2026-12-15/standby/1", leader=leaders[2]).status_code == 303
    assert turn_on(session, DAY, DutySeat.STANDBY, 1).leader == "丙示三"


def test_without_a_reason_the_form_comes_back_with_the_leader_chosen(sign_in, leaders):
    page = text(assign(sign_in(Role.OFFICE), leader=leaders[1], holder=leaders[0], reason=" "), 422)
    assert "请写明理由" in page
    assert f'<option selected value="{leaders[1]}">' in page


def test_whoever_comes_second_is_told_who_sits_there_and_may_press_again(session, sign_in, leaders):
    client = sign_in(Role.OFFICE)
    assign(client, leader=leaders[1], holder=leaders[0])
    page = text(assign(client, leader=leaders[2], holder=leaders[0]), 409)
    assert "别人已安排乙示二担任当日主接待" in page
    assert turn_on(session, DAY, DutySeat.MAIN, 1).leader == "乙示二"
    holder = page.split('name="holder"')[1].split('value="')[1].split('"')[0]
    assert assign(client, leader=leaders[2], holder=holder).status_code == 303


def test_a_leader_who_sits_already_is_refused_with_those_who_are_free(sign_in, leaders):
    page = text(assign(sign_in(Role.OFFICE), "/duty/2026-12-15/standby/1", leader=leaders[0]), 409)
    assert "甲示一当日已是主接待" in page
    assert "还可以选：乙示二、丙示三" in page


def test_a_leader_nobody_offered_is_refused(sign_in, leaders):
    assert assign(sign_in(Role.OFFICE), leader=9999, holder=leaders[0]).status_code == 422


def test_taking_a_leader_off_says_first_what_it_does(session, sign_in, leaders):
    client = sign_in(Role.OFFICE)
    assert "日历上标为缺人" in text(client.get(f"{MAIN}/remove"))
    holder = turn_on(session, DAY, DutySeat.MAIN, 1).leader_id
    assert client.post(f"{MAIN}/remove", data={"holder": holder, "reason": "忙"}).status_code == 422
    assert client.post(f"{MAIN}/remove", data={"holder": holder, "reason": "外出培训"}).status_code == 303
    assert turn_on(session, DAY, DutySeat.MAIN, 1) is None
    assert client.get(f"{MAIN}/remove").status_code == 404
    late = client.post(f"{MAIN}/remove", data={"holder": holder, "reason": "外出培训"})
    assert "别人撤下" in text(late, 409)


@pytest.mark.parametrize("address", ["/duty/2026-12-15/chair/1", "/duty/2026-12-16/main/1", "/duty/leaders/999"])
def test_a_place_that_is_none_is_not_found(sign_in, leaders, address):
    assert sign_in(Role.OFFICE).get(address).status_code == 404


def test_a_place_the_office_does_not_have_is_refused_on_pressing(sign_in, leaders):
    assert assign(sign_in(Role.OFFICE), "/duty/2026-12-15/main/7", leader=leaders[1]).status_code == 404


def test_every_turn_of_a_leader_is_listed_with_its_reason(sign_in, leaders):
    page = text(sign_in(Role.OFFICE).get(f"/duty/leaders/{leaders[0]}"))
    assert ("甲示一的轮值 1" in page, "主接待尚未轮到过" in page) == (True, True)


@pytest.mark.parametrize("address", ["/duty/", "/duty/plans/new", MAIN, f"{MAIN}/remove"])
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, leaders, address):
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(address))


def test_the_rota_costs_the_same_number_of_statements_however_long(session, sign_in, leaders, statements):
    client = sign_in(Role.OFFICE)
    client.get("/duty/")
    statements.clear()
    client.get("/duty/")
    before = selects(statements)
    session.add_all(a_reception_day(day=date(2027, 2, number), turns=[a_turn(a_leader())]) for number in range(1, 20))
    session.commit()
    statements.clear()
    client.get("/duty/")
    assert selects(statements) == before


def test_with_many_leaders_the_others_reasons_stand_on_the_days_own_page(session, sign_in):
    passed = [{"leader": f"领示{number}", "why": "次数较多。"} for number in range(30)]
    session.add(a_reception_day(turns=[a_turn(a_leader(name="甲示一"), passed_over=passed)]))
    session.commit()
    client = sign_in(Role.OFFICE)
    page = text(client.get("/duty/"))
    assert ("为什么不是另 30 位" in page, "领示29" in page) == (True, False)
    assert "领示29" in text(client.get("/reception-days/2026-12-15"))
