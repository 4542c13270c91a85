"""A plan whose places change hands: what each level would cost those who are touched, without counting all others."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from portal.domain.solving.grid import Grid, Plan

Handing = tuple[int, int, int, int]
"""Day, seat, who gives the place, who takes it."""
Change = tuple[int, int, int]
"""Leader, seat, turns more or fewer."""


class Table:
    """Who holds what, and what each level costs those who are touched."""

    def __init__(self, grid: Grid, plan: Plan) -> None:
        self.grid, self.plan = grid, plan
        self.tries = 0
        self.total = len(grid.seats)
        self.eligible = frozenset(grid.eligible)
        self.previous = frozenset(grid.previous)
        self.members = [frozenset(group) for group in grid.groups]
        self.least_asked = frozenset(grid.least_asked_of())
        self.dates = [day.toordinal() for day in grid.days]
        self.chief_seats = frozenset(grid.chief_seats)
        self.stretches: dict[int, list[tuple[int, ...]]] = {}
        for chief, days in grid.stretches:
            self.stretches.setdefault(chief, []).append(days)
        self.wishes: list[list[tuple[frozenset[int], int]]] = [[] for _ in grid.days]
        for day, _, leaders, times in grid.wishes:
            self.wishes[day].append((leaders, times))
        self.seat_on: list[dict[int, int]] = [{} for _ in grid.leaders]
        self.present: list[set[int]] = [set() for _ in grid.days]
        for day, seat, leader in sorted(plan):
            self.seat_on[leader][day] = seat
            self.present[day].add(leader)
        self.near = [set(days) for days in grid.following]
        for day, following in enumerate(grid.following):
            for at in following:
                self.near[at].add(day)
        self.near_last = [{*before, *after} for before, after in grid.near_last_turn]
        self.turns = [
            [before + new for before, new in zip(was, news, strict=True)]
            for was, news in zip(grid.history, grid.turns(plan), strict=True)
        ]
        self.close = [self._too_close(at, days) for at, days in enumerate(self.seat_on)]
        self.limits = grid.spreads(grid.loads(plan))
        self._measure()

    def _measure(self) -> None:
        """The loads, and what one turn more or fewer would add to the unevenness or take from it."""
        prices = self.grid.prices
        self.loads = [[turns * price for turns, price in zip(row, prices, strict=True)] for row in self.turns]
        self.up = [[2 * load + price for load, price in zip(row, prices, strict=True)] for row in self.loads]
        self.down = [[2 * load - price for load, price in zip(row, prices, strict=True)] for row in self.loads]
        its = [[row[at] for at in group] or [0] for group, row in zip(self.grid.groups, self.loads, strict=True)]
        self.within = [(min(load), max(load)) for load in its]
        self.places: list[list[list[int]]] = [[[] for _ in self.grid.leaders] for _ in self.grid.seats]
        for day, seat, leader in sorted(self.plan - self.grid.fixed):
            self.places[seat][leader].append(day)

    def hand_on(self, move: Sequence[Handing]) -> None:
        """The places change hands."""
        for day, seat, giver, _ in move:
            del self.seat_on[giver][day]
            self.present[day].discard(giver)
            self.turns[seat][giver] -= 1
            self.turns[-1][giver] -= 1
        for day, seat, _, taker in move:
            self.seat_on[taker][day] = seat
            self.present[day].add(taker)
            self.turns[seat][taker] += 1
            self.turns[-1][taker] += 1
        for leader in {it for handing in move for it in handing[2:]}:
            self.close[leader] = self._too_close(leader, self.seat_on[leader])
        gone = {(day, seat, giver) for day, seat, giver, _ in move}
        self.plan = self.plan - gone | {(day, seat, taker) for day, seat, _, taker in move}
        self._measure()

    def fair(self, *changes: Change) -> bool:
        """Whether the numbers of turns would cost no level more, whatever the days."""
        self.tries += 1
        steps: dict[tuple[int, int], int] = {}
        for leader, seat, step in changes:
            for group in (seat, self.total):
                steps[group, leader] = steps.get((group, leader), 0) + step
        return self._keeps_spreads(steps) and self._keeps_numbers(steps)

    def _keeps_spreads(self, steps: dict[tuple[int, int], int]) -> bool:
        new: dict[int, dict[int, int]] = {}
        for (group, leader), step in steps.items():
            if step and leader in self.members[group]:
                load = self.loads[group][leader] + step * self.grid.prices[leader]
                new.setdefault(group, {})[leader] = load
        for group, its in new.items():
            least, greatest = self.within[group]
            if all(least <= load <= greatest for load in its.values()):
                continue
            loads = [its.get(at, self.loads[group][at]) for at in self.grid.groups[group]]
            if max(loads) - min(loads) > self.limits[group]:
                return False
        return True

    def _keeps_numbers(self, steps: dict[tuple[int, int], int]) -> bool:
        """The most, the least, and the shares of those who serve only part of the time."""
        worse = [0, 0, 0]
        for (group, leader), step in steps.items():
            if group == self.total and step:
                turns = self.turns[-1][leader] - self.grid.history[-1][leader]
                after, now = self._above(leader, turns + step), self._above(leader, turns)
                worse = [it + new - old for it, new, old in zip(worse, after, now, strict=True)]
        return max(worse) <= 0

    def _above(self, leader: int, turns: int) -> tuple[int, int, int]:
        rules = self.grid.problem.rules
        most, least, share = rules.max_per_leader, rules.min_per_leader, self.grid.shares.get(leader)
        return (
            max(0, turns - most) if most is not None else 0,
            max(0, (least or 0) - turns) if leader in self.least_asked else 0,
            max(0, turns - share) if share is not None else 0,
        )

    def fits(self, move: Sequence[Handing]) -> bool:
        """Whether those who take the places may, and the days would cost no level more."""
        self.tries += 1
        left, clash = {(giver, day) for day, _, giver, _ in move}, False
        for day, seat, _, taker in move:
            its, near = self.seat_on[taker], self.near[day]
            if (day, seat, taker) not in self.eligible or (day in its and (taker, day) not in left):
                return False
            clash |= day in self.near_last[taker] or any(it in near and (taker, it) not in left for it in its)
        if clash and not self._keeps_gap(move):
            return False
        return self._keeps_chiefs(move) and self._keeps_previous(move) and self._keeps_wishes(move)

    def _touched(self, move: Sequence[Handing]) -> dict[int, dict[int, int]]:
        """Days and seats of everybody in the move, as they would be then."""
        after = {leader: dict(self.seat_on[leader]) for handing in move for leader in handing[2:]}
        for day, _, giver, _ in move:
            del after[giver][day]
        for day, seat, _, taker in move:
            after[taker][day] = seat
        return after

    def _keeps_gap(self, move: Sequence[Handing]) -> bool:
        """Whether no more turns would come too soon; there is nothing to count where none does now."""
        if not any(self.close[leader] for handing in move for leader in handing[2:]):
            return False
        return sum(self._too_close(at, days) - self.close[at] for at, days in self._touched(move).items()) <= 0

    def _too_close(self, leader: int, days: Iterable[int]) -> int:
        gap, last = self.grid.problem.rules.min_gap_days, self.grid.leaders[leader].last_turn
        dates = [self.dates[day] for day in days] + ([last.toordinal()] if last else [])
        return sum(second - first < gap for first, second in pairwise(sorted(dates)))

    def _keeps_chiefs(self, move: Sequence[Handing]) -> bool:
        if all(leader not in self.stretches for handing in move for leader in handing[2:]):
            return True
        after = self._touched(move)
        return sum(self._missed(at, days) - self._missed(at, self.seat_on[at]) for at, days in after.items()) <= 0

    def _missed(self, chief: int, seats: dict[int, int]) -> int:
        served = {day for day, seat in seats.items() if seat in self.chief_seats}
        return sum(served.isdisjoint(days) for days in self.stretches.get(chief, ()))

    def can_spare(self, day: int, leader: int) -> bool:
        """Whether no stretch would lack its chief without that day."""
        if leader not in self.stretches:
            return True
        now = self.seat_on[leader]
        return self._missed(leader, {at: seat for at, seat in now.items() if at != day}) <= self._missed(leader, now)

    def _keeps_previous(self, move: Sequence[Handing]) -> bool:
        kept = sum((day, seat, taker) in self.previous for day, seat, _, taker in move)
        return kept >= sum((day, seat, giver) in self.previous for day, seat, giver, _ in move)

    def _keeps_wishes(self, move: Sequence[Handing]) -> bool:
        unmet = 0
        for day in {handing[0] for handing in move}:
            if self.wishes[day]:
                now = self.present[day]
                after = now - {it[2] for it in move if it[0] == day} | {it[3] for it in move if it[0] == day}
                unmet += self._unmet(day, after) - self._unmet(day, now)
        return unmet <= 0

    def _unmet(self, day: int, present: set[int]) -> int:
        return sum(times for leaders, times in self.wishes[day] if present.isdisjoint(leaders))
