"""The booking form beyond its promised fields: holds, reasons, those who come along, scans, waiting."""

import re
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from portal.domain.bookings import BookingState, Origin
from portal.domain.people import Role
from portal.domain.receiving import AskIdNumber, WalkIns
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import ReceptionDay, Seat, Slot
from tests.booking_orders import the_district
from tests.builders import a_booking, a_reception_day, a_waiting, an_enterprise
from tests.conftest import NOW

ADDRESS = "/bookings/new?day=2026-12-15"
HTMX = {"HX-Request": "true"}
TOKEN = "a" * 32
ID_NUMBER = "11010519491231002X"
RARE = "㛃䶮𬭎"


@pytest.fixture
def day(session):
    day = a_reception_day(slots=3)
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slots(day):
    return [slot.id for slot in day.slots]


@pytest.fixture
def office(sign_in, slots):
    return sign_in(Role.OFFICE)


@pytest.fixture
def setting(app, session):
    """`setting(id_number="everybody")` changes a rule of the office."""

    def changed(**rules):
        session.add_all(OfficeSetting(name=name, value=value) for name, value in rules.items())
        session.commit()
        app.extensions.pop("office_rules", None)

    return changed


def sent(slot, **changed):
    return {
        "slot": slot,
        "form_token": TOKEN,
        "enterprise_name": "安澜表单企业有限公司",
        "credit_code": "",
        "registered_place": "云山市安澜区人民路1号",
        "visitor_name": "申示例",
        "visitor_phone": "13800005678",
        "identity": "legal_representative",
        "matters-0-kind": "problem",
        "matters-0-category": "0301",
        "matters-0-title": "二期厂房补贴尚未兑现",
    } | changed


def page(answer):
    return answer.get_data(as_text=True)


def only_booking(session):
    return session.scalars(select(Booking)).one()


def error_of(html, field):
    found = re.search(rf'<p class="field-error" id="{field}-error">(.*?)</p>', html, re.DOTALL)
    return found[1] if found else None


def whole(session, day):
    """The day as it stands now, with its slots and their places."""
    slots = selectinload(ReceptionDay.slots).selectinload(Slot.seats)
    found = select(ReceptionDay).where(ReceptionDay.id == day.id).options(slots)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def fill(session, day, *places, **given):
    day = whole(session, day)
    session.add_all(a_booking(day, an_enterprise(), slot=place, **given) for place in places)
    session.commit()


def a_later_slot(session):
    """Another day with one slot: the slot's id."""
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    session.add(later)
    session.commit()
    return later.slots[0].id


def keep(session, slot_id, token, until):
    session.execute(update(Seat).where(Seat.slot_id == slot_id).values(held_by=token, held_until=until))
    session.commit()


def close_booking(session, day):
    """Bring the day so near that booking for it has closed: two working days before it, at five in the afternoon."""
    day.day = date(2026, 11, 23)
    session.commit()
    return "/bookings/new?day=2026-11-23"


# --- those who come along -------------------------------------------------------


def test_companions_are_registered_with_the_visitor(office, session, slots):
    along = {"companions-0-name": RARE, "companions-0-post": "财务总监", "companions-0-phone": "138 0000 1111"}
    assert office.post(ADDRESS, data=sent(slots[0]) | along | {"companions-1-name": ""}).status_code == 303
    found = session.scalars(select(Companion)).one()
    assert (found.position, found.name, found.post, found.phone) == (2, RARE, "财务总监", "13800001111")


def test_what_is_wrong_with_a_companion_stands_in_the_row(office, session, slots):
    along = {
        "companions-0-name": "",
        "companions-0-post": "财务总监",
        "companions-1-name": "李示例",
        "companions-1-phone": "12",
    }
    answer = office.post(ADDRESS, data=sent(slots[0]) | along)
    html = page(answer)
    assert answer.status_code == 422
    assert "请填写姓名" in error_of(html, "companions-0-name")
    assert "11 位" in error_of(html, "companions-1-phone")
    assert re.search(r'<details class="more-fields" open', html)
    assert 'value="财务总监"' in html


