"""Counting anew after the working calendar has changed: open limits and coming days, never what is past (domain 11.10)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.documents.words import day as dated
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.limit_moves import LimitMove, how_many
from portal.domain.people import Action, Actor, Role, must
from portal.domain.recounts import DayMove, moved_days
from portal.domain.workdays import WorkingCalendar
from portal.services.calendars import calendar_now, foreseen_calendar
from portal.services.messages import accounts_in_role, accounts_of_leaders, tell
from portal.services.open_limits import hold_open_limits, hold_open_matters, move_limits, open_limit_moves
from portal.store.audit_trail import record
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.recounts import other_dates, ruled_days
from portal.store.queries.rota import approved_leaves

LONGEST_WHY = 200


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody on duty who is on leave on the date a day moves to: a place to fill anew."""

    day_id: int
    leader: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Everything a changed calendar moves, and what it would move but may not."""

    limits: tuple[LimitMove, ...] = ()
    days: tuple[DayMove, ...] = ()
    absences: tuple[Absence, ...] = ()

    def away(self, day_id: int) -> str:
        """Who of those on duty is on leave on the date a day moves to."""
        return "、".join(it.leader for it in self.absences if it.day_id == day_id)

    @property
    def moved_limits(self) -> tuple[LimitMove, ...]:
        """The limits that move."""
        return tuple(it for it in self.limits if not it.stays)

    @property
    def moved_days(self) -> tuple[DayMove, ...]:
        """The days that move by themselves."""
        return tuple(it for it in self.days if it.hold is None)

    @property
    def held_days(self) -> tuple[DayMove, ...]:
        """The days that belong elsewhere now and wait for somebody's act."""
        return tuple(it for it in self.days if it.hold is not None)

    @property
    def summary(self) -> str:
        """All of it in one sentence, for people."""
        said = [
            *how_many(self.moved_limits),
            f"{len(self.moved_days)} 个接待日随之移动" if self.moved_days else "",
            f"{len(self.held_days)} 个接待日须人工办理" if self.held_days else "",
        ]
        return "，".join(it for it in said if it) or "不影响任何时限和接待日"

    @property
    def mark(self) -> str:
        """A short mark to tell whether two of these are the same."""
        parts = [
            [(it.it.of.value, it.it.record_id, it.it.unit_id, f"{it.before}/{it.after}") for it in self.limits],
            [(it.id, it.day.isoformat(), str(it.to), str(it.hold)) for it in self.days],
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def __bool__(self) -> bool:
        """Whether anything moves or waits for an act."""
        return bool(self.limits or self.days)


NOTHING_MOVES = Moves().mark
"""What somebody has seen who was shown no moves."""


def proposed_moves(session: Session, before: WorkingCalendar, after: WorkingCalendar, *, today: date) -> Moves:
    """What a change of the calendar would move, without moving it."""
    limits = open_limit_moves(session, before, after, today=today)
    ruled = ruled_days(session, today=today)
    days = moved_days(ruled, other_dates(session, ruled), before, after, today)
    return Moves(tuple(limits), tuple(days), tuple(_absences(session, [it for it in days if it.hold is None])))


def _absences(session: Session, moves: Sequence[DayMove]) -> list[Absence]:
    going = {it.id: it.to for it in moves if it.to is not None}
    if not going:
        return []
    leaves = approved_leaves(session, min(going.values()), max(going.values()))
    turns = session.execute(
        select(DutyTurn.reception_day_id, Leader.id, Leader.name)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id.in_(list(going)))
        .order_by(DutyTurn.id)
    )
    return [
        Absence(day_id, name)
        for day_id, leader_id, name in turns
        if any(it.leader_id == leader_id and it.first <= going[day_id] <= it.last for it in leaves)
    ]


def pending_moves(session: Session, *, today: date) -> Moves:
    """What does not stand yet where the calendar of today puts it.

    That is so for days planned while their year was foreseen only, when its arrangement came with the portal and not by an
    import; and for days that wait for somebody's act.
    """
    return proposed_moves(session, foreseen_calendar(session), calendar_now(session), today=today)


