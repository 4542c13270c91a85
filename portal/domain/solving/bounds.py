"""What no plan can do better than, while some rules are held and some bands are set."""

from collections.abc import Iterable, Mapping, Sequence

from portal.domain.solving.fairness import Group, Vessel, spaced
from portal.domain.solving.grid import Grid
from portal.domain.solving.model import Aim, Band
from portal.domain.solving.problem import Rule


class Bounds:
    """The fewest and the most turns each leader can have in each seat and in total."""

    def __init__(self, grid: Grid, held: Mapping[Aim, int], bands: Iterable[Band] = ()) -> None:
        self.grid, self.held = grid, held
        self.total = len(grid.seats)
        self.fewest, self.most = self._of_rules()
        for band in bands:
            self.set_band(band)

    def set_band(self, band: Band) -> None:
        """From now on the turns of a group lie within its band."""
        grid, group = self.grid, band.group
        for at in grid.groups[group]:
            low, high = band.turns(grid.prices[at], grid.history[group][at])
            self.fewest[group][at] = max(self.fewest[group][at], low)
            self.most[group][at] = min(self.most[group][at], high)

    def least_spread(self, number: int) -> int:
        """The least spread of a group."""
        return self.group(number).least_spread()

    def band(self, number: int, spread: int) -> Band | None:
        """The band of a spread; None when no least load can have it."""
        group = self.group(number)
        if not group.vessels:
            return Band(number, spread, 0, 0)
        floors = group.floors(spread)
        return None if floors is None else Band(number, spread, *floors)

    def group(self, number: int) -> Group:
        """Those who are compared, with the turns each could have."""
        grid, members = self.grid, set(self.grid.groups[number])
        empty = self.held.get(Rule.FILLED, grid.places)
        places, fewest_places = self._places(number, empty)
        few, most = self._narrowed(number)
        outsiders = [at for at in range(len(grid.leaders)) if at not in members]
        return Group(
            tuple(Vessel(grid.history[number][at], few[at], most[at], grid.prices[at]) for at in grid.groups[number]),
            max(0, fewest_places - sum(most[at] for at in outsiders)),
            places - sum(few[at] for at in outsiders),
        )

    def _places(self, number: int, empty: int) -> tuple[int, int]:
        """Places that are filled at most, and at least: it is not known in which seat those are that stay empty."""
        if number == self.total:
            return self.grid.places - empty, self.grid.places - empty
        places = len(self.grid.days) * self.grid.seats[number].count
        return places, places - empty

    def _narrowed(self, number: int) -> tuple[list[int], list[int]]:
        """Seats and total limit each other: what one must have, the others cannot, and the other way round."""
        seats = [at for at in range(self.total) if at != number]
        few, most = list(self.fewest[number]), list(self.most[number])
        for at in range(len(self.grid.leaders)):
            low = sum(self.fewest[seat][at] for seat in seats)
            high = sum(self.most[seat][at] for seat in seats)
            if number == self.total:
                few[at], most[at] = max(few[at], low), min(most[at], high)
            else:
                few[at] = max(few[at], self.fewest[self.total][at] - high)
                most[at] = min(most[at], self.most[self.total][at] - low)
        return few, [max(pair) for pair in zip(few, most, strict=True)]

    def _of_rules(self) -> tuple[list[list[int]], list[list[int]]]:
        """What is fixed and what the rules that are held ask for; what the days allow."""
        grid = self.grid
        fixed = grid.turns(grid.fixed)
        for at, turns in self._asked_for():
            fixed[-1][at] = max(fixed[-1][at], turns)
        days = self._days()
        if self.held.get(Rule.GAP) == 0 and grid.problem.rules.min_gap_days:
            possible = [[spaced(its, grid.following) for its in row] for row in days]
        else:
            possible = [[len(its) for its in row] for row in days]
        limit = grid.problem.rules.max_per_leader
        if self.held.get(Rule.MOST) == 0 and limit is not None:
            possible = [[min(it, limit) for it in row] for row in possible]
        most = [[max(pair) for pair in zip(*rows, strict=True)] for rows in zip(fixed, possible, strict=True)]
        return fixed, most

    def _days(self) -> list[list[set[int]]]:
        """The days each leader could serve, in each seat and in any."""
        days: list[list[set[int]]] = [[set() for _ in self.grid.leaders] for _ in self.grid.groups]
        for day, seat, leader in self.grid.eligible:
            days[seat][leader].add(day)
            days[-1][leader].add(day)
        return days

    def _asked_for(self) -> Iterable[tuple[int, int]]:
        """Turns that chiefs need for their stretches, and that everybody compared needs for the least."""
        grid = self.grid
        least = grid.problem.rules.min_per_leader
        if least and self.held.get(Rule.LEAST) == 0:
            yield from ((at, least) for at in grid.least_asked_of())
        if self.held.get(Rule.CHIEF) == 0:
            for chief in {chief for chief, _ in grid.stretches}:
                stretches = [days for leader, days in grid.stretches if leader == chief]
                able = [day for day, row in enumerate(grid.able[chief]) if row]
                yield chief, _visits(stretches, able)


def _visits(stretches: Sequence[Sequence[int]], able: Sequence[int]) -> int:
    """The fewest days with one in every stretch: always the last day that will do, for the stretch that ends first."""
    count, latest = 0, -1
    for days in sorted(stretches, key=lambda it: it[-1]):
        if latest < days[0]:
            those = [day for day in able if days[0] <= day <= days[-1]]
            if those:
                count, latest = count + 1, those[-1]
    return count
