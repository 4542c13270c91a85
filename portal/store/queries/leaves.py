"""Leave of leaders: what was asked, how it was decided, and which turns fall into it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.leaves import STANDING, LeaveState, Span
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.store.models.duty import Leave
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.paging import Page, Wanted, page_of

SORTS = ("first", "leader", "asked", "state")
EXPORTED = 5_000
AHEAD = (DayState.PLANNED, DayState.PUBLISHED, DayState.ONGOING)


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """A leave as lists and its own page show it."""

    id: int
    leader_id: int
    leader: str
    first: date
    last: date
    reason: str
    state: LeaveState
    is_late: bool
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.first, self.last)


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A coming turn of a leader."""

    day_id: int
    day: date
    state: DayState
    seat: DutySeat
    position: int
    leader_id: int


_LEAVES = select(
    Leave.id, Leave.leader_id, Leader.name, Leave.starts_on, Leave.ends_on, Leave.reason, Leave.state, Leave.is_late,
    Leave.asked_by, Leave.asked_at, Leave.decided_by, Leave.decided_at, Leave.remark,
).join(Leader, Leader.id == Leave.leader_id)  # fmt: skip


def _listed(actor: Actor, state: LeaveState | None, leader_id: int | None) -> Select[Any]:
    """The office sees every leave, leaders and secretaries those of their own."""
    statement = _LEAVES
    if actor.role is not Role.OFFICE:
        statement = statement.where(Leave.leader_id.in_(actor.leader_ids))
    if state is not None:
        statement = statement.where(Leave.state == state)
    return statement if leader_id is None else statement.where(Leave.leader_id == leader_id)


def leaves(
    session: Session, wanted: Wanted, *, actor: Actor, state: LeaveState | None = None, leader_id: int | None = None
) -> Page[LeaveRow]:
    """One page of the leaves an actor may see."""
    keys: dict[str, ColumnElement[Any]] = {
        "first": Leave.starts_on.expression,
        "leader": Leader.position.expression,
        "asked": Leave.asked_at.expression,
        "state": Leave.state.expression,
    }
    page = page_of(session, _listed(actor, state, leader_id), wanted, keys=keys, identity=Leave.id.expression)
    return replace(page, rows=[LeaveRow(*row) for row in page.rows])


def all_leaves(
    session: Session, *, actor: Actor, state: LeaveState | None = None, leader_id: int | None = None
) -> Sequence[LeaveRow]:
    """The whole list for a spreadsheet, the latest first; at most 5,000."""
    rows = session.execute(
        _listed(actor, state, leader_id).order_by(Leave.starts_on.desc(), Leave.id.desc()).limit(EXPORTED)
    )
    return [LeaveRow(*row) for row in rows]


def leave_row(session: Session, leave_id: int, *, actor: Actor) -> LeaveRow:
    """One leave, if the actor may see it. Raises NotFound."""
    row = session.execute(_listed(actor, None, None).where(Leave.id == leave_id)).first()
    if row is None:
        raise NotFound("没有找到这份请假，可能地址有误，或不是您的请假。")
    return LeaveRow(*row)


def overlapping_leave(session: Session, leader_id: int, span: Span) -> LeaveRow | None:
    """A standing leave of the leader that shares a day with the span, the earliest if there are several."""
    row = session.execute(
        _LEAVES.where(
            Leave.leader_id == leader_id,
            Leave.state.in_(STANDING),
            Leave.starts_on <= span.last,
            Leave.ends_on >= span.first,
        )
        .order_by(Leave.starts_on)
        .limit(1)
    ).first()
    return LeaveRow(*row) if row is not None else None


def turns_within(session: Session, leader_id: int, span: Span, *, today: date) -> Sequence[HeldTurn]:
    """The turns a leader still has to serve within a span, today included, in order of date."""
    rows = session.execute(
        select(
            ReceptionDay.id, ReceptionDay.day, ReceptionDay.state,
            DutyTurn.seat, DutyTurn.position, DutyTurn.leader_id,
        )
        .join(ReceptionDay, ReceptionDay.id == DutyTurn.reception_day_id)
        .where(
            DutyTurn.leader_id == leader_id,
            ReceptionDay.day.between(max(span.first, today), span.last),
            ReceptionDay.state.in_(AHEAD),
        )
        .order_by(ReceptionDay.day)
    )  # fmt: skip
    return [HeldTurn(day_id, day, state, DutySeat(seat), *rest) for day_id, day, state, seat, *rest in rows]
