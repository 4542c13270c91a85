"""Repairing a published rota: what does not fit any more, and the fewest changes that put it right (domain 2.1, 11.2)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import KEPT_BY_A_NEW_PLAN
from portal.domain.workdays import day_text
from portal.services.duty import store_turns
from portal.services.plan_problems import PLANNABLE
from portal.services.rota_changes import Seating, seat_everybody, tell_everybody
from portal.services.rota_problems import Given, Place, PlanDay, RotaProblem, Stays, rota_problem
from portal.services.rota_solving import WorkedRota, WorkedTurn, worked_rota
from portal.store.audit_trail import record
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import RotaLeader, rota_leaders
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_between
from portal.store.queries.rota import HeldTurn, approved_leaves, held_turns, seat_pools


@dataclass(frozen=True, slots=True)
class Leaving:
    """A leader who does not serve any more from a day on."""

    leader_id: int
    from_: date


@dataclass(frozen=True, slots=True)
class Trouble:
    """A turn that does not fit any more, or a place that is empty, and why."""

    place: Place
    day: date
    leader: str
    why: str


@dataclass(frozen=True, slots=True)
class ChangedPlace:
    """A place before and after the repair; an empty name is an empty place."""

    day: date
    seat: DutySeat
    position: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Repair:
    """What is wrong, and what would put it right; `worked` is None without troubles, or without leaders."""

    troubles: tuple[Trouble, ...]
    changes: tuple[ChangedPlace, ...] = ()
    seatings: tuple[Seating, ...] = ()
    worked: WorkedRota | None = None

    @property
    def mark(self) -> str:
        """A short mark of the changes, to tell whether two repairs are the same."""
        told = [(it.day_id, it.seat.value, it.position, it.leader_id) for it in self.seatings]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def proposed_repair(session: Session, *, today: date, leaving: Leaving | None = None) -> Repair:
    """Find the turns that do not fit any more and the fewest changes that mend them, without changing anything."""
    rota = _Rota(session, today, leaving)
    troubles = rota.troubles()
    if not troubles:
        return Repair(())
    asked = rota.asked({it.place for it in troubles})
    if not asked.problem.leaders:
        return Repair(tuple(troubles))
    worked = worked_rota(asked)
    held = {(it.day_id, it.seat, it.position): it for it in rota.held}
    changed = [it for it in worked.turns if it.leader_id != (held[it.place].leader_id if it.place in held else None)]
    return Repair(
        tuple(troubles),
        tuple(
            ChangedPlace(it.day, it.seat, it.position, rota.name(held.get(it.place)), it.leader, it.why)
            for it in changed
        ),
        tuple(_seating(it, held.get(it.place)) for it in changed),
        worked,
    )


def rota_troubles(session: Session, *, today: date) -> list[Trouble]:
    """The coming turns that do not fit any more, and the empty places of days that have been planned."""
    return _Rota(session, today, None).troubles()


def apply_repair(
    session: Session, repair: Repair, *, leaving: Leaving | None = None, actor: Actor, now: datetime
) -> None:
    """Carry the repair out in one act and tell everybody it touches.

    Raises Conflict when the records have changed since it was worked out.
    """
    must(actor, Action.ASSIGN_DUTY)
    if not repair.seatings or repair.worked is None:
        raise RuleBroken("没有可以修复的变动。")
    ids = {it.day_id for it in repair.seatings}
    locked = select(ReceptionDay).where(ReceptionDay.id.in_(ids)).order_by(ReceptionDay.id).with_for_update()
    days = {it.id: it for it in session.scalars(locked.execution_options(populate_existing=True))}
    rota = _Rota(session, now.date(), leaving)
    asked = rota.asked({it.place for it in rota.troubles()})
    if (asked.problem, asked.given) != (repair.worked.asked.problem, repair.worked.asked.given):
        raise Conflict("您查看之后，轮值、请假或设置有了变化，没有修复。请看过新的结果再确认。")
    seat_everybody(session, days, repair.seatings, word="修复排班", actor=actor, now=now)
    store_turns(session, "修复时别人刚刚安排了同一席位，没有修复。请看过新的结果再确认。")
    for day_id, day in days.items():
        told = [it for it in repair.seatings if it.day_id == day_id]
        text = "、".join(f"{it.seat.label}{it.leader or '空缺'}" for it in told)
        record(session, actor, now, "duty_repaired", day, summary=f"修复{day_text(day.day, now.date())}轮值：{text}")
    key = f"duty-repaired:{repair.mark}:{now.isoformat()}"
    tell_everybody(session, days, repair.seatings, key=key, subject="您的轮值有调整，请查看", now=now)


class _Rota:
    """The coming days that have been planned, and who holds which place."""

    def __init__(self, session: Session, today: date, leaving: Leaving | None) -> None:
        self.session, self.leaving = session, leaving
        self.rules = office_rules(session)
        rows = [it for it in days_between(session, today) if it.state in PLANNABLE and it.turns]
        self.rows: Mapping[int, DayRow] = {it.id: it for it in rows}
        self.held: Sequence[HeldTurn] = held_turns(session, self.rows)
        self.leaders: Mapping[int, RotaLeader] = {it.id: it for it in rota_leaders(session, date.min)}
        self.pools = seat_pools(session)
        self.away = self._on_leave()

    def troubles(self) -> list[Trouble]:
        """Everything that does not fit, in order of days."""
        if not self.rows:
            return []
        found: dict[Place, Trouble] = {}
        for it in self.held:
            why = self._why_not(it)
            if why:
                self._note(found, it, why)
        for first, second, apart in self._too_close(found):
            why = f"与{day_text(self._day(first), self._day(second))}的轮值只隔 {apart} 天，少于 {self.rules.min_gap_days} 天"
            self._note(found, second, why)
        for row in self.rows.values():
            for seat, position in row.empty_places(self.rules.seats):
                found[row.id, seat, position] = Trouble((row.id, seat, position), row.day, "", "空缺")
        order = list(DutySeat)
        return sorted(found.values(), key=lambda it: (it.day, order.index(it.place[1]), it.place[2]))

    def asked(self, troubled: set[Place]) -> RotaProblem:
        """The problem of the repair: turns in trouble are open, settled ones stay, the rest changes as little as possible."""
        stays: dict[Place, Stays] = {}
        previous: dict[Place, int] = {}
        wanted = {place for row in self.rows.values() for place in self._places(row)}
        for it in self.held:
            place = (it.day_id, it.seat, it.position)
            if place in troubled or place not in wanted:
                continue
            settled = it.is_fixed or it.origin in KEPT_BY_A_NEW_PLAN
            if settled or self.rows[it.day_id].state is not DayState.PLANNED:
                stays[place] = Stays(it.leader_id, it.why)
            else:
                previous[place] = it.leader_id
        days = tuple(PlanDay(it.id, it.day) for it in self.rows.values())
        leaving = {self.leaving.leader_id: self.leaving.from_} if self.leaving else None
        return rota_problem(self.session, Given(days, stays, previous), leaving=leaving)

    def name(self, turn: HeldTurn | None) -> str:
        """Who holds a place, nobody being an empty name."""
        return self.leaders[turn.leader_id].name if turn is not None else ""

    def _note(self, found: dict[Place, Trouble], it: HeldTurn, why: str) -> None:
        place = (it.day_id, it.seat, it.position)
        found.setdefault(place, Trouble(place, self._day(it), self.name(it), why))

    def _day(self, it: HeldTurn) -> date:
        return self.rows[it.day_id].day

    def _places(self, row: DayRow) -> list[Place]:
        return [
            (row.id, seat, position)
            for seat in DutySeat
            for position in range(1, list(self.rules.seats).count(seat.value) + 1)
        ]

    def _why_not(self, it: HeldTurn) -> str:
        day, leader = self._day(it), self.leaders[it.leader_id]
        if self.leaving and it.leader_id == self.leaving.leader_id and day >= self.leaving.from_:
            return f"{day_text(self.leaving.from_, day)}起离任"
        if day < leader.serves_from or (leader.serves_until is not None and day > leader.serves_until):
            return "当日不在任期内"
        if (day, it.leader_id) in self.away:
            return "当日请假已批准"
        pool = self.pools.get(it.seat)
        if pool is not None and it.leader_id not in pool and not it.is_fixed and it.origin not in KEPT_BY_A_NEW_PLAN:
            return f"已不在{it.seat.label}名单"
        return ""

    def _on_leave(self) -> frozenset[tuple[date, int]]:
        days = [it.day for it in self.rows.values()]
        if not days:
            return frozenset()
        leaves = approved_leaves(self.session, min(days), max(days))
        return frozenset((day, it.leader_id) for it in leaves for day in days if it.first <= day <= it.last)

    def _too_close(self, found: Mapping[Place, Trouble]) -> list[tuple[HeldTurn, HeldTurn, int]]:
        """Two turns of one leader that come sooner after one another than the gap, as after a day was moved."""
        by_leader: dict[int, list[HeldTurn]] = {}
        for it in sorted(self.held, key=self._day):
            if (it.day_id, it.seat, it.position) not in found:
                by_leader.setdefault(it.leader_id, []).append(it)
        return [
            (first, second, apart)
            for its in by_leader.values()
            for first, second in pairwise(its)
            if (apart := (self._day(second) - self._day(first)).days) < self.rules.min_gap_days
        ]


def _seating(it: WorkedTurn, held: HeldTurn | None) -> Seating:
    return Seating(
        it.day_id,
        it.seat,
        it.position,
        it.leader_id,
        it.leader,
        it.post,
        it.why,
        tuple(it.passed_over),
        was=held.leader_id if held is not None else None,
    )
