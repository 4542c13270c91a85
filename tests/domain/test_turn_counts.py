from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.rota import DutySeat
from portal.domain.turn_counts import Counted, Member, average, newcomer_credits, spread, tallies

MAIN, ACCOMPANYING, STANDBY = DutySeat
START = date(2026, 1, 15)
DAYS = [START + timedelta(days=30 * month) for month in range(12)]
TODAY = DAYS[6]


def mains(*leaders):
    return [Counted(day, MAIN, leader_id) for day, leader_id in zip(DAYS, leaders, strict=False)]


def test_a_newcomer_is_credited_with_the_average_of_those_who_were_there():
    members = [Member(1, date(2025, 1, 1)), Member(2, date(2025, 1, 1)), Member(3, DAYS[6])]
    assert newcomer_credits(members, mains(1, 2, 1, 2, 1, 2), {}) == {3: {MAIN: 3, ACCOMPANYING: 0, STANDBY: 0}}


def test_half_the_weight_is_credited_with_half_and_other_lists_with_nothing():
    members = [Member(1, date(2025, 1, 1)), Member(3, DAYS[4], weight=0.5), Member(4, DAYS[4])]
    credited = newcomer_credits(members, mains(1, 1, 1, 1), {MAIN: {1, 3}})
    assert credited == {3: {MAIN: 2, ACCOMPANYING: 0, STANDBY: 0}}


def test_nobody_is_credited_without_turns_or_without_anybody_who_was_there():
    assert newcomer_credits([Member(1, DAYS[3])], [], {}) == {}
    assert newcomer_credits([Member(1, DAYS[3])], mains(9, 9), {}) == {}


def test_turns_before_today_are_served_and_the_others_planned():
    rows = tallies([Member(1, START)], mains(1, 1, 1, 1, 1, 1, 1, 1), today=TODAY, days=DAYS)
    assert (rows[0].served, rows[0].planned, rows[0].turns(), rows[0].load(MAIN)) == ({MAIN: 6}, {MAIN: 2}, 8, 8.0)


def test_who_came_or_left_in_between_is_not_compared():
    members = [Member(1, START), Member(2, START, weight=0.5), Member(3, DAYS[5]), Member(4, START, DAYS[5])]
    rows = tallies(members, mains(1, 1, 2, 2), today=TODAY, days=DAYS)
    assert [row.whole for row in rows] == [True, True, False, False]
    assert (spread(rows), average(rows)) == (2.0, 2.0)
    assert spread(rows, MAIN, {1}) == 0.0
    assert (spread([]), average([])) == (None, None)


TURNS = st.lists(st.builds(Counted, st.sampled_from(DAYS), st.sampled_from(DutySeat), st.integers(1, 5)), max_size=40)


@given(TURNS)
def test_every_turn_is_counted_once_and_no_seat_is_spread_wider_than_its_greatest_count(turns):
    rows = tallies([Member(it, START) for it in range(1, 6)], turns, today=TODAY, days=DAYS)
    assert sum(row.turns() for row in rows) == len(turns)
    for seat in DutySeat:
        assert 0 <= spread(rows, seat) <= max(row.turns(seat) for row in rows)


@given(TURNS, st.integers(1, 11))
def test_a_newcomer_never_gets_more_than_the_busiest_had_nor_less_than_the_idlest(turns, joined):
    members = [*(Member(it, START) for it in range(1, 6)), Member(6, DAYS[joined])]
    before = [it for it in turns if it.day < DAYS[joined]]
    credited = newcomer_credits(members, turns, {}).get(6, {})
    for seat in DutySeat:
        counts = [sum(it.leader_id == who and it.seat is seat for it in before) for who in range(1, 6)]
        assert min(counts) <= credited.get(seat, 0) <= max(counts)
