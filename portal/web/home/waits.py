"""What waits on matters: each number counted by the very filter its link leads to, all of a role's in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from portal import clock
from portal.domain.handling_figures import Counted, Fact
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.store.extension import read
from portal.store.queries.matter_filters import MatterFilter, WhoDecides
from portal.store.queries.matters import how_many
from portal.web.home.todos import Todo


@dataclass(frozen=True, slots=True)
class Wait:
    """One kind of matter that waits: what it is called, which matters they are, and the same in the words of the address."""

    label: str
    asked: MatterFilter
    words: dict[str, Any]
    tone: str = ""
    note: str = ""


def in_state(label: str, state: MatterState, tone: str = "", note: str = "") -> Wait:
    """Matters that stand at one step."""
    return Wait(label, MatterFilter(state=state), {"state": state.value}, tone, note)


def asking_for_time(label: str, who: WhoDecides) -> Wait:
    """Matters whose request for more time waits for a decision."""
    return Wait(label, MatterFilter(asks_for_time=who), {"extension": who.value})


OVERDUE = Wait("事项逾期", MatterFilter(overdue=True), {"overdue": 1}, "late")
SLOW = Wait("下一步逾期", MatterFilter(slow=True), {"step_overdue": 1}, "late", "该办的还没有办")
REDONE = Wait(
    "退回重办的事项",
    MatterFilter(state=MatterState.HANDLING, counted=Counted(Fact.REDONE)),
    {"state": "handling", "counted": "redone"},
    "wait",
)


def led_by(unit_id: int | None, wait: Wait) -> Wait:
    """The same of the matters one unit leads."""
    return replace(wait, asked=replace(wait.asked, lead_id=unit_id), words=wait.words | {"lead": unit_id})


def decided_by(leader_ids: frozenset[int], wait: Wait) -> Wait:
    """The same of the matters these leaders sign for or lead."""
    return replace(wait, asked=replace(wait.asked, decided_by=leader_ids), words=wait.words | {"mine": 1})


def todos_of(actor: Actor, waits: Sequence[Wait]) -> list[Todo]:
    """The to-dos, in one statement."""
    numbers = how_many(read(), actor, [it.asked for it in waits], now=clock.now())
    return [
        Todo(number, it.label, url_for("matters.listing", **it.words), it.note if number else "", it.tone)
        for number, it in zip(numbers, waits, strict=True)
    ]