def test_more_people_than_the_office_allows_are_refused_and_stay_typed(office, session, slots):
    along = {f"companions-{n}-name": f"随行{n}" for n in range(5)}
    answer = office.post(ADDRESS, data=sent(slots[0]) | along)
    assert answer.status_code == 422
    assert "最多 5 人" in page(answer)
    assert all(f'value="随行{n}"' in page(answer) for n in range(5))


def test_a_companion_is_added_and_taken_away_without_script(office, slots):
    along = {"companions-0-name": "李示例", "companions-1-name": "孙示例"}
    added = page(office.post(ADDRESS, data=sent(slots[0], add_companion="1") | along))
    assert added.count("<legend>随行人员</legend>") == 3
    left = page(office.post(ADDRESS, data=sent(slots[0], remove_companion="0") | along))
    assert "李示例" not in left
    assert 'value="孙示例"' in left


def test_an_office_that_receives_one_person_only_shows_no_rows_for_others(office, setting, slots):
    setting(persons_a_booking=1)
    assert "随行人员" not in page(office.get(ADDRESS))


# --- identity numbers -----------------------------------------------------------


def test_no_identity_number_is_asked_for_unless_the_office_says_so(office, session, slots):
    assert "证件号码" not in page(office.get(ADDRESS))
    office.post(ADDRESS, data=sent(slots[0], visitor_id_number=ID_NUMBER))
    assert only_booking(session).visitor_id_number is None


def test_everybodys_identity_number_is_asked_for_checked_and_kept(office, setting, session, slots):
    setting(id_number=AskIdNumber.EVERYBODY.value)
    along = {"companions-0-name": "李示例"}
    html = page(office.post(ADDRESS, data=sent(slots[0], visitor_id_number="110105194912310021") | along))
    assert "校验位" in error_of(html, "visitor_id_number")
    assert "请填写证件号码" in error_of(html, "companions-0-id_number")
    along["companions-0-id_number"] = "E12345678"
    assert office.post(ADDRESS, data=sent(slots[0], visitor_id_number=ID_NUMBER) | along).status_code == 303
    assert only_booking(session).visitor_id_number == ID_NUMBER
    assert session.scalars(select(Companion.id_number)).one() == "E12345678"


def test_the_number_of_a_legal_representative_is_not_kept_where_only_others_are_asked(office, setting, session, slots):
    setting(id_number=AskIdNumber.AUTHORISED.value)
    assert 'data-when="identity=authorised_representative"' in page(office.get(ADDRESS))
    office.post(ADDRESS, data=sent(slots[0], visitor_id_number=ID_NUMBER))
    assert only_booking(session).visitor_id_number is None


# --- reasons --------------------------------------------------------------------


def test_reasons_that_do_not_apply_are_not_in_the_way(office):
    html = page(office.get(ADDRESS))
    for name in ("urgent_reason", "over_limit_reason", "again_reason", "override_reason"):
        assert f'name="{name}"' not in html


def test_after_the_closing_hour_a_reason_is_asked_for_from_the_start_and_opens_the_day(office, session, day, slots):
    address = close_booking(session, day)
    assert 'name="urgent_reason"' in page(office.get(address))
    answer = office.post(address, data=sent(slots[0]))
    assert answer.status_code == 422
    assert "截止" in error_of(page(answer), "urgent_reason") or "锁定" in error_of(page(answer), "urgent_reason")
    assert office.post(address, data=sent(slots[0], urgent_reason="企业资金链即将断裂")).status_code == 303
    assert only_booking(session).urgent_reason == "企业资金链即将断裂"


def test_everything_that_is_wrong_is_said_at_once(office, session, day, slots):
    address = close_booking(session, day)
    html = page(office.post(address, data=sent(slots[0], visitor_phone="1", registered_place="云山市临江区1号")))
    for field in ("urgent_reason", "visitor_phone", "registered_place"):
        assert error_of(html, field), field
    assert 'name="override_reason"' in html


