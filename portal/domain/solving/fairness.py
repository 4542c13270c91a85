"""How evenly turns can be handed out at best, and the bands of turns that a spread leaves to each leader.

Filling water into vessels of unequal height: whatever the other rules say, no plan is more even than this.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd


@dataclass(frozen=True, slots=True)
class Vessel:
    """A leader who is compared: `before` turns, between `least` and `most` new ones, each adding `price` to the load."""

    before: int
    least: int
    most: int
    price: int

    def load(self, turns: int) -> int:
        """The load after so many new turns."""
        return (self.before + turns) * self.price

    def to_reach(self, floor: int) -> int:
        """New turns until the load is at least `floor`."""
        return max(self.least, -(-floor // self.price) - self.before)

    def within(self, ceiling: int) -> int:
        """New turns until the load would exceed `ceiling`."""
        return min(self.most, ceiling // self.price - self.before)


@dataclass(frozen=True, slots=True)
class Group:
    """Leaders who are compared with one another, and how many new turns they can have together."""

    vessels: tuple[Vessel, ...]
    least: int
    most: int

    @property
    def step(self) -> int:
        """Spreads are multiples of this."""
        return gcd(*(it.price for it in self.vessels))

    def least_spread(self) -> int:
        """No plan has a smaller spread; 0 when there is nobody to compare."""
        if len(self.vessels) < 2:
            return 0
        best: int | None = None
        lowest_top = self._top_above(min(it.load(it.least) for it in self.vessels))
        for floor in self._floors():
            if best is not None and lowest_top is not None and lowest_top - floor >= best:
                break
            top = self._top_above(floor)
            if top is not None and (best is None or top - floor < best):
                best = top - floor
        return best or 0

    def floors(self, spread: int) -> tuple[int, int] | None:
        """The lowest and the highest least load with which the spread can be kept, None when there is no such load."""
        fitting = [floor for floor in self._floors() if self._fits(floor, spread)]
        return (fitting[-1], fitting[0]) if fitting else None

    def _floors(self) -> list[int]:
        """Every load that could be the least one, the greatest first."""
        greatest = min(it.load(it.most) for it in self.vessels)
        loads = {it.load(turns) for it in self.vessels for turns in range(it.least, it.most + 1)}
        return sorted((load for load in loads if load <= greatest), reverse=True)

    def _fits(self, floor: int, spread: int) -> bool:
        bounds = [(it.to_reach(floor), it.within(floor + spread)) for it in self.vessels]
        if any(low > high for low, high in bounds):
            return False
        return sum(low for low, _ in bounds) <= self.most and sum(high for _, high in bounds) >= self.least

    def _top_above(self, floor: int) -> int | None:
        """The least greatest load when nobody stays below `floor`; None when there are not turns enough for that."""
        turns = [it.to_reach(floor) for it in self.vessels]
        if sum(turns) > self.most or any(it > vessel.most for it, vessel in zip(turns, self.vessels, strict=True)):
            return None
        top = max(vessel.load(it) for it, vessel in zip(turns, self.vessels, strict=True))
        rest = self.least - sum(turns)
        if rest <= 0:
            return top
        return self._top_after(rest, turns, top)

    def _top_after(self, rest: int, turns: Sequence[int], top: int) -> int | None:
        free = [
            (vessel.load(it + 1), at)
            for at, (it, vessel) in enumerate(zip(turns, self.vessels, strict=True))
            if it < vessel.most
        ]
        heapq.heapify(free)
        given = list(turns)
        for _ in range(rest):
            if not free:
                return None
            load, at = heapq.heappop(free)
            top = max(top, load)
            given[at] += 1
            if given[at] < self.vessels[at].most:
                heapq.heappush(free, (self.vessels[at].load(given[at] + 1), at))
        return top


def spaced(days: Iterable[int], following: Sequence[Sequence[int]]) -> int:
    """The greatest number of turns on these days that keep the gap: always the earliest day that is free."""
    count, blocked = 0, set[int]()
    for day in sorted(days):
        if day not in blocked:
            count += 1
            blocked.update(following[day])
    return count
