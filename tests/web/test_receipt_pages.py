"""Receipts as people meet them: the unit's page of a slip, the office's list, the table to key in, the sheet."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal import clock
from portal.domain.people import Role
from portal.services import paper_receipts, slip_receipts
from portal.services.slip_receipts import Handler
from portal.store.models.messages import Message
from portal.store.models.slips import SlipReading, SlipReceipt
from tests.documents.slip_sheets import page_texts
from tests.services.test_slip_receipts import LATER, on_paper
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip, unit_actor

HTMX = {"HX-Request": "true"}


@pytest.fixture
def scene(session):
    return a_scene(session)


@pytest.fixture
def slip(session, scene):
    return an_issued_slip(session, scene)


def text_of(answer):
    return answer.get_data(as_text=True)


def receipts(session):
    session.expire_all()
    return session.scalars(select(SlipReceipt).order_by(SlipReceipt.unit_id)).all()


def test_a_unit_sees_what_until_when_and_a_button_to_sign_and_looking_writes_nothing(session, scene, slip, sign_in):
    browser = sign_in(Role.UNIT, unit=scene.units[0])
    page = text_of(browser.get(f"/slips/{slip.id}"))
    for said in ("牵头办理", "2026年12月7日 周一", "11月23日 周一", f'action="/slips/{slip.id}/receive"', "未阅"):
        assert said in page, said
    assert f'hx-post="/slips/{slip.id}/read"' in page
    assert session.scalars(select(SlipReading)).all() == []


def test_reading_is_a_press_of_its_own_without_script_and_the_very_panel_with_it(session, scene, slip, sign_in):
    lead, helper = (sign_in(Role.UNIT, unit=unit) for unit in scene.units[:2])
    answer = lead.post(f"/slips/{slip.id}/read")
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    assert "已阅，待签收" in text_of(lead.get(f"/slips/{slip.id}"))
    panel = text_of(helper.post(f"/slips/{slip.id}/read", headers=HTMX))
    assert 'id="own_receipt"' in panel
    assert "<html" not in panel
    assert "hx-trigger" not in panel
    assert panel.strip() in text_of(helper.get(f"/slips/{slip.id}"))
    assert len(session.scalars(select(SlipReading)).all()) == 2


def test_signing_twice_is_refused_in_plain_words(session, scene, slip, sign_in):
    browser = sign_in(Role.UNIT, unit=scene.units[0])
    assert browser.post(f"/slips/{slip.id}/receive").status_code == 303
    again = browser.post(f"/slips/{slip.id}/receive")
    assert again.status_code == 409
    assert "不必重复签收" in text_of(again)
    assert len(receipts(session)) == 1


def test_a_unit_sees_nothing_of_a_slip_that_is_not_its_own(session, scene, slip, sign_in):
    browser = sign_in(Role.UNIT, unit=scene.units[2])
    for address in (f"/slips/{slip.id}", f"/slips/{slip.id}/hand-on"):
        assert browser.get(address).status_code == 404
    for act in ("read", "receive", "hand-on"):
        assert browser.post(f"/slips/{slip.id}/{act}", data={"name": "某"}).status_code == 404
    assert slip.number not in text_of(browser.get("/slips/receipts?state=all"))


def test_handing_on_says_beside_the_field_what_is_missing_and_keeps_what_was_typed(session, scene, slip, sign_in):
    browser = sign_in(Role.UNIT, unit=scene.units[0])
    early = browser.post(f"/slips/{slip.id}/hand-on", data={"name": "许示达", "account_id": ""})
    assert early.status_code == 422
    assert "请先签收" in text_of(early)
    assert 'value="许示达"' in text_of(early)
    browser.post(f"/slips/{slip.id}/receive")
    empty = browser.post(f"/slips/{slip.id}/hand-on", data={"name": "", "account_id": ""})
    assert (empty.status_code, "请填写经办人姓名" in text_of(empty)) == (422, True)
    assert browser.post(f"/slips/{slip.id}/hand-on", data={"name": "许示达", "account_id": ""}).status_code == 303
    assert "许示达" in text_of(browser.get(f"/slips/{slip.id}"))
    again = browser.post(f"/slips/{slip.id}/hand-on", data={"name": "许示达", "account_id": ""})
    assert again.status_code == 409


def test_the_name_of_a_handler_stays_in_its_unit_and_with_the_office(session, scene, slip, sign_in):
    for unit in scene.units[:2]:
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=NOW)
    slip_receipts.hand_on(session, slip.id, Handler("许示达"), actor=unit_actor(scene.units[0]), now=NOW)
    session.commit()
    seen = {
        "office": sign_in(Role.OFFICE),
        "supervisor": sign_in(Role.SUPERVISOR),
        "own": sign_in(Role.UNIT, unit=scene.units[0]),
        "other": sign_in(Role.UNIT, unit=scene.units[1]),
    }
    found = {who: "许示达" in text_of(browser.get(f"/slips/{slip.id}")) for who, browser in seen.items()}
    assert found == {"office": True, "supervisor": True, "own": True, "other": False}
    listed = {who: "许示达" in text_of(it.get("/slips/receipts?state=all")) for who, it in seen.items()}
    assert listed == found


def test_paper_is_keyed_in_for_one_slip_with_one_day_for_all_rows(session, scene, slip, sign_in):
    office = sign_in(Role.OFFICE)
    lead, helper = (f"{slip.id}-{unit.id}" for unit in scene.units[:2])
    address = f"/slips/{slip.id}/receipts/paper"
    assert f'name="by-{lead}"' in text_of(office.get(address))
    answer = office.post(
        address,
        data={"day": "2026-11-22", f"by-{lead}": "施示茂", f"by-{helper}": "金示达", f"hour-{helper}": "08:40"},
    )
    assert (answer.status_code, answer.location) == (303, f"/slips/{slip.id}")
    first, second = receipts(session)
    assert (first.received_by, first.received_on, first.how.value) == ("施示茂", date(2026, 11, 22), "paper")
    assert f"{second.received_at:%H:%M}" == "08:40"
    page = text_of(office.get(f"/slips/{slip.id}"))
    assert "施示茂 11月22日 周日" in page
    assert "金示达 11月22日 08:40" in page


def test_a_wrong_row_says_so_beside_itself_and_nothing_is_kept_or_lost(session, scene, slip, sign_in):
    office = sign_in(Role.OFFICE)
    lead, helper = (f"{slip.id}-{unit.id}" for unit in scene.units[:2])
    typed = {"day": "2026-11-22", f"by-{lead}": "施示茂", f"by-{helper}": "金示达", f"on-{helper}": "2026-12-01"}
    answer = office.post("/slips/receipts/paper?day=2026-11-16", data=typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "签收日期不能晚于今天" in page
    assert f'id="problem-{helper}"' in page
    assert f'id="problem-{lead}"' not in page
    assert 'value="施示茂"' in page
    assert receipts(session) == []
    odd = office.post("/slips/receipts/paper?day=2026-11-16", data=typed | {f"on-{helper}": "昨天"})
    assert (odd.status_code, "日期应写作" in text_of(odd)) == (422, True)
    nothing = office.post("/slips/receipts/paper?day=2026-11-16", data={"day": "2026-11-22"})
    assert (nothing.status_code, "没有填写任何一行" in text_of(nothing)) == (422, True)


def test_a_paper_receipt_is_corrected_and_withdrawn_on_pages_of_their_own(session, scene, slip, sign_in):
    unit, office = scene.units[0], sign_in(Role.OFFICE)
    paper_receipts.enter_receipts(session, [on_paper(slip, unit)], actor=OFFICE, now=NOW)
    session.commit()
    address = f"/slips/{slip.id}/receipts/{unit.id}"
    page = text_of(office.get(address))
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    right = {"seen": seen, "received_by": "施示凯", "received_on": "2026-11-22", "hour": "", "reason": "姓名看错"}
    assert office.post(address, data=right | {"reason": ""}).status_code == 422
    assert office.post(address, data=right | {"seen": "别的"}).status_code == 409
    assert office.post(address, data=right).status_code == 303
    assert [it.received_by for it in receipts(session)] == ["施示凯"]
    assert "恢复为待签收" in text_of(office.get(f"{address}/withdraw"))
    assert office.post(f"{address}/withdraw", data={"seen": "", "reason": "登记错单"}).status_code in (303, 409)
    assert office.get(f"/slips/{slip.id}/receipts/{scene.units[1].id}").status_code == 404
    assert sign_in(Role.SUPERVISOR).get(address).status_code == 403


def test_the_office_reminds_a_unit_from_the_list_once_a_day(session, scene, slip, sign_in):
    office = sign_in(Role.OFFICE)
    sign_in(Role.UNIT, unit=scene.units[0])
    data = {"unit": scene.units[0].id, "slip": slip.id}
    assert office.post("/slips/receipts/urge", data=data).location == f"/slips/{slip.id}"
    again = office.post("/slips/receipts/urge", data={"unit": scene.units[0].id})
    assert again.status_code == 409
    assert "今天已经提醒过" in text_of(again)
    deaf = office.post("/slips/receipts/urge", data={"unit": scene.units[1].id, "slip": slip.id})
    assert (deaf.status_code, "没有可用的账号" in text_of(deaf)) == (422, True)
    assert office.post("/slips/receipts/urge", data={"unit": "x"}).status_code == 422
    urged = select(Message.subject).where(Message.key.startswith("slip-receipt-urged"))
    assert session.scalars(urged).all() == [f"请尽快签收：{slip.number}"]


def test_the_list_answers_who_has_not_signed_and_supervision_only_reads(session, scene, slip, sign_in):
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[1]), now=LATER)
    session.commit()
    clock.stand_at(LATER)
    office, supervisor = sign_in(Role.OFFICE), sign_in(Role.SUPERVISOR)
    page = text_of(office.get("/slips/receipts"))
    assert "谁还没签收" in page
    assert "已逾期 2 个工作日" in page
    assert "0/2" in page
    assert "逾期签收 2 个工作日" in text_of(office.get("/slips/receipts?state=late"))
    assert "/slips/receipts/urge" in page
    assert "/slips/receipts/urge" not in text_of(supervisor.get("/slips/receipts"))
    assert supervisor.post("/slips/receipts/urge", data={"unit": 1}).status_code == 403
    assert supervisor.get("/slips/receipts/paper").status_code == 403
    assert text_of(office.get("/slips/receipts?state=all", headers=HTMX)).strip().startswith('<div id="receipt_list"')


def test_without_anything_due_the_rate_is_a_dash(session, sign_in):
    page = text_of(sign_in(Role.OFFICE).get("/slips/receipts"))
    assert "<strong>—</strong>" in page
    assert "都签收了" in page


def test_the_receipt_sheet_of_a_slip_is_a_paper_and_a_spreadsheet(session, scene, slip, sign_in):
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    session.commit()
    office, helper = sign_in(Role.OFFICE), sign_in(Role.UNIT, unit=scene.units[1])
    answer = office.get(f"/slips/receipts.pdf?slip={slip.id}")
    assert answer.mimetype == "application/pdf"
    text = "".join(page_texts(answer.data))
    assert slip.number in text
    assert "按时签收率100.0%（1/1）" in text
    rows = CalamineWorkbook.from_filelike(BytesIO(office.get(f"/slips/receipts.xlsx?slip={slip.id}").data))
    lines = rows.get_sheet_by_index(0).to_python()
    assert len(lines) == 3
    assert "网上签收" in lines[1]
    own = CalamineWorkbook.from_filelike(BytesIO(helper.get(f"/slips/receipts.xlsx?slip={slip.id}").data))
    assert len(own.get_sheet_by_index(0).to_python()) == 2


def test_the_list_of_slips_tells_a_unit_what_it_has_read_and_what_it_must_sign(session, scene, slip, sign_in):
    browser = sign_in(Role.UNIT, unit=scene.units[0])
    assert "未阅" in text_of(browser.get("/slips/?mine=1"))
    browser.post(f"/slips/{slip.id}/read")
    assert "已阅，待签收" in text_of(browser.get("/slips/?mine=1"))
    assert "已阅，待签收" in text_of(browser.get("/"))
    browser.post(f"/slips/{slip.id}/receive")
    assert slip.number not in text_of(browser.get("/slips/?mine=1"))
