"""What the pages of a plan show of it: the table of its places, what is special about each, and how even it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for

from portal import clock
from portal.domain.duty_plans import PlanMode
from portal.domain.rota import DutySeat
from portal.store.extension import read
from portal.store.queries.duty_plans import PlanFile, PlannedRow
from portal.store.queries.reception_days import days_numbered
from portal.store.queries.rota import UnsuitableMark, unsuitable_marks
from portal.web.access import me

OUTCOMES = {
    "optimal": "已证明是最公平的安排",
    "feasible": "限时内找到的最好安排，未能证明最优",
    "infeasible": "规则不能同时满足，已按次序放宽",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the table: who would take it, whom the records have there now, and what is special about it."""

    turn: PlannedRow
    was: str
    is_new: bool
    is_marked: bool
    is_own: bool


def outcome_words(file: PlanFile) -> str:
    """What the solver has proved, in words; where the plan had to stay close to another, changes came before fairness."""
    told = OUTCOMES.get(file.row.outcome, "")
    close = file.findings["again"] or file.findings["mode"] == PlanMode.REPLAN.value
    return f"变动最少的前提下，{told}" if close and file.row.outcome != "infeasible" else told


def held_places(file: PlanFile) -> dict[tuple[int, str, int], int]:
    """Who held which place when the plan was worked out."""
    return {(it[0], it[1], it[2]): it[3] for it in file.findings["held"]}


def marked_places(file: PlanFile) -> list[PlannedRow]:
    """The places that stay as they are although their leaders have said that the date does not suit."""
    marks = unsuitable_marks(read(), max(file.row.first_day, clock.today()), file.row.last_day)
    there, held = {(it.day_id, it.leader_id) for it in marks}, held_places(file)
    return [
        it
        for it in file.turns
        if (it.day_id, it.leader_id) in there and held.get((it.day_id, it.seat.value, it.position)) == it.leader_id
    ]


def plan_table(file: PlanFile, marks: Sequence[UnsuitableMark]) -> list[tuple[Any, Any, list[Cell]]]:
    """The places day by day with what is special about each."""
    held, own = held_places(file), me().leader_ids
    marked = {(it.day_id, it.leader_id) for it in marks}
    names = _names(file)
    table = []
    for day, turns in groupby(file.turns, key=lambda it: it.day):
        cells = []
        for it in turns:
            was = held.get((it.day_id, it.seat.value, it.position))
            cells.append(
                Cell(
                    it,
                    was=names.get(was, "") if was is not None else "",
                    is_new=was != it.leader_id,
                    is_marked=it.leader_id is not None and (it.day_id, it.leader_id) in marked,
                    is_own=it.leader_id in own,
                )
            )
        table.append((day, cells[0].turn.day_state, cells))
    return table


def _names(file: PlanFile) -> Mapping[int, str]:
    """Names of everybody the records had on these days when the plan was worked out, and of everybody planned."""
    names = {it["leader_id"]: it["leader"] for it in file.findings["loads"]}
    names |= {it.leader_id: it.leader for it in file.turns if it.leader_id is not None}
    missing = {it[3] for it in file.findings["held"]} - names.keys()
    if missing:
        rows = days_numbered(read(), {it[0] for it in file.findings["held"]})
        names |= {turn.leader_id: turn.leader for row in rows for turn in row.turns}
    return names


def seats_of(file: PlanFile) -> list[DutySeat]:
    """The seats of the plan, in the order they are filled."""
    there = {it.seat for it in file.turns}
    return [seat for seat in DutySeat if seat in there]


def load_bar(load: Mapping[str, Any], turns: Sequence[PlannedRow]) -> dict[str, Any]:
    """A leader's turns before and in the plan, as the chart takes them."""
    planned = Counter(it.seat for it in turns if it.leader_id == load["leader_id"])
    values = [sum(load["before"].values()), *(planned[seat] for seat in DutySeat)]
    return {
        "label": load["leader"],
        "values": values,
        "url": url_for("duty.leader", leader_id=load["leader_id"]),
    }


def mean_turns(loads: Sequence[Mapping[str, Any]]) -> float | None:
    """Turns of those who could serve the whole time, on average; None with nobody there."""
    totals = [it["loads"]["total"] * it["weight"] for it in loads if it["whole"]]
    return round(sum(totals) / len(totals), 1) if totals else None


def spread_words(spread: Mapping[str, float]) -> list[tuple[str, str]]:
    """The spread of each seat and of all, as texts."""
    labels = {seat.value: seat.label for seat in DutySeat} | {"total": "合计"}
    return [(labels.get(name, name), f"{value:.3g}") for name, value in spread.items()]
