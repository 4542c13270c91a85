"""The list of what is late with its units: one press for the next step, down to zero; measures and the level above on their pages."""

from datetime import date, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.chasing import EscalatedTo
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.services.escalations import EscalationOrder, escalate
from portal.services.progress import ProgressTold, report_progress
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.papers import SlipPaper
from tests.builders import a_leader
from tests.handled_matters import a_matter_in_hand
from tests.house.page_reader import Page
from tests.slip_builders import NOW, OFFICE

LATE = datetime(2026, 12, 14, 9, 0, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def in_december(app):
    clock.stand_at(LATE)


@pytest.fixture
def it(session):
    """A matter that is late with its lead unit; who assists has answered."""
    found = a_matter_in_hand(session, matters=1)
    answer = ProgressTold(ProgressKind.ANSWER, "已提供企业的用地资料。")
    report_progress(session, found.matter.id, answer, actor=found.helper, now=NOW)
    session.commit()
    return found


def text(answer):
    return answer.get_data(as_text=True)


def press(client, it, step):
    return client.post("/chasing/urge", data={"slip": it.slip.id, "unit": it.scene.units[0].id, "step": step})


def papers(session):
    session.expire_all()
    return session.scalars(select(SlipPaper).order_by(SlipPaper.id)).all()


def test_the_list_says_how_late_and_what_next_and_one_press_does_it(session, it, sign_in):
    supervisor = sign_in(Role.SUPERVISOR)
    page = text(supervisor.get("/chasing/"))
    assert Page.of(page).troubles == []
    assert "今天要督办的事项 1" in page
    assert "5 个工作日" in page
    assert "发蓝色督办单" in page
    answer = press(supervisor, it, "blue")
    assert (answer.status_code, answer.location) == (303, "/chasing/")
    (made,) = papers(session)
    assert (made.colour, made.unit_id) == ("blue", it.scene.units[0].id)
    after = text(supervisor.get("/chasing/"))
    assert "今天要督办的事项 0" in after
    assert "今天要催的都催了" in after
    everything = text(supervisor.get("/chasing/?view=all"))
    assert made.number in everything
    assert "等待回复" in everything


def test_a_second_press_is_refused_with_who_urged_last(session, it, sign_in):
    office, supervisor = sign_in(Role.OFFICE), sign_in(Role.SUPERVISOR)
    assert press(office, it, "remind").status_code == 303
    answer = press(supervisor, it, "blue")
    assert answer.status_code == 409
    assert len(papers(session)) == 1
    assert "最早12月17日" in text(answer)


def test_the_office_sees_the_same_with_reminders_only(it, sign_in):
    office = sign_in(Role.OFFICE)
    page = text(office.get("/chasing/"))
    assert "发催办单" in page
    assert "督办单</button>" not in page
    assert press(office, it, "blue").status_code == 403


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.SYSTEM, Role.AUDITOR])
def test_nobody_else_has_the_list(sign_in, role):
    assert sign_in(role).get("/chasing/").status_code == 403


def test_the_list_filters_sorts_and_exports(it, sign_in):
    office = sign_in(Role.OFFICE)
    assert it.matter.title in text(office.get(f"/chasing/?unit={it.scene.units[0].id}&sort=unit"))
    assert "没有符合条件" in text(office.get("/chasing/?over=20"))
    assert "没有符合条件" in text(office.get("/chasing/?q=没有这样的字"))
    assert office.get("/chasing/late.xlsx").mimetype.endswith("sheet")


def test_nothing_pressed_is_said(it, sign_in):
    assert sign_in(Role.OFFICE).post("/chasing/urge", data={"step": "remind"}).status_code == 422


def test_a_matter_is_taken_up_answered_by_its_leader_and_printed_with_its_file(session, it, sign_in):
    office = sign_in(Role.OFFICE)
    form = text(office.get(f"/matters/{it.matter.id}/escalate"))
    assert Page.of(form).troubles == []
    refused = office.post(
        f"/matters/{it.matter.id}/escalate", data={"to": "upper_level", "why": "请协调有关单位尽快办理。"}
    )
    assert refused.status_code == 422
    assert 'id="organ-error"' in text(refused)
    sent = office.post(
        f"/matters/{it.matter.id}/escalate",
        data={"to": "signer", "why": "电话13800138000，请协调有关单位。", "answer_by": "2026-12-20"},
    )
    assert sent.status_code == 303
    escalation = session.scalars(select(Escalation)).one()
    leader = sign_in(Role.LEADER, leader_id=it.scene.receiver.id)
    assert "报我的事项 1" in text(leader.get("/chasing/escalations"))
    page = text(leader.get(f"/chasing/escalations/{escalation.id}"))
    assert Page.of(page).troubles == []
    assert leader.get(f"/chasing/escalations/{escalation.id}.pdf").data.startswith(b"%PDF")
    answered = leader.post(f"/chasing/escalations/{escalation.id}", data={"answer": "请牵头单位一周内办结。"})
    assert answered.status_code == 303
    assert "请牵头单位一周内办结" in text(office.get(f"/matters/{it.matter.id}"))
    assert "报我的事项 0" in text(leader.get("/chasing/escalations"))


