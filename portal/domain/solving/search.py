"""The order of proofs: everything at its bound in one question, and where that cannot be, one level after another."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from portal.domain.solving.bounds import Bounds
from portal.domain.solving.greedy import improved, weighted_plan
from portal.domain.solving.grid import Grid, Plan, Score
from portal.domain.solving.model import Aim, Answer, Band, Level, Question, ask, seconds_needed
from portal.domain.solving.problem import Rule

ALL_KEPT: dict[Aim, int] = dict.fromkeys(Rule, 0)
OTHER_PART = 0.5
"""The part of the time that is left which one question may take, so that something is left for the others."""
ASKING_PART = 0.88
"""The part of the time that is for exact questions; the rest is for making the plan better by hand."""
GREEDY_SECONDS, WRITING_SECONDS = 0.000_002, 0.000_01
"""What the greedy plan and the reasons take on a machine that does nothing else, for each column of the programme."""
MOST_PACE = 20.0
STEPS = 3


@dataclass
class Search:
    """The best plan so far, what it has been proved to cost, and whether every proof was reached.

    `deadline` is when the answer must be written down. How long that takes is told from the `pace` of this machine, which
    is taken from the greedy plan: when others keep the processors busy, everything takes that many times longer.
    """

    grid: Grid
    deadline: float
    best: Plan = frozenset()
    score: Score = field(init=False)
    pace: float = field(init=False)
    asking_until: float = field(init=False)
    held: dict[Aim, int] = field(default_factory=dict)
    bands: list[Band] = field(default_factory=list)
    proved: bool = True

    def __post_init__(self) -> None:
        begun = time.monotonic()
        self.best = weighted_plan(self.grid)
        self.score = self.grid.score(self.best)
        now = time.monotonic()
        work = len(self.grid.eligible)
        self.pace = min(max(1.0, (now - begun) / (GREEDY_SECONDS * work or 1.0)), MOST_PACE)
        self.deadline -= WRITING_SECONDS * work * self.pace
        self.asking_until = now + (self.deadline - now) * ASKING_PART

    @property
    def seconds(self) -> float:
        """What is left for asking."""
        return self.asking_until - time.monotonic()

    def run(self) -> None:
        """Go through the levels until all is proved or the time is over; what is not proved may be made better by hand."""
        self._go()
        if not self.proved:
            self.best = improved(self.grid, self.best, self.deadline)

    def _go(self) -> None:
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
        self._settle_mismatches()

    def _ask(self, question: Question, *, part: float, start: bool = False) -> Answer:
        seconds = self.seconds * part
        if seconds < seconds_needed(self.grid) * self.pace:
            return Answer(None, proved=False)
        answer = ask(self.grid, question, seconds=seconds, start=self.best if start else None)
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
        fewest = self._mismatches_forced()
        asked = [Question({**held, Level.MISMATCHES: fewest}, None, tuple(bands)), Question(held, None, tuple(bands))]
        if all(self._ask(question, part=OTHER_PART).plan is None for question in asked):
            return False
        self.held, self.bands = held, bands
        self._settle_mismatches()
        return True

    def _settle_rules(self) -> None:
        """All rules kept if that is possible; otherwise the least that must be given up, the most precious rule first."""
        if not any(self.score.given_up):
            return
        aim = Level.CHANGED if self.grid.previous else None
        if self._ask(Question(ALL_KEPT, aim), part=OTHER_PART).plan is not None:
            return
        self.held = {}
        for rule in Rule:
            self._settle(rule, self.score.given_up[rule], 0)

    def _settle(self, aim: Aim, cost: int, bound: int) -> None:
        """Make one level as small as possible and hold it there; nothing to do when it stands at its bound."""
        if cost > bound:
            answer = self._ask(Question(dict(self.held), aim, tuple(self.bands)), part=OTHER_PART, start=True)
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
        """The least spread of one group."""
        bounds = Bounds(self.grid, self.held, self.bands)

        def within(spread: int) -> Question | None:
            band = bounds.band(number, spread)
            return None if band is None else Question(dict(self.held), None, (*self.bands, band))

        step = bounds.group(number).step
        self._climb(bounds.least_spread(number), step, lambda: self.score.spreads[number], within)
        held = bounds.band(number, self.score.spreads[number])
        if held is not None:
            self.bands.append(held)

    def _settle_mismatches(self) -> None:
        """The fewest portfolios that nobody is in charge of."""

        def within(mismatches: int) -> Question:
            return Question({**self.held, Level.MISMATCHES: mismatches}, None, tuple(self.bands))

        self._climb(self._mismatches_forced(), 1, lambda: self.score.mismatches, within)

    def _climb(self, low: int, step: int, cost: Callable[[], int], within: Callable[[int], Question | None]) -> None:
        """Ask from the bound upwards what can be kept within, first by steps, then by halves, until it meets the best.

        Whether something can be is answered much sooner than what is the best. A question that is None cannot be.
        """
        tried = 0
        while low < cost():
            limit = low if tried < STEPS else low + (cost() - low) // step // 2 * step
            question = within(limit)
            answer = Answer(None, proved=True) if question is None else self._ask(question, part=OTHER_PART)
            outside = answer.plan is not None and cost() > limit  # by the tolerance of the library
            if outside or (answer.plan is None and not answer.proved):
                self.proved = False
                return
            if answer.plan is None:
                low = limit + step
            tried += 1

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
