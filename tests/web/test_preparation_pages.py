"""The page on which a day is prepared: the office acts, those on duty look, nobody else sees it."""

import re
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.domain.matters import Check
from portal.domain.people import Role
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.matters import CategoryUnit, Matter, Opinion
from portal.store.models.reception import ReceptionDay, Slot
from tests.booking_orders import the_district
from tests.builders import (
    a_booking,
    a_category,
    a_leader,
    a_matter,
    a_reception_day,
    a_turn,
    a_unit,
    an_enterprise,
)

PLACE = "/reception-days/2026-12-15/preparation"


@pytest.fixture
def filled(session):
    category, unit, leader, stranger = a_category(), a_unit(short_name="区财政局"), a_leader(), a_leader()
    day = a_reception_day(turns=[a_turn(leader)])
    booking = a_booking(day, an_enterprise(name="安澜甲有限公司"))
    matter = a_matter(booking, category, title="补贴兑现", grave=True)
    session.add_all([category, unit, leader, stranger, day, booking, matter, *the_district()])
    session.flush()
    session.add(CategoryUnit(category_code=category.code, unit_id=unit.id))
    session.commit()
    return {
        "leader": leader.id, "stranger": stranger.id, "unit": unit, "booking": booking.id, "matter": matter.id,
        "category": category.code, "day": day.id,
    }  # fmt: skip


@pytest.fixture
def office(sign_in, filled):
    return sign_in(Role.OFFICE)


def page(answer):
    return answer.get_data(as_text=True)


def test_the_office_sees_what_is_still_to_do_and_can_do_it(office):
    html = page(office.get(PLACE))
    assert all(
        it in html
        for it in (
            "核实 0/1",
            "单位意见 0/0",
            "参加单位 0/1",
            "按类别征求意见 1",
            "邀请 区财政局（按类别建议）",
            "锁定名单",
        )
    )
    assert "matter_check-" in html


def test_those_on_duty_look_and_cannot_act(sign_in, filled):
    leader = sign_in(Role.LEADER, leader_id=filled["leader"])
    html = page(leader.get(PLACE))
    assert "补贴兑现" in html
    assert not any(it in html for it in ("matter_check-", "按类别征求", "锁定名单</button>", "/opinions/ask"))
    for address in ("/opinions", "/units"):
        assert leader.post(PLACE + address).status_code == 403
    assert leader.post("/reception-days/2026-12-15/list/lock").status_code == 403


def test_a_leader_who_is_not_on_duty_that_day_and_a_unit_see_nothing(sign_in, filled):
    assert sign_in(Role.LEADER, leader_id=filled["stranger"]).get(PLACE).status_code == 404
    assert sign_in(Role.UNIT).get(PLACE).status_code == 403


def test_a_check_made_here_leads_back_here(session, office, filled):
    prefix = f"matter{filled['matter']}-"
    given = {"is_true": "yes", "is_lawful": "yes", "is_reasonable": "no", "version": 1}
    answer = office.post(
        f"/bookings/matters/{filled['matter']}/check?at=preparation", data={prefix + k: v for k, v in given.items()}
    )
    assert answer.location == f"{PLACE}#matter-{filled['matter']}"
    assert session.get_one(Matter, filled["matter"], populate_existing=True).is_reasonable is Check.NO
    assert "真实、合法、不合理" in page(office.get(PLACE))


def test_the_day_is_asked_by_category_after_showing_whom(session, office):
    html = page(office.get(f"{PLACE}/opinions"))
    assert all(it in html for it in ("补贴兑现", "区财政局", 'value="2026-12-14"'))
    assert office.post(f"{PLACE}/opinions", data={"due_on": "2026-12-14"}).status_code == 303
    assert session.scalars(select(Opinion.due_on)).all() == [date(2026, 12, 14)]
    assert "都已征求意见" in page(office.get(f"{PLACE}/opinions"))


