"""The rota problem from the records: days, seats and their lists, terms, weights, history, leave, and what is asked about.

The solver knows days, seats and people; this module knows where they stand in the records (contract 6, NX-04).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session

from portal.domain.office import OfficeRules
from portal.domain.rota import DutySeat
from portal.domain.solving.problem import Assignment, Leave, Person, Problem, Rules, SeatWanted, Wanted
from portal.domain.turn_counts import Counted, Member, Turns, newcomer_credits
from portal.domain.workdays import ONE_DAY, day_text
from portal.store.queries.duty import RotaLeader, places, rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.rota import (
    approved_leaves,
    categories_asked,
    chief_ids,
    counted_turns,
    fields_held,
    held_turns,
    seat_pools,
    unsuitable_marks,
)

TIME_LIMIT_SECONDS = 10.0
CHIEF_SEATS = frozenset({DutySeat.MAIN, DutySeat.ACCOMPANYING})
FINEST_WEIGHT = 10_000

Place = tuple[int, DutySeat, int]
"""The day's id, the seat, and the position within it."""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day that is planned."""

    id: int
    day: date


@dataclass(frozen=True, slots=True)
class Stays:
    """Somebody who keeps a place whatever the plan, and the reason kept with it."""

    leader_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a plan starts from: its days, the places that stay as they are, and those to change as little as possible."""

    days: tuple[PlanDay, ...]
    stays: Mapping[Place, Stays] = field(default_factory=dict)
    previous: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RotaProblem:
    """A problem with its way back to the records.

    `away` says why a leader cannot come on a day, `credited` what newcomers were credited with. `stand_ins` are the
    people of the problem who hold one place that the rules would not give them, by their own names in it: somebody seated
    by hand outside the list, say, keeps the place and counts, but does not open it to anybody else.
    """

    problem: Problem
    given: Given
    wanted: tuple[tuple[DutySeat, int], ...]
    leaders: Mapping[int, RotaLeader]
    away: Mapping[tuple[date, int], str]
    credited: Mapping[int, Turns]
    stand_ins: Mapping[str, int]

    def leader_id(self, person: str) -> int:
        """Who somebody in the problem is."""
        return self.stand_ins.get(person) or int(person)


def rota_problem(session: Session, given: Given, *, leaving: Mapping[int, date] | None = None) -> RotaProblem:
    """Everything the rota of some days is made from, in a fixed number of statements.

    `leaving` are leaders who are not asked any more from a day on, before their service has been ended.
    """
    return _Builder(session, given, leaving or {}).build()


class _Builder:
    """One problem in the making."""

    def __init__(self, session: Session, given: Given, leaving: Mapping[int, date]) -> None:
        self.session, self.given, self.leaving = session, given, leaving
        self.rules = office_rules(session)
        self.wanted = places(self.rules.seats)
        self.days = sorted(given.days, key=lambda it: it.day)
        self.dates = {it.id: it.day for it in self.days}
        self.first, self.last = self.days[0].day, self.days[-1].day
        self.everybody = {it.id: it for it in rota_leaders(session, date.min)}
        self.leaders = {it.id: it for it in self.everybody.values() if self._takes_part(it)}
        self.pools = seat_pools(session)
        self.away: dict[tuple[date, int], str] = {}
        self.history = self._history()

    def build(self) -> RotaProblem:
        """Put the problem together."""
        self._find_away()
        regular, irregular = self._sorted_stays()
        members = [Member(it.id, it.serves_from, it.serves_until, it.weight) for it in self.leaders.values()]
        credited = newcomer_credits(members, self.history, self.pools)
        fields, asked = self._asked()
        people = [self._person(it, credited.get(it.id, {}), fields) for it in self.leaders.values()]
        stand_ins = {f"{it.leader_id}@{place[0]}": it.leader_id for place, it in irregular.items()}
        people += [
            Person(f"{it.leader_id}@{place[0]}", self._name(it.leader_id), from_=self.dates[place[0]],
                   until=self.dates[place[0]])
            for place, it in irregular.items()
        ]  # fmt: skip
        fixed = [self._assignment(place, str(it.leader_id)) for place, it in regular.items()]
        fixed += [self._assignment(place, f"{it.leader_id}@{place[0]}") for place, it in irregular.items()]
        previous = [
            self._assignment(place, str(leader_id))
            for place, leader_id in self.given.previous.items()
            if self._may(place, leader_id)
        ]
        problem = Problem(
            days=tuple(it.day for it in self.days),
            seats=tuple(self._seat(seat, irregular) for seat in dict.fromkeys(seat for seat, _ in self.wanted)),
            leaders=tuple(people),
            leaves=tuple(Leave(str(who), day, day) for day, who in sorted(self.away) if who in self.leaders),
            wanted=asked,
            fixed=tuple(sorted(fixed)),
            previous=tuple(sorted(previous)),
            rules=_rules(self.rules, sorted(chief_ids(self.session) & self.leaders.keys())),
            time_limit_s=TIME_LIMIT_SECONDS,
        )
        return RotaProblem(
            problem, self.given, self.wanted, self.everybody, dict(self.away), credited, stand_ins
        )  # fmt: skip

    def _takes_part(self, it: RotaLeader) -> bool:
        until = self._until(it)
        return it.weight > 0 and it.serves_from <= self.last and (until is None or until >= self.first)

    def _until(self, it: RotaLeader) -> date | None:
        """The last day of service; a leader who is leaving is not asked from that day on."""
        leaves = self.leaving.get(it.id)
        last = max(leaves, self.first) - ONE_DAY if leaves else None
        ends = [day for day in (last, it.serves_until) if day is not None]
        return min(ends) if ends else None

    def _history(self) -> list[Counted]:
        """The turns that count apart from those the plan is about; places it does not know are history too."""
        turns = counted_turns(self.session, empty_days=self.rules.empty_day_counts)
        planned = set(self.dates.values())
        found = [it for it in turns if it.day not in planned]
        for turn in held_turns(self.session, self.dates):
            if (turn.seat, turn.position) not in self.wanted:
                day = self.dates[turn.day_id]
                found.append(Counted(day, turn.seat, turn.leader_id))
                self.away[day, turn.leader_id] = f"当日已任{turn.seat.label}"
        return found

    def _find_away(self) -> None:
        gap = self.rules.min_gap_days
        for turn in self.history:
            if turn.day > self.first or turn.day in self.dates.values():
                self._keep_apart(turn.leader_id, turn.day, gap)
        for leave in approved_leaves(self.session, self.first, self.last):
            span = day_text(leave.first, self.first)
            if leave.last != leave.first:
                span += f"至{day_text(leave.last, self.first)}"
            for it in self.days:
                if leave.first <= it.day <= leave.last:
                    self.away[it.day, leave.leader_id] = f"请假（{span}）"
        for mark in unsuitable_marks(self.session, self.first, self.last):
            if mark.day_id in self.dates:
                self.away.setdefault((mark.day, mark.leader_id), "已标记当日不便")

    def _keep_apart(self, leader_id: int, turn: date, gap: int) -> None:
        """Keep a leader away from the days around a turn that the plan does not know."""
        for it in self.days:
            apart = abs((it.day - turn).days)
            if 0 < apart < gap:
                why = f"与{day_text(turn, it.day)}的轮值只隔 {apart} 天，少于 {gap} 天"
                self.away.setdefault((it.day, leader_id), why)

    def _sorted_stays(self) -> tuple[dict[Place, Stays], dict[Place, Stays]]:
        """The places that stay: those the rules allow, and those that stay all the same and count as history."""
        regular, irregular = dict(self.given.stays), dict[Place, Stays]()
        while True:
            odd = {place: it for place, it in regular.items() if not self._may(place, it.leader_id)}
            if not odd:
                return regular, irregular
            for place, it in odd.items():
                day = self.dates[place[0]]
                self.history.append(Counted(day, place[1], it.leader_id))
                self.away[day, it.leader_id] = f"当日已任{place[1].label}"
                self._keep_apart(it.leader_id, day, self.rules.min_gap_days)
                irregular[place] = regular.pop(place)

    def _may(self, place: Place, leader_id: int) -> bool:
        """Whether the rules that never give way let a leader take a place."""
        day_id, seat, _ = place
        leader, day, pool = self.leaders.get(leader_id), self.dates[day_id], self.pools.get(seat)
        if leader is None or (day, leader_id) in self.away or (pool is not None and leader_id not in pool):
            return False
        until = self._until(leader)
        return leader.serves_from <= day and (until is None or day <= until)

    def _asked(self) -> tuple[Mapping[int, frozenset[str]], tuple[Wanted, ...]]:
        """Which categories asked about each leader looks after, and those of each day that somebody looks after."""
        asked = categories_asked(self.session, self.dates)
        held = fields_held(self.session, self.first, self.last)
        names = {name for its in asked.values() for name in its}
        fields = {
            leader_id: frozenset(name for name in names if any(name in it or it in name for it in its))
            for leader_id, its in held.items()
            if leader_id in self.leaders
        }
        known = frozenset().union(*fields.values()) if fields else frozenset()
        wanted = [
            Wanted(it.day, tuple(name for name in asked.get(it.id, ()) if name in known))
            for it in self.days
            if known & set(asked.get(it.id, ()))
        ]
        return fields, tuple(wanted)

    def _person(self, it: RotaLeader, credited: Turns, fields: Mapping[int, frozenset[str]]) -> Person:
        own = [turn for turn in self.history if turn.leader_id == it.id]
        turns = Counter(turn.seat.value for turn in own)
        turns.update({seat.value: count for seat, count in credited.items() if count})
        before = [turn.day for turn in own if turn.day < self.first]
        return Person(
            id=str(it.id),
            name=it.name,
            weight=Fraction(str(it.weight)).limit_denominator(FINEST_WEIGHT),
            portfolios=fields.get(it.id, frozenset()),
            from_=it.serves_from,
            until=self._until(it),
            history=dict(turns),
            last_turn=max(before, default=None),
        )

    def _seat(self, seat: DutySeat, irregular: Mapping[Place, Stays]) -> SeatWanted:
        pool = self.pools.get(seat)
        people = None
        if pool is not None:
            here = [f"{it.leader_id}@{place[0]}" for place, it in irregular.items() if place[1] is seat]
            people = frozenset(str(it) for it in pool if it in self.leaders) | frozenset(here)
        return SeatWanted(seat.value, people, sum(its is seat for its, _ in self.wanted), seat.label)

    def _assignment(self, place: Place, person: str) -> Assignment:
        return Assignment(self.dates[place[0]], place[1].value, person)

    def _name(self, leader_id: int) -> str:
        return self.everybody[leader_id].name


def _rules(rules: OfficeRules, chiefs: Sequence[int]) -> Rules:
    seats = CHIEF_SEATS & {DutySeat(it) for it in rules.seats}
    return Rules(
        min_gap_days=rules.min_gap_days,
        max_per_leader=rules.most_turns or None,
        chiefs=tuple(str(it) for it in chiefs),
        chief_every_days=rules.chief_every_days or None,
        chief_seats=frozenset(it.value for it in seats) or None,
        min_per_leader=rules.least_turns or None,
    )
