"""Which enterprise should be heard first: 急 before 重 before 难, then as they were booked (NX-19)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pressing:
    """How pressing a matter is: urgent, grave, hard."""

    urgent: bool = False
    grave: bool = False
    hard: bool = False

    @property
    def rank(self) -> int:
        """0 for urgent, grave and hard together, 7 for none of them; urgent outweighs the two others, grave outweighs hard."""
        return 7 - (4 * self.urgent + 2 * self.grave + self.hard)


NOT_PRESSING = Pressing().rank


@dataclass(frozen=True, slots=True)
class Expected:
    """An enterprise expected on a day: its matters, when it was booked, the place it has and when that place comes.

    `stays` says that its place must not change: it has arrived, or is one that is not moved.
    """

    booking_id: int
    booked_at: datetime
    matters: tuple[Pressing, ...]
    place: int
    turn: int
    stays: bool = False

    @property
    def rank(self) -> int:
        """The rank of its most pressing matter."""
        return min((it.rank for it in self.matters), default=NOT_PRESSING)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A booking that would get another booking's place."""

    booking_id: int
    from_place: int
    to_place: int


def by_priority(expected: Collection[Expected]) -> list[Expected]:
    """The enterprises of a day, the most pressing first, then in the order they were booked (NX-19).

    Ties end on the id, so the same list always comes out of the same records.
    """
    return sorted(expected, key=lambda it: (it.rank, it.booked_at, it.booking_id))


def proposed_exchanges(expected: Sequence[Expected]) -> list[Exchange]:
    """Who would change places so that the more pressing is heard earlier.

    The places taken stay the same ones, only their holders change; who stays keeps its place. Nobody is moved to a place
    at the same moment for nothing: those of one turn keep theirs where they can.
    """
    moving = [it for it in expected if not it.stays]
    turns = {it.place: it.turn for it in moving}
    free = sorted(turns, key=lambda place: (turns[place], place))
    wanted = [turns[place] for place in free]
    given: dict[int, int] = {}
    ordered = by_priority(moving)
    left = set(free)
    for it, turn in zip(ordered, wanted, strict=True):
        if it.turn == turn:
            given[it.booking_id] = it.place
            left.discard(it.place)
    for it, turn in zip(ordered, wanted, strict=True):
        if it.booking_id not in given:
            place = min(place for place in left if turns[place] == turn)
            given[it.booking_id] = place
            left.discard(place)
    return [
        Exchange(it.booking_id, it.place, given[it.booking_id]) for it in ordered if given[it.booking_id] != it.place
    ]