def test_what_went_to_another_leader_is_not_found(session, it, sign_in):
    other = a_leader()
    session.add(other)
    escalation = escalate(
        session, it.matter.id, EscalationOrder(EscalatedTo.SIGNER, "请协调有关单位尽快办理。"), actor=OFFICE, now=LATE
    )
    session.commit()
    leader = sign_in(Role.LEADER, leader_id=other.id)
    for place in (f"/chasing/escalations/{escalation.id}", f"/chasing/escalations/{escalation.id}.pdf"):
        assert leader.get(place).status_code == 404


def test_the_supervision_office_takes_and_ends_a_measure(session, it, sign_in):
    supervisor = sign_in(Role.SUPERVISOR)
    place = f"/matters/{it.matter.id}/measure"
    given = {
        "kind": "talk", "unit_id": it.scene.units[0].id, "why": "多次督办仍未办结。", "due_on": "2026-12-25",
    }  # fmt: skip
    assert 'id="ground-error"' in text(supervisor.post(place, data=given))
    assert supervisor.post(place, data=given | {"ground": "instructed"}).status_code == 303
    measure = session.scalars(select(Measure)).one()
    assert measure.due_on == date(2026, 12, 25)
    assert "约谈、挂牌或通报正在整改" in text(supervisor.get("/chasing/?view=all"))
    assert supervisor.post(f"/chasing/measures/{measure.id}", data={"outcome": ""}).status_code == 422
    assert sign_in(Role.OFFICE).post(f"/chasing/measures/{measure.id}", data={"outcome": "已整改"}).status_code == 403
    assert supervisor.post(f"/chasing/measures/{measure.id}", data={"outcome": "已办结并说明情况。"}).status_code == 303
    assert "已办结并说明情况" in text(supervisor.get("/chasing/measures?state=ended"))


def test_a_unit_answers_a_paper_on_its_page_and_the_answer_can_be_found_poor(session, it, sign_in):
    supervisor, unit = sign_in(Role.SUPERVISOR), sign_in(Role.UNIT, unit=it.scene.units[0])
    press(supervisor, it, "blue")
    (paper,) = papers(session)
    assert "等待回复" in text(unit.get("/slips/papers?reply=waiting"))
    place = f"/slips/papers/{paper.id}"
    assert 'id="told-error"' in text(unit.post(f"{place}/reply", data={"told": ""}))
    assert (
        unit.post(f"{place}/reply", data={"told": "正在与企业核对。", "promised_on": "2026-12-30"}).status_code == 303
    )
    assert "正在与企业核对" in text(supervisor.get(place))
    assert unit.post(f"{place}/reply", data={"told": "再回复一次。"}).status_code == 409
    assert "单位承诺12月30日" in text(supervisor.get("/chasing/?view=all"))
    assert unit.post(f"{place}/poor", data={"why": "没有说明原因"}).status_code == 403
    assert supervisor.post(f"{place}/poor", data={"why": "没有说明原因"}).status_code == 303
    assert "回复不到位" in text(unit.get(place))


def test_a_late_assisting_unit_is_shown_as_such_filtered_and_urged_by_one_press(session, sign_in):
    it = a_matter_in_hand(session, matters=1)
    office = sign_in(Role.OFFICE)
    page = text(office.get("/chasing/"))
    assert Page.of(page).troubles == []
    assert "今天要催的事项 2" in page or "今天要催办的事项 2" in page
    assert f"{it.scene.units[1].short_name}（配合）" in page
    only = text(office.get("/chasing/?part=assist"))
    assert f"{it.scene.units[0].short_name}</div>" not in only
    answer = office.post("/chasing/urge", data={"slip": it.slip.id, "unit": it.scene.units[1].id, "step": "remind"})
    assert answer.status_code == 303
    (made,) = papers(session)
    assert made.unit_id == it.scene.units[1].id