def test_a_second_booking_that_day_needs_a_reason_and_gets_the_field_for_it(office, session, slots):
    office.post(ADDRESS, data=sent(slots[0], form_token="b" * 32))
    refused = office.post(ADDRESS, data=sent(slots[1], **{"matters-0-title": "另一件急事"}))
    assert refused.status_code == 409
    assert 'href="/bookings/1"' in page(refused)
    assert 'name="again_reason"' in page(refused)
    assert "另一件急事" in page(refused)
    assert office.post(ADDRESS, data=sent(slots[1], again_reason="上午下午两批人分别反映")).status_code == 303
    assert session.scalars(select(Booking.day_ordinal).order_by(Booking.id)).all() == [1, 2]


def test_a_day_at_its_cap_offers_other_days_waiting_or_a_reason(office, session, day, slots):
    fill(session, day, 0)
    day.most_groups = 1
    later = a_later_slot(session)
    assert 'name="over_limit_reason"' in page(office.get(ADDRESS))
    refused = office.post(ADDRESS, data=sent(slots[1]))
    html = page(refused)
    assert refused.status_code == 409
    assert "最多接待 1 家" in error_of(html, "over_limit_reason")
    assert 'name="waits" value="any"' in html
    assert f'name="book_at" value="{later}"' in html
    assert office.post(ADDRESS, data=sent(slots[1], over_limit_reason="区领导批示当日接待")).status_code == 303


def test_a_reason_lets_an_enterprise_of_another_place_in_once_the_field_has_come(office, session, slots):
    html = page(office.post(ADDRESS, data=sent(slots[0], registered_place="云山市临江区1号")))
    assert 'name="override_reason"' in html
    office.post(ADDRESS, data=sent(slots[0], registered_place="云山市临江区1号", override_reason="总部拟迁入本区"))
    assert only_booking(session).override_reason == "总部拟迁入本区"


# --- too late -------------------------------------------------------------------


def test_an_alternative_is_booked_by_one_press_with_what_was_typed(office, session, day, slots):
    fill(session, day, 0)
    html = page(office.post(ADDRESS, data=sent(slots[0])))
    assert f'name="book_at" value="{slots[1]}"' in html
    assert office.post(ADDRESS, data=sent(slots[0], book_at=slots[1])).status_code == 303
    taken = session.scalars(select(Booking).where(Booking.form_token == TOKEN)).one()
    assert taken.slot_id == slots[1]


@pytest.mark.parametrize("nonsense", ["", "x", "99999999"])
def test_an_alternative_that_is_none_is_refused(office, session, slots, nonsense):
    assert office.post(ADDRESS, data=sent(slots[0], book_at=nonsense)).status_code == 422
    assert session.scalars(select(Booking)).all() == []


@pytest.mark.parametrize(
    "pressed, kept",
    [
        ({"waits": "any", "any_slot": "no"}, True),
        ({"waits": "slot", "any_slot": "yes"}, False),
        ({"waits": "y", "any_slot": "yes"}, True),
        ({"waits": "y", "any_slot": "no"}, False),
    ],
)
def test_a_full_slot_leads_to_the_waiting_list_by_one_press(office, session, day, slots, pressed, kept):
    fill(session, day, 0, 1, 2)
    assert office.post(ADDRESS, data=sent(slots[0])).status_code == 409
    answer = office.post(ADDRESS, data=sent(slots[0], **pressed), follow_redirects=True)
    assert "登记为候补" in page(answer)
    waiting = session.scalars(select(Booking).where(Booking.state == BookingState.WAITING)).one()
    assert (waiting.any_slot, waiting.seat_id) == (kept, None)


def test_any_slot_of_the_day_is_the_first_choice_of_who_waits_though_others_are_free(office, session, day, slots):
    fill(session, day, 0)
    html = page(office.post(ADDRESS, data=sent(slots[0])))
    assert html.index("登记为候补（当天任何时段）") < html.index("登记为候补（只候补所选时段）")
    assert re.search(r'name="any_slot"[^>]*value="yes"[^>]*checked|checked[^>]*name="any_slot"[^>]*value="yes"', html)


