"""How a late matter is shown: its last urging, where the answer stands, and the next step with what it takes to make it."""

from dataclasses import dataclass
from datetime import date

from flask import url_for

from portal.domain.urging import COLOUR_OF, FAILED, NextStep, Step, Urged
from portal.store.queries.chasing import LateMatter


@dataclass(frozen=True, slots=True)
class Chased:
    """One line of the list."""

    row: LateMatter
    days_over: int
    step: NextStep
    today: date

    @property
    def last(self) -> Urged | None:
        """The paper that urged last, whoever sent it."""
        return self.row.earlier[-1] if self.row.earlier else None

    @property
    def answer(self) -> str:
        """Where the answer to it stands."""
        return self.last.standing(self.today).label if self.last else ""

    @property
    def answer_tone(self) -> str:
        """Red where it failed, amber while it is waited for."""
        if self.last is None:
            return "neutral"
        standing = self.last.standing(self.today)
        return "late" if standing in FAILED else "wait" if self.last.replied_on is None else "good"

    @property
    def is_one_press(self) -> bool:
        """Whether the step is a paper that can be made as proposed."""
        return self.step.step is Step.REMIND or self.step.step in COLOUR_OF

    @property
    def look_first(self) -> str:
        """Where the proposed step is looked at, and changed, before it is taken."""
        if self.step.step is Step.MEASURE:
            return url_for("matters.measure", matter_id=self.row.id)
        if self.step.step is Step.ESCALATE:
            return url_for("matters.escalate", matter_id=self.row.id)
        kind = "reminder" if self.step.step is Step.REMIND else "supervision"
        return url_for("slips.new_paper", slip_id=self.row.slip_id, kind=kind, unit=self.row.unit_id)
