"""A rota worked out: the solver's answer in the office's terms, place by place, with its reasons and findings (NX-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.domain.errors import RuleBroken
from portal.domain.people import held_on
from portal.domain.rota import DutySeat
from portal.domain.solving.problem import Seated, Solution
from portal.domain.solving.solve import solve
from portal.services.rota_problems import Place, RotaProblem

LONGEST_WHY = 400


@dataclass(frozen=True, slots=True)
class WorkedTurn:
    """One place: who takes it and why, or why nobody can; `stays` when it was not for the plan to decide."""

    day_id: int
    day: date
    seat: DutySeat
    position: int
    leader_id: int | None
    leader: str
    post: str
    why: str
    passed_over: tuple[Mapping[str, str], ...]
    stays: bool

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.day_id, self.seat, self.position


@dataclass(frozen=True, slots=True)
class WorkedRota:
    """A whole rota with the problem it answers; `findings` is what is kept and shown of the solution."""

    asked: RotaProblem
    turns: tuple[WorkedTurn, ...]
    status: str
    findings: Mapping[str, Any]


def worked_rota(asked: RotaProblem) -> WorkedRota:
    """Solve the problem; every place of every day comes back, in order."""
    if not asked.problem.leaders:
        raise RuleBroken("没有可以轮值的领导。请先在“领导与职务”里登记领导，再排班。")
    solution = solve(asked.problem)
    turns = tuple(turn for day in asked.given.days for turn in _day(asked, solution, day.id, day.day))
    return WorkedRota(asked, turns, solution.status, _findings(asked, solution))


def _day(asked: RotaProblem, solution: Solution, day_id: int, day: date) -> list[WorkedTurn]:
    found = []
    for seat in dict.fromkeys(seat for seat, _ in asked.wanted):
        positions = [position for its, position in asked.wanted if its is seat]
        sitting = _on_positions(asked, solution, day_id, day, seat, positions)
        empty = iter([it.why for it in solution.unfilled if (it.day, it.seat) == (day, seat.value)])
        for position in positions:
            seated = sitting.get(position)
            if seated is None:
                why = _told_away(next(empty, "没有可以安排的领导。"))
                found.append(WorkedTurn(day_id, day, seat, position, None, "", "", why, (), stays=False))
            else:
                found.append(_turn(asked, seated, (day_id, seat, position)))
    return found


def _on_positions(
    asked: RotaProblem, solution: Solution, day_id: int, day: date, seat: DutySeat, positions: Sequence[int]
) -> dict[int, Seated]:
    """Who of the seat sits where: whoever had a position keeps it, the rest follow in order."""
    had = {it.leader_id: place[2] for place, it in asked.given.stays.items() if place[:2] == (day_id, seat)}
    had = {who: place[2] for place, who in asked.given.previous.items() if place[:2] == (day_id, seat)} | had
    its = [it for it in solution.plan if (it.day, it.seat) == (day, seat.value)]
    found = {had[asked.leader_id(it.leader)]: it for it in its if asked.leader_id(it.leader) in had}
    free = (position for position in positions if position not in found)
    for it in its:
        if asked.leader_id(it.leader) not in had:
            found[next(free)] = it
    return found


def _turn(asked: RotaProblem, seated: Seated, place: Place) -> WorkedTurn:
    leader_id = asked.leader_id(seated.leader)
    leader, stays = asked.leaders[leader_id], asked.given.stays.get(place)
    held = held_on(leader.posts, seated.day)
    credited = asked.credited.get(leader_id, {}).get(place[1], 0)
    why = stays.why if stays is not None else seated.why
    if credited and stays is None:
        why = f"{why.rstrip('。')}；其中到任前按同期平均计 {credited} 次。"
    return WorkedTurn(
        place[0],
        seated.day,
        place[1],
        place[2],
        leader_id,
        leader.name,
        held.title if held else "",
        why[:LONGEST_WHY],
        () if stays is not None else _passed_over(asked, seated),
        stays is not None,
    )


def _passed_over(asked: RotaProblem, seated: Seated) -> tuple[Mapping[str, str], ...]:
    """The others with the reason, where the records know a better one than the solver."""
    found = []
    for it in seated.passed_over:
        if it.leader in asked.stand_ins:
            continue
        leader_id = int(it.leader)
        why = asked.away.get((seated.day, leader_id)) or it.why
        found.append({"leader": asked.leaders[leader_id].name, "why": f"{why.rstrip('。')}。"})
    return tuple(found)


def _told_away(why: str) -> str:
    """The solver knows one word for everything that keeps somebody away."""
    return why.replace("请假", "请假或当日不便")


def _findings(asked: RotaProblem, solution: Solution) -> dict[str, Any]:
    names = {leader.id: asked.leaders[asked.leader_id(leader.id)].name for leader in asked.problem.leaders}
    return {
        "spread": {name: float(it) for name, it in solution.spread.items()},
        "loads": [
            {
                "leader_id": int(leader.id),
                "leader": names[leader.id],
                "weight": float(leader.weight),
                "before": dict(leader.history),
                "loads": {name: float(it) for name, it in solution.loads[leader.id].items()},
                "whole": all(leader.in_term(day) for day in asked.problem.days),
            }
            for leader in asked.problem.leaders
            if leader.id not in asked.stand_ins
        ],
        "mismatches": solution.mismatches,
        "relaxed": [_told_away(it) for it in solution.relaxed],
        "seconds": solution.seconds,
        "proved": solution.proved,
    }
