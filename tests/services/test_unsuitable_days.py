from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.unsuitable_days import mark_unsuitable, unmark
from portal.store.models.duty import UnsuitableDay
from portal.store.models.reception import ReceptionDay
from portal.store.queries.rota import unsuitable_marks
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW
from tests.plan_days import OFFICE, TODAY, drafted
from tests.services.acting import audited


@pytest.fixture
def people(session):
    """Two leaders and two coming days."""
    leaders = [a_leader(name="甲示一"), a_leader(name="乙示二")]
    session.add_all([*leaders, a_reception_day(), a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED)])
    session.commit()
    return leaders


def marked(leader_id, days, actor=OFFICE, reason=""):
    with audited() as session:
        return mark_unsuitable(session, leader_id, days, reason, actor=actor, now=NOW)


def days(session):
    return list(session.scalars(select(ReceptionDay.id).order_by(ReceptionDay.day)))


def secretary(*leaders):
    return Actor(7, "联络员", Role.SECRETARY, leader_ids=frozenset(it.id for it in leaders))


def test_a_secretary_marks_for_the_leader_served_and_twice_is_once(session, people):
    first = people[0].id
    assert len(marked(first, days(session), secretary(people[0]), " 市里会议 ")) == 2
    assert marked(first, days(session), secretary(people[0])) == []
    found = unsuitable_marks(session, TODAY)
    assert [(it.leader, it.reason, it.marked_by) for it in found] == [("甲示一", "市里会议", "联络员")] * 2
    assert unsuitable_marks(session, TODAY, leader_ids=[people[1].id]) == []


def test_nobody_marks_for_others_but_the_office_does(session, people):
    with pytest.raises(NotAllowed, match="只能为自己"):
        marked(people[1].id, days(session), secretary(people[0]))
    with pytest.raises(NotAllowed):
        marked(people[1].id, days(session), Actor(9, "单位", Role.UNIT, unit_id=1))
    assert len(marked(people[1].id, days(session))) == 2


def test_a_mark_is_taken_back(session, people):
    mark = marked(people[0].id, days(session)[:1])[0]
    with pytest.raises(NotAllowed), audited() as records:
        unmark(records, mark.id, actor=secretary(people[1]), now=NOW)
    with audited() as records:
        unmark(records, mark.id, actor=secretary(people[0]), now=NOW)
    assert session.scalars(select(UnsuitableDay)).all() == []
    with pytest.raises(NotFound), audited() as records:
        unmark(records, mark.id, actor=OFFICE, now=NOW)


def test_a_turn_that_is_settled_is_not_marked_away_but_one_that_is_planned_anew_may_be(session, people):
    session.add(a_turn(people[0], reception_day_id=days(session)[0], seat="main"))
    session.commit()
    with pytest.raises(RuleBroken, match="已正式排定甲示一任主接待"):
        marked(people[0].id, days(session)[:1])
    drafted()
    assert len(marked(people[0].id, days(session)[:1])) == 1


@pytest.mark.parametrize("day, state", [(date(2026, 10, 15), DayState.CLOSED), (date(2027, 2, 1), DayState.CANCELLED)])
def test_days_that_are_over_or_cancelled_are_not_marked(session, people, day, state):
    session.add(a_reception_day(day=day, state=state))
    session.commit()
    day_id = session.scalar(select(ReceptionDay.id).where(ReceptionDay.day == day))
    with pytest.raises(RuleBroken, match="不能再标记"):
        marked(people[0].id, [day_id])


def test_a_leader_who_is_none_is_not_found(session, people):
    with pytest.raises(NotFound):
        marked(999, days(session))
