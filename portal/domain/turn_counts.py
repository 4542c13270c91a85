"""Counting turns: which of them count, what a newcomer is credited with, and how evenly they are spread (NX-04)."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.domain.rota import DutySeat

Turns = Mapping[DutySeat, int]


@dataclass(frozen=True, slots=True)
class Member:
    """A leader as counting sees them; the term includes both its ends, None being open."""

    id: int
    from_: date
    until: date | None = None
    weight: float = 1.0

    @property
    def share(self) -> float:
        """By what turns are divided."""
        return self.weight if self.weight > 0 else 1.0

    def serves_whole(self, first: date, last: date) -> bool:
        """Whether the term covers a span, both ends included."""
        return self.from_ <= first and (self.until is None or self.until >= last)


@dataclass(frozen=True, slots=True)
class Counted:
    """One turn that counts."""

    day: date
    seat: DutySeat
    leader_id: int


def newcomer_credits(
    members: Sequence[Member], turns: Iterable[Counted], pools: Mapping[DutySeat, Collection[int]]
) -> dict[int, Turns]:
    """What each newcomer is credited with for the time before the term, so that nobody has to catch up (NX-04).

    It is the average of those who served all that time, by weight and seat, rounded; a seat whose list the newcomer is
    not on has none. Members who were there from the first turn on are left out.
    """
    counted = sorted(turns, key=lambda it: it.day)
    if not counted:
        return {}
    first = counted[0].day
    found: dict[int, Turns] = {}
    for newcomer in members:
        if newcomer.from_ <= first:
            continue
        before = [it for it in counted if it.day < newcomer.from_]
        credited = {seat: _average(seat, members, before, newcomer, pools) for seat in DutySeat}
        if any(credited.values()):
            found[newcomer.id] = credited
    return found


def _average(
    seat: DutySeat,
    members: Sequence[Member],
    before: Sequence[Counted],
    newcomer: Member,
    pools: Mapping[DutySeat, Collection[int]],
) -> int:
    pool = pools.get(seat)
    if not before or (pool and newcomer.id not in pool):
        return 0
    there = [
        it
        for it in members
        if it.serves_whole(before[0].day, before[-1].day) and it.weight > 0 and (not pool or it.id in pool)
    ]
    if not there:
        return 0
    taken = Counter(it.leader_id for it in before if it.seat is seat)
    return round(sum(taken[it.id] / it.share for it in there) / len(there) * newcomer.share)


@dataclass(frozen=True, slots=True)
class Tally:
    """A leader's turns in a span by seat: those served and those still to come.

    `whole` says that the term covers the span: only then is the leader compared.
    """

    member: Member
    served: Turns = field(default_factory=dict)
    planned: Turns = field(default_factory=dict)
    whole: bool = True

    def turns(self, seat: DutySeat | None = None) -> int:
        """Turns in a seat, or in all."""
        seats = DutySeat if seat is None else (seat,)
        return sum(self.served.get(it, 0) + self.planned.get(it, 0) for it in seats)

    def load(self, seat: DutySeat | None = None) -> float:
        """Turns in a seat, or in all, divided by the weight: what the rota makes even."""
        return self.turns(seat) / self.member.share

    @property
    def is_compared(self) -> bool:
        """Whether the leader counts for spread and average."""
        return self.whole and self.member.weight > 0


def tallies(members: Iterable[Member], turns: Iterable[Counted], *, today: date, days: Collection[date]) -> list[Tally]:
    """Everybody's turns in a span, in the order given; `days` are its reception days, which decide who is compared."""
    served: dict[int, Counter[DutySeat]] = {}
    planned: dict[int, Counter[DutySeat]] = {}
    for it in turns:
        (served if it.day < today else planned).setdefault(it.leader_id, Counter())[it.seat] += 1
    first, last = (min(days), max(days)) if days else (today, today)
    return [
        Tally(it, served.get(it.id, Counter()), planned.get(it.id, Counter()), it.serves_whole(first, last))
        for it in members
    ]


def spread(rows: Iterable[Tally], seat: DutySeat | None = None, pool: Collection[int] = ()) -> float | None:
    """Greatest minus least load among those who served the whole time and may take the seat; None with nobody there."""
    loads = [row.load(seat) for row in rows if row.is_compared and (not pool or row.member.id in pool)]
    return max(loads) - min(loads) if loads else None


def average(rows: Iterable[Tally]) -> float | None:
    """Turns of those who are compared, on average; None with nobody there."""
    turns = [row.turns() for row in rows if row.is_compared]
    return sum(turns) / len(turns) if turns else None
