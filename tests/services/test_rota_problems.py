"""Whatever the records hold, a plan made from them keeps what must never give way."""

from datetime import date, timedelta
from random import Random

import pytest

from portal.domain.duty_plans import PlanMode
from portal.domain.leaves import LeaveState
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnOrigin
from portal.services.plan_problems import PlanOrder, worked_plan
from portal.store.models.duty import Leave, SeatPool, UnsuitableDay
from portal.store.models.office import OfficeSetting
from portal.store.queries.rota import approved_leaves, held_turns, seat_pools, unsuitable_marks
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW
from tests.plan_days import FIRST, LAST, TODAY

SEATS = ["main", "accompanying", "accompanying", "standby"]
PLACES = [("main", 1), ("accompanying", 1), ("accompanying", 2), ("standby", 1)]


@pytest.fixture(params=range(12))
def district(request, session):
    """Leaders, days, leave, marks, lists, and turns of every origin, thrown together at random."""
    chance = Random(request.param)
    session.add(OfficeSetting(name="seats", value=SEATS))
    session.add(OfficeSetting(name="min_gap_days", value=chance.choice([0, 20, 45])))
    leaders = [
        a_leader(
            weight=chance.choice([0.5, 1.0, 1.0, 2.0]),
            since=chance.choice([date(2025, 1, 1), date(2025, 1, 1), date(2026, 9, 1), date(2027, 3, 1)]),
            serves_until=chance.choice([None, None, None, date(2027, 4, 30)]),
            is_chief=chance.random() < 0.2,
        )
        for _ in range(chance.randint(3, 9))
    ]
    past = [date(2026, 3, 16) + timedelta(days=31 * month) for month in range(7)]
    coming = [date(2027, 1, 15) + timedelta(days=29 * month) for month in range(chance.randint(2, 6))]
    days = [
        a_reception_day(
            day=day,
            state=DayState.CLOSED if day in past else chance.choice([DayState.PLANNED, DayState.PUBLISHED]),
            turns=_turns(chance, leaders, full=day in past),
        )
        for day in [*past, *coming]
    ]
    session.add_all([*leaders, *days])
    session.flush()
    for day in days[len(past) :]:
        for leader in chance.sample(leaders, chance.randint(0, 2)):
            session.add(UnsuitableDay(reception_day_id=day.id, leader_id=leader.id, marked_by="他", marked_at=NOW))
    for leader in chance.sample(leaders, chance.randint(0, 2)):
        begins = chance.choice(coming) - timedelta(days=chance.randint(0, 20))
        session.add(
            Leave(leader_id=leader.id, starts_on=begins, ends_on=begins + timedelta(days=30), reason="外出",
                  state=LeaveState.APPROVED, asked_by="他", asked_at=NOW)
        )  # fmt: skip
    if chance.random() < 0.5:
        session.add_all(SeatPool(seat="main", leader_id=it.id) for it in chance.sample(leaders, 2))
    session.commit()
    return session


def _turns(chance, leaders, *, full):
    taken = chance.sample(leaders, min(len(leaders), len(PLACES)))
    return [
        a_turn(
            leader,
            seat=seat,
            position=position,
            origin=chance.choice(list(TurnOrigin)),
            is_fixed=chance.random() < 0.2,
            attended=not full or chance.random() < 0.9,
        )
        for leader, (seat, position) in zip(taken, PLACES, strict=False)
        if full or chance.random() < 0.5
    ]


@pytest.mark.parametrize("mode", PlanMode)
def test_what_must_never_give_way_never_does(district, mode):
    worked = worked_plan(district, PlanOrder(FIRST, LAST, mode), today=TODAY)
    ids = {it.day_id for it in worked.turns}
    assert len(worked.turns) == len(ids) * len(PLACES)
    stays = worked.asked.given.stays
    assert {it.place: it.leader_id for it in worked.turns if it.stays} == {at: it.leader_id for at, it in stays.items()}
    held = {(it.day_id, it.seat, it.position): it for it in held_turns(district, ids)}
    kept = {at for at, it in held.items() if it.is_fixed or it.origin is not TurnOrigin.PLAN or mode is PlanMode.FILL}
    assert kept <= stays.keys()
    seated = [(it.day, it.leader_id) for it in worked.turns if it.leader_id is not None]
    assert len(seated) == len(set(seated))
    marks = {(it.day, it.leader_id) for it in unsuitable_marks(district, TODAY)}
    leaves, pools = approved_leaves(district, TODAY, LAST), seat_pools(district)
    for it in worked.turns:
        assert it.why
        if it.stays or it.leader_id is None:
            continue
        leader = worked.asked.leaders[it.leader_id]
        assert leader.serves_from <= it.day <= (leader.serves_until or date.max)
        assert (it.day, it.leader_id) not in marks
        assert not any(away.leader_id == it.leader_id and away.first <= it.day <= away.last for away in leaves)
        assert it.seat not in pools or it.leader_id in pools[DutySeat(it.seat)]
        assert it.leader not in {passed["leader"] for passed in it.passed_over}
    again = worked_plan(district, PlanOrder(FIRST, LAST, mode), today=TODAY)
    if worked.status == again.status == "optimal":  # what ran out of time is as good as the time was long
        assert again.turns == worked.turns