def recount(session: Session, *, seen: str | None = None, actor: Actor, now: datetime) -> Moves:
    """Move what does not stand yet where the calendar of today puts it; answers what was done.

    `seen` is the mark of the moves the person looked at. Raises RuleBroken when nothing is to move, Conflict when something has
    changed since.
    """
    must(actor, Action.KEEP_CALENDAR)
    hold_records(session, today=now.date())
    moves = pending_moves(session, today=now.date())
    if seen is not None and seen != moves.mark:
        raise Conflict("您查看之后，有关的时限或接待日有了变化，本次没有改动。请看过新的影响再确认。")
    if not moves.moved_limits and not moves.moved_days:
        raise RuleBroken("时限和接待日都与现行日历相符，没有需要自动调整的。")
    keep_moves(session, moves, actor=actor, now=now)
    return moves


def hold_records(session: Session, *, today: date) -> None:
    """Keep others from changing what is open and coming until this transaction ends: look-backs, slips, days, then matters."""
    hold_open_limits(session, today=today)
    session.scalars(
        select(ReceptionDay)
        .where(ReceptionDay.day > today)
        .order_by(ReceptionDay.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    hold_open_matters(session, today=today)


def keep_moves(session: Session, moves: Moves, *, actor: Actor, now: datetime) -> None:
    """Move what moves, log each move, and tell those who count with it. Raises Conflict when a date was just taken."""
    move_limits(session, moves.moved_limits, actor=actor, now=now)
    _move_days(session, moves.moved_days, actor=actor, now=now)
    if moves:
        lines = [f"{it.name}：{dated(it.before)} → {dated(it.after)}" for it in moves.moved_limits]
        lines += [f"接待日：{dated(it.day)} → {dated(it.to)}" for it in moves.moved_days if it.to is not None]
        lines += [f"{it.leader}在移动后的日期请假，请安排补位或调换" for it in moves.absences]
        lines += [f"接待日{dated(it.day)}：{it.hold.label}" for it in moves.held_days if it.hold is not None]
        tell(
            session,
            accounts_in_role(session, Role.OFFICE),
            f"calendar-recounted:{now.isoformat()}",
            f"放假安排有变化：{moves.summary}",
            body="\n".join(lines),
            url="/reception-days/" if moves.days else "/slips/",
            now=now,
        )


def _move_days(session: Session, moves: Sequence[DayMove], *, actor: Actor, now: datetime) -> None:
    found = session.scalars(
        select(ReceptionDay)
        .where(ReceptionDay.id.in_([it.id for it in moves]))
        .options(selectinload(ReceptionDay.turns))
    )
    days = {day.id: day for day in found}
    for move in _free_first(moves):
        day = days[move.id]
        if move.to is None:
            continue
        day.day, day.why = move.to, move.why[:LONGEST_WHY]
        day.sequence += 1
        try:
            session.flush()
        except IntegrityError:
            raise Conflict(f"{dated(move.to)}刚刚由别人安排了接待日，本次没有改动。请重新预览后再确认。") from None
        record(
            session,
            actor,
            now,
            "day_moved",
            day,
            summary=f"放假安排调整，接待日由{dated(move.day)}移至{dated(move.to)}：{move.why}",
            before=move.day,
            after=move.to,
        )
        tell(
            session,
            accounts_of_leaders(session, {turn.leader_id for turn in day.turns}),
            f"day-moved:{day.id}:{day.sequence}",
            f"接待日由{dated(move.day)}移至{dated(move.to)}",
            body=f"放假安排调整：{move.why}",
            url=f"/reception-days/{move.to.isoformat()}",
            now=now,
        )


def _free_first(moves: Sequence[DayMove]) -> list[DayMove]:
    """The moves in an order in which every date is free when a day comes to it."""
    waiting, ordered = list(moves), list[DayMove]()
    while waiting:
        standing = {it.day for it in waiting}
        free = [it for it in waiting if it.to not in standing]
        if not free:
            raise Conflict("几个接待日互换日期，不能自动移动。请先手工改期其中一个。")
        ordered += free
        waiting = [it for it in waiting if it not in free]
    return ordered
