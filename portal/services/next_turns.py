"""Whose turn it is, from the records, with the reason and the others' (NX-04): for the next day, and to step in."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.deadlines import months_later
from portal.domain.errors import RuleBroken
from portal.domain.people import held_on
from portal.domain.reception_days import DayState
from portal.domain.rota import Candidate, Choice, DutySeat, PassedOver, next_in_turn
from portal.domain.turn_counts import Member, Turns, newcomer_credits
from portal.store.queries.duty import Passed, RotaLeader, rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_between
from portal.store.queries.rota import approved_leaves, counted_turns, seat_pools, unsuitable_marks


@dataclass(frozen=True, slots=True)
class NextTurn:
    """Whose turn comes next in a seat, on which day, and why; `leader` is empty when nobody can."""

    seat: DutySeat
    day: date
    is_planned: bool
    leader: str
    post: str
    why: str
    passed_over: tuple[Passed, ...] = ()


def next_turns(session: Session, *, today: date) -> list[NextTurn]:
    """Whose turn is next in each seat: on the first coming day without one, else a month after the last of all (NX-04)."""
    rules = office_rules(session)
    days = [day for day in days_between(session, today) if day.state is not DayState.CANCELLED]
    standing = Standing(session, today)
    return [_next(standing, seat, days, today) for seat in DutySeat if seat.value in rules.seats]


def _next(standing: "Standing", seat: DutySeat, days: Collection[DayRow], today: date) -> NextTurn:
    empty = [day for day in days if not day.seated(seat) and day.state is not DayState.CLOSED]
    day = empty[0].day if empty else months_later(max([today, *(it.day for it in days)]), 1)
    seated = {turn.leader_id for turn in empty[0].turns} if empty else set()
    try:
        choice = standing.next(seat, day, seated=seated)
    except RuleBroken as refusal:
        return NextTurn(seat, day, bool(empty), "", "", refusal.message)
    chosen = standing.leaders[choice.leader_id]
    held = held_on(chosen.posts, day)
    passed = standing.named(choice.passed_over)
    return NextTurn(seat, day, bool(empty), chosen.name, held.title if held else "", choice.why, passed)


class Standing:
    """Everybody still in office with the turns that count, those to come included."""

    def __init__(self, session: Session, today: date) -> None:
        self._session = session
        self._rules = office_rules(session)
        self._pools = seat_pools(session)
        self.leaders: dict[int, RotaLeader] = {it.id: it for it in rota_leaders(session, today)}
        counted = counted_turns(session, empty_days=self._rules.empty_day_counts)
        self._taken: dict[int, list[tuple[date, DutySeat]]] = defaultdict(list)
        for turn in counted:
            self._taken[turn.leader_id].append((turn.day, turn.seat))
        members = [Member(it.id, it.serves_from, it.serves_until, it.weight) for it in self.leaders.values()]
        self._credited: dict[int, Turns] = newcomer_credits(members, counted, self._pools)

    def next(self, seat: DutySeat, day: date, *, away: Collection[int] = (), seated: Collection[int] = ()) -> Choice:
        """Whose turn it is in a seat on a day; leave and unsuitable days are known, `away` adds to them.

        Raises RuleBroken when nobody can.
        """
        absent = {it.leader_id for it in approved_leaves(self._session, day, day)}
        absent |= {it.leader_id for it in unsuitable_marks(self._session, day, day)}
        return next_in_turn(
            self._candidates(seat, day),
            seat=seat,
            day=day,
            away=absent | set(away),
            seated=seated,
            min_gap_days=self._rules.min_gap_days,
        )

    def order(self, seat: DutySeat, day: date, able: Collection[int]) -> list[tuple[int, str]]:
        """Whose turn it is among leaders who can come, one after another, each with why, or why after the first."""
        waiting = {it.id: it for it in self._candidates(seat, day) if it.id in able}
        order: list[tuple[int, str]] = []
        later: dict[int, str] = {}
        while waiting:
            choice = next_in_turn(waiting.values(), seat=seat, day=day)
            later = later or {it.leader_id: it.why for it in choice.passed_over}
            order.append((choice.leader_id, later.get(choice.leader_id, choice.why)))
            del waiting[choice.leader_id]
        return order

    def named(self, passed_over: Iterable[PassedOver]) -> tuple[Passed, ...]:
        """Who was passed over, by name."""
        return tuple(Passed(self.leaders[it.leader_id].name, it.why) for it in passed_over)

    def _candidates(self, seat: DutySeat, day: date) -> list[Candidate]:
        pool = self._pools.get(seat)
        return [
            Candidate(
                id=it.id,
                name=it.name,
                turns=Counter(its for _, its in self._taken[it.id]),
                credited=self._credited.get(it.id, {}),
                last_turn=self._nearest(it.id, day),
                weight=it.weight,
                from_=it.serves_from,
                until=it.serves_until,
            )
            for it in self.leaders.values()
            if pool is None or it.id in pool
        ]

    def _nearest(self, leader_id: int, day: date) -> date | None:
        """The turn that decides rest and distance: one that day, a later one that is too near, else the last before."""
        days = [it for it, _ in self._taken[leader_id]]
        later = min((it for it in days if it >= day), default=None)
        if later is not None and (later - day).days < max(self._rules.min_gap_days, 1):
            return later
        return max((it for it in days if it < day), default=None)