def test_a_wait_for_one_slot_stays_chosen_while_the_form_is_put_right(office, slots):
    html = page(office.post(ADDRESS, data=sent(slots[0], waits="slot", visitor_name="")))
    assert re.search(r'name="any_slot"[^>]*value="no"[^>]*checked|checked[^>]*name="any_slot"[^>]*value="no"', html)


def test_who_would_wait_is_booked_while_there_is_a_place(office, session, slots):
    office.post(ADDRESS, data=sent(slots[0], waits="y"))
    assert only_booking(session).state is BookingState.PENDING


def test_an_office_without_waiting_list_offers_none(office, setting, session, day, slots):
    setting(waiting_list=False)
    fill(session, day, 0)
    html = page(office.post(ADDRESS, data=sent(slots[0])))
    assert 'name="waits"' not in html
    assert re.search(rf'value="{slots[0]}"\s+checked', html)
    assert re.search(rf'value="{slots[0]}"\s+disabled', page(office.get(ADDRESS)))


def test_nobody_is_in_two_places_at_once(office, session, day, slots):
    other_room = a_reception_day(day=date(2027, 1, 15), slots=3)
    other_room.slots[1].starts_at, other_room.slots[1].room = time(9, 20), "二号室"
    session.add(other_room)
    session.commit()
    first, second, third = (slot.id for slot in other_room.slots)
    assert office.post("/bookings/new", data=sent(first, form_token="b" * 32)).status_code == 303
    answer = office.post("/bookings/new", data=sent(second, enterprise_name="安澜另一家有限公司"))
    html = page(answer)
    assert answer.status_code == 409
    assert "不能同时到两处" in error_of(html, "visitor_name")
    assert f'name="book_at" value="{third}"' in html
    assert "安澜另一家有限公司" in html


# --- holding a place ------------------------------------------------------------


def test_choosing_a_slot_keeps_its_place_for_the_form(office, session, slots):
    answer = office.post("/bookings/hold", data={"slot": slots[0], "form_token": TOKEN}, headers=HTMX)
    html = page(answer)
    assert answer.status_code == 200
    assert html.strip().startswith("<fieldset")
    assert "已为您保留至 09:10" in html
    assert 'data-countdown="600"' in html
    assert "09:00–09:40（余 1 个）" in html
    seat = session.scalars(select(Seat).where(Seat.held_by == TOKEN)).one()
    assert (seat.slot_id, seat.held_until) == (slots[0], NOW + timedelta(minutes=10))


def test_others_see_a_kept_place_as_such_and_get_it_once_it_lapses(office, session, slots):
    keep(session, slots[0], "b" * 32, NOW + timedelta(minutes=5))
    assert "09:00–09:40（占位中）" in page(office.get(ADDRESS))
    refused = office.post(ADDRESS, data=sent(slots[0]))
    assert refused.status_code == 409
    assert f'name="book_at" value="{slots[1]}"' in page(refused)
    keep(session, slots[0], "b" * 32, NOW)
    assert "09:00–09:40（余 1 个）" in page(office.get(ADDRESS))
    assert office.post(ADDRESS, data=sent(slots[0])).status_code == 303


def test_who_kept_a_place_gets_it(office, session, slots):
    keep(session, slots[0], TOKEN, NOW + timedelta(minutes=5))
    assert office.post(ADDRESS, data=sent(slots[0])).status_code == 303
    assert session.scalars(select(Seat).where(Seat.held_by.is_not(None))).all() == []


def test_a_place_that_another_form_keeps_is_refused_with_what_is_free(office, session, day, slots):
    keep(session, slots[0], "b" * 32, NOW + timedelta(minutes=5))
    answer = office.post("/bookings/hold", data={"slot": slots[0], "form_token": TOKEN}, headers=HTMX)
    assert answer.status_code == 409
    assert "另一张表单占位，09:05 前没有提交就会空出" in error_of(page(answer), "slot")
    assert "10:00–10:40（余 1 个）" in page(answer)


