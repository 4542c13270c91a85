"""The rota: who takes the empty places of the coming days, whose turn is next, and how fair it came out (NX-04)."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.rota import Candidate, Choice, DutySeat, PassedOver, next_in_turn, plan_turns
from portal.domain.turns import TurnAct, TurnOrigin
from portal.domain.workdays import ONE_DAY
from portal.services.duty import post_on, store_turns
from portal.services.reception_days import dated
from portal.services.turns import take_place
from portal.store.audit_trail import record
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty import Passed, RotaLeader, TakenTurn, rota_leaders, taken_turns
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_between


@dataclass(frozen=True, slots=True)
class ProposedTurn:
    """One empty place and who would take it; without a leader, `why` says why nobody can."""

    day_id: int
    day: date
    seat: DutySeat
    position: int
    leader_id: int | None
    leader: str
    post: str
    why: str
    passed_over: tuple[Passed, ...]


@dataclass(frozen=True, slots=True)
class NextTurn:
    """Whose turn as main receiver comes next, on which day, and why; `leader` is empty when nobody can."""

    day: date
    is_planned: bool
    leader: str
    post: str
    why: str
    passed_over: tuple[Passed, ...] = ()


def proposed_turns(session: Session, *, today: date) -> list[ProposedTurn]:
    """Who would take the empty places of the coming days, one day after another, without seating anybody (NX-04).

    History are all turns of past and assigned days; a place already held stays as it is.
    """
    rules = office_rules(session)
    days = days_between(session, today)
    rota = _Rota.of(session, today, rules.min_gap_days)
    return [turn for day in days for turn in rota.fill(day, day.empty_places(rules.seats))]


def fill_rota(session: Session, *, seen: str | None = None, actor: Actor, now: datetime) -> list[DutyTurn]:
    """Seat leaders on every empty place of the coming days; a place nobody can take stays empty (NX-04, NX-05).

    `seen` is the mark of the plan the person looked at: if the records have changed since, Conflict is raised instead
    of seating somebody they did not see. With nothing left to fill, nothing happens, so pressing twice is harmless.
    """
    must(actor, Action.ASSIGN_DUTY)
    coming = session.scalars(select(ReceptionDay).where(ReceptionDay.day >= now.date()).with_for_update())
    days = {day.id: day for day in coming}
    plan = [turn for turn in proposed_turns(session, today=now.date()) if turn.leader_id is not None]
    if plan and seen is not None and seen != plan_mark(plan):
        raise Conflict("您查看排班之后，记录有了变化，本次没有排班。请看过新的排班再确认。")
    turns = [_take(session, days[it.day_id], it, actor=actor, now=now) for it in plan]
    store_turns(session, "排班时别人刚刚安排了同一席位，本次没有排班。请重新查看后再确认。")
    for it in plan:
        summary = f"{dated(it.day)}{it.seat.label}：{it.leader}（排班）"
        record(session, actor, now, "duty_assigned", days[it.day_id], summary=summary)
    return turns


def plan_mark(plan: Iterable[ProposedTurn]) -> str:
    """A short mark of who would sit where, to tell whether two plans are the same."""
    text = json.dumps(sorted((it.day_id, it.seat.value, it.position, it.leader_id) for it in plan if it.leader_id))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def next_turn(session: Session, *, today: date) -> NextTurn:
    """Whose turn as main receiver is next: on the first coming day without one, else on a day after all (NX-04)."""
    rules = office_rules(session)
    days = [day for day in days_between(session, today) if day.state is not DayState.CANCELLED]
    open_days = [day for day in days if not day.seated(DutySeat.MAIN) and day.state is not DayState.CLOSED]
    day = open_days[0].day if open_days else max([today, *(it.day for it in days)]) + ONE_DAY
    rota = _Rota.of(session, today, rules.min_gap_days)
    try:
        choice = rota.next(DutySeat.MAIN, day)
    except RuleBroken as refusal:
        return NextTurn(day, bool(open_days), "", "", refusal.message)
    chosen = rota.leaders[choice.leader_id]
    return NextTurn(
        day, bool(open_days), chosen.name, post_on(chosen, day), choice.why, tuple(rota.named(choice.passed_over))
    )


class _Rota:
    """The leaders with every turn they have taken or been given, as it stands while a plan grows."""

    def __init__(self, leaders: Sequence[RotaLeader], taken: Iterable[TakenTurn], min_gap_days: int) -> None:
        self.leaders = {leader.id: leader for leader in leaders}
        self.min_gap_days = min_gap_days
        self._taken: Mapping[int, list[tuple[date, DutySeat]]] = defaultdict(list)
        for turn in taken:
            self._taken[turn.leader_id].append((turn.day, turn.seat))

    @classmethod
    def of(cls, session: Session, today: date, min_gap_days: int) -> "_Rota":
        """The rota of everybody still in office, from the records."""
        return cls(rota_leaders(session, today), taken_turns(session), min_gap_days)

    def fill(self, day: DayRow, empty: Sequence[tuple[DutySeat, int]]) -> list[ProposedTurn]:
        """Who takes the empty places of one day; each taken one counts for the days that follow."""
        wanted = Counter(seat for seat, _ in empty)
        planned = plan_turns([day.day], wanted, self._candidates(day.day), min_gap_days=self.min_gap_days)
        positions = {seat: [place for its_seat, place in empty if its_seat is seat] for seat in wanted}
        turns = []
        for turn in planned:
            leader = self.leaders.get(turn.leader_id) if turn.leader_id is not None else None
            if leader is not None:
                self._taken[leader.id].append((day.day, turn.seat))
            turns.append(
                ProposedTurn(
                    day.id,
                    day.day,
                    turn.seat,
                    positions[turn.seat][turn.position - 1],
                    turn.leader_id,
                    leader.name if leader else "",
                    post_on(leader, day.day) if leader else "",
                    turn.why,
                    tuple(self.named(turn.passed_over)),
                )
            )
        return turns

    def next(self, seat: DutySeat, day: date) -> Choice:
        """Whose turn it is in a seat on a day. Raises RuleBroken when nobody can."""
        return next_in_turn(self._candidates(day), seat=seat, day=day, min_gap_days=self.min_gap_days)

    def named(self, passed_over: Iterable[PassedOver]) -> list[Passed]:
        """Who was passed over, by name."""
        return [Passed(self.leaders[it.leader_id].name, it.why) for it in passed_over]

    def _candidates(self, day: date) -> list[Candidate]:
        return [
            Candidate(
                id=leader.id,
                name=leader.name,
                post=post_on(leader, day),
                turns=Counter(seat for _, seat in self._taken[leader.id]),
                last_turn=self._nearest(leader.id, day),
                weight=leader.weight,
                from_=leader.serves_from,
                until=leader.serves_until,
            )
            for leader in self.leaders.values()
        ]

    def _nearest(self, leader_id: int, day: date) -> date | None:
        """The turn that decides rest and distance: one that day, a later one that is too near, else the last before."""
        days = [it for it, _ in self._taken[leader_id]]
        later = min((it for it in days if it >= day), default=None)
        if later is not None and (later - day).days < max(self.min_gap_days, 1):
            return later
        return max((it for it in days if it < day), default=None)


def _take(session: Session, day: ReceptionDay, it: ProposedTurn, *, actor: Actor, now: datetime) -> DutyTurn:
    return take_place(
        session,
        day,
        it.seat,
        it.position,
        it.leader_id or 0,
        post=it.post,
        why=it.why,
        act=TurnAct.SEATED,
        origin=TurnOrigin.PLAN,
        passed_over=[{"leader": passed.leader, "why": passed.why} for passed in it.passed_over],
        actor=actor,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """A leader's turns by seat: held, and planned; `whole` says he or she could serve the whole time counted."""

    leader_id: int
    leader: str
    post: str
    weight: float
    held: Mapping[DutySeat, int]
    planned: Mapping[DutySeat, int]
    whole: bool

    def load(self, seat: DutySeat | None = None) -> float:
        """Turns in a seat, or in all, divided by the weight: what the rota makes even."""
        seats = DutySeat if seat is None else (seat,)
        turns = sum(self.held.get(it, 0) + self.planned.get(it, 0) for it in seats)
        return turns / (self.weight if self.weight > 0 else 1.0)


def fairness(session: Session, *, today: date) -> list[FairnessRow]:
    """How many turns each leader in office has held and has been given, in the district's order (NX-04)."""
    taken = taken_turns(session)
    span = (taken[0].day, taken[-1].day) if taken else (today, today)
    turns: dict[int, list[TakenTurn]] = defaultdict(list)
    for turn in taken:
        turns[turn.leader_id].append(turn)
    return [
        FairnessRow(
            leader.id,
            leader.name,
            post_on(leader, today),
            leader.weight,
            Counter(it.seat for it in turns[leader.id] if it.day < today),
            Counter(it.seat for it in turns[leader.id] if it.day >= today),
            leader.serves_from <= span[0] and (leader.serves_until is None or leader.serves_until >= span[1]),
        )
        for leader in rota_leaders(session, today)
    ]


def spread(rows: Iterable[FairnessRow], seat: DutySeat | None = None) -> float | None:
    """Greatest minus least weighted load among those who could serve the whole time; None with nobody to compare."""
    loads = [row.load(seat) for row in rows if row.whole and row.weight > 0]
    return max(loads) - min(loads) if loads else None
