"""What is written down in the room, as pages and as answers to the page's script."""

import re
from datetime import date, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.models.bookings import InvitedUnit, Reception
from portal.store.models.matters import Matter
from tests.booking_orders import the_district
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, a_unit, an_enterprise
from tests.conftest import NOW

HTMX = {"HX-Request": "true"}
SCRIPT = {"Accept": "application/json"}
DAY = date(2026, 11, 20)
PARTS = ("inquiry", "department_reports", "crux", "approach", "answer", "recorder")


@pytest.fixture
def ids(session):
    """An enterprise in the room, with one matter and one invited unit."""
    leader, unit = a_leader(), a_unit(short_name="区住建局")
    day = a_reception_day(day=date(2026, 12, 15), state=DayState.ONGOING, turns=[a_turn(leader)])
    booking = a_booking(day, an_enterprise(name="安澜甲有限公司"), state=BookingState.ARRIVED)
    matter = a_matter(booking, title="二期厂房补贴尚未兑现", position=1)
    invited = InvitedUnit(booking=booking, unit=unit, attendance=Attendance.INVITED)
    begun = Reception(booking=booking, started_at=NOW)
    session.add_all([leader, unit, day, booking, matter, invited, begun, *the_district()])
    session.commit()
    return {"leader": leader.id, "unit": unit.id, "day": day, "booking": booking, "matter": matter.id}


@pytest.fixture
def office(sign_in, ids):
    return sign_in(Role.OFFICE)


@pytest.fixture
def room(ids):
    return f"/room/2026-12-15?booking={ids['booking'].id}"


@pytest.fixture
def address(ids):
    return f"/room/bookings/{ids['booking'].id}/record"


@pytest.fixture
def late(session, ids):
    """The day was three days ago, and is closed."""
    ids["day"].day, ids["day"].state, ids["booking"].state = DAY, DayState.CLOSED, BookingState.FINISHED
    session.get_one(Matter, ids["matter"]).state = MatterState.AWAITING_ASSIGNMENT
    session.commit()
    clock.stand_at(datetime(2026, 11, 23, 9, tzinfo=ZONE))
    return f"/room/2026-11-20?booking={ids['booking'].id}"


def page(answer):
    return answer.get_data(as_text=True)


def record(base=None, **parts):
    """A form as a browser sends it: each part, and what it was begun from."""
    begun = {f"base_{name}": (base or {}).get(name, "") for name in PARTS}
    return dict.fromkeys(PARTS, "") | parts | begun


def stands(session):
    session.expire_all()
    return session.scalars(select(Reception)).one()


def test_the_button_saves_the_record(office, session, address, ids):
    answer = office.post(address, data=record(inquiry="询问进度"))
    assert (answer.status_code, answer.location) == (303, f"/room/2026-12-15?booking={ids['booking'].id}#record")
    assert stands(session).inquiry == "询问进度"


def test_the_form_brings_along_what_each_part_was_begun_from(office, room, address):
    office.post(address, data=record(inquiry="一\n二"))
    assert 'name="base_inquiry" type="hidden" value="一\n二"' in page(office.get(room))


def test_two_who_write_the_record_without_script_both_keep_what_they_wrote(office, session, address):
    office.post(address, data=record(inquiry="甲写的", crux="一样的"))
    answer = office.post(address, data=record(inquiry="乙写的", crux="一样的"), follow_redirects=True)
    assert answer.status_code == 200
    assert "别人同时写的内容已并入" in page(answer)
    assert stands(session).inquiry == "甲写的\n乙写的"
    assert stands(session).crux == "一样的"


def test_the_script_gets_the_merged_text_of_every_part_back(office, address):
    office.post(address, data=record(inquiry="甲写的"), headers=SCRIPT)
    told = office.post(address, data=record(crux="乙写的"), headers=SCRIPT).get_json()
    assert told["parts"]["inquiry"] == "甲写的"
    assert told["parts"]["crux"] == "乙写的"
    assert told["saved"].count(":") == 2
    assert told["token"]


def test_the_script_asks_how_the_record_stands_and_gets_its_text_only_when_it_changed(office, address):
    told = office.post(address, data=record(inquiry="甲写的"), headers=SCRIPT).get_json()
    same = office.get(f"{address}?version={told['version']}", headers=SCRIPT).get_json()
    assert "parts" not in same
    assert office.get(address, headers=SCRIPT).get_json()["parts"]["inquiry"] == "甲写的"
    assert office.get(address).status_code == 303


def test_a_record_that_is_too_long_is_kept_on_the_page_and_told_to_the_script(office, address):
    long = "长" * 8001
    answer = office.post(address, data=record(crux=long))
    assert answer.status_code == 422
    assert long in page(answer)
    told = office.post(address, data=record(crux=long), headers=SCRIPT)
    assert told.status_code == 422
    assert "问题症结：最多 8000 个字" in told.get_json()["problems"][0]