def test_the_last_place_gone_shows_the_days_after_in_place(office, session, day, slots):
    fill(session, day, 0, 1, 2)
    later = a_later_slot(session)
    answer = office.post("/bookings/hold", data={"slot": slots[0], "form_token": TOKEN}, headers=HTMX)
    assert answer.status_code == 409
    assert f'id="slot-{later}"' in page(answer)


def test_a_place_is_kept_and_given_back_without_script(office, session, slots):
    html = page(office.post(ADDRESS, data=sent(slots[1], hold="1")))
    assert "已为您保留至 09:10" in html
    assert "二期厂房补贴尚未兑现" in html
    assert 'name="release"' in html
    html = page(office.post(ADDRESS, data=sent(slots[1], release="1")))
    assert 'name="hold"' in html
    assert session.scalars(select(Seat).where(Seat.held_by.is_not(None))).all() == []
    fresh = office.post(ADDRESS, data=sent("", hold="1"))
    assert fresh.status_code == 422
    assert session.scalars(select(Booking)).all() == []


def test_leaving_the_form_gives_the_place_back(office, session, slots):
    keep(session, slots[0], TOKEN, NOW + timedelta(minutes=5))
    assert office.post("/bookings/hold/release", data={"form_token": TOKEN}).status_code == 204
    assert session.scalars(select(Seat).where(Seat.held_by.is_not(None))).all() == []


def test_a_plain_browser_that_holds_is_led_to_the_form(office, slots):
    answer = office.post("/bookings/hold", data={"slot": slots[0], "form_token": TOKEN})
    assert (answer.status_code, answer.location) == (303, f"/bookings/new?day=2026-12-15&slot={slots[0]}")


def test_keeping_a_place_is_no_act_of_the_office(office, session, slots):
    office.post("/bookings/hold", data={"slot": slots[0], "form_token": TOKEN}, headers=HTMX)
    assert session.scalars(select(AuditLine.act).where(AuditLine.act.like("%hold%"))).all() == []


# --- walk-ins -------------------------------------------------------------------


@pytest.fixture
def today(session, day):
    day.day = NOW.date()
    session.commit()
    return "/bookings/new?origin=walk_in"


def test_a_walk_in_begins_at_the_next_free_slot_of_today(office, session, today, slots):
    html = page(office.get(today))
    assert "现场登记" in html
    assert "登记并签到" in html
    assert re.search(rf'value="{slots[0]}"\s+checked', html)
    assert office.post(today, data=sent(slots[0], origin="walk_in")).status_code == 303
    assert only_booking(session).origin is Origin.WALK_IN
    assert only_booking(session).state is BookingState.ARRIVED


def test_where_nobody_walks_in_the_form_says_what_to_do(office, setting, session, today, slots):
    setting(walk_ins=WalkIns.NEVER.value)
    answer = office.post(today, data=sent(slots[0], origin="walk_in"))
    assert answer.status_code == 422
    assert "未预约的企业不安排领导接待" in error_of(page(answer), "origin")


def test_walking_in_is_offered_on_the_day_itself_only(office):
    assert 'value="walk_in"' not in page(office.get(ADDRESS))


# --- scans ----------------------------------------------------------------------

CODE = "91510503MA00000X3K"
LICENCE = f"https://example.gov.cn/lic?uniscid={CODE}&t=1699999999"


def test_a_scanned_licence_fills_the_enterprise_in(office, session, slots):
    known = an_enterprise(name="安澜扫码企业有限公司", credit_code=CODE, registered_place="云山市安澜区滨河路8号")
    session.add(known)
    session.commit()
    answer = office.get("/bookings/enterprise-matches", query_string={"enterprise_name": LICENCE}, headers=HTMX)
    assert answer.headers["HX-Retarget"] == "#enterprise_fields"
    assert 'value="安澜扫码企业有限公司"' in page(answer)
    assert 'value="云山市安澜区滨河路8号"' in page(answer)


def test_enter_behind_a_scan_fills_in_and_books_nothing(office, session, slots):
    answer = office.post(
        ADDRESS, data=sent(slots[0], enterprise_name=f"名称：安澜新扫有限公司\n统一社会信用代码：{CODE}")
    )
    html = page(answer)
    assert answer.status_code == 200
    assert 'value="安澜新扫有限公司"' in html
    assert f'value="{CODE}"' in html
    assert "还没有这家企业" in html
    assert "二期厂房补贴尚未兑现" in html
    assert session.scalars(select(Booking)).all() == []


