"""Within the spreads that are proved the loads are made as even as handing places on can make them."""

import time
from collections import Counter
from dataclasses import astuple
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.solving.evening import evened
from portal.domain.solving.greedy import longest_rested_plan, weighted_plan
from portal.domain.solving.grid import Grid
from portal.domain.solving.reading import problem_of
from tests.domain.solving.problems import a_leader, a_problem, answered, monthly, seated
from tests.rota_checker import Rota, faults
from tests.rota_problems import invented, tiny

SEATS = ("main", "accompanying", "standby")
NUMBERS = st.integers(0, 10**9)


def levels(grid, plan):
    """Every level by itself."""
    given_up, changed, spreads, heaped, mismatches = astuple(grid.score(plan))
    return [*given_up, changed, *spreads, heaped, mismatches]


def as_turns(grid, plan):
    return frozenset((grid.days[day], grid.seats[seat].id, grid.leaders[leader].id) for day, seat, leader in plan)


def two_chiefs(**rules):
    """Two years of monthly days and twelve leaders, two of whom must come every 92 days."""
    return a_problem(
        days=monthly(24),
        seats=[{"id": it} for it in SEATS],
        leaders=[a_leader(f"L{at:02}") for at in range(12)],
        rules={"chiefs": ["L00", "L01"], "chief_every_days": 92, **rules},
    )


@settings(max_examples=60)
@given(NUMBERS, st.sampled_from([weighted_plan, longest_rested_plan]))
def test_no_level_gets_worse_and_no_place_that_could_be_given_to_somebody_lighter_is_left(number, planned):
    problem = invented(number)
    grid, rota = Grid(problem_of(problem)), Rota(problem)
    before = planned(grid)
    after = evened(grid, before, time.monotonic() + 60)
    assert all(new <= old for new, old in zip(levels(grid, after), levels(grid, before), strict=True))
    assert rota.unevenness(as_turns(grid, after)) <= rota.unevenness(as_turns(grid, before))
    assert Counter(it[:2] for it in after) == Counter(it[:2] for it in before)
    assert grid.fixed <= after <= frozenset(grid.eligible)
    assert list(rota.evener(as_turns(grid, after))) == []


def test_without_time_the_plan_stays_as_it_is():
    grid = Grid(problem_of(invented(1)))
    plan = longest_rested_plan(grid)
    assert evened(grid, plan, until=0.0) == plan != evened(grid, plan, time.monotonic() + 60)


def test_the_same_plan_is_evened_in_the_same_way():
    first, second = (Grid(problem_of(two_chiefs())) for _ in range(2))
    later = time.monotonic() + 60
    assert evened(first, longest_rested_plan(first), later) == evened(second, longest_rested_plan(second), later)


@pytest.mark.parametrize("rules", [{"chief_seats": ["main", "accompanying"]}, {}, {"min_gap_days": 45}])
def test_leaders_without_forced_turns_are_within_one_turn_of_each_other(rules):
    problem = two_chiefs(**rules)
    answer = answered(problem)
    assert (answer["status"], faults(problem, answer)) == ("optimal", [])
    for group in (*SEATS, "total"):
        loads = [answer["loads"][it["id"]][group] for it in problem["leaders"][2:]]
        assert max(loads) - min(loads) <= 1, group


def test_half_the_weight_is_half_the_turns_also_where_the_spread_leaves_room():
    leaders = [
        a_leader("L0", history={"main": 12}),
        *(a_leader(f"L{at}") for at in range(1, 4)),
        a_leader("L4", weight=0.5),
    ]
    answer = answered(a_problem(days=monthly(14), leaders=leaders))
    turns = Counter(leader for _, _, leader in seated(answer))
    assert turns == {"L1": 4, "L2": 4, "L3": 4, "L4": 2}


def test_leave_is_got_round_by_handing_two_places_on():
    """L1 is away on the days when L3 sits, and so can take nothing from L3 but by way of L2."""
    problem = a_problem(
        days=monthly(6),
        leaders=[a_leader("L0", history={"main": 9}), *(a_leader(f"L{at}") for at in range(1, 4))],
        leaves=[{"leader": "L1", "from": "2027-01-01", "until": "2027-04-01"}],
    )
    grid = Grid(problem_of(problem))
    plan = frozenset((day, 0, leader) for day, leader in enumerate([3, 3, 3, 2, 2, 1]))
    after = evened(grid, plan, time.monotonic() + 60)
    assert Counter(leader for _, _, leader in after) == {1: 2, 2: 2, 3: 2}


def test_a_repair_changes_no_more_places_for_the_sake_of_evenness():
    problem = two_chiefs()
    previous = [
        {"day": day, "seat": seat, "leader": f"L{at % 3 * 4 + number:02}"}
        for at, day in enumerate(problem["days"])
        for number, seat in enumerate(SEATS)
    ]
    answer = answered({**problem, "previous": previous, "rules": {}})
    assert answer["changed"] == []


@pytest.mark.parametrize("numbers", [range(at, at + 25) for at in range(0, 100, 25)])
def test_of_the_best_plans_of_a_tiny_problem_it_is_one_that_nobody_could_make_more_even_by_a_gift(numbers):
    for number in numbers:
        problem = tiny(number)
        rota, answer = Rota(problem), answered(problem)
        plan = frozenset((date.fromisoformat(day), seat, leader) for day, seat, leader in seated(answer))
        best = rota.best()
        assert rota.worth(plan) == best, number
        gifts = [
            it
            for it in rota.all_plans()
            if len(it - plan) == 1
            and {turn[:2] for turn in it} == {turn[:2] for turn in plan}
            and rota.worth(it) == best
        ]
        assert all(rota.unevenness(it) >= rota.unevenness(plan) for it in gifts), number


def test_who_is_passed_over_is_told_that_the_turns_would_be_less_even():
    answer = answered(two_chiefs(chief_seats=["main", "accompanying"]))
    said = [other["why"] for it in answer["plan"] for other in it["passed_over"]]
    assert any(it.startswith("已另排在") and it.endswith("，再排则各人次数更不均匀") for it in said)
