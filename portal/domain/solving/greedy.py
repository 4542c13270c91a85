"""A good plan in no time: the fewest turns first. It answers when the exact one cannot, and shows what that is worth."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from portal.domain.solving.grid import Grid, Place, Plan

Key = tuple[object, ...]


class _Standing:
    """What has been planned so far, day by day."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.turns = [list(row) for row in grid.history]
        self.new = [0] * len(grid.leaders)
        self.blocked: list[set[int]] = [set() for _ in grid.leaders]
        for leader, (before, after) in enumerate(grid.near_last_turn):
            self.blocked[leader].update(before, after)
        for day, _, leader in grid.fixed:
            self.block(leader, day)
        self.due = self._due()
        self.previous = set(grid.previous)
        self.wished: Counter[tuple[int, int]] = Counter()
        for at, _, its, times in grid.wishes:
            self.wished.update({(at, leader): times for leader in its})

    def _due(self) -> dict[tuple[int, int], int]:
        """For each chief and day the earliest end of a stretch that still lacks a turn."""
        ends: dict[tuple[int, int], int] = {}
        for chief, days in self.grid.stretches:
            for day in days:
                ends[chief, day] = min(ends.get((chief, day), days[-1]), days[-1])
        return ends

    def block(self, leader: int, day: int) -> None:
        """Nobody comes twice within the gap."""
        following = self.grid.following
        self.blocked[leader].update(following[day])
        self.blocked[leader].update(at for at in range(day) if day in following[at])

    def take(self, place: Place) -> None:
        """Give the place away."""
        day, seat, leader = place
        self.turns[seat][leader] += 1
        self.turns[-1][leader] += 1
        self.new[leader] += 1
        self.block(leader, day)
        if seat in self.grid.chief_seats:
            for chief, days in self.grid.stretches:
                if chief == leader and day in days:
                    for it in days:
                        self.due.pop((chief, it), None)

    def fairest(self, place: Place) -> Key:
        """Rules first, then a chief who is due, then the fewest turns by weight, then the longest rest."""
        day, seat, leader = place
        grid = self.grid
        most = grid.problem.rules.max_per_leader
        end = self.due.get((leader, day), len(grid.days)) if seat in grid.chief_seats else len(grid.days)
        share = grid.shares.get(leader)
        return (
            day in self.blocked[leader],
            most is not None and self.new[leader] >= most,
            end - day if end < len(grid.days) else len(grid.days),
            place not in self.previous,
            share is not None and self.new[leader] >= share,
            self.turns[seat][leader] * grid.prices[leader],
            self.turns[-1][leader] * grid.prices[leader],
            -self.wished.get((day, leader), 0),
            grid.leaders[leader].id,
        )


def weighted_plan(grid: Grid) -> Plan:
    """Day by day the leader with the fewest turns by weight who keeps the rules; no place is left empty needlessly."""
    standing = _Standing(grid)
    return _day_by_day(grid, standing.fairest, standing.take)


def longest_rested_plan(grid: Grid) -> Plan:
    """The rule that most offices use: whoever has not served for the longest time, and nothing else."""
    served = [leader.last_turn.toordinal() if leader.last_turn else 0 for leader in grid.leaders]

    def take(place: Place) -> None:
        served[place[2]] = grid.days[place[0]].toordinal()

    return _day_by_day(grid, lambda place: (served[place[2]], grid.leaders[place[2]].id), take)


def improved(grid: Grid, plan: Plan, until: float) -> Plan:
    """The plan after every exchange of one leader for another that makes it better, as long as there is time."""
    score, better = grid.score(plan), True
    by_place: dict[tuple[int, int], list[int]] = {}
    for day, seat, leader in grid.eligible:
        by_place.setdefault((day, seat), []).append(leader)
    while better:
        better = False
        for place in sorted(plan - grid.fixed):
            for other in by_place[place[:2]]:
                if time.monotonic() > until:
                    return plan
                if place not in plan or any((place[0], seat, other) in plan for seat in range(len(grid.seats))):
                    continue
                exchanged = plan - {place} | {(place[0], place[1], other)}
                new = grid.score(exchanged)
                if new < score:
                    plan, score, better = exchanged, new, True
    return plan


def _day_by_day(grid: Grid, order: Callable[[Place], Key], take: Callable[[Place], None]) -> Plan:
    by_day: list[dict[int, list[int]]] = [{} for _ in grid.days]
    for day, seat, leader in grid.eligible:
        by_day[day].setdefault(seat, []).append(leader)
    plan: set[Place] = set()
    for day, candidates in enumerate(by_day):
        fixed = sorted(place for place in grid.fixed if place[0] == day)
        seated = {leader: seat for _, seat, leader in fixed}
        for place in fixed:
            take(place)
        wanted = [
            seat
            for seat in sorted(range(len(grid.seats)), key=lambda it: (len(candidates.get(it, ())), it))
            for _ in range(grid.seats[seat].count - sum(it == seat for _, it, _ in fixed))
        ]
        free = {
            seat: sorted((it for it in its if it not in seated), key=lambda it, seat=seat: order((day, seat, it)))  # type: ignore[misc]
            for seat, its in candidates.items()
        }
        chosen = _seat_all(wanted, free)
        for leader, seat in sorted(chosen.items()):
            take((day, seat, leader))
        plan |= {(day, seat, leader) for leader, seat in (seated | chosen).items()}
    return frozenset(plan)


def _seat_all(wanted: Sequence[int], free: dict[int, list[int]]) -> dict[int, int]:
    """Give each place its first candidate who is free; one who has a place moves on when that lets another be filled."""
    chosen: dict[int, int] = {}
    holders: dict[int, int] = {}  # leader -> number of the place

    def place_for(number: int, tried: set[int]) -> bool:
        candidates = free.get(wanted[number], ())
        for leader in candidates:
            if leader not in holders and leader not in tried:
                holders[leader] = number
                return True
        for leader in candidates:
            if leader not in tried:
                tried.add(leader)
                if place_for(holders[leader], tried):
                    holders[leader] = number
                    return True
        return False

    for number in range(len(wanted)):
        place_for(number, set())
    for leader, number in holders.items():
        chosen[leader] = wanted[number]
    return chosen
