"""What nobody means, and some send all the same: numbers, dates and characters that no record can hold."""

import json
from base64 import urlsafe_b64encode
from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DataError, IntegrityError

from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.extension import db
from portal.store.models.calendar import CalendarDay
from portal.store.models.reception import ReceptionDay
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.slip_builders import a_draft, a_numbered_slip, a_scene

HERE = "/reception-days/2026-12-15"
TOO_GREAT = "99999999999999999999"
ODD_DAYS = ["0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31"]


@pytest.fixture
def a_day(session):
    session.add(day := a_reception_day(day=date(2026, 12, 15), state=DayState.PLANNED))
    session.commit()
    return day


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


@pytest.mark.parametrize("address", ["/admin/venues/{}", "/reception-days/changes/{}", "/enterprises/{}", "/slips/{}"])
@pytest.mark.parametrize("number", [TOO_GREAT, str(2**31)])
def test_a_number_that_no_record_can_have_is_not_found(sign_in, address, number):
    assert "没有找到" in text(sign_in(Role.OFFICE).get(address.format(number)), 404)


@pytest.mark.parametrize("address", ["/calendar/2026/12?leader={}", "/admin/calendar?year={}", "/bookings/new?slot={}"])
def test_a_number_that_no_record_can_have_counts_as_not_said(sign_in, a_day, address):
    assert sign_in(Role.OFFICE).get(address.format(TOO_GREAT)).status_code == 200


@pytest.mark.parametrize(
    "address,field",
    [
        ("/bookings/{}/units", "units"),
        ("/bookings/{}/move", "slot"),
        ("/bookings/new", "slot"),
        ("/bookings/new", "pick_enterprise"),
        ("/messages/outbox/many", "message"),
        ("/room/2026-12-15/photos", "booking"),
    ],
)
def test_a_number_that_no_record_can_have_is_no_breakdown_in_a_form_either(session, sign_in, address, field):
    booking = a_booking(a_reception_day(day=date(2026, 12, 15)), an_enterprise())
    session.add(booking)
    session.commit()
    given = {field: TOO_GREAT, "act": "drop", "version": "1"}
    text(sign_in(Role.OFFICE).post(address.format(booking.id), data=given), 400)


@pytest.mark.parametrize("day", ODD_DAYS)
def test_a_date_nobody_can_mean_is_refused_beside_its_field(session, sign_in, a_day, day):
    office = sign_in(Role.OFFICE)
    new = {"day": day, "reason": "补录一天的接待", "venue": "会议室", "starts_at": "09:00"}
    new |= {"slots": "1", "slot_minutes": "40", "gap_minutes": "0", "seats": "1"}
    assert "年份应在 1900 至 2100 之间" in text(office.post("/reception-days/new", data=new), 422)
    move = {"version": a_day.version, "to_day": day, "reason": "与市级会议冲突", "on_rest_day": "休息日也要办"}
    for given in (move, move | {"look": "1"}):
        page = text(office.post(f"{HERE}/redate", data=given), 422)
        assert ("年份应在 1900 至 2100 之间" in page, f'value="{day}"' in page) == (True, True)
    assert f'value="{day}"' not in text(office.get(f"{HERE}/redate?to={day}"))
    assert session.scalars(select(ReceptionDay.day)).all() == [date(2026, 12, 15)]


def test_looking_at_a_date_that_does_not_exist_says_so(sign_in, a_day):
    given = {"version": a_day.version, "to_day": "2027-02-30", "reason": "", "look": "1"}
    page = text(sign_in(Role.OFFICE).post(f"{HERE}/redate", data=given), 422)
    assert ("不是有效的日期" in page, "请写明改期理由" in page) == (True, False)


@pytest.mark.parametrize("day", ["1950-01-02", "2003-12-31"])
def test_the_office_says_nothing_of_days_outside_its_calendar(session, sign_in, day):
    given = {"day": day, "kind": "local", "name": "地方节", "source": "区政府通知", "seen": ""}
    assert "年份应在 2004 至 2100 之间" in text(sign_in(Role.OFFICE).post("/admin/calendar", data=given), 422)
    assert session.scalars(select(CalendarDay)).all() == []


@pytest.mark.parametrize("month", ["9999-12", "2100-02", "0001-01"])
def test_nobody_plans_beyond_the_calendar(sign_in, month):
    office = sign_in(Role.OFFICE)
    given = {"rule": "monthday", "month_day": "15", "place": "2", "weekday": "4", "times": "4", "first_month": month}
    given |= {"months": "60", "on_holiday": "next", "venue": "会议室", "starts_at": "09:00", "slots": "1"}
    given |= {"slot_minutes": "40", "gap_minutes": "0", "seats": "1"}
    for address in ("/reception-days/plan", "/reception-days/plan/apply"):
        assert "年" in text(office.post(address, data=given), 422)