def test_the_day_s_units_are_invited_by_one_press(session, office, filled):
    version = session.get_one(ReceptionDay, filled["day"]).version
    assert office.post(f"{PLACE}/units", data={"version": version}).status_code == 303
    assert session.scalars(select(InvitedUnit.unit_id)).all() == [filled["unit"].id]


def test_the_usual_units_are_ticked_on_the_booking_s_page_and_come_by_one_press(session, office, filled):
    html = page(office.get(f"/bookings/{filled['booking']}"))
    assert "区财政局（按类别建议）" in html
    assert office.post(f"/bookings/{filled['booking']}/units/usual").status_code == 303
    assert session.scalars(select(InvitedUnit.unit_id)).all() == [filled["unit"].id]


def test_a_list_is_locked_and_opened_with_a_reason(session, office, filled):
    day = session.get_one(ReceptionDay, filled["day"])
    office.post("/reception-days/2026-12-15/list/lock", data={"version": day.version})
    assert "名单已锁定 11月22日 09:00" in page(office.get(PLACE))
    assert "名单已锁定 11月22日 09:00" in page(office.get("/reception-days/2026-12-15"))
    place = "/reception-days/2026-12-15/list/open"
    version = session.get_one(ReceptionDay, filled["day"], populate_existing=True).version
    assert office.post(place, data={"reason": "急", "version": version}).status_code == 422
    assert office.post(place, data={"reason": "领导要求增加企业", "version": version}).status_code == 303
    assert "名单已锁定" not in page(office.get(PLACE))


def test_an_invited_unit_names_who_comes_and_another_finds_no_invitation(session, office, sign_in, filled):
    office.post(f"/bookings/{filled['booking']}/units/usual")
    unit = sign_in(Role.UNIT, unit=filled["unit"])
    place = f"/invitations/{filled['booking']}"
    assert "安澜甲有限公司" in page(unit.get("/"))
    html = page(unit.get(place))
    assert "补贴兑现" in html
    assert "13800005678" not in html
    assert unit.post(place, data={"name": ""}).status_code == 422
    assert unit.post(place, data={"name": "王示例", "post": "副局长"}).status_code == 303
    assert "参加：王示例 副局长" in page(unit.get("/"))
    assert "王示例 副局长" in page(office.get(PLACE))
    assert sign_in(Role.UNIT).get(place).status_code == 404


def test_a_category_s_usual_units_are_set_by_the_office_only(session, office, sign_in, filled):
    place = f"/admin/categories/{filled['category']}/units"
    assert "checked" in page(office.get(place))
    assert office.post(place, data={"csrf_token": ""}).status_code == 303
    assert not session.scalars(select(CategoryUnit)).all()
    assert office.post(place, data={"units": 999}).status_code == 422
    assert sign_in(Role.SYSTEM).get(place).status_code == 403


def test_the_order_is_shown_before_it_is_changed(session, office, filled):
    day = session.get_one(
        ReceptionDay,
        filled["day"],
        populate_existing=True,
        options=[selectinload(ReceptionDay.slots).selectinload(Slot.seats)],
    )
    slots = day.slots
    pressing = a_booking(day, an_enterprise(name="安澜急事有限公司"), slot=1)
    session.add_all([pressing, a_matter(pressing, a_category(), urgent=True)])
    session.commit()
    assert "按急重难排序" in page(office.get(PLACE))
    html = page(office.get(f"{PLACE}/order"))
    assert html.index("安澜急事有限公司") < html.index("安澜甲有限公司")
    stale = office.post(f"{PLACE}/order", data={"seen": "1:2:3"})
    assert (stale.status_code, "重新排过" in page(stale)) == (409, True)
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page(stale))
    assert office.post(f"{PLACE}/order", data={"seen": seen[1]}).status_code == 303
    assert session.get_one(Booking, pressing.id, populate_existing=True).slot_id == slots[0].id
    assert "不需要调整" in page(office.get(f"{PLACE}/order"))
