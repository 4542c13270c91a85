"""The answer in the form that was promised (contract 6)."""

from fractions import Fraction

from portal.domain.solving.problem import Problem, Seated, Solution, Unfilled


def as_data(problem: Problem, solution: Solution) -> dict[str, object]:
    """The solution as JSON takes it; places of a seat that has several carry their `position`."""
    several = {seat.id for seat in problem.seats if seat.count > 1}
    return {
        "status": solution.status,
        "plan": [_place(it, several) for it in solution.plan],
        "unfilled": [_empty(it) for it in solution.unfilled],
        "loads": {leader: {name: _number(it) for name, it in its.items()} for leader, its in solution.loads.items()},
        "spread": {name: _number(it) for name, it in solution.spread.items()},
        "mismatches": solution.mismatches,
        "changed": [
            {"day": it.day.isoformat(), "seat": it.seat, "from": it.from_, "to": it.to} for it in solution.changed
        ],
        "relaxed": list(solution.relaxed),
        "seconds": solution.seconds,
        "proved": solution.proved,
    }


def _place(it: Seated, several: set[str]) -> dict[str, object]:
    position = {"position": it.position} if it.seat in several else {}
    return {
        "day": it.day.isoformat(),
        "seat": it.seat,
        **position,
        "leader": it.leader,
        "why": it.why,
        "passed_over": [{"leader": other.leader, "why": other.why} for other in it.passed_over],
    }


def _empty(it: Unfilled) -> dict[str, object]:
    return {"day": it.day.isoformat(), "seat": it.seat, "why": it.why}


def _number(it: Fraction) -> int | float:
    return int(it) if it.denominator == 1 else float(it)
