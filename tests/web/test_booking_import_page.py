"""Importing a day's bookings on screen: the template, the trial row by row, and registering what was looked at."""

import json
import re
from datetime import date, datetime
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from portal.domain.people import Role
from portal.store.models.bookings import Booking
from tests.booking_orders import the_district
from tests.builders import a_reception_day
from tests.documents.test_tables import a_workbook
from tests.services.test_booking_imports import HEADINGS, row

IMPORT = "/bookings/import?day=2026-12-15"
APPLY = "/bookings/import/apply?day=2026-12-15"


@pytest.fixture
def day(session):
    day = a_reception_day(slots=2)
    session.add_all([day, *the_district()])
    session.commit()
    return day


def handed_in(browser, data, name="预约.xlsx"):
    return browser.post(IMPORT, data={"file": (BytesIO(data), name)}, content_type="multipart/form-data")


def words(answer):
    return unescape(answer.get_data(as_text=True))


def kept(answer):
    return re.search(r'name="rows" value="(.*?)">', answer.get_data(as_text=True), re.DOTALL)[1]


def faster(tried):
    """The table with its first enterprise alone, as another colleague registers it."""
    return json.dumps(json.loads(unescape(kept(tried)))[:2])


def standing(session):
    return session.scalar(select(func.count(Booking.id)))


def test_a_table_is_tried_out_and_then_registered(session, sign_in, day):
    office = sign_in(Role.OFFICE)
    tried = handed_in(office, a_workbook([HEADINGS, row(企业名称="安澜甲公司"), row(企业名称="安澜㛃䶮𬭎公司")]))
    assert tried.status_code == 200
    assert "登记 2 家" in words(tried)
    assert standing(session) == 0
    answer = office.post(APPLY, data={"rows": unescape(kept(tried))})
    assert answer.status_code == 303
    assert standing(session) == 2
    assert "已为12月15日 周二接待日登记 2 家企业的预约" in words(office.get(answer.location))


def test_numbers_dates_and_yes_are_registered_as_they_were_tried_out(session, sign_in, day):
    office, cells = sign_in(Role.OFFICE), dict(zip(HEADINGS, row(企业名称="安澜甲公司"), strict=True))
    cells |= {"联系电话": 13800005678, "时段": datetime(2026, 12, 15, 10, 0), "民营": True}
    tried = handed_in(office, a_workbook([HEADINGS, [cells[name] for name in HEADINGS]]))
    assert "登记 1 家" in words(tried)
    assert office.post(APPLY, data={"rows": unescape(kept(tried))}).status_code == 303
    assert session.scalar(select(Booking.visitor_phone)) == "13800005678"


def test_a_place_taken_meanwhile_is_told_with_409_and_nothing_is_registered(session, sign_in, day):
    office = sign_in(Role.OFFICE)
    tried = handed_in(office, a_workbook([HEADINGS, row(企业名称="安澜甲公司"), row(企业名称="安澜乙公司")]))
    assert office.post("/bookings/import/apply?day=2026-12-15", data={"rows": faster(tried)}).status_code == 303
    answer = office.post(APPLY, data={"rows": unescape(kept(tried))})
    assert answer.status_code == 409
    assert "安澜甲公司" in words(answer)
    assert "已有预约" in words(answer)
    assert standing(session) == 1
    only = office.post(APPLY, data={"rows": unescape(kept(tried)), "skip_wrong": "y"})
    assert only.status_code == 303
    assert standing(session) == 2


@pytest.mark.parametrize(
    "data,said",
    [
        (b"", "请选择填好的表格文件"),
        (b"%PDF-1.7 no table", "没有“企业名称”这一列"),
        (b"\x00\x01\x02\x03", "不是表格，也不是文本"),
        (b"PK\x03\x04 broken", "这个表格文件打不开"),
        ("姓名,电话\n甲,1".encode(), "没有“企业名称”这一列"),
        (b"a" * (2 * 2**20 + 1), "文件超过 2 MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_its_field(sign_in, day, data, said):
    answer = handed_in(sign_in(Role.OFFICE), data, name="预约.xlsx" if data else "")
    assert answer.status_code == 422
    assert said in words(answer)
    answer.request.environ["wsgi.input"].close()  # a large upload lies in a file of the test client


def test_the_template_has_the_days_free_slots_and_the_headings(sign_in, day):
    answer = sign_in(Role.OFFICE).get("/bookings/import-template.xlsx?day=2026-12-15")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[0] == HEADINGS
    assert [it[0] for it in rows[1:]] == ["09:00", "", "10:00"]


@pytest.mark.parametrize("rows", ["", "[", '{"a": 1}', json.dumps([[1, ["名称"]]]), "[[null, []]]"])
def test_rows_nobody_was_shown_are_refused(sign_in, day, rows):
    assert sign_in(Role.OFFICE).post(APPLY, data={"rows": rows}).status_code == 400


def test_only_the_office_may_import(sign_in, day):
    for role in (Role.UNIT, Role.LEADER, Role.AUDITOR):
        assert sign_in(role).get(IMPORT).status_code == 403


def test_the_day_to_import_for_is_chosen_among_those_to_come_and_asked_for_from_its_own_page(session, sign_in, day):
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    session.add(later)
    session.commit()
    office = sign_in(Role.OFFICE)
    html = words(office.get("/bookings/import?day=2027-01-15"))
    assert re.search(r'<option value="2026-12-15">', html)
    assert re.search(r'<option value="2027-01-15" selected>[^<]*余 1 个', html)
    assert 'href="/bookings/import?day=2027-01-15"' in words(office.get("/reception-days/2027-01-15"))
    assert 'id="import-day"' not in words(handed_in(office, a_workbook([HEADINGS, row(企业名称="安澜甲公司")])))
