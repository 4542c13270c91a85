"""Small problems in the contract's form, and solving them."""

from datetime import date, timedelta
from typing import Any

from portal.domain.solving.answer import as_data
from portal.domain.solving.reading import problem_of
from portal.domain.solving.solve import solve


def a_problem(**changes: Any) -> dict[str, Any]:
    """Four monthly days, one seat and four leaders; nothing stands in the way."""
    problem: dict[str, Any] = {
        "days": monthly(4),
        "seats": [{"id": "main"}],
        "leaders": [a_leader(f"L{at}") for at in range(1, 5)],
        "rules": {},
    }
    return {**problem, **changes}


def a_leader(own: str, **changes: Any) -> dict[str, Any]:
    """A leader known by the id."""
    return {"id": own, "name": f"{own}示", **changes}


def monthly(count: int) -> list[str]:
    """Days 30 days apart."""
    return [(date(2027, 1, 15) + timedelta(days=30 * at)).isoformat() for at in range(count)]


def answered(problem: dict[str, Any]) -> dict[str, Any]:
    """The answer as the command gives it."""
    asked = problem_of(problem)
    return as_data(asked, solve(asked))


def seated(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Day, seat and leader of each place."""
    return [(it["day"], it["seat"], it["leader"]) for it in answer["plan"]]
