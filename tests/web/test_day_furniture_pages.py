from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from portal.domain.people import Role
from portal.store.queries.day_furniture import slot_templates, venues
from tests.builders import an_enterprise

VENUE = {"name": "区政务中心三楼", "address": "安澜大道1号", "enterprise_id": "", "position": "1"}
TEMPLATE = {
    "name": "全天八场", "starts_at": "09:00", "slots": "8", "slot_minutes": "40", "gap_minutes": "0", "seats": "1",
    "break_from": "12:00", "break_minutes": "90", "position": "1",
}  # fmt: skip


def text(answer, status=200):
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page[:2000]
    return page


def test_the_empty_lists_say_what_to_do_next(sign_in):
    client = sign_in(Role.OFFICE)
    assert "/admin/venues/new" in text(client.get("/admin/venues"))
    assert "/admin/slot-templates/new" in text(client.get("/admin/slot-templates"))


def test_a_venue_is_entered_corrected_retired_and_leaves_as_a_spreadsheet(session, sign_in):
    session.add(lender := an_enterprise(name="安澜甲公司"))
    session.commit()
    client = sign_in(Role.OFFICE)
    assert client.post("/admin/venues/new", data=VENUE).status_code == 303
    (row,) = venues(session)
    assert 'value="安澜大道1号"' in text(client.get(f"/admin/venues/{row.id}"))
    changed = VENUE | {"enterprise_id": str(lender.id)}
    assert client.post(f"/admin/venues/{row.id}", data=changed).status_code == 303
    assert "安澜甲公司" in text(client.get("/admin/venues"))
    sheet = CalamineWorkbook.from_filelike(BytesIO(client.get("/admin/venues.xlsx").data)).get_sheet_by_index(0)
    assert sheet.to_python()[1][1:4] == ["区政务中心三楼", "安澜大道1号", "安澜甲公司"]
    client.post(f"/admin/venues/{row.id}/retire")
    assert "停用" in text(client.get(f"/admin/venues/{row.id}"))
    client.post(f"/admin/venues/{row.id}/restore")
    assert len(venues(session)) == 1


def test_enterprises_are_found_for_a_venue_by_name(session, sign_in):
    session.add_all([an_enterprise(name="安澜甲公司"), an_enterprise(name="安澜乙公司")])
    session.commit()
    lines = text(sign_in(Role.OFFICE).get("/admin/venues/enterprises?q=乙公司"))
    assert ("安澜乙公司" in lines, "安澜甲公司" in lines) == (True, False)


def test_a_template_is_kept_and_shows_its_slots(session, sign_in):
    client = sign_in(Role.OFFICE)
    assert client.post("/admin/slot-templates/new", data=TEMPLATE).status_code == 303
    page = text(client.get("/admin/slot-templates"))
    assert ("09:00—16:10" in page, "12:00 起 90 分钟" in page) == (True, True)
    (row,) = slot_templates(session)
    assert 'value="12:00"' in text(client.get(f"/admin/slot-templates/{row.id}"))
    given = TEMPLATE | {"break_from": "", "break_minutes": "0"}
    assert client.post(f"/admin/slot-templates/{row.id}", data=given).status_code == 303
    sheet = CalamineWorkbook.from_filelike(BytesIO(client.get("/admin/slot-templates.xlsx").data))
    assert sheet.get_sheet_by_index(0).to_python()[1][:3] == ["全天八场", "09:00", "14:20"]
    for act in ("retire", "restore"):
        assert client.post(f"/admin/slot-templates/{row.id}/{act}").status_code == 303


@pytest.mark.parametrize(
    "address,given,words",
    [
        ("/admin/venues/new", VENUE | {"name": ""}, "请填写场所名称"),
        ("/admin/slot-templates/new", TEMPLATE | {"break_minutes": "0"}, "请填写休息多少分钟"),
        ("/admin/slot-templates/new", TEMPLATE | {"slots": "40"}, "当天最多排"),
    ],
)
def test_what_makes_no_sense_comes_back_with_what_was_typed(sign_in, address, given, words):
    page = text(sign_in(Role.OFFICE).post(address, data=given), 422)
    assert words in page
    assert f'value="{given.get("address", "09:00")}"' in page


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_only_the_office_keeps_venues_and_templates(sign_in, role):
    client = sign_in(role)
    for page in ("venues", "venues/new", "venues.xlsx", "slot-templates", "slot-templates/new"):
        assert client.get(f"/admin/{page}").status_code == 403
