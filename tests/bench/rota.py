"""Rotas solved exactly, beside the rules an office would use by hand: how long, how fair, how well matched."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from portal.domain.solving.greedy import longest_rested_plan, weighted_plan
from portal.domain.solving.grid import Grid, Plan
from portal.domain.solving.problem import Assignment, Leave, Problem, Solution
from portal.domain.solving.reading import problem_of
from portal.domain.solving.solve import solve
from tests.bench.measure import Figure, p95
from tests.rota_problems import district

SEEDS = 20
DISTRICTS = 100
STATUSES = {"optimal": "已证明最优", "feasible": "时间用完", "infeasible": "规则不能同时做到"}


def rota() -> list[Figure]:
    """A year, two years, a weekly year, a hundred districts in one process, and one leave afterwards."""
    solve(problem_of(district(0, days=2, leaders=6)))  # the library is loaded once
    year = _problems(SEEDS, days=12, leaders=40)
    return [
        _measured("rota_year", year),
        _measured("rota_two_years", _problems(SEEDS, days=24, leaders=60)),
        _measured("rota_weekly", _problems(SEEDS, days=48, leaders=40, weekly=True)),
        _measured("rota_districts", _problems(DISTRICTS, first=1000, days=24, leaders=60)),
        _repaired(year),
    ]


def _problems(count: int, *, first: int = 0, **shape: Any) -> list[Problem]:
    return [problem_of(district(number, **shape)) for number in range(first, first + count)]


def _measured(name: str, problems: Sequence[Problem]) -> Figure:
    solutions, figure = _timed(name, problems)
    grids = [Grid(it) for it in problems]
    told = [
        _told([_worth(grid, _plan_of(grid, it)) for grid, it in zip(grids, solutions, strict=True)], "求解"),
        _told([_worth(grid, weighted_plan(grid)) for grid in grids], "次数最少者先"),
        _told([_worth(grid, longest_rested_plan(grid)) for grid in grids], "最久未轮者先"),
    ]
    return replace(figure, note="；".join([_statuses(solutions), *told]))


def _repaired(problems: Sequence[Problem]) -> Figure:
    """One leader of the plan asks for leave on the day; the new plan stays close to the old one."""
    repairs = []
    for number, problem in enumerate(problems):
        plan = solve(problem).plan
        gone = plan[number % len(plan)]
        previous = tuple(Assignment(it.day, it.seat, it.leader) for it in plan)
        leaves = (*problem.leaves, Leave(gone.leader, gone.day, gone.day))
        repairs.append(replace(problem, previous=previous, leaves=leaves))
    solutions, figure = _timed("rota_repair", repairs)
    changes = Counter(len(it.changed) for it in solutions)
    told = "，".join(f"变动 {changed} 处的 {times} 题" for changed, times in sorted(changes.items()))
    return replace(figure, note=f"{_statuses(solutions)}；必须变动 1 处，{told}")


def _timed(name: str, problems: Sequence[Problem]) -> tuple[list[Solution], Figure]:
    solutions, times, before = [], [], time.process_time()
    for problem in problems:
        begun = time.perf_counter()
        solutions.append(solve(problem))
        times.append((time.perf_counter() - begun) * 1000)
    used = (time.process_time() - before) * 1000
    count = len(problems)
    return solutions, Figure(name, count, count * 1000 / sum(times), median(times), p95(times), used / count, 1)


def _plan_of(grid: Grid, solution: Solution) -> Plan:
    return frozenset(
        (grid.day_number[it.day], grid.seat_number[it.seat], grid.leader_number[it.leader]) for it in solution.plan
    )


def _worth(grid: Grid, plan: Plan) -> tuple[int, int, int]:
    """The greatest spread, the mismatches, and how much of the rules is given up."""
    score = grid.score(plan)
    return max(score.spreads) // grid.unit, score.mismatches, sum(score.given_up)


def _told(worths: Sequence[tuple[int, int, int]], name: str) -> str:
    spreads = Counter(spread for spread, _, _ in worths)
    uneven = sum(times for spread, times in spreads.items() if spread > 1)
    return (
        f"{name}：最大差 {max(spreads)} 次（{uneven} 题超过 1 次），"
        f"分管不对应 {sum(it for _, it, _ in worths)} 项，放宽 {sum(it for _, _, it in worths)} 处"
    )


def _statuses(solutions: Sequence[Solution]) -> str:
    counted = Counter(STATUSES[it.status] for it in solutions)
    return "，".join(f"{status} {times} 题" for status, times in counted.items())
