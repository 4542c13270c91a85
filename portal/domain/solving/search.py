"""The order of proofs: everything at its bound in one question, and where that cannot be, one level after another."""

import time
from dataclasses import dataclass, field

from portal.domain.solving.fairness import Group, Vessel, spaced
from portal.domain.solving.greedy import weighted_plan
from portal.domain.solving.grid import Grid, Plan, Score
from portal.domain.solving.model import Aim, Answer, Band, Level, Question, ask
from portal.domain.solving.problem import Rule

ALL_KEPT: dict[Aim, int] = dict.fromkeys(Rule, 0)
FIRST_PART = 0.6
"""The part of the time that the one question may take: what is left is enough to go level by level."""
LEAST_SECONDS = 0.01


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
        bands = [self._band(group, self._group(group).least_spread()) for group in range(len(self.grid.groups))]
        kept = [it for it in bands if it is not None]
        if len(kept) < len(bands):
            return False
        held = {**self.held, Level.HEAPED: 0}
        answer = self._ask(Question(held, Level.MISMATCHES, tuple(kept)), part=FIRST_PART)
        if answer.plan is None:
            return False
        self.proved &= answer.proved or self.score.mismatches == self._mismatches_forced()
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
            answer = self._ask(Question(dict(self.held), aim, tuple(self.bands)), start=True)
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
        group = self._group(number)
        low, tried = group.least_spread(), 0
        while low < self.score.spreads[number]:
            middle = low + (self.score.spreads[number] - low) // group.step // 2 * group.step
            spread = low if tried < 2 else middle
            band = self._band(number, spread)
            answer = (
                Answer(None, proved=True)
                if band is None
                else self._ask(Question(dict(self.held), None, (*self.bands, band)))
            )
            if answer.plan is None and not answer.proved:
                self.proved = False
                break
            tried += band is not None
            if answer.plan is None:
                low = spread + group.step
            elif self.score.spreads[number] > spread:  # a plan that is outside its band by the solver's tolerance
                self.proved = False
                break
        held = self._band(number, self.score.spreads[number])
        if held is not None:
            self.bands.append(held)

    def _band(self, number: int, spread: int) -> Band | None:
        """The band of a spread; None when no least load can have it."""
        group = self._group(number)
        if not group.vessels:
            return Band(number, spread, 0, 0)
        floors = group.floors(spread)
        return None if floors is None else Band(number, spread, *floors)

    def _group(self, number: int) -> Group:
        """Those who are compared, with the turns each could have while the rules held hold."""
        grid, members = self.grid, set(self.grid.groups[number])
        empty = self.held.get(Rule.FILLED, grid.places)
        total = number == len(grid.seats)
        places = grid.places - empty if total else len(grid.days) * grid.seats[number].count
        certain, possible = self._turns(number)
        outsiders = [at for at in range(len(grid.leaders)) if at not in members]
        fewest = places - (0 if total else empty) - sum(possible[at] for at in outsiders)
        return Group(
            tuple(
                Vessel(grid.history[number][at], certain[at], possible[at], grid.prices[at])
                for at in grid.groups[number]
            ),
            max(0, fewest),
            places - sum(certain[at] for at in outsiders),
        )

    def _turns(self, number: int) -> tuple[list[int], list[int]]:
        """The turns that are fixed, and those that are possible at most, for each leader."""
        grid, rules = self.grid, self.grid.problem.rules
        total = number == len(grid.seats)
        certain = [0] * len(grid.leaders)
        for _, seat, leader in grid.fixed:
            certain[leader] += total or seat == number
        days: list[set[int]] = [set() for _ in grid.leaders]
        for day, seat, leader in grid.eligible:
            if total or seat == number:
                days[leader].add(day)
        possible = [len(its) for its in days]
        if self.held.get(Rule.GAP) == 0 and rules.min_gap_days:
            possible = [spaced(its, grid.following) for its in days]
        if self.held.get(Rule.MOST) == 0 and rules.max_per_leader is not None:
            possible = [min(it, rules.max_per_leader) for it in possible]
        return certain, [max(pair) for pair in zip(certain, possible, strict=True)]

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
