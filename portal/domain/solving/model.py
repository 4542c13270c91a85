"""The rota as an integer programme for HiGHS; the only module that knows the library, and loads it when it is asked.

One column says whether a leader takes a place. A rule that holds is written without any way out; a rule that gives way
has columns counting by how much. Fairness is a band of turns for each leader, which is proved a hundred times sooner
than a greatest load to be made small.
"""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf

from portal.domain.solving.grid import Grid, Place, Plan
from portal.domain.solving.problem import Rule

Terms = list[tuple[int, float]]
COLUMN_SECONDS, LEAST_SECONDS, LOADING_SECONDS = 0.000_015, 0.005, 0.25
"""What it takes to write a question down, for each column and at least, and to load the library for the first time."""


class Level(Enum):
    """What is made small after the rules that may give way."""

    CHANGED = "changed"
    HEAPED = "heaped"
    MISMATCHES = "mismatches"


Aim = Rule | Level


@dataclass(frozen=True, slots=True)
class Band:
    """The loads of a group lie within `spread` of a least load, which is between `lowest` and `highest`."""

    group: int
    spread: int
    lowest: int
    highest: int

    def turns(self, price: int, before: int) -> tuple[int, int]:
        """The fewest and the most new turns of somebody with so many before, whatever the least load turns out to be."""
        return -(-self.lowest // price) - before, (self.highest + self.spread) // price - before


@dataclass(frozen=True, slots=True)
class Question:
    """What must hold, and what is to be made small.

    `held` gives the most that each rule or level may cost; what is not in it does not matter yet.
    """

    held: Mapping[Aim, int]
    aim: Aim | None = None
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan if one was found; `proved` when it is the best there is, or when there is none at all."""

    plan: Plan | None
    proved: bool


@dataclass
class _Rows:
    """A programme as HiGHS takes it: columns with bounds, rows of terms between two bounds."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def column(self, lower: float, upper: float, *, whole: bool = True) -> int:
        """A new column's number."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(self, terms: Iterable[tuple[int, float]], *, lower: float = -inf, upper: float = inf) -> None:
        """The terms together lie between the bounds."""
        self.starts.append(len(self.columns))
        for column, value in terms:
            self.columns.append(column)
            self.values.append(value)
        self.row_lower.append(lower)
        self.row_upper.append(upper)


class _Programme:
    """A question about a grid, as rows and columns."""

    def __init__(self, grid: Grid, question: Question) -> None:
        self.grid, self.question = grid, question
        self.rows = _Rows()
        self.taken: dict[Place, int] = {}
        for place in grid.eligible:
            self.taken[place] = self.rows.column(1.0 if place in grid.fixed else 0.0, 1.0)
        self.by_day = self._by_day(range(len(grid.seats)))
        self.by_group: list[list[list[int]]] = [[[] for _ in grid.leaders] for _ in grid.groups]
        for (_, seat, leader), column in self.taken.items():
            self.by_group[seat][leader].append(column)
            self.by_group[-1][leader].append(column)
        self.costs: dict[int, float] = {}
        self._seat_once_a_day()
        for aim, write in (
            (Rule.FILLED, self._fill),
            (Rule.GAP, self._keep_gap),
            (Rule.MOST, self._keep_most),
            (Rule.CHIEF, self._keep_chiefs),
            (Rule.LEAST, self._keep_least),
            (Level.CHANGED, self._keep_previous),
            (Level.HEAPED, self._keep_shares),
            (Level.MISMATCHES, self._meet_wishes),
        ):
            if aim in question.held or aim is question.aim or aim is Rule.FILLED:
                write(aim)
        for band in question.bands:
            self._keep_band(band)

    def _by_day(self, seats: Iterable[int]) -> dict[tuple[int, int], Terms]:
        counted = set(seats)
        found: dict[tuple[int, int], Terms] = {}
        for (day, seat, leader), column in self.taken.items():
            if seat in counted:
                found.setdefault((leader, day), []).append((column, 1.0))
        return found

    def _is_hard(self, aim: Aim) -> bool:
        return self.question.held.get(aim) == 0

    def _counted(self, aim: Aim, terms: Terms, offset: float = 0.0) -> None:
        """The terms (and the offset) are what the aim costs: make them small, or hold them to the most allowed."""
        if aim is self.question.aim:
            for column, value in terms:
                self.costs[column] = self.costs.get(column, 0.0) + value
        if aim in self.question.held:
            self.rows.row(terms, upper=self.question.held[aim] - offset)

    def _seat_once_a_day(self) -> None:
        for terms in self.by_day.values():
            if len(terms) > 1:
                self.rows.row(terms, upper=1.0)

    def _fill(self, aim: Aim) -> None:
        """Every place has its leader; one that may stay empty has a column for it."""
        grid = self.grid
        by_seat: dict[tuple[int, int], Terms] = {
            (day, seat): [] for day in range(len(grid.days)) for seat in range(len(grid.seats))
        }
        for (day, seat, _), column in self.taken.items():
            by_seat[day, seat].append((column, 1.0))
        empty: Terms = []
        for (_, seat), terms in by_seat.items():
            count = float(grid.seats[seat].count)
            if not self._is_hard(aim):
                column = self.rows.column(0.0, count)
                terms.append((column, 1.0))
                empty.append((column, 1.0))
            self.rows.row(terms, lower=count, upper=count)
        if empty:
            self._counted(aim, empty)

    def _keep_gap(self, aim: Aim) -> None:
        """At most one turn of a leader in each window that the gap spans.

        Where the gap gives way, each turn is fresh or comes too soon: of a day and the fresh turns that would be too
        soon after it only one can be. What is not fresh is counted.
        """
        hard = self._is_hard(aim)
        counted: Terms = []
        constant = 0
        for leader, (before, after) in enumerate(self.grid.near_last_turn):
            days = [day for day in range(len(self.grid.days)) if (leader, day) in self.by_day]
            if hard:
                self._space_out(leader, days, {*before, *after})
                continue
            fresh = {day: self.rows.column(0.0, 1.0, whole=False) for day in days}
            for day in days:
                turn = self.by_day[leader, day]
                counted += turn
                counted.append((fresh[day], -1.0))
                self.rows.row([(fresh[day], 1.0), *((column, -1.0) for column, _ in turn)], upper=0.0)
                soon = [(fresh[it], 1.0) for it in self.grid.following[day] if it in fresh]
                if soon:
                    self.rows.row([*turn, *soon], upper=1.0)
                if day in after:
                    self.rows.row([(fresh[day], 1.0)], upper=0.0)
            if before and any((leader, day) in self.by_day for day in before):
                constant += 1  # the last turn itself: fresh unless a planned one comes too soon before it
                last = self.rows.column(0.0, 1.0, whole=False)
                counted.append((last, -1.0))
                for day in before:
                    for column, _ in self.by_day.get((leader, day), []):
                        self.rows.row([(last, 1.0), (column, 1.0)], upper=1.0)
        if not hard:
            self._counted(aim, counted, constant)

    def _space_out(self, leader: int, days: Sequence[int], near: set[int]) -> None:
        reached = -1
        for day in days:
            if day in near:
                self.rows.row(self.by_day[leader, day], upper=0.0)
            window = [day, *(it for it in self.grid.following[day] if (leader, it) in self.by_day)]
            if len(window) > 1 and window[-1] > reached:
                reached = window[-1]
                self.rows.row([term for it in window for term in self.by_day[leader, it]], upper=1.0)

    def _keep_most(self, aim: Aim) -> None:
        most = self.grid.problem.rules.max_per_leader
        if most is not None:
            self._at_most(aim, dict.fromkeys(range(len(self.grid.leaders)), most))

    def _keep_shares(self, aim: Aim) -> None:
        self._at_most(aim, self.grid.shares)

    def _at_most(self, aim: Aim, limits: Mapping[int, int]) -> None:
        """No leader has more turns than the limit; where that gives way, the turns above it are counted."""
        above: Terms = []
        for leader, limit in limits.items():
            terms = [(column, 1.0) for column in self.by_group[-1][leader]]
            if len(terms) <= limit:
                continue
            if not self._is_hard(aim):
                column = self.rows.column(0.0, inf)
                above.append((column, 1.0))
                terms.append((column, -1.0))
            self.rows.row(terms, upper=float(limit))
        if above:
            self._counted(aim, above)

    def _keep_chiefs(self, aim: Aim) -> None:
        served = self._by_day(self.grid.chief_seats)
        missed: Terms = []
        for chief, days in self.grid.stretches:
            terms = [term for day in days for term in served.get((chief, day), [])]
            if not self._is_hard(aim):
                column = self.rows.column(0.0, 1.0)
                missed.append((column, 1.0))
                terms.append((column, 1.0))
            self.rows.row(terms, lower=1.0)
        if missed:
            self._counted(aim, missed)

    def _keep_least(self, aim: Aim) -> None:
        least = self.grid.problem.rules.min_per_leader or 0
        short: Terms = []
        for leader in self.grid.least_asked_of():
            terms = [(column, 1.0) for column in self.by_group[-1][leader]]
            if not self._is_hard(aim):
                column = self.rows.column(0.0, float(least))
                short.append((column, 1.0))
                terms.append((column, 1.0))
            self.rows.row(terms, lower=float(least))
        if short:
            self._counted(aim, short)

    def _keep_previous(self, aim: Aim) -> None:
        kept = [(self.taken[place], -1.0) for place in self.grid.previous if place in self.taken]
        if self.grid.previous:
            self._counted(aim, kept, float(len(self.grid.previous)))

    def _meet_wishes(self, aim: Aim) -> None:
        asked = [
            ([term for leader in sorted(leaders) for term in self.by_day.get((leader, day), [])], times)
            for day, _, leaders, times in self.grid.wishes
        ]
        forced = sum(times for terms, times in asked if not terms)
        hard = self.question.held.get(aim) == forced
        unmet: Terms = []
        for terms, times in asked:
            if terms and not hard:
                column = self.rows.column(0.0, 1.0)
                unmet.append((column, float(times)))
                terms.append((column, 1.0))
            if terms:
                self.rows.row(terms, lower=1.0)
        if asked and not hard:
            self._counted(aim, unmet, float(forced))

    def _keep_band(self, band: Band) -> None:
        """Whole turns between a floor and a ceiling for each leader.

        Where the least load is not certain, a column says how far above the lowest it is; numbers stay small, so that
        the tolerance of the library cannot matter.
        """
        grid = self.grid
        prices, before = grid.prices, grid.history[band.group]
        floor = None
        if band.lowest < band.highest:
            even = len({prices[at] for at in grid.groups[band.group]}) == 1
            unit = prices[grid.groups[band.group][0]] if even else grid.unit
            floor = (self.rows.column(0.0, (band.highest - band.lowest) / unit, whole=even), unit)
        for leader in grid.groups[band.group]:
            columns = self.by_group[band.group][leader]
            price, was = prices[leader], before[leader]
            low, high = band.turns(price, was)
            self.rows.row([(column, 1.0) for column in columns], lower=float(low), upper=float(high))
            if floor is not None:
                column, unit = floor
                terms = [*((it, price / unit) for it in columns), (column, -1.0)]
                missing = band.lowest - was * price
                self.rows.row(terms, lower=missing / unit, upper=(missing + band.spread) / unit)


def seconds_needed(grid: Grid) -> float:
    """What a question takes before HiGHS sees it, on a machine that does nothing else."""
    loading = 0.0 if "highspy" in sys.modules else LOADING_SECONDS
    return loading + LEAST_SECONDS + COLUMN_SECONDS * len(grid.eligible)


def ask(grid: Grid, question: Question, *, seconds: float, start: Plan | None = None) -> Answer:
    """Let HiGHS answer within the seconds; the same question has the same answer, unless the time runs out."""
    deadline = time.monotonic() + seconds
    import highspy  # noqa: PLC0415 - with numpy it takes long to load, and most processes never plan a rota
    import numpy as np  # noqa: PLC0415

    programme = _Programme(grid, question)
    rows = programme.rows
    if not rows.lower:
        possible = all(low <= 0 <= high for low, high in zip(rows.row_lower, rows.row_upper, strict=True))
        return Answer(frozenset() if possible else None, proved=True)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(rows.lower), len(rows.row_lower)
    costs = np.zeros(len(rows.lower))
    for column, cost in programme.costs.items():
        costs[column] = cost
    lp.col_cost_ = costs
    lp.col_lower_, lp.col_upper_ = np.array(rows.lower), np.array(rows.upper)
    lp.row_lower_, lp.row_upper_ = np.array(rows.row_lower), np.array(rows.row_upper)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in rows.whole]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([*rows.starts, len(rows.columns)], dtype=np.int32)
    lp.a_matrix_.index_ = np.array(rows.columns, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(rows.values)

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", grid.problem.seed),
        ("time_limit", max(0.0, deadline - time.monotonic())),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.99),  # every aim counts whole things
    ):
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    if start is not None:
        its = np.array([float(place in start) for place in programme.taken])
        highs.setSolution(len(its), np.arange(len(its), dtype=np.int32), its)
    highs.run()
    status = highs.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return Answer(None, proved=True)
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer(None, proved=False)
    values = highs.getSolution().col_value
    plan = frozenset(place for place, column in programme.taken.items() if values[column] > 0.5)
    return Answer(plan, proved=status == highspy.HighsModelStatus.kOptimal)
