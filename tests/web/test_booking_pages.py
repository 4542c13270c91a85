"""Bookings as the office works on them, and as leaders may look at them."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from portal.domain.bookings import BookingState
from portal.domain.matters import Check
from portal.domain.people import Role
from portal.domain.refusals import RefusalGround
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion, InvitedUnit
from portal.store.models.matters import Matter
from portal.store.models.reception import Seat
from tests.booking_orders import the_district
from tests.builders import (
    a_booking,
    a_leader,
    a_matter,
    a_reception_day,
    a_turn,
    a_unit,
    a_waiting,
    an_enterprise,
)
from tests.conftest import NOW

HTMX = {"HX-Request": "true"}


@pytest.fixture
def filled(session):
    """One day of a leader's with two bookings, another day of nobody's with one: their ids."""
    leader, unit = a_leader(), a_unit(short_name="区住建局")
    mine = a_reception_day(slots=3)
    mine.turns = [a_turn(leader)]
    other = a_reception_day(day=date(2027, 1, 15))
    first = a_booking(mine, an_enterprise(name="安澜甲有限公司", initials="aljyxgs"), state=BookingState.PENDING)
    second = a_booking(mine, an_enterprise(name="安澜乙有限公司", initials="alyyxgs"), slot=1)
    elsewhere = a_booking(other, an_enterprise(name="安澜丙有限公司"))
    matter = a_matter(first, title="二期厂房补贴尚未兑现")
    session.add_all([leader, unit, mine, other, first, second, elsewhere, matter, *the_district()])
    session.commit()
    return {
        "leader": leader.id,
        "unit": unit.id,
        "first": first.id,
        "second": second.id,
        "elsewhere": elsewhere.id,
        "matter": matter.id,
        "free": mine.slots[2].id,
        "taken": mine.slots[1].id,
    }


@pytest.fixture
def office(sign_in, filled):
    return sign_in(Role.OFFICE)


def page(answer):
    return answer.get_data(as_text=True)


def booking(session, booking_id):
    return session.get_one(Booking, booking_id, populate_existing=True)


def test_the_list_shows_every_booking_with_its_number_masked(office):
    html = page(office.get("/bookings/"))
    assert all(name in html for name in ("安澜甲有限公司", "安澜乙有限公司", "安澜丙有限公司"))
    assert "138****5678" in html
    assert "13800005678" not in html


@pytest.mark.parametrize(
    "query, shown",
    [
        ("day=2027-01-15", "丙"),
        ("state=pending", "甲"),
        ("q=alyy", "乙"),
        ("q=安澜甲", "甲"),
        ("day=nonsense&state=nonsense", "甲乙丙"),
        ("q=没有", ""),
    ],
)
def test_the_list_is_narrowed_by_its_address(office, query, shown):
    html = page(office.get(f"/bookings/?{query}"))
    assert {name for name in "甲乙丙" if f"安澜{name}有限公司" in html} == set(shown)


@pytest.mark.parametrize("sort", ["day", "enterprise", "state", "booked"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_the_list_is_sorted_and_paged_by_every_heading(office, session, sort, direction):
    html = page(office.get(f"/bookings/?sort={sort}&direction={direction}"))
    assert html.count('class="row-link"') == 3
    assert "aria-sort" in html


def test_a_long_list_is_walked_page_by_page_without_losing_a_row(office, session):
    day = a_reception_day(day=date(2027, 2, 15), slots=12, seats=10)
    session.add_all([day, *(a_booking(day, an_enterprise(), slot=n % 12, seat=n // 12) for n in range(110))])
    session.commit()
    seen, address = [], "/bookings/?day=2027-02-15"
    while address:
        html = page(office.get(address))
        seen += re.findall(r'class="row-link" href="/bookings/(\d+)"', html)
        onward = re.search(r'<a class="button" href="([^"]+)" rel="next"', html)
        address = onward[1].replace("&amp;", "&") if onward else None
    assert len(seen) == len(set(seen)) == 110


def test_the_list_costs_the_same_however_long_it_is(office, session, statements):
    def cost():
        statements.clear()
        office.get("/bookings/")
        return len([it for it in statements if it.startswith("SELECT")])

    cost()
    before = cost()
    day = a_reception_day(day=date(2027, 2, 15), slots=8, seats=5)
    session.add_all([day, *(a_booking(day, an_enterprise(), slot=n % 8, seat=n // 8) for n in range(40))])
    session.commit()
    assert cost() == before


def test_the_spreadsheet_holds_what_the_list_shows_and_no_full_number(office):
    with office.get("/bookings/bookings.xlsx?day=2026-12-15") as answer:
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows[1:]] == ["安澜甲有限公司", "安澜乙有限公司"]
    assert rows[1][4] == "138****5678"


def test_a_leader_sees_only_the_days_he_serves_and_no_buttons(sign_in, filled):
    leader = sign_in(Role.LEADER, leader_id=filled["leader"])
    html = page(leader.get("/bookings/"))
    assert "安澜甲有限公司" in html
    assert "安澜丙有限公司" not in html
    assert leader.get(f"/bookings/{filled['elsewhere']}").status_code == 404
    shown = page(leader.get(f"/bookings/{filled['first']}"))
    assert "138****5678" in shown
    assert "查看完整号码" not in shown
    assert "确认预约" not in shown
    assert leader.post(f"/bookings/{filled['first']}/phone").status_code == 403
    assert leader.post(f"/bookings/{filled['first']}/letter").status_code == 403


@pytest.mark.parametrize("role", [Role.UNIT, Role.SUPERVISOR, Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
def test_others_see_no_booking(sign_in, filled, role):
    browser = sign_in(role)
    for address in ("/bookings/", "/bookings/bookings.xlsx", f"/bookings/{filled['first']}"):
        assert browser.get(address).status_code == 403


def test_a_full_number_is_shown_on_demand_and_leaves_a_line(office, session, filled):
    address = f"/bookings/{filled['first']}"
    assert "13800005678" not in page(office.get(address))
    shown = office.post(f"{address}/phone", headers=HTMX)
    assert page(shown).strip().startswith('<span id="phone"')
    assert "13800005678" in page(shown)
    assert "13800005678" in page(office.post(f"{address}/phone"))
    lines = session.scalars(select(AuditLine).where(AuditLine.act == "personal_data_seen")).all()
    assert [(it.target_kind, it.target_id) for it in lines] == [("booking", str(filled["first"]))] * 2


def test_a_booking_is_confirmed_once_and_a_stale_page_is_told_so(office, session, filled):
    address = f"/bookings/{filled['first']}/confirm"
    answer = office.post(address, data={"version": 1}, follow_redirects=True)
    assert "已确认预约" in page(answer)
    assert booking(session, filled["first"]).state is BookingState.CONFIRMED
    stale = office.post(address, data={"version": 1}, follow_redirects=True)
    assert "别人已修改" in page(stale)
    assert office.post(address, data={"version": 1}, headers=HTMX).status_code == 409


def test_refusing_says_what_will_happen_and_asks_why_and_where_to_turn(office, session, filled):
    address = f"/bookings/{filled['first']}/refuse"
    assert "名额立即空出" in page(office.get(address))
    empty = office.post(address, data={"reason": "已在诉讼中", "channel": "诉讼", "version": 1})
    assert empty.status_code == 422
    assert ("已在诉讼中" in page(empty), "请选择情形" in page(empty)) == (True, True)
    wordless = office.post(address, data={"ground": "other", "reason": "街道办理", "channel": "", "version": 1})
    assert wordless.status_code == 422
    assert ("街道办理" in page(wordless), "选“其他”时请写明企业应走的渠道" in page(wordless)) == (True, True)
    nothing = page(office.post(address, data={"ground": "other", "version": 1}))
    assert ("选“其他”时请写明理由" in nothing, "选“其他”时请写明企业应走的渠道" in nothing) == (True, True)
    office.post(address, data={"ground": "litigation", "reason": "二审中", "channel": "", "version": 1})
    refused = booking(session, filled["first"])
    assert refused.ended_reason == "已经或应当通过诉讼解决：二审中。应走渠道：向有管辖权的人民法院提起诉讼或申请执行。"
    assert refused.refusal_ground is RefusalGround.LITIGATION
    assert f"/bookings/{filled['first']}/refusal-notice.pdf" in page(office.get(f"/bookings/{filled['first']}"))


def test_cancelling_has_a_page_of_its_own_and_frees_the_place(office, session, filled):
    address = f"/bookings/{filled['second']}/cancel"
    assert "取消后不能恢复" in page(office.get(address))
    assert office.post(address, data={"reason": "", "version": 1}).status_code == 422
    assert office.post(address, data={"reason": "企业来电说明不能到场", "version": 1}).status_code == 303
    assert booking(session, filled["second"]).seat_id is None
    stale = office.post(f"/bookings/{filled['first']}/cancel", data={"reason": "企业来电取消", "version": 9})
    assert stale.status_code == 409
    assert "企业来电取消" in page(stale)


def test_moving_offers_free_slots_and_refuses_a_full_one_with_409(office, session, filled):
    address = f"/bookings/{filled['first']}/move"
    html = page(office.get(address))
    assert f'value="{filled["free"]}"' in html
    assert f'value="{filled["taken"]}"' not in html
    full = office.post(address, data={"slot": filled["taken"], "version": 1})
    assert full.status_code == 409
    assert "约满" in page(full)
    assert office.post(address, data={"version": 1}).status_code == 422
    assert office.post(address, data={"slot": filled["free"], "version": 1}).status_code == 303
    assert booking(session, filled["first"]).slot_id == filled["free"]


def test_moving_offers_whole_days_only(office, session, filled):
    session.add_all(a_reception_day(day=date(2027, 1, number), slots=14) for number in (12, 13, 14))
    session.commit()
    html = page(office.get(f"/bookings/{filled['first']}/move"))
    offered = [html.count(f"1月{number}日") > 0 for number in (12, 13, 14)]
    assert offered == [True, True, False]


def test_no_way_out_bears_the_word_of_the_act(office, filled):
    html = page(office.get(f"/bookings/{filled['first']}/cancel"))
    assert ">取消</a>" not in html
    assert f'href="/bookings/{filled["first"]}">返回</a>' in html


def test_the_visitor_is_corrected_without_showing_the_number(office, session, filled):
    address = f"/bookings/{filled['first']}/visitor"
    assert "13800005678" not in page(office.get(address))
    form = {"visitor_name": "李示例", "visitor_phone": "", "identity": "legal_representative", "version": 1}
    assert office.post(address, data=form).status_code == 303
    changed = booking(session, filled["first"])
    assert (changed.visitor_name, changed.visitor_phone) == ("李示例", "13800005678")
    wrong = office.post(address, data=form | {"visitor_phone": "12", "version": 2})
    assert wrong.status_code == 422
    assert "李示例" in page(wrong)
    no_letter = office.post(address, data=form | {"identity": "authorised_representative", "version": 2})
    assert "授权委托书" in page(no_letter)


def test_a_matter_is_checked_in_place_or_by_a_plain_form(office, session, filled):
    name = f"matter{filled['matter']}-"
    form = {f"{name}is_true": "yes", f"{name}is_lawful": "yes", f"{name}is_reasonable": "no", f"{name}version": 1}
    form |= {f"{name}urgent": "y", f"{name}check_note": "已实地核实"}
    address = f"/bookings/matters/{filled['matter']}/check"
    answer = office.post(address, data=form, headers=HTMX)
    assert (answer.status_code, "已保存" in page(answer)) == (200, True)
    matter = session.get_one(Matter, filled["matter"], populate_existing=True)
    assert (matter.is_reasonable, matter.urgent, matter.check_note) == (Check.NO, True, "已实地核实")
    stale = office.post(address, data=form | {f"{name}check_note": "另一人写的"})
    assert stale.status_code == 409
    assert "另一人写的" in page(stale)
    assert "已实地核实" in page(stale)
    fresh = form | {f"{name}version": 2, f"{name}is_reasonable": "yes"}
    assert office.post(address, data=fresh).location.endswith(f"#matter-{filled['matter']}")


def test_units_are_chosen_for_a_booking(office, session, filled):
    answer = office.post(f"/bookings/{filled['first']}/units", data={"units": filled["unit"]}, follow_redirects=True)
    assert "区住建局" in page(answer)
    assert session.scalars(select(InvitedUnit.unit_id)).all() == [filled["unit"]]


def test_a_booking_page_costs_the_same_however_many_matters_it_has(office, session, filled, statements):
    def cost():
        statements.clear()
        office.get(f"/bookings/{filled['first']}")
        return len([it for it in statements if it.startswith("SELECT")])

    cost()
    before = cost()
    first = booking(session, filled["first"])
    category = session.get_one(Matter, filled["matter"]).category_code
    session.add_all(
        a_matter(None, category_code=category, category=None, booking_id=first.id, position=n) for n in range(2, 9)
    )
    session.commit()
    assert cost() == before


@pytest.mark.parametrize("address", ["/bookings/", "/bookings/?q=安澜"])
def test_the_list_page_carries_the_very_fragment_htmx_gets(office, address):
    assert page(office.get(address, headers=HTMX)).strip() in page(office.get(address))


@pytest.mark.parametrize("verb", ["refuse", "cancel", "move", "visitor"])
def test_the_pages_of_a_booking_carry_the_very_fragment_htmx_gets(office, filled, verb):
    address = f"/bookings/{filled['first']}/{verb}"
    assert page(office.get(address, headers=HTMX)).strip() in page(office.get(address))


def test_a_booking_that_is_not_there_is_404(office):
    assert office.get("/bookings/999").status_code == 404
    assert office.post("/bookings/999/phone").status_code == 404
    assert office.post("/bookings/matters/999/check").status_code == 404


def test_persons_and_reasons_stand_on_the_page_masked_until_asked_for(office, session, filled):
    first = booking(session, filled["first"])
    first.visitor_id_number, first.urgent_reason = "11010519491231002X", "企业资金链即将断裂"
    session.add(Companion(booking_id=first.id, position=2, name="㛃示例", post="财务总监", phone="13900001234"))
    session.commit()
    address = f"/bookings/{first.id}"
    html = page(office.get(address))
    assert all(words in html for words in ("㛃示例", "139****1234", "110105********002X", "紧急预约的理由", first.code))
    assert "13900001234" not in html
    shown = office.post(f"{address}/personal-data", headers=HTMX)
    assert page(shown).strip().startswith('<div id="persons"')
    assert all(words in page(shown) for words in ("13900001234", "11010519491231002X"))
    assert "13900001234" in page(office.post(f"{address}/personal-data"))
    seen = select(AuditLine.act).where(AuditLine.act == "personal_data_seen")
    assert len(session.scalars(seen).all()) == 2


def test_who_comes_along_is_corrected_and_numbers_left_blank_stay(office, session, filled):
    first = filled["first"]
    session.add(Companion(booking_id=first, position=2, name="李示例", phone="13900001234"))
    session.commit()
    address = f"/bookings/{first}/companions"
    html = page(office.get(address))
    assert 'value="李示例"' in html
    assert "13900001234" not in html
    form = {
        "companions-0-position": "2", "companions-0-name": "李示例", "companions-0-post": "总监",
        "companions-1-name": "孙示例", "companions-1-phone": "1", "version": 1,
    }  # fmt: skip
    wrong = office.post(address, data=form)
    assert wrong.status_code == 422
    assert "11 位" in page(wrong)
    right = form | {"companions-1-phone": "13800001111"}
    assert office.post(address, data=right).status_code == 303
    kept = session.execute(select(Companion.position, Companion.name, Companion.post, Companion.phone)).all()
    assert kept == [(2, "李示例", "总监", "13900001234"), (3, "孙示例", "", "13800001111")]
    assert office.post(address, data=right).status_code == 409
    added = page(office.post(address, data=form | {"add_companion": "1"}))
    assert added.count("<legend>随行人员</legend>") == 3
    gone = page(office.post(address, data=form | {"remove_companion": "0"}))
    assert "李示例" not in gone


def test_another_persons_number_does_not_stay_with_a_new_name(office, session, filled):
    first = booking(session, filled["first"])
    first.visitor_id_number = "11010519491231002X"
    session.commit()
    form = {"visitor_name": "李示例", "identity": "legal_representative", "version": first.version}
    assert office.post(f"/bookings/{first.id}/visitor", data=form).status_code == 303
    assert booking(session, first.id).visitor_id_number is None


@pytest.fixture
def waiting(session):
    """A full day with one who waits for any slot and one who waits for the second: their ids, the booking in the way."""
    day = a_reception_day(day=date(2027, 3, 15), slots=2)
    first = a_booking(day, an_enterprise())
    second = a_booking(day, an_enterprise(), slot=1)
    one = a_waiting(day, an_enterprise(name="安澜候补甲有限公司"))
    two = a_waiting(day, an_enterprise(name="安澜候补乙有限公司"), slot=1, any_slot=False)
    session.add_all([day, first, second])
    session.flush()
    session.add_all([one, two])
    session.flush()
    two.waiting_since = two.waiting_since + timedelta(hours=1)
    session.commit()
    return {"one": one.id, "two": two.id, "first": first.id, "second": second.id}


LIST = "/reception-days/2027-03-15/waiting-list"


def test_the_waiting_list_shows_turns_wishes_and_leads_there_from_the_day(office, waiting):
    assert f'href="{LIST}">候补 2' in page(office.get("/reception-days/2027-03-15"))
    html = page(office.get(LIST))
    assert html.index("安澜候补甲有限公司") < html.index("安澜候补乙有限公司")
    assert "当天任何时段" in html
    assert "只候补 10:00–10:40" in html
    assert "候补第 2 位" in page(office.get(f"/bookings/{waiting['two']}"))


def test_a_place_given_up_is_offered_and_taken(office, session, waiting):
    office.post(f"/bookings/{waiting['first']}/cancel", data={"reason": "企业来电取消", "version": 1})
    html = page(office.get(f"/bookings/{waiting['one']}"))
    assert "接受候补名额" in html
    assert "保留至" in html
    assert "安澜候补甲有限公司（候补待答复）" in page(office.get("/reception-days/2027-03-15"))
    version = booking(session, waiting["one"]).version
    answer = office.post(f"/bookings/{waiting['one']}/accept", data={"version": version})
    assert answer.location == f"/bookings/{waiting['one']}"
    assert booking(session, waiting["one"]).state is BookingState.PENDING
    twice = office.post(f"/bookings/{waiting['one']}/accept", data={}, follow_redirects=True)
    assert "没有等待答复的名额" in page(twice)


def test_a_place_declined_goes_to_the_next_and_the_list_says_so(office, session, waiting):
    office.post(f"/bookings/{waiting['second']}/cancel", data={"reason": "企业来电取消", "version": 1})
    version = booking(session, waiting["one"]).version
    answer = office.post(f"/bookings/{waiting['one']}/decline", data={"version": version, "at": "waiting_list"})
    assert answer.location == LIST
    assert booking(session, waiting["one"]).state is BookingState.WAITING
    assert booking(session, waiting["two"]).state is BookingState.OFFERED
    assert office.post(f"/bookings/{waiting['two']}/accept", data={"version": 1}, headers=HTMX).status_code == 409


def test_the_office_offers_by_hand_and_hears_when_there_is_nothing(office, session, waiting):
    assert "没有可以通知候补的名额" in page(office.post(f"{LIST}/offer", follow_redirects=True))
    session.add(Seat(slot_id=booking(session, waiting["first"]).slot_id, number=2))
    session.commit()
    assert "已按次序通知候补" in page(office.post(f"{LIST}/offer", follow_redirects=True))
    assert booking(session, waiting["one"]).state is BookingState.OFFERED


def test_the_list_says_when_nobody_suits_the_free_place_and_a_wider_wish_takes_it(office, session, waiting):
    assert "没有合适的候补" not in page(office.get(LIST)), "nothing is free"
    office.post(f"/bookings/{waiting['one']}/cancel", data={"reason": "企业已另行解决", "version": 1})
    office.post(f"/bookings/{waiting['first']}/cancel", data={"reason": "企业来电取消", "version": 1})
    html = page(office.get(LIST))
    assert "没有合适的候补" in html
    assert '<button class="primary">通知候补' not in html
    wider = {"version": booking(session, waiting["two"]).version, "any_slot": "yes"}
    assert "改为当天任何时段" in html
    said = page(office.post(f"/bookings/{waiting['two']}/wish", data=wider, follow_redirects=True))
    assert "已改为候补当天任何时段" in said
    assert booking(session, waiting["two"]).state is BookingState.OFFERED
    assert office.post(f"/bookings/{waiting['two']}/wish", data={"any_slot": "x"}).status_code == 400


def test_the_office_is_led_to_offer_a_free_place_that_somebody_waits_for(office, session, waiting):
    session.add(Seat(slot_id=booking(session, waiting["first"]).slot_id, number=2))
    session.commit()
    html = page(office.get(LIST))
    assert '<button class="primary">通知候补' in html
    assert "没有合适的候补" not in html
    assert "改为只候补 09:00–09:40" in html


def test_an_offer_that_has_lapsed_is_said_on_the_list_and_on_the_workbench(office, session, waiting):
    office.post(f"/bookings/{waiting['first']}/cancel", data={"reason": "企业来电取消", "version": 1})
    assert re.search(r"<strong>1</strong>\s*<span>候补待企业答复", page(office.get("/")))
    session.execute(update(Booking).where(Booking.id == waiting["one"]).values(offered_until=NOW))
    session.commit()
    assert "答复期限已过" in page(office.get(LIST))
    assert re.search(r"<strong>1</strong>\s*<span>候补到期未答复", page(office.get("/")))
    assert f'href="{LIST}"' in page(office.get("/"))


def test_who_waits_is_taken_off_the_list(office, session, waiting):
    html = page(office.get(f"/bookings/{waiting['one']}/cancel"))
    assert "不再候补" in html
    office.post(f"/bookings/{waiting['one']}/cancel", data={"reason": "企业已另行解决", "version": 1})
    assert booking(session, waiting["one"]).state is BookingState.CANCELLED


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR])
def test_the_waiting_list_is_the_offices(sign_in, filled, waiting, role):
    browser = sign_in(role, leader_id=filled["leader"]) if role is Role.LEADER else sign_in(role)
    assert browser.get(LIST).status_code == 403
    assert browser.post(f"{LIST}/offer").status_code == 403
    assert browser.post(f"/bookings/{waiting['one']}/accept").status_code == 403
    assert browser.post(f"/bookings/{waiting['one']}/personal-data").status_code == 403


@pytest.mark.parametrize("state", ["waiting", "offered"])
def test_the_list_of_bookings_is_narrowed_to_those_who_wait(office, waiting, state):
    html = page(office.get(f"/bookings/?state={state}"))
    assert ("安澜候补甲有限公司" in html) == (state == "waiting")


def test_moving_to_a_day_whose_booking_has_closed_asks_why(office, session, filled):
    near = a_reception_day(day=date(2026, 11, 23), slots=1)
    session.add(near)
    session.commit()
    address, form = f"/bookings/{filled['first']}/move", {"slot": near.slots[0].id, "version": 1}
    refused = office.post(address, data=form)
    assert refused.status_code == 422
    assert re.search(r'id="urgent_reason-error">', page(refused))
    assert office.post(address, data=form | {"urgent_reason": "企业负责人次日出国"}).status_code == 303
    assert booking(session, filled["first"]).urgent_reason == "企业负责人次日出国"


def test_the_day_shows_a_place_that_a_form_keeps_and_until_when(office, session, filled):
    until = NOW + timedelta(minutes=7)
    session.execute(update(Seat).where(Seat.slot_id == filled["free"]).values(held_by="a" * 32, held_until=until))
    session.commit()
    assert "占位中，09:07 释放" in page(office.get("/reception-days/2026-12-15"))
    assert f'id="slot-{filled["free"]}"' not in page(office.get(f"/bookings/{filled['first']}/move"))
