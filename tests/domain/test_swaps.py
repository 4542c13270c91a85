from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.leaves import Span
from portal.domain.rota import DutySeat
from portal.domain.swaps import Place, SeatingRule, Standing, obstacles, only_gap, swap_obstacles, swap_problems

MAIN, ACCOMPANYING, STANDBY = DutySeat
DECEMBER, JANUARY, FEBRUARY = date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 22)
MINE, THEIRS = Place(DECEMBER, MAIN), Place(JANUARY, MAIN)


def a_standing(number, *turns, **facts):
    return Standing(number, f"领示{number}", facts.pop("since", date(2025, 1, 1)), turns=turns, **facts)


def rules(one, other, **options):
    return [it.rule for it in swap_obstacles(one, MINE, other, THEIRS, **options)]


def test_two_leaders_with_nothing_in_the_way_may_swap():
    assert rules(a_standing(1, MINE), a_standing(2, THEIRS), min_gap_days=90) == []


@pytest.mark.parametrize(
    "facts, rule",
    [
        ({"until": JANUARY - timedelta(days=1)}, SeatingRule.TERM),
        ({"since": FEBRUARY}, SeatingRule.TERM),
        ({"leaves": (Span(date(2027, 1, 10), JANUARY),)}, SeatingRule.LEAVE),
    ],
)
def test_the_one_who_offers_must_be_there_on_the_other_day(facts, rule):
    assert rules(a_standing(1, MINE, **facts), a_standing(2, THEIRS)) == [rule]


def test_the_one_who_takes_must_be_there_on_the_offered_day():
    away = a_standing(2, THEIRS, leaves=(Span(DECEMBER, DECEMBER),))
    assert rules(a_standing(1, MINE), away) == [SeatingRule.LEAVE]


def test_nobody_sits_twice_on_a_day():
    one = a_standing(1, MINE, Place(JANUARY, STANDBY))
    (found,) = swap_obstacles(one, MINE, a_standing(2, THEIRS), THEIRS)
    assert found.message == "领示1在2027年1月15日 周五已是补位，一人一天只担任一个席位。"


def test_a_seat_with_a_pool_is_only_for_those_entered_for_it():
    standby = Place(JANUARY, STANDBY)
    one, other = a_standing(1, MINE, pools=frozenset({MAIN})), a_standing(2, standby)
    found = swap_obstacles(one, MINE, other, standby, closed={MAIN})
    assert [it.message for it in found] == ["领示2不在主接待的席位名单内。"]
    assert swap_obstacles(one, MINE, other, standby) == []


def test_a_turn_too_near_is_named_and_the_office_may_waive_that_alone():
    one, other = a_standing(1, MINE, Place(FEBRUARY, STANDBY)), a_standing(2, THEIRS)
    found = swap_obstacles(one, MINE, other, THEIRS, min_gap_days=45)
    assert [it.message for it in found] == ["领示1另有2月22日 周一补位，与1月15日 周五只隔 38 天，少于要求的 45 天。"]
    assert only_gap(found)
    assert swap_problems(found)
    assert not swap_problems(found, gap_waived=True)


def test_what_the_office_cannot_waive_stays():
    one = a_standing(1, MINE, Place(JANUARY, STANDBY), Place(FEBRUARY, MAIN))
    found = swap_obstacles(one, MINE, a_standing(2, THEIRS), THEIRS, min_gap_days=45)
    assert not only_gap(found)
    assert [it.message[:4] for it in swap_problems(found, gap_waived=True)] == ["领示1在"]


def test_two_leaders_may_exchange_their_seats_on_one_day():
    main, standby = Place(DECEMBER, MAIN), Place(DECEMBER, STANDBY)
    near = Place(DECEMBER + timedelta(days=1), MAIN)
    assert swap_obstacles(a_standing(1, main, near), main, a_standing(2, standby), standby, min_gap_days=45) == []


DAYS = st.integers(0, 200).map(lambda number: date(2026, 12, 1) + timedelta(days=number))
PLACES = st.builds(Place, DAYS, st.sampled_from(DutySeat))


@st.composite
def standings(draw, number, gives):
    """A leader who holds a place and some others, each on a day of its own, as the schema has it."""
    others = draw(st.lists(PLACES, max_size=4, unique_by=lambda it: it.day))
    since = draw(DAYS)
    leaves = draw(
        st.lists(st.builds(lambda day, days: Span(day, day + timedelta(days=days)), DAYS, st.integers(0, 40)))
    )
    return a_standing(
        number,
        gives,
        *(it for it in others if it.day != gives.day),
        since=since - timedelta(days=150),
        until=draw(st.none() | st.just(since + timedelta(days=150))),
        leaves=tuple(leaves[:1]),
        pools=draw(st.frozensets(st.sampled_from(DutySeat))),
    )


@given(st.data(), PLACES, PLACES, st.frozensets(st.sampled_from(DutySeat)), st.integers(0, 60))
def test_a_swap_that_is_allowed_leaves_everybody_where_he_may_be(data, mine, theirs, closed, gap):
    assume(mine != theirs)
    one, other = data.draw(standings(1, mine)), data.draw(standings(2, theirs))
    found = swap_obstacles(one, mine, other, theirs, closed=closed, min_gap_days=gap)
    whole = all(
        _may_sit(leader, gives, takes, closed, gap)
        for leader, gives, takes in ((one, mine, theirs), (other, theirs, mine))
    )
    assert (not found) == whole
    assert bool(swap_problems(found, gap_waived=True)) == any(it.rule is not SeatingRule.GAP for it in found)


def _may_sit(leader, gives, takes, closed, gap):
    """The rules said over again as what must hold afterwards."""
    after = [takes if it == gives else it for it in leader.turns]
    days = [it.day for it in after]
    apart = [abs((it - takes.day).days) for it in days if it != takes.day]
    return (
        len(days) == len(set(days))
        and leader.from_ <= takes.day <= (leader.until or date.max)
        and not any(span.first <= takes.day <= span.last for span in leader.leaves)
        and (takes.seat not in closed or takes.seat in leader.pools)
        and (gives.day == takes.day or all(it >= gap for it in apart))
    )


def test_a_leader_without_a_turn_to_give_is_asked_the_same_questions():
    free = a_standing(3, Place(JANUARY, STANDBY))
    assert obstacles(free, MINE) == []
    assert [it.rule for it in obstacles(free, THEIRS)] == [SeatingRule.SEATED]
