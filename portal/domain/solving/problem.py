"""What is asked of the rota and what it answers (contract 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from portal.domain.rota import DutySeat

_KNOWN_SEATS = {it.value: it.label for it in DutySeat}
TOTAL = "total"
"""The name under which all seats together are told."""


@dataclass(frozen=True, slots=True)
class SeatWanted:
    """A seat that every day has, `count` places of it; only the leaders of its pool may take it, None being all."""

    id: str
    pool: frozenset[str] | None = None
    count: int = 1
    name: str = ""

    @property
    def label(self) -> str:
        """What the office calls it."""
        return self.name or _KNOWN_SEATS.get(self.id, self.id)


@dataclass(frozen=True, slots=True)
class Person:
    """A leader; the term runs from `from_` to `until`, both included, None being open.

    `weight` 1/2 means half as many turns as the others; `history` are the turns taken before, by seat. Turns in a
    seat that is not asked for any more still count in total.
    """

    id: str
    name: str
    post: str = ""
    weight: Fraction = Fraction(1)
    portfolios: frozenset[str] = frozenset()
    from_: date | None = None
    until: date | None = None
    history: Mapping[str, int] = field(default_factory=dict)
    last_turn: date | None = None

    def in_term(self, day: date) -> bool:
        """Whether the day is within the term."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Leave:
    """A leader cannot come from one day to another, both included."""

    leader: str
    from_: date
    until: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the enterprises of a day ask about: somebody in charge of each of it should be there."""

    day: date
    portfolios: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """A leader in a seat on a day."""

    day: date
    seat: str
    leader: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that give way when they cannot all hold; None or 0 means that there is no such rule.

    - `min_gap_days`: calendar days from one turn of a leader to the next, whatever the seats, `last_turn` included.
    - `max_per_leader`, `min_per_leader`: turns in this plan, all seats; the least is asked only of those who could
      serve the whole time.
    - `chief_every_days`: each of the `chiefs` has a turn in one of `chief_seats` (None being all) in every stretch of
      so many calendar days. A stretch begins at the last turn (else the day before the first day) and after each
      day; it is the days up to so many days later, and counts when it has days and a day comes after it.
    """

    min_gap_days: int = 0
    max_per_leader: int | None = None
    chiefs: tuple[str, ...] = ()
    chief_every_days: int | None = None
    chief_seats: frozenset[str] | None = None
    min_per_leader: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A rota to be planned. `days` are in order, each once; `previous` is the plan to stay close to, if there is one."""

    days: tuple[date, ...]
    seats: tuple[SeatWanted, ...]
    leaders: tuple[Person, ...]
    leaves: tuple[Leave, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    fixed: tuple[Assignment, ...] = ()
    previous: tuple[Assignment, ...] = ()
    rules: Rules = Rules()
    seed: int = 0
    time_limit_s: float = 10.0


class Rule(IntEnum):
    """The rules that may give way, the most precious first: a later one never costs an earlier one anything."""

    FILLED = 0
    GAP = 1
    MOST = 2
    CHIEF = 3
    LEAST = 4


@dataclass(frozen=True, slots=True)
class PassedBy:
    """A leader who did not get the place, and the sentence why."""

    leader: str
    why: str


@dataclass(frozen=True, slots=True)
class Seated:
    """A place of the plan, with its reason; `position` counts the places of one seat from 1."""

    day: date
    seat: str
    position: int
    leader: str
    why: str
    passed_over: tuple[PassedBy, ...]


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A place nobody can take, and why."""

    day: date
    seat: str
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A place whose previous leader is not in it any more; `to` is None when it stays empty."""

    day: date
    seat: str
    from_: str
    to: str | None


@dataclass(frozen=True, slots=True)
class Solution:
    """The plan and what is known of it (contract 6).

    `status` is `optimal` (proved), `feasible` (the time ran out) or `infeasible` (some rule had to give way, which
    `relaxed` says). Loads are turns before and in this plan divided by the weight, by leader and by seat and in total.
    """

    status: str
    plan: tuple[Seated, ...]
    unfilled: tuple[Unfilled, ...]
    loads: Mapping[str, Mapping[str, Fraction]]
    spread: Mapping[str, Fraction]
    mismatches: int
    changed: tuple[Change, ...]
    relaxed: tuple[str, ...]
    seconds: float
    proved: bool
