from datetime import date

from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.fairness import fairness
from portal.services.next_turns import next_turns
from portal.store.models.duty import SeatPool
from portal.store.models.office import OfficeSetting
from tests.builders import a_leader, a_reception_day, a_turn

MAIN, ACCOMPANYING, STANDBY = DutySeat
TODAY = date(2026, 11, 22)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def test_served_and_planned_turns_are_told_apart(session):
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二", weight=0.5)
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(first)]),
            a_reception_day(turns=[a_turn(second), a_turn(first, seat="standby")], state=DayState.PLANNED),
        ]
    )
    session.commit()
    found = fairness(session, *YEAR, today=TODAY)
    rows = {row.leader: row.tally for row in found.rows}
    assert (rows["甲示一"].served, rows["甲示一"].planned) == ({MAIN: 1}, {STANDBY: 1})
    assert rows["乙示二"].load() == 2.0
    assert (found.spreads[MAIN], found.spreads[None], found.mean, found.days) == (1.0, 0.0, 1.5, 2)


def test_counts_follow_who_really_served(session):
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二")
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(first, attended=False)]),
            a_reception_day(day=date(2026, 8, 14), state=DayState.CANCELLED, turns=[a_turn(second)]),
        ]
    )
    session.commit()
    assert [row.tally.turns() for row in fairness(session, *YEAR, today=TODAY).rows] == [0, 0]


def test_the_span_decides_what_counts_and_who_is_compared(session):
    old, new = a_leader(name="老示一"), a_leader(name="新示二", since=date(2026, 6, 1))
    gone = a_leader(name="离示三", serves_until=date(2025, 12, 31))
    session.add_all(
        [
            gone,
            a_reception_day(day=date(2026, 3, 16), state=DayState.CLOSED, turns=[a_turn(old)]),
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(new)]),
        ]
    )
    session.commit()
    found = fairness(session, *YEAR, today=TODAY)
    assert [(row.leader, row.tally.whole) for row in found.rows] == [("老示一", True), ("新示二", False)]
    autumn = fairness(session, date(2026, 7, 1), date(2026, 12, 31), today=TODAY)
    assert [(row.leader, row.tally.turns(), row.tally.whole) for row in autumn.rows] == [
        ("老示一", 0, True),
        ("新示二", 1, True),
    ]
    assert autumn.spreads[None] == 1.0


def test_nobody_off_the_list_is_compared_in_that_seat(session):
    listed, other = a_leader(name="列示一"), a_leader(name="外示二")
    session.add(other)
    session.add(a_reception_day(day=date(2026, 3, 16), state=DayState.CLOSED, turns=[a_turn(listed)]))
    session.flush()
    session.add(SeatPool(seat="main", leader_id=listed.id))
    session.commit()
    found = fairness(session, *YEAR, today=TODAY)
    assert (found.spreads[MAIN], found.spreads[None], found.listed) == (0.0, 1.0, frozenset({MAIN}))


def test_without_leaders_there_is_nothing_to_compare(session):
    found = fairness(session, *YEAR, today=TODAY)
    assert (found.rows, found.mean, found.spreads[None]) == ((), None, None)


def test_it_costs_the_same_however_many_leaders_and_turns(session, statements):
    def cost():
        session.expire_all()
        statements.clear()
        fairness(session, *YEAR, today=TODAY)
        return len(statements)

    session.add(a_reception_day(turns=[a_turn(a_leader())]))
    session.commit()
    before = cost()
    session.add_all(a_reception_day(day=date(2026, 3, day), turns=[a_turn(a_leader())]) for day in range(1, 20))
    session.commit()
    assert cost() == before


def test_the_next_turn_is_the_first_empty_place_of_a_seat(session):
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二")
    session.add_all([first, second, a_reception_day(turns=[a_turn(first)]), a_reception_day(day=date(2027, 1, 15))])
    session.commit()
    found = {it.seat: it for it in next_turns(session, today=TODAY)}
    assert (found[MAIN].day, found[MAIN].leader, found[MAIN].is_planned) == (date(2027, 1, 15), "乙示二", True)
    assert (found[STANDBY].day, found[STANDBY].leader) == (date(2026, 12, 15), "乙示二")
    assert [(it.leader, it.why) for it in found[STANDBY].passed_over] == [("甲示一", "当日已安排其他席位。")]


def test_with_everything_held_the_next_is_asked_for_a_month_after_the_last_day(session):
    session.add(OfficeSetting(name="seats", value=["main"]))
    first = a_leader(name="甲示一")
    session.add_all([a_leader(name="乙示二"), a_reception_day(turns=[a_turn(first)])])
    session.commit()
    (found,) = next_turns(session, today=TODAY)
    assert (found.day, found.leader, found.is_planned) == (date(2027, 1, 15), "乙示二", False)
    assert "已轮 1 次，多于乙示二的 0 次" in found.passed_over[0].why


def test_without_leaders_the_answer_says_so(session):
    session.add(a_reception_day())
    session.commit()
    assert {it.leader for it in next_turns(session, today=TODAY)} == {""}
    assert "轮值名单为空" in next_turns(session, today=TODAY)[0].why
