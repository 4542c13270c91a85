"""Nothing is better than what the solver gives: tiny problems are tried out in full, all others are checked."""

import copy
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.solving.problems import a_leader, a_problem, answered
from tests.rota_checker import Rota, faults
from tests.rota_problems import invented, tiny


def worth_of(problem, answer):
    plan = frozenset((date.fromisoformat(it["day"]), it["seat"], it["leader"]) for it in answer["plan"])
    return Rota(problem).worth(plan)


@pytest.mark.parametrize("numbers", [range(at, at + 20) for at in range(0, 80, 20)])
def test_no_plan_of_a_tiny_problem_is_better(numbers):
    for number in numbers:
        problem = tiny(number)
        answer = answered(problem)
        assert answer["proved"], number
        assert faults(problem, answer) == [], number
        assert worth_of(problem, answer) == Rota(problem).best(), number


@settings(max_examples=30)
@given(st.integers(1_000, 10**9))
def test_no_plan_of_any_tiny_problem_is_better(number):
    problem = tiny(number)
    answer = answered(problem)
    assert (faults(problem, answer), worth_of(problem, answer)) == ([], Rota(problem).best())


@pytest.mark.parametrize("numbers", [range(at, at + 15) for at in range(0, 60, 15)])
def test_every_word_of_an_answer_is_true(numbers):
    for number in numbers:
        problem = invented(number)
        assert faults(problem, answered(problem)) == [], number


@pytest.mark.parametrize("number", [3, 14])
def test_the_same_question_has_the_same_answer(number):
    first, second = (answered(invented(number)) | {"seconds": 0} for _ in range(2))
    assert first == second


def test_the_order_in_which_days_are_written_does_not_matter():
    problem = invented(8)
    shuffled = {**problem, "days": sorted(problem["days"], reverse=True)}
    assert answered(problem) | {"seconds": 0} == answered(shuffled) | {"seconds": 0}


@pytest.mark.parametrize("number", range(5))
def test_without_time_there_is_still_a_plan_that_claims_nothing(number):
    problem = {**invented(number), "time_limit_s": 0.001}
    answer = answered(problem)
    assert faults(problem, answer) == []
    assert (answer["status"] != "optimal") or answer["proved"]


def _seat_another(answer):
    answer["plan"][0]["leader"] = "L4" if answer["plan"][0]["leader"] != "L4" else "L3"


def _claim_spread(answer):
    answer["spread"]["main"] += 1


def _claim_load(answer):
    answer["loads"]["L1"]["total"] += 1


def _claim_leave(answer):
    answer["plan"][1]["passed_over"][0]["why"] = "请假"


def _praise(answer):
    answer["plan"][0]["why"] = answer["plan"][0]["why"].replace("排后 1 次", "排后 2 次")


def _forget_somebody(answer):
    answer["plan"][0]["passed_over"].pop()


def _forget_a_place(answer):
    answer["plan"].pop()


def _claim_change(answer):
    answer["changed"].append({"day": "2027-01-15", "seat": "main", "from": "L1", "to": "L2"})


@pytest.mark.parametrize(
    "spoil",
    [
        _seat_another,
        _claim_spread,
        _claim_load,
        _claim_leave,
        _praise,
        _forget_somebody,
        _forget_a_place,
        _claim_change,
        lambda answer: answer.update(status="infeasible"),
        lambda answer: answer.update(mismatches=1),
        lambda answer: answer["relaxed"].append("“席位全部排满”放宽 1 处。"),
    ],
)
def test_the_checker_finds_what_is_not_true(spoil):
    problem = a_problem(fixed=[{"day": "2027-01-15", "seat": "main", "leader": "L1"}])
    answer = answered(problem)
    assert faults(problem, answer) == []
    spoilt = copy.deepcopy(answer)
    spoil(spoilt)
    assert faults(problem, spoilt)


def test_a_turn_that_breaks_a_rule_is_found():
    problem = a_problem(leaders=[a_leader("L1"), a_leader("L2")])
    answer = answered(problem)
    day, leader = answer["plan"][0]["day"], answer["plan"][0]["leader"]
    for broken in (
        {"leaves": [{"leader": leader, "from": day, "until": day}]},
        {"seats": [{"id": "main", "pool": ["L1" if leader == "L2" else "L2"]}]},
        {"leaders": [a_leader("L1", until="2026-12-31"), a_leader("L2", until="2026-12-31")]},
        {"rules": {"min_gap_days": 70}},
        {"rules": {"max_per_leader": 1}},
        {"rules": {"chiefs": ["L1", "L2"], "chief_every_days": 40}},
    ):
        assert faults({**problem, **broken}, answer), broken
