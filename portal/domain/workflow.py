"""Steps from one state to the next: who may follow whom, and a refusal that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled

S = TypeVar("S", bound=Labelled)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One allowed step: the word on the button, where it leads, and the states it may start from."""

    label: str
    to: S
    from_: frozenset[S]


@dataclass(frozen=True, slots=True)
class Workflow(Generic[S]):
    """All steps of one kind of record; `noun` is what the office calls that record."""

    noun: str
    steps: tuple[Step[S], ...]

    def advance(self, state: S, target: S) -> S:
        """Answer the target if a step leads there, or raise RuleBroken saying what is possible instead."""
        if any(step.to == target and state in step.from_ for step in self.steps):
            return target
        possible = "、".join(step.label for step in self.possible(state))
        advice = f"目前可以：{possible}。" if possible else "该状态已是最终状态，不能再变更。"
        raise RuleBroken(f"{self.noun}现为“{state.label}”，不能变更为“{target.label}”。{advice}", field="state")

    def possible(self, state: S) -> tuple[Step[S], ...]:
        """The steps that may be taken from this state, in the office's order."""
        return tuple(step for step in self.steps if state in step.from_)


def steps(table: Mapping[tuple[str, S], tuple[S, ...]]) -> tuple[Step[S], ...]:
    """Read a table `(button, target): (from, ...)` into steps."""
    return tuple(Step(label, to, frozenset(from_)) for (label, to), from_ in table.items())
