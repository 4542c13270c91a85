"""Measures after a red notice, and matters taken to the level above, on both engines where two may act at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.urging import DirectGround
from portal.services.escalations import EscalationOrder, answer_escalation, escalate
from portal.services.measures import MeasureOrder, end_measure, take_measure
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.messages import Message
from portal.store.queries.escalations import EscalationFilter, all_escalations, escalation_row
from portal.store.queries.matter_pages import matter_page
from portal.store.queries.measures import MeasureFilter, MeasureWanted, all_measures
from tests.builders import a_leader, an_account
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE

SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
LATE = NOW.replace(month=12, day=14)
WHY = "单位之间职责不清，办理停滞，请协调。"


@pytest.fixture
def it(session):
    return a_matter_in_hand(session, matters=1)


def talk(it, **given):
    return MeasureOrder(
        **{"kind": MeasureKind.TALK, "unit_id": it.scene.units[0].id, "why": "三次督办仍未办结。",
           "due_on": date(2027, 1, 20)} | given
    )  # fmt: skip


def all_colours(session, it):
    for place, colour in enumerate(UrgingColour):
        at = LATE + timedelta(days=9 * place)
        order = proposed_order(session, it.slip.id, PaperKind.SUPERVISION, colour=colour, actor=SUPERVISOR, now=at)
        make_paper(session, it.slip.id, order, actor=SUPERVISOR, now=at)
    session.commit()


def test_a_talk_follows_a_red_notice_whose_day_has_passed(session, it):
    all_colours(session, it)
    with pytest.raises(RuleBroken, match="红色督办单"):
        take_measure(session, it.matter.id, talk(it), actor=SUPERVISOR, now=LATE + timedelta(days=20))
    session.rollback()
    after = LATE + timedelta(days=35)
    measure = take_measure(session, it.matter.id, talk(it), actor=SUPERVISOR, now=after)
    session.commit()
    with pytest.raises(Conflict, match="没有结束"):
        take_measure(session, it.matter.id, talk(it), actor=SUPERVISOR, now=after)
    session.rollback()
    end_measure(session, measure.id, "单位主要负责人作出检讨，已办结。", actor=SUPERVISOR, now=after)
    session.commit()
    ended = list(all_measures(session, MeasureFilter(MeasureWanted.ENDED), today=after.date()))
    assert [row.outcome for row in ended] == ["单位主要负责人作出检讨，已办结。"]
    assert {"measure_taken", "measure_ended"} <= set(session.scalars(select(AuditLine.act)))
    with pytest.raises(Conflict):
        end_measure(session, measure.id, "再次结束这项措施", actor=SUPERVISOR, now=after)


def test_a_direct_measure_says_on_what_ground(session, it):
    measure = take_measure(session, it.matter.id, talk(it, ground=DirectGround.GRAVE), actor=SUPERVISOR, now=LATE)
    assert measure.why == "（直接采取，影响重大）三次督办仍未办结。"


@pytest.mark.parametrize(
    "given, field",
    [
        ({"why": "急"}, "why"),
        ({"due_on": None}, "due_on"),
        ({"due_on": date(2026, 12, 13)}, "due_on"),
        ({"unit_id": 10_000}, "unit_id"),
    ],
)
def test_a_measure_that_cannot_be_is_said_beside_its_field(session, it, given, field):
    with pytest.raises(RuleBroken) as refusal:
        take_measure(session, it.matter.id, talk(it, ground=DirectGround.GRAVE, **given), actor=SUPERVISOR, now=LATE)
    assert refusal.value.field == field


def test_only_the_supervision_office_takes_measures(session, it):
    for actor in (OFFICE, it.handler, it.signer):
        with pytest.raises(NotAllowed):
            take_measure(session, it.matter.id, talk(it), actor=actor, now=LATE)


def test_the_lead_official_hears_sees_and_answers(session, it):
    official = an_account(Role.LEADER, serves=[it.scene.official])
    office = an_account(Role.OFFICE)
    session.add_all([official, office])
    session.commit()
    order = EscalationOrder(EscalatedTo.LEAD_OFFICIAL, WHY, date(2026, 12, 18))
    escalation = escalate(session, it.matter.id, order, actor=OFFICE, now=LATE)
    session.commit()
    told = session.scalars(select(Message).where(Message.account_id == official.id)).one()
    assert (told.url, "12月18日" in told.subject) == (f"/chasing/escalations/{escalation.id}", True)
    leader = Actor(official.id, it.scene.official.name, Role.LEADER, leader_ids=frozenset({it.scene.official.id}))
    assert escalation_row(session, leader, escalation.id).whom == f"牵头领导 {it.scene.official.name}"
    with pytest.raises(Conflict, match="不重复上报"):
        escalate(session, it.matter.id, order, actor=OFFICE, now=LATE)
    session.rollback()
    answer_escalation(session, escalation.id, "请两单位一周内拿出方案。", actor=leader, now=LATE)
    session.commit()
    assert (
        session.scalars(select(Message).where(Message.account_id == office.id))
        .one()
        .subject.startswith("牵头领导已答复")
    )
    with pytest.raises(Conflict):
        answer_escalation(session, escalation.id, "再答一次。", actor=leader, now=LATE)


def test_a_chief_leader_who_had_no_part_sees_the_matter_once_it_was_taken_up(session, it):
    chief = a_leader(is_chief=True)
    session.add(chief)
    session.commit()
    actor = Actor(5, chief.name, Role.LEADER, leader_ids=frozenset({chief.id}))
    with pytest.raises(NotFound):
        matter_page(session, actor, it.matter.id)
    for wrong in (None, it.scene.other.id):
        with pytest.raises(RuleBroken) as refusal:
            escalate(
                session, it.matter.id, EscalationOrder(EscalatedTo.CHIEF, WHY, leader_id=wrong), actor=OFFICE, now=LATE
            )
        assert refusal.value.field == "leader_id"
        session.rollback()
    escalate(
        session, it.matter.id, EscalationOrder(EscalatedTo.CHIEF, WHY, leader_id=chief.id), actor=SUPERVISOR, now=LATE
    )
    session.commit()
    assert matter_page(session, actor, it.matter.id).id == it.matter.id
    found = all_escalations(session, actor, EscalationFilter(), today=LATE.date())
    assert [row.leader_id for row in found] == [chief.id]
    other = Actor(6, "其他领导", Role.LEADER, leader_ids=frozenset({it.scene.other.id}))
    assert list(all_escalations(session, other, EscalationFilter(), today=LATE.date())) == []


def test_what_a_level_above_answers_is_keyed_in_by_the_office(session, it):
    with pytest.raises(RuleBroken) as refusal:
        escalate(session, it.matter.id, EscalationOrder(EscalatedTo.UPPER_LEVEL, WHY), actor=OFFICE, now=LATE)
    assert refusal.value.field == "organ"
    session.rollback()
    order = EscalationOrder(EscalatedTo.UPPER_LEVEL, WHY, organ="市工商业联合会")
    escalation = escalate(session, it.matter.id, order, actor=OFFICE, now=LATE)
    with pytest.raises(RuleBroken) as refusal:
        answer_escalation(session, escalation.id, "已转市级部门研究。", actor=OFFICE, now=LATE)
    assert refusal.value.field == "by"
    answered = answer_escalation(
        session, escalation.id, "已转市级部门研究。", by="市工商联经济处", actor=OFFICE, now=LATE
    )
    assert answered.answered_by == "市工商联经济处"


def test_units_and_closed_matters_go_nowhere(session, it):
    order = EscalationOrder(EscalatedTo.SIGNER, WHY)
    with pytest.raises(NotAllowed):
        escalate(session, it.matter.id, order, actor=it.handler, now=LATE)
    closed(session, it)
    session.commit()
    with pytest.raises(RuleBroken, match="已销号"):
        escalate(session, it.matter.id, order, actor=OFFICE, now=LATE)


def test_two_presses_at_once_take_a_matter_up_once_and_take_one_measure(each_app):
    with each_app.app_context():
        db.session().info["unaudited"] = True
        it = a_matter_in_hand(db.session(), matters=1)
        matter_id, order = it.matter.id, talk(it, ground=DirectGround.URGENT)
        db.session.remove()
    start = Barrier(4)

    def press(place):
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    if place % 2:
                        escalate(session, matter_id, EscalationOrder(EscalatedTo.SIGNER, WHY), actor=OFFICE, now=LATE)
                    else:
                        take_measure(session, matter_id, order, actor=SUPERVISOR, now=LATE)
            except Conflict:
                return "refused"
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(press, range(4))) == ["done", "done", "refused", "refused"]
    with each_app.app_context():
        for table in (Escalation, Measure):
            assert db.session.scalar(select(func.count()).select_from(table)) == 1
        db.session.remove()
