"""Which seat stays empty when there are not people enough: the later one, where that costs nothing else."""

from collections import Counter
from collections.abc import Collection, Iterator

from portal.domain.solving.grid import Grid, Place, Plan


def moved_up(grid: Grid, plan: Plan) -> Plan:
    """The plan with leaders moved to earlier seats that are empty that day, as far as the plan is worth no less.

    Days are moved together first, because what is even seat by seat may only stay so when all of them move.
    """
    if len(plan) == grid.places:
        return plan
    for empty in range(len(grid.seats)):
        for later in range(empty + 1, len(grid.seats)):
            moves = list(_moves(grid, plan, empty, later))
            for some in [moves, *([move] for move in moves)]:
                moved = _carried_out(plan, some, empty)
                if moved is not None and grid.score(moved) <= grid.score(plan):
                    plan = moved
    return plan


def _moves(grid: Grid, plan: Plan, empty: int, later: int) -> Iterator[Place]:
    """One turn a day that could be had in the earlier seat instead of the later one."""
    taken = Counter((day, seat) for day, seat, _ in plan)
    seen: set[int] = set()
    for day, seat, leader in sorted(plan - grid.fixed):
        is_wanted = day not in seen and taken[day, empty] < grid.seats[empty].count
        if seat == later and is_wanted and grid.may(day, empty, leader):
            seen.add(day)
            yield day, seat, leader


def _carried_out(plan: Plan, moves: Collection[Place], seat: int) -> Plan | None:
    """The plan after the moves, None when there are none or when they have been made already."""
    if not moves or not plan.issuperset(moves):
        return None
    return plan - frozenset(moves) | {(day, seat, leader) for day, _, leader in moves}