def test_signed_out_the_script_is_sent_elsewhere_and_others_may_not(app, sign_in, office, address, ids):
    assert app.test_client().post(address, data=record(crux="一"), headers=SCRIPT).status_code == 303
    leader = sign_in(Role.LEADER, leader_id=ids["leader"])
    assert leader.post(address, data=record(crux="一")).status_code == 403
    assert leader.get(address, headers=SCRIPT).status_code == 403


def test_a_record_not_begun_is_not_there(office, session, address):
    session.delete(session.scalars(select(Reception)).one())
    session.commit()
    assert office.get(address, headers=SCRIPT).status_code == 404
    answer = office.post(address, data=record(crux="一"), headers=SCRIPT)
    assert answer.status_code == 422
    assert "还没有开始" in answer.get_json()["problems"][0]


def test_who_else_writes_is_named_beside_the_part(office, session, address, room):
    begun = stands(session)
    begun.writers = {"999": {"name": "李示例", "parts": ["crux"], "at": NOW.isoformat()}}
    session.commit()
    assert office.get(address, headers=SCRIPT).get_json()["others"] == {"crux": "李示例正在写"}
    assert '<p class="writing" data-writing="crux">李示例正在写</p>' in page(office.get(room))


# --- matters -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "decision, words",
    [
        ({"disposition": "settle", "answer": ""}, "现场办结须填写答复内容"),
        ({"disposition": "refuse", "answer": "不属受理范围", "channel": "信访"}, "不予受理请选择情形"),
        ({"disposition": "refuse", "answer": "另行办理", "ground": "other", "channel": ""}, "请写明企业应走的渠道"),
        ({"answer": "忘了选"}, "请选择如何处置"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_decision_lacking_something_is_kept_with_its_error(office, ids, decision, words, headers):
    name = f"matter{ids['matter']}-"
    form = {f"{name}{key}": value for key, value in (decision | {"version": 1}).items()}
    answer = office.post(f"/room/matters/{ids['matter']}/disposition", data=form, headers=headers)
    assert answer.status_code == 422
    assert words in page(answer)
    assert decision["answer"] in page(answer)


def test_a_decision_answers_its_matter_alone_to_htmx_and_can_be_taken_back(office, session, ids):
    name = f"matter{ids['matter']}-"
    form = {f"{name}disposition": "assign", f"{name}version": 1}
    answer = office.post(f"/room/matters/{ids['matter']}/disposition", data=form, headers=HTMX)
    assert page(answer).strip().startswith(f'<li id="room_matter-{ids["matter"]}"')
    assert "待交办" in page(answer)
    office.post(f"/room/matters/{ids['matter']}/reopen", data={"version": 2})
    assert session.get_one(Matter, ids["matter"], populate_existing=True).state is MatterState.REGISTERED


def test_a_matter_told_on_the_spot_joins_the_others_once(office, session, ids, room):
    address = f"/room/bookings/{ids['booking'].id}/matters"
    told = {"kind": "suggestion", "category": "0301", "title": "当场提出的一条", "detail": "", "form_token": "form-1"}
    assert office.post(address, data=told).status_code == 303
    assert office.post(address, data=told).status_code == 303
    assert page(office.get(room)).count("<b>2. 当场提出的一条</b>") == 1
    assert len(session.scalars(select(Matter)).all()) == 2
    empty = office.post(address, data=told | {"title": "", "detail": "写了一半"})
    assert empty.status_code == 422
    assert "写了一半" in page(empty)


def test_matters_told_one_after_the_other_join_the_page_without_loading_it_anew(office, session, ids):
    address = f"/room/bookings/{ids['booking'].id}/matters"
    told = {"kind": "suggestion", "category": "0301", "title": "当场提出的第一条", "form_token": "form-1"}
    answer = office.post(address, data=told, headers=HTMX)
    first = session.scalars(select(Matter).where(Matter.title == "当场提出的第一条")).one()
    assert answer.status_code == 200
    assert 'hx-swap-oob="beforeend:#told_matters"' in page(answer)
    assert f'<li id="room_matter-{first.id}"' in page(answer)
    assert "已补记 2. 当场提出的第一条" in page(answer)
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', page(answer))[1]
    assert token != "form-1"  # or the second matter would be taken for the first one sent twice
    office.post(address, data=told | {"title": "当场提出的第二条", "form_token": token}, headers=HTMX)
    assert len(session.scalars(select(Matter)).all()) == 3


def test_going_on_to_a_place_of_the_page_that_is_open_loads_that_page_anew(office, ids, room):
    taken_back = f"/room/matters/{ids['matter']}/reopen"
    name = f"matter{ids['matter']}-"
    for here, anew in ((f"http://localhost{room}", "true"), ("http://localhost/room/2026-12-15", None)):
        office.post(f"/room/matters/{ids['matter']}/disposition", data={f"{name}disposition": "assign"})
        answer = office.post(taken_back, headers=HTMX | {"HX-Current-URL": here})
        assert answer.headers["HX-Redirect"].startswith(f"{room}#")
        assert answer.headers.get("HX-Refresh") == anew  # a browser would only scroll, and show what was before


def edited(ids, **changed):
    given = {"category": "0301", "kind": "problem", "title": "二期厂房补贴", "detail": ""} | changed
    return {f"edit{ids['matter']}-{name}": value for name, value in given.items()}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_matter_is_corrected_in_the_room(office, session, ids, headers):
    address = f"/room/matters/{ids['matter']}/edit"
    done = office.post(address, data=edited(ids, detail="去年三月申报"), headers=headers)
    assert done.status_code == (200 if headers else 303)
    matter = session.get_one(Matter, ids["matter"], populate_existing=True)
    assert (matter.title, matter.detail) == ("二期厂房补贴", "去年三月申报")
    wrong = office.post(address, data=edited(ids, title="", detail="写了一半"), headers=headers)
    assert wrong.status_code == 422
    assert "写了一半" in page(wrong)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_all_units_are_noted_with_one_press_and_the_names_typed_beside_them(office, session, ids, room, headers):
    other = a_unit(short_name="区财政局")
    session.add(InvitedUnit(booking=ids["booking"], unit=other, attendance=Attendance.INVITED))
    session.commit()
    assert "2 家都到场" in page(office.get(room))
    names = {"unit": [ids["unit"], other.id], "representative": ["参示甲 副局长", "长" * 41]}
    answer = office.post(f"/room/bookings/{ids['booking'].id}/units", data=names, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    noted = session.scalars(select(InvitedUnit).order_by(InvitedUnit.unit_id).execution_options(populate_existing=True))
    assert [(it.attendance, it.representative) for it in noted] == [
        (Attendance.ATTENDED, "参示甲 副局长"),
        (Attendance.ATTENDED, ""),
    ]
    assert "都到场" not in page(office.get(room))


# --- after the day -------------------------------------------------------------------


def test_after_the_hour_every_form_asks_for_a_reason(late, office):
    html = page(office.get(late))
    assert html.count("补录时限（11月20日 16:00）已过") == 4
    assert "重新处置" not in html
    fields = re.findall(r'id="((?:\w|-)*late[_-]\w+)"', html)
    assert len(set(fields)) == len(fields) > 4


def test_a_late_entry_without_reason_is_kept_with_its_error(late, office, session, address, ids):
    refused = office.post(address, data=record(crux="补录的话"))
    assert refused.status_code == 422
    assert "补录的话" in page(refused)
    assert "请写明补录原因" in page(refused)
    assert office.post(address, data=record(crux="补录的话", late_reason="当日停电")).status_code == 303
    assert stands(session).late_reason == "当日停电"
    name = f"matter{ids['matter']}-"
    settle = {f"{name}disposition": "settle", f"{name}answer": "已答复"}
    place = f"/room/matters/{ids['matter']}/disposition"
    assert "请写明补录原因" in page(office.post(place, data=settle, headers=HTMX))
    assert office.post(place, data=settle | {f"{name}late_reason": "按录音补录"}).status_code == 303


def test_attendance_noted_late_needs_a_reason(late, office, session, ids):
    place = f"/room/bookings/{ids['booking'].id}/units/{ids['unit']}"
    came = {"attendance": "attended", "representative": "陶示例"}
    refused = office.post(place, data=came, headers=HTMX)
    assert refused.status_code == 422
    assert "请写明补录原因" in page(refused)
    assert "陶示例" in page(refused)
    assert "请写明补录原因" in page(office.post(place, data=came, follow_redirects=True))
    assert office.post(place, data=came | {"late_reason": "当日漏登记"}, headers=HTMX).status_code == 200
    session.expire_all()
    assert session.scalars(select(InvitedUnit)).one().attendance is Attendance.ATTENDED
    assert stands(session).late_reason == "当日漏登记"


def test_the_page_that_ends_the_day_leads_to_what_is_missing(office, session, ids):
    number = session.get_one(Matter, ids["matter"]).number
    html = page(office.get("/room/2026-12-15/close"))
    assert f'href="/room/2026-12-15?booking={ids["booking"].id}#room_matter-{ids["matter"]}"' in html
    assert number in html
