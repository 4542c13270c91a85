"""The problem laid out by numbers: who may take which place, and what any plan is worth."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil, lcm

from portal.domain.solving.problem import Problem, Rule

Place = tuple[int, int, int]
"""Day, seat, leader, each by its number."""
Plan = frozenset[Place]


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """What a plan is worth, compared from left to right, less being better.

    Given up: places left empty, turns sooner than the gap after the one before, turns above the most, stretches
    without a chief, turns missing to the least. Then changed places, the spread of each seat and of the total (in the
    units of `Grid.prices`), turns above the share of those who serve only part of the time, and mismatches.
    """

    given_up: tuple[int, int, int, int, int]
    changed: int
    spreads: tuple[int, ...]
    heaped: int
    mismatches: int


class Grid:
    """A problem by numbers: days, seats and leaders in their order."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.days, self.seats, self.leaders = problem.days, problem.seats, problem.leaders
        self.day_number = {day: at for at, day in enumerate(self.days)}
        self.seat_number = {seat.id: at for at, seat in enumerate(self.seats)}
        self.leader_number = {leader.id: at for at, leader in enumerate(self.leaders)}
        self.in_term = [[leader.in_term(day) for day in self.days] for leader in self.leaders]
        self.able = [list(row) for row in self.in_term]
        for leave in problem.leaves:
            row = self.able[self.leader_number[leave.leader]]
            for at, day in enumerate(self.days):
                if leave.from_ <= day <= leave.until:
                    row[at] = False
        self.pooled = [[seat.pool is None or leader.id in seat.pool for seat in self.seats] for leader in self.leaders]
        self.fixed = frozenset(
            (self.day_number[it.day], self.seat_number[it.seat], self.leader_number[it.leader]) for it in problem.fixed
        )
        self.previous = sorted(
            (self.day_number[it.day], self.seat_number[it.seat], self.leader_number[it.leader])
            for it in set(problem.previous)
            if it.day in self.day_number
        )

    def may(self, day: int, seat: int, leader: int) -> bool:
        """Whether the rules that never give way let the leader take the seat that day."""
        return self.able[leader][day] and self.pooled[leader][seat]

    @cached_property
    def eligible(self) -> list[Place]:
        """Every place with every leader who may take it; a leader with a fixed seat that day may take no other."""
        fixed = {(day, leader): seat for day, seat, leader in self.fixed}
        return [
            (day, seat, leader)
            for day in range(len(self.days))
            for seat in range(len(self.seats))
            for leader in range(len(self.leaders))
            if self.may(day, seat, leader) and fixed.get((day, leader), seat) == seat
        ]

    @cached_property
    def places(self) -> int:
        """Places on all days."""
        return len(self.days) * sum(seat.count for seat in self.seats)

    @cached_property
    def prices(self) -> list[int]:
        """What one turn adds to each leader's load, in units so small that every load is a whole number."""
        return [int(self.unit / leader.weight) for leader in self.leaders]

    @cached_property
    def unit(self) -> int:
        """How many of those units one turn of a leader of weight 1 is."""
        return lcm(1, *(leader.weight.numerator for leader in self.leaders))

    @cached_property
    def groups(self) -> list[list[int]]:
        """Leaders who are compared: for each seat those of its pool, and last those of any pool.

        Compared are those who could serve the whole time: in term on every day, and not away on all of them.
        """
        whole = [at for at in range(len(self.leaders)) if self.serves_whole_time(at)]
        by_seat = [[it for it in whole if self.pooled[it][seat]] for seat in range(len(self.seats))]
        return [*by_seat, [it for it in whole if any(self.pooled[it])]]

    def serves_whole_time(self, leader: int) -> bool:
        """In term on every day and able to come on one at least."""
        return all(self.in_term[leader]) and any(self.able[leader])

    @cached_property
    def history(self) -> list[list[int]]:
        """Turns before this plan, for each group as in `groups` and each leader."""
        by_seat = [[leader.history.get(seat.id, 0) for leader in self.leaders] for seat in self.seats]
        return [*by_seat, [sum(leader.history.values()) for leader in self.leaders]]

    @cached_property
    def shares(self) -> dict[int, int]:
        """The turns that are enough for each leader who serves only part of the time: by weight and days, rounded up."""
        whole = sum((it.weight for it in self.leaders), Fraction())
        return {
            at: ceil(Fraction(self.places * sum(self.able[at]), len(self.days)) * leader.weight / whole)
            for at, leader in enumerate(self.leaders)
            if not self.serves_whole_time(at) and any(self.able[at]) and any(self.pooled[at])
        }

    @cached_property
    def following(self) -> list[list[int]]:
        """For each day the later days that come sooner than the gap after it."""
        gap = timedelta(days=self.problem.rules.min_gap_days)
        return [
            [at for at in range(first + 1, len(self.days)) if self.days[at] - day < gap]
            for first, day in enumerate(self.days)
        ]

    @cached_property
    def near_last_turn(self) -> list[tuple[list[int], list[int]]]:
        """For each leader the days too close before their last turn, and those too close from it on."""
        gap = self.problem.rules.min_gap_days
        found: list[tuple[list[int], list[int]]] = []
        for leader in self.leaders:
            last = leader.last_turn
            apart = [] if last is None else [(at, (day - last).days) for at, day in enumerate(self.days)]
            found.append(([at for at, days in apart if -gap < days < 0], [at for at, days in apart if 0 <= days < gap]))
        return found

    @cached_property
    def stretches(self) -> list[tuple[int, tuple[int, ...]]]:
        """The stretches in which a chief must have a turn: the chief, and the days."""
        rules = self.problem.rules
        if not rules.chief_every_days or not self.days:
            return []
        found = []
        for chief in dict.fromkeys(rules.chiefs):
            leader = self.leader_number[chief]
            start = self.leaders[leader].last_turn or self.days[0] - timedelta(days=1)
            for begin in [start, *self.days]:
                end = begin + timedelta(days=rules.chief_every_days)
                within = tuple(at for at, day in enumerate(self.days) if begin < day <= end)
                if within and self.days[-1] > end:
                    found.append((leader, within))
        return list(dict.fromkeys(found))

    @cached_property
    def chief_seats(self) -> list[int]:
        """The seats that count as a chief's turn."""
        wanted = self.problem.rules.chief_seats
        return [at for at, seat in enumerate(self.seats) if wanted is None or seat.id in wanted]

    @cached_property
    def wishes(self) -> list[tuple[int, str, frozenset[int], int]]:
        """Day, portfolio, the leaders in charge of it, and how often it is asked for that day."""
        asked = Counter((self.day_number[it.day], name) for it in self.problem.wanted for name in it.portfolios)
        return [
            (day, name, frozenset(at for at, it in enumerate(self.leaders) if name in it.portfolios), times)
            for (day, name), times in sorted(asked.items())
        ]

    def least_asked_of(self) -> list[int]:
        """The leaders who must reach the least number of turns."""
        return self.groups[-1] if self.problem.rules.min_per_leader else []

    def turns(self, plan: Iterable[Place]) -> list[list[int]]:
        """Turns in this plan, for each group and each leader."""
        table = [[0] * len(self.leaders) for _ in self.groups]
        for _, seat, leader in plan:
            table[seat][leader] += 1
            table[-1][leader] += 1
        return table

    def loads(self, plan: Iterable[Place]) -> list[list[int]]:
        """History and plan in units, for each group and each leader."""
        return [
            [(before + new) * price for before, new, price in zip(was, news, self.prices, strict=True)]
            for was, news in zip(self.history, self.turns(plan), strict=True)
        ]

    def spreads(self, loads: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """The greatest minus the least load of each group."""
        found = []
        for group, load in zip(self.groups, loads, strict=True):
            its = [load[at] for at in group]
            found.append(max(its) - min(its) if its else 0)
        return tuple(found)

    def days_of(self, plan: Iterable[Place]) -> list[list[int]]:
        """Each leader's days in order."""
        found: list[list[int]] = [[] for _ in self.leaders]
        for day, _, leader in sorted(plan):
            found[leader].append(day)
        return found

    def too_close(self, leader: int, days: Sequence[int]) -> list[tuple[int | None, int | None, int]]:
        """A leader's turns that come too soon after the one before: both days (None is the last turn), days between."""
        last = self.leaders[leader].last_turn
        turns = [(self.days[at], 1, at) for at in days]
        dated = sorted([*turns, (last, 0, -1)] if last else turns)
        return [
            (a if a >= 0 else None, b if b >= 0 else None, (second - first).days)
            for (first, _, a), (second, _, b) in pairwise(dated)
            if (second - first).days < self.problem.rules.min_gap_days
        ]

    def missed_stretches(self, plan: Plan) -> list[tuple[int, tuple[int, ...]]]:
        """The stretches without a turn of their chief."""
        counted = set(self.chief_seats)
        served = {(leader, day) for day, seat, leader in plan if seat in counted}
        return [(chief, days) for chief, days in self.stretches if not any((chief, day) in served for day in days)]

    def unmet_wishes(self, plan: Plan) -> list[tuple[int, str, frozenset[int], int]]:
        """The portfolios that nobody of the day is in charge of."""
        present: list[set[int]] = [set() for _ in self.days]
        for day, _, leader in plan:
            present[day].add(leader)
        return [wish for wish in self.wishes if not wish[2] & present[wish[0]]]

    def score(self, plan: Plan) -> Score:
        """What the plan is worth."""
        rules, days, turns = self.problem.rules, self.days_of(plan), self.turns(plan)
        total = turns[-1]
        most, least = rules.max_per_leader, rules.min_per_leader or 0
        given_up = {
            Rule.FILLED: self.places - len(plan),
            Rule.GAP: sum(len(self.too_close(at, its)) for at, its in enumerate(days)),
            Rule.MOST: sum(max(0, it - most) for it in total) if most is not None else 0,
            Rule.CHIEF: len(self.missed_stretches(plan)),
            Rule.LEAST: sum(max(0, least - total[at]) for at in self.least_asked_of()),
        }
        return Score(
            (
                given_up[Rule.FILLED],
                given_up[Rule.GAP],
                given_up[Rule.MOST],
                given_up[Rule.CHIEF],
                given_up[Rule.LEAST],
            ),
            sum(it not in plan for it in self.previous),
            self.spreads(self.loads(plan)),
            sum(max(0, total[at] - share) for at, share in self.shares.items()),
            sum(times for _, _, _, times in self.unmet_wishes(plan)),
        )