def test_characters_that_are_no_text_are_left_out(session, sign_in, a_day):
    given = {"version": a_day.version, "venue": "区\x00政务中心\x1f", "starts_at": "09:00", "theme": "融资\x7f专场"}
    assert sign_in(Role.OFFICE).post(f"{HERE}/change", data=given).status_code == 303
    session.expire_all()
    assert (a_day.venue, a_day.theme) == ("区政务中心", "融资专场")


@pytest.mark.parametrize("field", ["venue", "theme"])
def test_what_the_notice_could_not_print_is_refused_where_it_is_typed(sign_in, a_day, field):
    given = {"version": a_day.version, "venue": "会议室", "starts_at": "09:00", "theme": ""} | {field: "专场😀"}
    page = text(sign_in(Role.OFFICE).post(f"{HERE}/change", data=given), 422)
    assert ("打印字体中没有这些字" in page, "专场😀" in page) == (True, True)


@pytest.mark.parametrize(
    "trouble,status,words", [(IntegrityError, 409, "与别人刚刚的操作冲突"), (DataError, 400, "不完整")]
)
def test_what_the_tables_refuse_is_a_refusal_and_no_breakdown(app, sign_in, a_day, trouble, status, words):
    office = sign_in(Role.OFFICE)

    def refuse(*_rest):
        raise trouble("UPDATE reception_day", {}, Exception("refused"))

    engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        answer = office.get("/reception-days/")
    finally:
        event.remove(engine, "before_cursor_execute", refuse)
    assert words in text(answer, status)


@pytest.mark.parametrize("odd", ["²", TOO_GREAT, "9" * 5000, "-1"])
@pytest.mark.parametrize("act", ["return", "void", "signature", "split", "replace", "retention", "edit"])
def test_a_version_that_no_record_can_have_is_no_breakdown_at_a_slip(session, sign_in, act, odd):
    scene = a_scene(session)
    slip = a_draft(session, scene) if act == "edit" else a_numbered_slip(session, scene)
    session.commit()
    sent = {"version": odd, "remark": "请改牵头单位", "reason": "重复交办", "signed_on": "2026-11-16"}
    sent |= {"matters": odd, "receiver_id": odd, "reserved_id": odd, "kinds-0-matter_id": odd, "then": "number"}
    assert sign_in(Role.OFFICE).post(f"/slips/{slip.id}/{act}", data=sent).status_code < 500


@pytest.mark.parametrize("odd", ["²", TOO_GREAT, "9" * 5000])
def test_a_place_that_no_slip_can_have_is_no_breakdown_when_a_day_is_laid_out(session, sign_in, odd):
    scene = a_scene(session)
    address = f"/slips/day?day={scene.day.day.isoformat()}"
    sent = {f"slip-{number}": odd for number in scene.ids} | {"then": "merge", "matters": odd}
    assert sign_in(Role.OFFICE).post(address, data=sent).status_code < 500


@pytest.mark.parametrize("odd", ["²", TOO_GREAT, "9" * 5000, "-1"])
@pytest.mark.parametrize("address", ["/slips/papers/print?paper={}", "/meetings/new?matter={}"])
def test_what_is_no_number_counts_as_not_ticked(sign_in, address, odd):
    assert sign_in(Role.OFFICE).get(address.format(odd)).status_code in {200, 422}


@pytest.mark.parametrize("odd", ["²", TOO_GREAT])
@pytest.mark.parametrize("address", ["/admin/paper-texts/slip", "/admin/paper-texts/slip/versions/0"])
def test_a_version_that_no_paper_text_can_have_is_no_breakdown(sign_in, address, odd):
    answer = sign_in(Role.OFFICE).post(address, data={"version": odd, "why": "恢复原来的写法"})
    assert answer.status_code < 500


ODD_KEYS = [
    "[" * 5000,
    json.dumps(["2026-12-01T09:00:00", 1]),
    json.dumps(["0001-01-01T00:00:00+08:00", 1]),
    json.dumps(["2026-12-01", 2**63]),
    json.dumps([2**63, 1]),
    json.dumps([7, 1]),
    json.dumps(["甲", float("inf")]),
    json.dumps([None, 1]),
    json.dumps([["甲"], 1]),
]


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("address", ["/voices/?sort=at", "/voices/?sort=enterprise", "/slips/?sort=due", "/closings/"])
def test_a_place_in_a_list_that_cannot_be_counts_as_its_beginning(sign_in, address, key):
    after = urlsafe_b64encode(key.encode()).decode().rstrip("=")
    answer = sign_in(Role.OFFICE).get(f"{address}{'&' if '?' in address else '?'}after={after}")
    assert answer.status_code == 200
