"""Stepping in on the screen, and what the day and the leader's page say of who really served."""

import re
from datetime import datetime

import pytest

from portal import clock
from portal.clock import ZONE
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import turn_on
from portal.web.duty.change_forms import key_of
from tests.duty_people import DECEMBER, MAIN, STANDBY, District, keep_distance

PLACE = "/duty/2026-12-15/main/1"
DAY = "/reception-days/2026-12-15"


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.fixture
def district(session):
    return District(session)


@pytest.fixture
def after(session, district):
    """The day after, with the day closed."""
    clock.stand_at(datetime(2026, 12, 16, 9, 0, tzinfo=ZONE))
    session.get_one(ReceptionDay, district.day_id[DECEMBER]).state = DayState.CLOSED
    session.commit()


def form(district, name="丁示四", held="甲示一", **given):
    return {
        "held": key_of(district.day_id[DECEMBER], MAIN, 1, district.id[held]),
        "leader": str(district.id[name]),
        "reason": "临时参加市级会议",
    } | given


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR])
def test_only_the_office_lets_somebody_step_in(sign_in, district, role):
    client = sign_in(role, leader_id=district.id["甲示一"] if role in (Role.LEADER, Role.SECRETARY) else None)
    for page in ("substitute", "absence", "attended"):
        assert client.post(f"{PLACE}/{page}", data=form(district)).status_code == 403
    assert f"{PLACE}/substitute" not in text(client.get(DAY))


def test_the_standby_is_chosen_already_and_everybody_has_a_reason(sign_in, district):
    office = sign_in(Role.OFFICE)
    assert f'href="{PLACE}/substitute"' in text(office.get(DAY))
    page = text(office.get(f"{PLACE}/substitute"))
    options = re.findall(r"<option[^>]*>([^<]+)</option>", page)
    assert options[:2] == ["丁示四（副区长3），当日补位领导", "戊示五（副区长4）"]
    for words in ("甲示一不能到场，由谁补位？", "当日补位领导，先由其补位。", "主接待尚未轮到过", "多于戊示五的 0 次"):
        assert words in page


def test_stepping_up_empties_the_standbys_place_and_shows_who_served(session, sign_in, district):
    office = sign_in(Role.OFFICE)
    assert office.post(f"{PLACE}/substitute", data=form(district)).status_code == 303
    assert turn_on(session, DECEMBER, STANDBY, 1) is None
    page = text(office.get(DAY))
    for words in (
        "缺补位",
        "由当日补位领导补位，接替甲示一",
        "轮值变动 <b",
        "补位 主接待：甲示一 → 丁示四",
        "补位 补位：丁示四 → 空缺",
        "补位</span>",
    ):
        assert words in page
    assert "补位</span>" in text(office.get(f"/duty/leaders/{district.id['丁示四']}"))


def test_a_refused_form_keeps_what_was_typed(session, sign_in, district):
    keep_distance(session, 40)
    office = sign_in(Role.OFFICE)
    page = text(office.post(f"{PLACE}/substitute", data=form(district, reason="")), 422)
    assert "请写明理由" in page
    page = text(office.post(f"{PLACE}/substitute", data=form(district, "乙示二")), 422)
    assert ("请勾选“不受间隔限制”" in page, "临时参加市级会议</textarea>" in page) == (True, True)
    assert f'<option selected value="{district.id["乙示二"]}">' in page
    assert office.post(f"{PLACE}/substitute", data=form(district, "乙示二", gap_waived="y")).status_code == 303


def test_whoever_comes_second_is_told_who_sits_there_and_may_press_again(session, sign_in, district):
    office = sign_in(Role.OFFICE)
    office.post(f"{PLACE}/substitute", data=form(district, "戊示五"))
    page = text(office.post(f"{PLACE}/substitute", data=form(district, "己示六")), 409)
    assert "已改由戊示五担任" in page
    held = page.split('name="held"')[1].split('value="')[1].split('"')[0]
    assert office.post(f"{PLACE}/substitute", data=form(district, "己示六") | {"held": held}).status_code == 303
    assert turn_on(session, DECEMBER, MAIN, 1).leader == "己示六"


def test_a_place_nobody_holds_has_nobody_to_step_in_for(sign_in, district):
    office = sign_in(Role.OFFICE)
    assert office.get("/duty/2026-12-15/accompanying/1/substitute").status_code == 404
    assert office.get("/duty/2026-12-15/chair/1/substitute").status_code == 404


def test_after_the_day_it_is_entered_who_did_not_come(session, sign_in, district, after):
    office = sign_in(Role.OFFICE)
    page = text(office.get(f"{PLACE}/substitute"))
    assert f"{PLACE}/absence" in page
    assert "这一次不计入甲示一的轮值次数" in text(office.get(f"{PLACE}/absence"))
    data = form(district, reason="因病未能到场")
    assert office.post(f"{PLACE}/absence", data=data).status_code == 303
    page = text(office.get(DAY))
    assert ("未到场</span>" in page, "更正为已到场" in page, "未到场 主接待：甲示一" in page) == (True, True, True)
    assert "未到场</span>" in text(office.get(f"/duty/leaders/{district.id['甲示一']}"))
    assert office.post(f"{PLACE}/attended", data=data).status_code == 303
    assert turn_on(session, DECEMBER, MAIN, 1).attended
    text(office.post(f"{PLACE}/attended", data=data), 409)


def test_before_the_day_nobody_is_absent(sign_in, district):
    office = sign_in(Role.OFFICE)
    assert f"{PLACE}/absence" not in text(office.get(f"{PLACE}/substitute"))
    assert "还没有到" in text(office.post(f"{PLACE}/absence", data=form(district, reason="因病未能到场")), 422)


@pytest.mark.parametrize("page", ["substitute", "absence"])
def test_htmx_gets_the_very_fragment_of_the_page(sign_in, district, page):
    client = sign_in(Role.OFFICE)
    fragment = text(client.get(f"{PLACE}/{page}", headers={"HX-Request": "true"}))
    assert fragment.strip() in text(client.get(f"{PLACE}/{page}"))
