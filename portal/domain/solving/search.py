"""The order of proofs: everything at its bound in one question, and where that cannot be, one level after another."""

import time
from dataclasses import dataclass, field

from portal.domain.solving.bounds import Bounds
from portal.domain.solving.greedy import weighted_plan
from portal.domain.solving.grid import Grid, Plan, Score
from portal.domain.solving.model import Aim, Answer, Band, Level, Question, ask
from portal.domain.solving.problem import Rule

ALL_KEPT: dict[Aim, int] = dict.fromkeys(Rule, 0)
FIRST_PART = 0.6
"""The part of the time that the one question may take: what is left is enough to go level by level."""
OTHER_PART = 0.5
"""The part of the time that is left which one level may take, so that something is left for the others."""
LEAST_SECONDS = 0.01
STEPS = 2


@dataclass
class Search:
    """The best plan so far, what it has been proved to cost, and whether every proof was reached."""

    grid: Grid
    deadline: float
    best: Plan = frozenset()
    score: Score = field(init=False)
    held: dict[Aim, int] = field(default_factory=dict)
    bands: list[Band] = field(default_factory=list)
    proved: bool = True

    def __post_init__(self) -> None:
        self.best = weighted_plan(self.grid)
        self.score = self.grid.score(self.best)

    @property
    def seconds(self) -> float:
        """What is left."""
        return self.deadline - time.monotonic()

    def run(self) -> None:
        """Go through the levels until all is proved or the time is over."""
        previous = bool(self.grid.previous)
        self.held = dict(ALL_KEPT)
        if not previous and self._all_at_once():
            return
        self._settle_rules()
        gave_way = any(self.score.given_up)
        if previous:
            self._settle(Level.CHANGED, self.score.changed, self._changes_forced())
        if (previous or gave_way) and self.proved and self._all_at_once():
            return
        for group in range(len(self.grid.groups)):
            self._settle_spread(group)
        self._settle(Level.HEAPED, self.score.heaped, 0)
        self._settle(Level.MISMATCHES, self.score.mismatches, self._mismatches_forced())

    def _ask(self, question: Question, *, part: float = 1.0, start: bool = False) -> Answer:
        if self.seconds < LEAST_SECONDS:
            return Answer(None, proved=False)
        answer = ask(self.grid, question, seconds=self.seconds * part, start=self.best if start else None)
        if answer.plan is not None:
            score = self.grid.score(answer.plan)
            if score < self.score:
                self.best, self.score = answer.plan, score
        return answer

    def _all_at_once(self) -> bool:
        """Every spread at its bound and nobody above their share: whether that can be, and the fewest mismatches then."""
        bounds, bands = Bounds(self.grid, self.held), []
        for group in range(len(self.grid.groups)):
            band = bounds.band(group, bounds.least_spread(group))
            if band is None:
                return False
            bounds.set_band(band)
            bands.append(band)
        held = {**self.held, Level.HEAPED: 0}
        answer = self._ask(Question(held, Level.MISMATCHES, tuple(bands)), part=FIRST_PART)
        if answer.plan is None:
            return False
        if not answer.proved:  # found, and there may be a plan with fewer mismatches
            self.held, self.bands = held, bands
            self._settle(Level.MISMATCHES, self.score.mismatches, self._mismatches_forced())
        return True

    def _settle_rules(self) -> None:
        """All rules kept if that is possible; otherwise the least that must be given up, the most precious rule first."""
        if not any(self.score.given_up):
            return
        aim = Level.CHANGED if self.grid.previous else None
        if self._ask(Question(ALL_KEPT, aim)).plan is not None:
            return
        self.held = {}
        for rule in Rule:
            self._settle(rule, self.score.given_up[rule], 0)

    def _settle(self, aim: Aim, cost: int, bound: int) -> None:
        """Make one level as small as possible and hold it there; nothing to do when it stands at its bound."""
        if cost > bound:
            part = 1.0 if aim is Level.MISMATCHES else OTHER_PART
            answer = self._ask(Question(dict(self.held), aim, tuple(self.bands)), part=part, start=True)
            self.proved &= answer.proved
        self.held[aim] = self._cost(aim)

    def _cost(self, aim: Aim) -> int:
        if isinstance(aim, Rule):
            return self.score.given_up[aim]
        return {
            Level.CHANGED: self.score.changed,
            Level.HEAPED: self.score.heaped,
            Level.MISMATCHES: self.score.mismatches,
        }[aim]

    def _settle_spread(self, number: int) -> None:
        """The least spread of one group: from its bound upwards, first by steps, then by halves."""
        bounds = Bounds(self.grid, self.held, self.bands)
        step = bounds.group(number).step
        low, tried = bounds.least_spread(number), 0
        while low < self.score.spreads[number]:
            middle = low + (self.score.spreads[number] - low) // step // 2 * step
            spread = low if tried < STEPS else middle
            answer = self._try_spread(bounds.band(number, spread))
            if answer.plan is None and not answer.proved:
                self.proved = False
                break
            tried += 1
            if answer.plan is None:
                low = spread + step
            elif self.score.spreads[number] > spread:  # a plan that is outside its band by the solver's tolerance
                self.proved = False
                break
        held = bounds.band(number, self.score.spreads[number])
        if held is not None:
            self.bands.append(held)

    def _try_spread(self, band: Band | None) -> Answer:
        if band is None:
            return Answer(None, proved=True)
        return self._ask(Question(dict(self.held), None, (*self.bands, band)), part=OTHER_PART)

    def _changes_forced(self) -> int:
        eligible = set(self.grid.eligible)
        return sum(place not in eligible for place in self.grid.previous)

    def _mismatches_forced(self) -> int:
        """Portfolios asked for on days when nobody who is in charge could come."""
        present = {(day, leader) for day, _, leader in self.grid.eligible}
        return sum(
            times
            for day, _, leaders, times in self.grid.wishes
            if not any((day, leader) in present for leader in leaders)
        )
