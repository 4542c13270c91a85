"""What must hold of rota plans on both engines: one open plan, one publication, no place given twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services import duty_plans, plan_problems
from portal.services.duty import assign_turn
from portal.services.duty_repairs import apply_repair, proposed_repair
from portal.services.unsuitable_days import mark_unsuitable
from portal.store.extension import db, read, transaction
from portal.store.models.duty import DutyChange, DutyPlan, UnsuitableDay
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty_plans import open_plan
from tests.builders import a_leader, a_reception_day
from tests.conftest import NOW

pytestmark = pytest.mark.postgresql

OFFICE = Actor(1, "办公室", Role.OFFICE)
ORDER = plan_problems.PlanOrder(date(2026, 12, 1), date(2027, 12, 31))
DESKS = 6


@pytest.fixture
def records(each_app):
    """Six leaders and four days without duty."""
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        session.add_all(a_leader(name=f"领示{number}") for number in "一二三四五六")
        session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in range(1, 5))
        session.commit()
        session.info.pop("unaudited")
        yield session
        session.rollback()
        db.session.remove()


def at_once(app, act):
    """Let all desks do something at the same moment; answers how many could, and how many were told of a conflict."""
    start = Barrier(DESKS)

    def desk(number):
        with app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    act(session, number)
            except Conflict:
                return False
            else:
                return True
            finally:
                db.session.remove()

    with ThreadPoolExecutor(DESKS) as pool:
        came = list(pool.map(desk, range(DESKS)))
    return came.count(True), came.count(False)


def draft(session):
    worked = plan_problems.worked_plan(session, ORDER, today=NOW.date())
    with transaction() as own:
        return duty_plans.draft_plan(own, ORDER, worked, actor=OFFICE, now=NOW).id


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_of_many_drafts_at_once_one_is_kept(each_app, records):
    worked = plan_problems.worked_plan(records, ORDER, today=NOW.date())
    records.rollback()
    came = at_once(each_app, lambda own, _: duty_plans.draft_plan(own, ORDER, worked, actor=OFFICE, now=NOW))
    assert came == (1, DESKS - 1)
    assert count(records, DutyPlan) == 1


def test_of_many_publications_at_once_one_seats_everybody(each_app, records):
    plan_id = draft(records)
    version = open_plan(read()).version
    records.rollback()
    came = at_once(each_app, lambda own, _: duty_plans.publish(own, plan_id, version=version, actor=OFFICE, now=NOW))
    assert came == (1, DESKS - 1)
    assert (count(records, DutyTurn), count(records, DutyChange)) == (12, 12)


def test_a_hand_and_a_publication_at_once_never_give_a_place_twice(each_app, records):
    plan_id = draft(records)
    version = open_plan(read()).version
    day_id = records.scalar(select(ReceptionDay.id).order_by(ReceptionDay.day).limit(1))
    leaders = records.scalars(select(Leader.id).order_by(Leader.id)).all()
    records.rollback()

    def act(own, number):
        if number == 0:
            duty_plans.publish(own, plan_id, version=version, actor=OFFICE, now=NOW)
        else:
            assign_turn(own, day_id, DutySeat.MAIN, 1, leaders[number], "市里指定", holder=None, actor=OFFICE, now=NOW)

    could, could_not = at_once(each_app, act)
    assert (could, could_not) == (1, DESKS - 1)
    assert count(records, DutyTurn) in (1, 12)


def test_of_many_repairs_at_once_one_is_carried_out(each_app, records):
    plan_id = draft(records)
    with transaction() as own:
        duty_plans.publish(own, plan_id, version=open_plan(own).version, actor=OFFICE, now=NOW)
    records.info["unaudited"] = True
    turn = records.scalar(select(DutyTurn).order_by(DutyTurn.id).limit(1))
    records.delete(turn)
    records.commit()
    records.info.pop("unaudited")
    repair = proposed_repair(records, today=NOW.date())
    records.rollback()
    came = at_once(each_app, lambda own, _: apply_repair(own, repair, actor=OFFICE, now=NOW))
    assert came == (1, DESKS - 1)
    assert count(records, DutyTurn) == 12


def test_of_many_marks_of_one_date_at_once_one_is_kept(each_app, records):
    day_id = records.scalar(select(ReceptionDay.id).limit(1))
    leader_id = records.scalar(select(Leader.id).limit(1))
    records.rollback()
    came = at_once(
        each_app, lambda own, _: mark_unsuitable(own, leader_id, [day_id], "市里会议", actor=OFFICE, now=NOW)
    )
    assert came == (DESKS, 0)
    assert count(records, UnsuitableDay) == 1
