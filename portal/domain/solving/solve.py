"""Solve a rota: the fairest plan there is, in the time there is, with its reasons (contract 6)."""

import time

from portal.domain.solving.checking import check
from portal.domain.solving.evening import evened
from portal.domain.solving.grid import Grid, Plan
from portal.domain.solving.ordering import moved_up
from portal.domain.solving.problem import TOTAL, Change, Problem, Solution
from portal.domain.solving.reasons import Reasons
from portal.domain.solving.relaxing import relaxed_rules
from portal.domain.solving.search import Search

SPARE_PART, SPARE_MOST = 0.1, 0.4
"""The part of the time, and the seconds at most, that are kept for what the clock of the library overlooks."""


def solve(problem: Problem) -> Solution:
    """Plan the rota: first the rules, then the fewest changes, then fairness, then portfolios, and last evenness.

    Never given up are leave, term, pool, one seat a day and `fixed`. What gives way when the rules cannot all hold, and
    in which order, says `Rule`; the spreads come in the order of the seats, then the total. Leaders who serve only
    part of the time are not compared; that they get no more than their share comes after the spreads.
    The answer comes within `time_limit_s`; if that was too short, the status is not `optimal`.
    Raises RuleBroken when the problem contradicts itself.
    """
    begun = time.monotonic()
    check(problem)
    grid = Grid(problem)
    limit = problem.time_limit_s
    search = Search(grid, begun + limit - min(SPARE_MOST, SPARE_PART * limit))
    search.run()
    plan = evened(grid, moved_up(grid, search.best), search.deadline)
    return _solution(grid, plan, proved=search.proved, begun=begun)


def _solution(grid: Grid, plan: Plan, *, proved: bool, begun: float) -> Solution:
    reasons = Reasons(grid, plan, proved=proved)
    seated, unfilled = reasons.seated(), reasons.unfilled()
    relaxed = relaxed_rules(grid, plan, proved=proved)
    names = [*(seat.id for seat in grid.seats), TOTAL]
    loads = {
        leader.id: {name: reasons.load(group, at) for group, name in enumerate(names)}
        for at, leader in enumerate(grid.leaders)
    }
    return Solution(
        status="infeasible" if relaxed else "optimal" if proved else "feasible",
        plan=seated,
        unfilled=unfilled,
        loads=loads,
        spread={name: reasons.spread(group) for group, name in enumerate(names)},
        mismatches=sum(times for _, _, _, times in grid.unmet_wishes(plan)),
        changed=_changes(grid, plan),
        relaxed=relaxed,
        seconds=round(time.monotonic() - begun, 3),
        proved=proved,
    )


def _changes(grid: Grid, plan: Plan) -> tuple[Change, ...]:
    """Each previous place whose leader is not in it any more, with one of those who are new there."""
    previous = set(grid.previous)
    coming: dict[tuple[int, int], list[int]] = {}
    for day, seat, leader in sorted(plan - previous, reverse=True):
        coming.setdefault((day, seat), []).append(leader)
    found = []
    for day, seat, leader in sorted(previous - plan):
        free = coming.get((day, seat), [])
        to = grid.leaders[free.pop()].id if free else None
        found.append(Change(grid.days[day], grid.seats[seat].id, grid.leaders[leader].id, to))
    return tuple(found)
