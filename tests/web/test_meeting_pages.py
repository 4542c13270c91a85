"""Meetings on the screen: planned, their agenda put together without script, recorded, printed; each role sees its own."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.matters import MatterState
from portal.domain.meetings import MeetingState
from portal.domain.people import Role
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.slips import Slip
from tests.handled_matters import a_matter_in_hand
from tests.slip_builders import a_scene

HTMX = {"HX-Request": "true"}
PLAN = {"kind": "dispatch", "title": "十一月企业诉求调度会", "held_on": "2026-11-22", "venue": "区工商联会议室"}


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


def page(answer):
    return answer.get_data(as_text=True)


def the_meeting(session):
    return session.scalars(
        select(Meeting).order_by(Meeting.id.desc()).execution_options(populate_existing=True)
    ).first()


def planned(office, session, *matters, **given):
    answer = office.post("/meetings/new", data=PLAN | {"matter": [it.id for it in matters]} | given)
    assert answer.status_code == 303
    return the_meeting(session)


def order_of(session, meeting):
    session.expire_all()
    found = session.scalars(
        select(AgendaItem.matter_id).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.position)
    )
    return list(found)


def test_the_office_plans_a_meeting_and_goes_on_to_its_agenda(office, session):
    answer = office.post("/meetings/new", data=PLAN)
    assert answer.headers["Location"] == f"/meetings/{the_meeting(session).id}/agenda"
    assert PLAN["title"] in page(office.get("/meetings/"))


def test_a_plan_that_lacks_something_says_so_beside_the_field_and_keeps_the_rest(office):
    answer = office.post("/meetings/new", data=PLAN | {"title": ""})
    assert answer.status_code == 422
    assert "请填写会议名称" in page(answer)
    assert PLAN["venue"] in page(answer)
    assert office.post("/meetings/new", data=PLAN | {"chair_id": "99"}).status_code == 422


def test_the_agenda_is_picked_ordered_and_thinned_by_plain_forms(office, session):
    first, second = a_scene(session).matters
    meeting = planned(office, session)
    html = page(office.get(f"/meetings/{meeting.id}/agenda"))
    assert "建议上会的诉求" in html
    assert first.title in html
    office.post(f"/meetings/{meeting.id}/agenda/add", data={"matter": [first.id, second.id]})
    assert order_of(session, meeting) == [first.id, second.id]
    office.post(f"/meetings/{meeting.id}/agenda/{second.id}/move", data={"by": "-1"})
    assert order_of(session, meeting) == [second.id, first.id]
    office.post(f"/meetings/{meeting.id}/agenda/order", data={f"place_{second.id}": "2", f"place_{first.id}": "1"})
    assert order_of(session, meeting) == [first.id, second.id]
    office.post(f"/meetings/{meeting.id}/agenda/{first.id}/off", data={})
    assert order_of(session, meeting) == [second.id]


def test_a_press_from_an_old_page_is_refused(office, session):
    first, second = a_scene(session).matters
    meeting = planned(office, session, first)
    old = meeting.version
    office.post(f"/meetings/{meeting.id}/agenda/add", data={"matter": second.id, "version": old})
    answer = office.post(f"/meetings/{meeting.id}/agenda/{first.id}/off", data={"version": old}, headers=HTMX)
    assert answer.status_code == 409
    assert order_of(session, meeting) == [first.id, second.id]


def test_any_open_matter_is_found_by_a_word(office, session):
    it = a_matter_in_hand(session)
    meeting = planned(office, session)
    html = page(office.get(f"/meetings/{meeting.id}/agenda?q={it.matter.number}"))
    assert "查到的诉求" in html
    assert it.matter.title in html
    assert it.scene.matters[1].title not in html


def test_a_meeting_is_recorded_and_its_matter_gets_a_slip_draft(office, session):
    scene = a_scene(session, matters=1)
    matter = scene.matters[0]
    meeting = planned(office, session, matter)
    assert "记录会议" in page(office.get(f"/meetings/{meeting.id}"))
    data = {
        "minutes": "会议听取了汇报。", f"conclusion_{matter.id}": "请尽快办理。", f"unit_id_{matter.id}": scene.units[0].id,
        f"due_on_{matter.id}": "2026-12-18", "version": meeting.version,
    }  # fmt: skip
    assert office.post(f"/meetings/{meeting.id}/hold", data=data).status_code == 303
    session.expire_all()
    slip = session.scalars(select(Slip)).one()
    assert (slip.lead_unit_id, slip.due_on) == (scene.units[0].id, date(2026, 12, 18))
    html = page(office.get(f"/meetings/{meeting.id}"))
    assert f"/slips/{slip.id}" in html
    assert "请尽快办理。" in html
    assert office.get(f"/meetings/{meeting.id}/minutes.pdf").data.startswith(b"%PDF")
    assert office.post(f"/meetings/{meeting.id}/hold", data=data).status_code in (409, 422)
    assert len(session.scalars(select(Slip)).all()) == 1


def test_what_cannot_be_decided_stands_at_its_matter_and_what_was_typed_stays(office, session):
    it = a_matter_in_hand(session)
    first, second = it.scene.matters
    meeting = planned(office, session, first, second)
    data = {f"conclusion_{first.id}": "同意延至月底完成。", f"due_on_{first.id}": "2026-12-30"}
    answer = office.post(f"/meetings/{meeting.id}/hold", data=data, headers=HTMX)
    html = page(answer)
    assert answer.status_code == 422
    assert "先申请" in html
    assert "请写明会议议定的意见" in html
    assert "同意延至月底完成。" in html
    session.expire_all()
    assert the_meeting(session).state is MeetingState.PLANNED


def test_the_minutes_are_corrected_and_a_meeting_is_called_off(office, session):
    matter = a_scene(session, matters=1).matters[0]
    meeting = planned(office, session, matter)
    office.post(f"/meetings/{meeting.id}/hold", data={f"conclusion_{matter.id}": "请尽快办理。"})
    assert office.post(f"/meetings/{meeting.id}/minutes", data={"minutes": "另：督查室列席。"}).status_code == 303
    assert "另：督查室列席。" in page(office.get(f"/meetings/{meeting.id}"))
    other = planned(office, session, matter)
    assert office.post(f"/meetings/{other.id}/cancel", data={"reason": ""}).status_code == 422
    assert office.post(f"/meetings/{other.id}/cancel", data={"reason": "主要领导外出"}).status_code == 303
    assert "主要领导外出" in page(office.get(f"/meetings/{other.id}"))
    assert office.get(f"/meetings/{other.id}/agenda").status_code == 422


def test_a_plan_is_changed(office, session):
    meeting = planned(office, session)
    assert PLAN["title"] in page(office.get(f"/meetings/{meeting.id}/edit"))
    answer = office.post(f"/meetings/{meeting.id}/edit", data=PLAN | {"kind": "push", "title": "专项推进会"})
    assert answer.status_code == 303
    session.expire_all()
    assert (the_meeting(session).kind.label, the_meeting(session).title) == ("推进会", "专项推进会")
    old = office.post(f"/meetings/{meeting.id}/edit", data=PLAN | {"version": "1"})
    assert old.status_code == 409


def test_the_list_sorts_filters_and_is_saved(office, session):
    planned(office, session)
    planned(office, session, title="专项推进会", kind="push")
    assert "专项推进会" not in page(office.get("/meetings/?kind=dispatch"))
    assert "没有符合条件" in page(office.get("/meetings/?q=无此会议"))
    for key in ("day", "kind", "title", "chair", "items", "state"):
        assert office.get(f"/meetings/?sort={key}&direction=desc").status_code == 200
    rows = CalamineWorkbook.from_filelike(BytesIO(office.get("/meetings/list.xlsx").data)).get_sheet_by_index(0)
    assert any("专项推进会" in row for row in rows.to_python())
    fragment = page(office.get("/meetings/", headers=HTMX))
    assert fragment.lstrip().startswith('<div id="meeting_list"')


def test_a_unit_reads_its_own_items_and_writes_nothing(office, sign_in, session):
    it, other = a_matter_in_hand(session), a_matter_in_hand(session, day=date(2026, 11, 17))
    meeting = planned(office, session, it.matter, other.matter)
    own = sign_in(Role.UNIT, unit=it.scene.units[0])
    stranger = sign_in(Role.UNIT, unit=it.scene.units[2])
    html = page(own.get(f"/meetings/{meeting.id}"))
    assert it.matter.title in html
    assert other.matter.title not in html
    assert "另有 1 项" in html
    assert own.get(f"/meetings/{meeting.id}/agenda.pdf").data.startswith(b"%PDF")
    assert own.get(f"/meetings/{meeting.id}/agenda").status_code == 403
    assert own.post(f"/meetings/{meeting.id}/hold", data={}).status_code == 403
    for address in ("", "/agenda.pdf", "/minutes.pdf"):
        assert stranger.get(f"/meetings/{meeting.id}{address}").status_code == 404
    assert PLAN["title"] not in page(stranger.get("/meetings/"))
    assert sign_in(Role.AUDITOR).get("/meetings/").status_code == 403
    assert it.matter.state is MatterState.HANDLING


def test_a_matters_page_names_its_meetings_and_what_they_decided(office, sign_in, session):
    it = a_matter_in_hand(session)
    meeting = planned(office, session, it.matter)
    office.post(f"/meetings/{meeting.id}/hold", data={f"conclusion_{it.matter.id}": "请牵头单位每周调度。"})
    own = sign_in(Role.UNIT, unit=it.scene.units[0])
    for client in (office, own):
        html = page(client.get(f"/matters/{it.matter.id}"))
        assert f"/meetings/{meeting.id}#matter-{it.matter.id}" in html
        assert "请牵头单位每周调度。" in html
