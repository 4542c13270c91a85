from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.turns import TurnOrigin
from portal.services.duty_repairs import Leaving, Repair, apply_repair, proposed_repair
from portal.services.leaders import LeaderEntry, edit_leader
from portal.store.models.duty import DutyChange, Leave
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from tests.builders import a_leader, a_reception_day
from tests.conftest import NOW
from tests.plan_days import OFFICE, TODAY, drafted, published
from tests.services.acting import audited

MONTHS = range(1, 7)


@pytest.fixture
def rota(session):
    """Six published months with five leaders; only the main seat is planned."""
    session.add(OfficeSetting(name="seats", value=["main"]))
    session.add_all(a_leader(name=f"领示{number}") for number in "一二三四五")
    session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in MONTHS)
    session.commit()
    published(drafted())
    return turns(session)


def turns(session):
    found = select(DutyTurn).join(ReceptionDay).order_by(ReceptionDay.day).execution_options(populate_existing=True)
    return session.scalars(found).all()


def who(session):
    return [it.leader_id for it in turns(session)]


def a_leave(leader_id, day):
    return Leave(
        leader_id=leader_id,
        starts_on=day,
        ends_on=day,
        reason="外出",
        state=LeaveState.APPROVED,
        asked_by="他",
        asked_at=NOW,
    )


def repaired(session, leaving=None):
    found = proposed_repair(session, today=TODAY, leaving=leaving)
    with audited() as records:
        apply_repair(records, found, leaving=leaving, actor=OFFICE, now=NOW)
    return found


def test_a_rota_without_trouble_needs_nothing(session, rota):
    assert proposed_repair(session, today=TODAY) == Repair(())
    with pytest.raises(RuleBroken, match="没有可以修复"):
        repaired(session)


def test_leave_changes_that_one_turn_and_nothing_else(session, rota):
    before = who(session)
    session.add(a_leave(before[0], date(2027, 1, 15)))
    session.commit()
    found = repaired(session)
    after = who(session)
    assert [it.why for it in found.troubles] == ["当日请假已批准"]
    assert [place for place in range(6) if before[place] != after[place]] == [0]
    assert len(found.changes) == 1
    change = session.scalar(select(DutyChange).order_by(DutyChange.id.desc()).limit(1))
    assert (change.act.value, change.from_leader_id, change.to_leader_id) == ("replaced", before[0], after[0])


def test_turns_settled_by_people_are_not_moved_for_somebody_elses_leave(session, rota):
    for it in rota[1:]:
        it.origin = TurnOrigin.SWAP
    before = who(session)
    session.add(a_leave(before[0], date(2027, 1, 15)))
    session.commit()
    repaired(session)
    assert who(session)[1:] == before[1:]
    assert who(session)[0] != before[0]


def test_a_leader_hands_the_later_turns_on_before_leaving(session, rota):
    leader = session.get(Leader, rota[0].leader_id)
    leaving = Leaving(leader.id, date(2027, 1, 1))
    entry = LeaderEntry(leader.name, leader.serves_from, date(2026, 12, 31))
    with pytest.raises(RuleBroken, match="修复排班"), audited() as records:
        edit_leader(records, leader.id, entry, actor=OFFICE, now=NOW)
    found = repaired(session, leaving)
    assert {it.leader for it in found.troubles} == {leader.name}
    assert leader.id not in who(session)
    with audited() as records:
        edit_leader(records, leader.id, entry, actor=OFFICE, now=NOW)


def test_a_day_that_was_moved_too_near_is_noticed(session, rota):
    session.add(OfficeSetting(name="min_gap_days", value=40))
    fifth = next(it for it in rota if who(session).count(it.leader_id) == 2)
    first, second = (it for it in rota if it.leader_id == fifth.leader_id)
    day = session.get(ReceptionDay, first.reception_day_id)
    day.day = session.get(ReceptionDay, second.reception_day_id).day - timedelta(days=10)
    session.commit()
    found = repaired(session)
    assert [it.why.split("的轮值")[1] for it in found.troubles] == ["只隔 10 天，少于 40 天"]
    assert proposed_repair(session, today=TODAY) == Repair(())


def test_an_empty_place_of_a_planned_day_is_filled(session, rota):
    session.add(OfficeSetting(name="empty_day_counts", value=True))
    setting = session.scalar(select(OfficeSetting).where(OfficeSetting.name == "seats"))
    setting.value = ["main", "standby"]
    session.commit()
    found = repaired(session)
    assert {it.why for it in found.troubles} == {"空缺"}
    assert session.scalar(select(func.count(DutyTurn.id))) == 12


def test_when_nobody_can_step_in_the_place_is_left_empty_and_said(session):
    session.add(OfficeSetting(name="seats", value=["main"]))
    session.add_all([a_leader(name="独示一"), a_reception_day(state=DayState.PLANNED)])
    session.commit()
    published(drafted())
    session.add(a_leave(turns(session)[0].leader_id, date(2026, 12, 15)))
    session.commit()
    found = repaired(session)
    assert [(it.before, it.after) for it in found.changes] == [("独示一", "")]
    assert turns(session) == []


def test_records_that_change_meanwhile_are_noticed(session, rota):
    session.add(a_leave(rota[0].leader_id, date(2027, 1, 15)))
    session.commit()
    found = proposed_repair(session, today=TODAY)
    session.add(a_leave(found.seatings[0].leader_id, date(2027, 1, 15)))
    session.commit()
    with pytest.raises(Conflict, match="没有修复"), audited() as records:
        apply_repair(records, found, actor=OFFICE, now=NOW)


def test_only_the_office_repairs(session, rota):
    session.add(a_leave(rota[0].leader_id, date(2027, 1, 15)))
    session.commit()
    found = proposed_repair(session, today=TODAY)
    with pytest.raises(NotAllowed), audited() as records:
        apply_repair(records, found, actor=Actor(2, "领导", Role.LEADER), now=NOW)


def test_a_leader_who_left_long_ago_is_replaced_on_every_coming_day(session, rota):
    gone = rota[0].leader_id
    repaired(session, Leaving(gone, date.min))
    assert gone not in who(session)


def test_without_any_leader_left_the_troubles_are_shown_and_nothing_is_proposed(session, rota):
    for leader in session.scalars(select(Leader)):
        leader.serves_until = TODAY - timedelta(days=1)
    session.commit()
    found = proposed_repair(session, today=TODAY)
    assert (len(found.troubles), found.changes, found.worked) == (6, (), None)
