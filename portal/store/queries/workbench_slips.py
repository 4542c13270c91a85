"""Slips on somebody's to-do list, and the units that are overdue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.people import Actor
from portal.domain.signing import SENT_STATES, SIGNED_STATES
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.paging import up_to_cap
from portal.store.queries.overdue import handling_is_overdue
from portal.store.queries.signatures import waits_for_signing
from portal.store.queries.visibility import visible_slips

_own_part = aliased(AssistingUnit)
"""The looking unit's own part in a slip, told apart from the one that visibility asks for."""


MOST_DUE = 200


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A slip on a to-do list; `handed_in` when its lead unit has signed a result for every matter on it."""

    id: int
    number: str | None
    state: SlipState
    due_on: date | None
    signed_on: date | None
    lead_unit: str | None
    enterprise: str | None
    title: str | None
    matters: int
    handed_in: bool

    @property
    def summary(self) -> str:
        """What it is about: the first matter, and how many more."""
        more = f" 等 {self.matters} 项" if self.matters > 1 else ""
        return f"{self.title or '（未选事项）'}{more}"


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """A unit with matters overdue."""

    unit_id: int
    unit: str
    matters: int
    earliest: date


def slips_to_sign(
    session: Session, leader_ids: frozenset[int], countersigner_ids: frozenset[int] = frozenset()
) -> Sequence[SlipLine]:
    """Slips waiting for the signature of one of these leaders, or for a countersignature of the others; the oldest first.

    Those to be signed as well are 已签批 already.
    """
    waiting = waits_for_signing(leader_ids, countersigner_ids)
    return _lines(session, _slips().where(waiting).order_by(Slip.numbered_at, Slip.id))


def slips_signed(session: Session, leader_ids: Collection[int], *, limit: int = 8) -> Sequence[SlipLine]:
    """What came of the instructions these leaders gave, the latest first."""
    return _lines(
        session,
        _slips()
        .where(Slip.state.in_(SIGNED_STATES), Slip.signer_id.in_(leader_ids))
        .order_by(Slip.signed_on.desc(), Slip.id.desc())
        .limit(limit),
    )


def slips_to_receive(session: Session, actor: Actor) -> Sequence[SlipLine]:
    """Issued slips for which the actor's unit has not signed yet, the oldest first."""
    signed_for = select(SlipReceipt.slip_id).where(SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == actor.unit_id)
    return _lines(
        session,
        _slips(actor.unit_id)
        .where(visible_slips(actor), Slip.state.in_(SENT_STATES), ~signed_for.exists())
        .order_by(Slip.issued_at, Slip.id),
    )


def slips_due(session: Session, actor: Actor, *, since: date, until: date) -> Sequence[SlipLine]:
    """Slips in hand that fall due between two days, both included, the most pressing first."""
    due = _due(actor.unit_id)
    in_hand = _in_hand(_slips(actor.unit_id), actor).where(due.between(since, until))
    return _lines(session, in_hand.order_by(due, Slip.id).limit(MOST_DUE))


def slips_late(session: Session, actor: Actor, today: date, *, limit: int) -> tuple[int, Sequence[SlipLine]]:
    """How many slips in hand are overdue, as far as COUNT_CAP, and the longest overdue of them; two statements."""
    due = _due(actor.unit_id)
    late = _in_hand(_slips(actor.unit_id), actor).where(due < today)
    found = _lines(session, late.order_by(due, Slip.id).limit(limit + 1))
    if len(found) <= limit:
        return len(found), found
    counted = _seen_by(select(Slip.id).select_from(Slip), actor.unit_id)
    return session.scalar(up_to_cap(_in_hand(counted, actor).where(due < today))) or 0, found[:limit]


def _in_hand(statement: Select[tuple[object, ...]], actor: Actor) -> Select[tuple[object, ...]]:
    return statement.where(visible_slips(actor), Slip.state.in_(SENT_STATES), ~_all_handed_in())


def overdue_by_unit(session: Session, today: date) -> Sequence[UnitLoad]:
    """Units that lead matters now overdue, those with most first."""
    matters, earliest = func.count(), func.min(Matter.due_on)
    rows = session.execute(
        select(Unit.id, Unit.short_name, matters, earliest)
        .select_from(Matter)
        .join(Unit, Unit.id == Matter.lead_unit_id)
        .where(handling_is_overdue(today))
        .group_by(Unit.id, Unit.short_name, Unit.position)
        .order_by(matters.desc(), earliest, Unit.position, Unit.id)
    )
    return [UnitLoad(*row) for row in rows]


def _all_handed_in() -> ColumnElement[bool]:
    """Whether the lead unit has signed a result for every matter of an issued slip, so that its clock is over."""
    entry = select(SlipMatter.slip_id).where(SlipMatter.slip_id == Slip.id, SlipMatter.ended_at.is_(None))
    running = entry.join(Matter, Matter.id == SlipMatter.matter_id).where(Matter.state.in_(CLOCK_RUNS))
    return and_(Slip.state.in_(SENT_STATES), entry.correlate(Slip).exists(), ~running.correlate(Slip).exists())


def _due(unit_id: int | None) -> ColumnElement[date | None]:
    """By when a unit must be done: an assisting unit may have an earlier date of its own."""
    if unit_id is None:
        return Slip.due_on.expression
    return case((Slip.lead_unit_id == unit_id, Slip.due_on), else_=func.coalesce(_own_part.due_on, Slip.due_on))


def _slips(unit_id: int | None = None) -> Select[tuple[object, ...]]:
    """Slips with what a to-do line shows, as seen by a unit if one is given."""
    entries = select(func.count()).where(SlipMatter.slip_id == Slip.id)
    first = (
        select(Matter.title)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .where(SlipMatter.slip_id == Slip.id)
        .order_by(SlipMatter.position)
        .limit(1)
    )
    statement = (
        select(
            Slip.id,
            Slip.number,
            Slip.state,
            _due(unit_id),
            Slip.signed_on,
            Unit.short_name,
            Enterprise.name,
            first.correlate(Slip).scalar_subquery(),
            entries.correlate(Slip).scalar_subquery(),
            _all_handed_in(),
        )
        .select_from(Slip)
        .outerjoin(Unit, Unit.id == Slip.lead_unit_id)
        .outerjoin(Booking, Booking.id == Slip.booking_id)
        .outerjoin(Enterprise, Enterprise.id == Booking.enterprise_id)
    )
    return _seen_by(statement, unit_id)


def _seen_by(statement: Select[Any], unit_id: int | None) -> Select[Any]:
    """With the unit's own part, if one is given."""
    if unit_id is None:
        return statement
    return statement.outerjoin(_own_part, and_(_own_part.slip_id == Slip.id, _own_part.unit_id == unit_id))


def _lines(session: Session, statement: Select[tuple[object, ...]]) -> Sequence[SlipLine]:
    return [SlipLine(*row) for row in session.execute(statement)]
