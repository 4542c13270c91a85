"""Numbers set aside and the rows of numbers, on their pages and from the machine."""

import json
from io import BytesIO

from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.people import Role
from portal.domain.reserved_numbers import ReservedState
from portal.services.reserved_numbers import reserve_numbers
from portal.store.models.papers import ReservedNumber
from portal.store.models.slips import Slip
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene
from tests.web.test_slips import draft_of, text_of


def reserved(session, count=2):
    made = reserve_numbers(session, count, "停电备用", actor=OFFICE, now=NOW)
    session.commit()
    return made


def test_numbers_are_set_aside_and_their_blank_paper_printed(session, sign_in):
    a_scene(session)
    office = sign_in(Role.OFFICE)
    done = office.post("/slips/reserved", data={"count": "2", "purpose": "停电备用空白单"}, follow_redirects=True)
    page = text_of(done)
    assert "已预留 2 个号" in page
    assert "安民接交〔2026〕2号" in page
    numbers = session.scalars(select(ReservedNumber)).all()
    paper = office.get(f"/slips/reserved.pdf?ids={numbers[0].id},{numbers[1].id}")
    assert paper.mimetype == "application/pdf"
    pages = PdfReader(BytesIO(paper.data)).pages
    assert len(pages) == 2
    text = "".join(pages[1].extract_text().split())
    assert "安民接交〔2026〕2号" in text
    assert numbers[1].verify_code in text


def test_what_cannot_be_set_aside_is_said_beside_the_field(session, sign_in):
    a_scene(session)
    answer = sign_in(Role.OFFICE).post("/slips/reserved", data={"count": "500", "purpose": "备"})
    assert answer.status_code == 422
    assert "一次预留 1 至 50 个号" in text_of(answer)


def test_a_record_takes_the_number_on_the_paper(session, sign_in):
    scene = a_scene(session)
    _, second = reserved(session)
    office = sign_in(Role.OFFICE)
    assert "安民接交〔2026〕2号（停电备用）" in text_of(office.get(f"/slips/new?booking={scene.booking.id}"))
    asked = draft_of(scene, then="number", reserved_id=second.id)
    office.post(f"/slips/new?booking={scene.booking.id}", data=asked)
    assert session.scalars(select(Slip)).one().number == second.number
    verdict = text_of(office.get(f"/verify/{second.verify_code}"))
    assert second.number in verdict


def test_a_number_used_meanwhile_is_refused_and_what_was_typed_stays(session, sign_in):
    scene = a_scene(session)
    first, _ = reserved(session)
    office = sign_in(Role.OFFICE)
    office.post(f"/slips/reserved/{first.id}/void", data={"reason": "空白单写坏"})
    asked = draft_of(scene, then="number", reserved_id=first.id, proposal="照此办理。")
    answer = office.post(f"/slips/new?booking={scene.booking.id}", data=asked)
    assert answer.status_code == 422
    assert "照此办理。" in text_of(answer)
    assert "现为“作废”" in text_of(answer)
    assert session.scalars(select(Slip)).all() == []


def test_an_unused_number_is_made_void_with_a_reason(session, sign_in):
    a_scene(session)
    first, _ = reserved(session)
    office, url = sign_in(Role.OFFICE), f"/slips/reserved/{first.id}/void"
    assert "号码" in text_of(office.get(url))
    assert office.post(url, data={"reason": "坏"}).status_code == 422
    assert office.post(url, data={"reason": "空白单写坏"}).status_code == 303
    session.expire_all()
    assert session.get(ReservedNumber, first.id).state is ReservedState.VOID
    listed = office.get("/slips/reserved?state=void")
    assert "空白单写坏" in text_of(listed)
    assert office.get("/slips/reserved/999/void").status_code == 404
    rows = CalamineWorkbook.from_filelike(BytesIO(office.get("/slips/reserved.xlsx").data)).get_sheet_by_index(0)
    assert len([row for row in rows.to_python() if str(row[0]).startswith("安民接交")]) == 2


def test_the_row_of_a_year_is_shown_and_told_by_the_command(app, session, sign_in):
    scene = a_scene(session)
    first, _ = reserved(session)
    a_numbered_slip(session, scene, scene.ids[0])
    page = text_of(sign_in(Role.SUPERVISOR).get("/slips/numbers?year=2026"))
    assert "1 至 3 连号，无断号、无重号" in page
    told = app.test_cli_runner().invoke(args=["slips", "numbers", "--year", "2026", "--json"])
    (row,) = json.loads(told.output)
    assert (row["last"], row["whole"], len(row["numbers"])) == (3, True, 3)
    session.delete(session.get(ReservedNumber, first.id))
    session.commit()
    told = app.test_cli_runner().invoke(args=["slips", "numbers", "--year", "2026"])
    assert told.exit_code == 1
    assert "断号 [1]" in told.output


def test_numbers_are_the_offices_and_are_not_set_aside_by_others(session, sign_in):
    scene = a_scene(session)
    a_draft(session, scene)
    leader = sign_in(Role.LEADER, leader_id=scene.receiver.id)
    for url in ("/slips/reserved", "/slips/reserved.pdf", "/slips/numbers"):
        assert leader.get(url).status_code == 403
