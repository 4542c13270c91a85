"""The last level: places are handed on until the loads are as even as that can make them; nothing proved gets worse.

A spread binds only the greatest and the least. Where one leader sets it, by forced turns or a long past, the others could be
uneven between them without being seen.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import chain, product

from portal.domain.solving.grid import Grid, Plan
from portal.domain.solving.handing import Handing, Table

Weighed = tuple[int, int]
"""What a turn of somebody counts in the sum of squares, and who it is."""
TRIES = 30_000
"""What may be looked at in one problem, counted so that the same question has the same answer on every machine."""


def evened(grid: Grid, plan: Plan, until: float) -> Plan:
    """The plan after every handing on that makes it more even, worse in no level of `Score`, as long as there is time.

    First one place to somebody lighter, then two places of different seats exchanged, then two places handed on in a row.
    """
    table = Table(grid, plan)
    while time.monotonic() < until:
        move = next(_moves(table, until), None)
        if move is None:
            break
        table.hand_on(move)
    return table.plan


def _moves(table: Table, until: float) -> Iterator[tuple[Handing, ...]]:
    """What makes the plan more even and no level worse, until enough has been tried."""
    for move in chain(_given(table), _exchanged(table), _in_a_row(table)):
        if table.tries >= TRIES or time.monotonic() > until:
            return
        if table.fits(move):
            yield move


def _givers(table: Table, seat: int) -> list[Weighed]:
    """Who could lose a place of the seat, the heaviest first, and how much more even that is."""
    held, down, total = table.places[seat], table.down[seat], table.down[-1]
    return sorted(((down[at] + total[at], at) for at, its in enumerate(held) if its), key=lambda it: (-it[0], it[1]))


def _takers(table: Table, seat: int) -> list[Weighed]:
    """Who could win one, the lightest first, and how much less even that is."""
    up, total = table.up[seat], table.up[-1]
    return sorted((up[at] + total[at], at) for at, pooled in enumerate(table.grid.pooled) if pooled[seat])


def _movers(table: Table, lost: int, won: int) -> list[Weighed]:
    """Who could leave one seat for another, and what that costs."""
    held, down, up, pooled = table.places[lost], table.down[lost], table.up[won], table.grid.pooled
    its = [at for at, days in enumerate(held) if days and pooled[at][won]]
    return sorted((0 if lost == won else up[at] - down[at], at) for at in its)


def _given(table: Table) -> Iterator[tuple[Handing, ...]]:
    for seat in range(table.total):
        takers = _takers(table, seat)
        for gain, giver in _givers(table, seat):
            for cost, taker in takers:
                if cost >= gain:
                    break
                if giver != taker and table.fair((giver, seat, -1), (taker, seat, 1)):
                    yield from (((day, seat, giver, taker),) for day in table.places[seat][giver])


def _exchanged(table: Table) -> Iterator[tuple[Handing, ...]]:
    for one in range(table.total):
        for two in range(one + 1, table.total):
            others = _movers(table, two, one)
            for cost, first in _movers(table, one, two):
                for more, second in others:
                    if cost + more >= 0:
                        break
                    if first != second and table.fair(
                        (first, one, -1), (first, two, 1), (second, two, -1), (second, one, 1)
                    ):
                        for day, other in product(table.places[one][first], table.places[two][second]):
                            yield (day, one, first, second), (other, two, second, first)


def _in_a_row(table: Table) -> Iterator[tuple[Handing, ...]]:
    """One gives a place to somebody who gives another place to a third: the way round leave, gap and portfolio."""
    for one, two in product(range(table.total), repeat=2):
        takers, between = _takers(table, two), _movers(table, two, one)
        if not takers or not between:
            continue
        for gain, giver in _givers(table, one):
            if takers[0][0] + between[0][0] >= gain:
                break
            days = [day for day in table.places[one][giver] if table.can_spare(day, giver)]
            for taker, middle in _by_way_of(table, (one, two), (gain, giver), takers, between) if days else ():
                for day, other in product(days, table.places[two][middle]):
                    yield (day, one, giver, middle), (other, two, middle, taker)


def _by_way_of(
    table: Table, seats: tuple[int, int], given: Weighed, takers: Sequence[Weighed], between: Sequence[Weighed]
) -> Iterator[tuple[int, int]]:
    """Who could take a place of the second seat from whom, who has one of the first seat from the giver."""
    (one, two), (gain, giver) = seats, given
    for cost, taker in takers:
        if cost + between[0][0] >= gain:
            return
        if giver == taker or (one == two and not table.fair((giver, one, -1), (taker, one, 1))):
            continue
        for more, middle in between:
            if cost + more >= gain:
                break
            if middle not in (giver, taker) and (
                one == two or table.fair((giver, one, -1), (middle, one, 1), (middle, two, -1), (taker, two, 1))
            ):
                yield taker, middle
