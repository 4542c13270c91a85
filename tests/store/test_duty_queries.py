from datetime import date

from portal.domain.reception_days import DayState
from portal.domain.turns import TurnOrigin
from portal.store.queries.duty import turn_on, turns_of_leader
from portal.store.queries.rota import counted_turns
from tests.builders import a_leader, a_reception_day, a_turn

DAY = date(2026, 12, 15)


def test_only_turns_that_were_served_or_are_planned_count(session):
    came, stayed_away, cancelled = a_leader(), a_leader(), a_leader()
    session.add_all(
        [
            a_reception_day(turns=[a_turn(came), a_turn(stayed_away, seat="standby", attended=False)]),
            a_reception_day(day=date(2027, 1, 15), state=DayState.CANCELLED, turns=[a_turn(cancelled)]),
        ]
    )
    session.commit()
    assert [turn.leader_id for turn in counted_turns(session)] == [came.id]


def test_how_a_turn_came_about_and_whether_it_was_served_is_told(session):
    leader = a_leader(name="甲示一")
    turn = a_turn(leader, origin=TurnOrigin.SWAP, attended=False)
    session.add(a_reception_day(turns=[turn]))
    session.commit()
    there = turn_on(session, DAY, turn.seat, 1)
    (listed,) = turns_of_leader(session, leader.id)
    assert (there.origin, there.attended) == (listed.origin, listed.attended) == (TurnOrigin.SWAP, False)