def test_the_digits_of_a_slip_lead_to_its_booking(office, session, day, slots):
    fill(session, day, 0, code="1234567890")
    html = page(office.get("/bookings/enterprise-matches?enterprise_name=1234567890", headers=HTMX))
    assert f'href="/bookings/{only_booking(session).id}"' in html
    assert "没有预约码为" in page(office.post(ADDRESS, data=sent(slots[1], enterprise_name="9234567890")))


# --- the panel ------------------------------------------------------------------


def outlook(office, **said):
    return page(office.get("/bookings/outlook", query_string={"day": "2026-12-15"} | said, headers=HTMX))


def test_the_panel_says_what_is_left_and_whether_it_may_be(office, session, day, slots):
    fill(session, day, 0)
    day.most_groups, day.most_matters = 2, 5
    session.commit()
    html = outlook(office, slot=slots[1], enterprise_name="安澜面板有限公司", registered_place="云山市安澜区")
    assert html.strip().startswith('<div id="outlook"')
    for words in (
        "10:00–10:40：余 1 个名额",
        "余 1 个名额",
        "还可约 1 家",
        "还可登记 5 项",
        "企业符合接待条件",
        "预约受理到",
    ):
        assert words in html
    assert "已约满；可登记候补" in outlook(office, slot=slots[0])


def test_the_panel_brings_the_field_of_a_reason_that_has_become_necessary(office, session, slots):
    html = outlook(office, enterprise_name="安澜面板有限公司", registered_place="云山市临江区1号")
    assert "不在云山市安澜区内" in html
    assert re.search(r'id="reason_place-override_reason"[^>]*hx-swap-oob="true"', html)
    assert 'name="override_reason"' in html
    again = outlook(office, enterprise_name="甲", registered_place="云山市临江区1号", shown="override_reason")
    assert "hx-swap-oob" not in again


def test_the_panel_knows_the_enterprises_other_booking_and_who_waits(office, session, day):
    day = whole(session, day)
    session.add(a_booking(day, an_enterprise(name="安澜已约有限公司")))
    session.add(a_waiting(day, an_enterprise()))
    session.commit()
    html = outlook(office, enterprise_name="安澜已约有限公司")
    assert "当天已有预约（已确认）" in html
    assert "候补 1 家" in html
    assert 'id="reason_place-again_reason"' in html


def test_the_panel_takes_any_nonsense(office):
    assert office.get("/bookings/outlook?day=2026-12-15&slot=x&origin=x&is_private=x&identity=x").status_code == 200
    assert office.get("/bookings/outlook?day=x").status_code == 404


@pytest.mark.parametrize(
    "name", ["企" * 10_000, "😀", RARE, "<script>alert(1)</script>", "'; DROP TABLE booking; --", "\x00"]
)
def test_odd_names_are_answered_in_words_and_kept(office, session, slots, name):
    answer = office.post(ADDRESS, data=sent(slots[0], visitor_name=name, **{"companions-0-name": name}))
    assert answer.status_code in (303, 422)
    assert "<script>alert" not in page(answer)


def test_nobody_else_holds_or_looks(sign_in, slots):
    unit = sign_in(Role.SUPERVISOR)
    assert unit.post("/bookings/hold", data={}).status_code == 403
    assert unit.post("/bookings/hold/release", data={}).status_code == 403
    assert unit.get("/bookings/outlook?day=2026-12-15").status_code == 403


# --- what is wrong, and whose ------------------------------------------------------


def test_the_summary_says_which_matter_and_which_companion_is_meant(office, slots):
    wrong = {"matters-1-title": "第二件", "companions-0-name": "随示例", "companions-0-phone": "12"}
    html = page(office.post(ADDRESS, data=sent(slots[0], **wrong)))
    assert ">诉求 2 类别</a>" in html
    assert ">随行人员 1 电话</a>" in html
