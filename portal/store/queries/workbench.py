"""What waits for somebody today: a few statements a role, each list as long as what is still to do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, Select, and_, case, extract, func, select
from sqlalchemy.orm import Session, aliased

from portal.clock import ZONE
from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.domain.day_changes import ChangeState
from portal.domain.leaves import LeaveState
from portal.domain.matters import Check, MatterState
from portal.domain.messages import Channel, MessageState
from portal.domain.opinions import OpinionState
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.domain.signing import ISSUED_STATES, SIGNED_STATES
from portal.domain.slips import SlipState
from portal.domain.swaps import SwapState
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.duty import Leave, Swap
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter, Opinion
from portal.store.models.messages import Message
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import DayChange, DutyTurn, ReceptionDay, Seat, Slot
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.queries.overdue import handling_is_overdue
from portal.store.queries.receipts import waiting_receipts
from portal.store.queries.signatures import waits_for_scan, waits_for_signing
from portal.store.queries.visibility import visible_slips

BUSINESS = (
    "booking",
    "reception_day",
    "reception",
    "matter",
    "opinion",
    "slip",
    "duty_turn",
    "enterprise",
    "leave",
    "swap",
)
"""Kinds of record whose acts the office sees on its workbench; the administrators' acts are the auditor's."""

AHEAD = (DayState.PLANNED, DayState.PUBLISHED, DayState.ONGOING)
MAIN = "main"

_own_part = aliased(AssistingUnit)
"""The looking unit's own part in a slip, told apart from the one that visibility asks for."""


@dataclass(frozen=True, slots=True)
class OfficeCounts:
    """How much of each kind waits for the office."""

    bookings_to_review: int
    matters_to_assign: int
    slips_to_number: int
    slips_to_record: int
    slips_to_issue: int
    slips_to_receive: int
    slips_to_scan: int
    matters_overdue: int
    days_without_receiver: int
    day_changes_waiting: int
    leaves_to_decide: int
    swaps_open: int
    calls_to_make: int
    messages_failed: int


@dataclass(frozen=True, slots=True)
class DaySeat:
    """Somebody on duty on a day: seat, name, post."""

    seat: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class DayCard:
    """The coming reception day at a glance, and how far it is prepared."""

    id: int
    day: date
    state: DayState
    venue: str
    starts_at: time
    theme: str
    ordinal: int
    capacity: int
    booked: int
    reviewed: int
    invited: int
    matters: int
    checked: int
    opinions: int
    answered: int
    duty: tuple[DaySeat, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitLine:
    """An enterprise expected on a day."""

    starts_at: time
    enterprise: str
    matters: int
    state: BookingState


@dataclass(frozen=True, slots=True)
class TurnCard:
    """A leader's coming turn of duty with the enterprises expected."""

    leader: str
    seat: str
    day: date
    state: DayState
    venue: str
    starts_at: time
    leader_id: int
    visits: tuple[VisitLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A slip on a to-do list."""

    id: int
    number: str | None
    state: SlipState
    due_on: date | None
    signed_on: date | None
    lead_unit: str | None
    enterprise: str | None
    title: str | None
    matters: int

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


@dataclass(frozen=True, slots=True)
class RecentAct:
    """Something done lately to a record of the office's business."""

    at: datetime
    who: str
    summary: str
    kind: str
    target: str


def office_counts(session: Session, *, today: date, until: date) -> OfficeCounts:
    """Everything that waits for the office, counted in one statement.

    Days without a main receiver are looked for up to and including `until`.
    """
    on_a_slip = (
        select(SlipMatter.matter_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == Matter.id, Slip.state != SlipState.VOID)
    )
    received = select(DutyTurn.id).where(DutyTurn.reception_day_id == ReceptionDay.id, DutyTurn.seat == MAIN)
    counts = (
        select(func.count())
        .select_from(Booking)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.state == BookingState.PENDING, ReceptionDay.day >= today),
        select(func.count()).where(Matter.state == MatterState.AWAITING_ASSIGNMENT, ~on_a_slip.exists()),
        *(
            select(func.count()).where(Slip.state == state)
            for state in (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED)
        ),
        waiting_receipts(),
        select(func.count()).where(waits_for_scan()),
        select(func.count()).where(handling_is_overdue(today)),
        select(func.count()).where(
            ReceptionDay.day.between(today, until), ReceptionDay.state.in_(AHEAD), ~received.exists()
        ),
        select(func.count()).where(DayChange.state == ChangeState.WAITING),
        select(func.count()).where(Leave.state == LeaveState.REQUESTED),
        select(func.count()).where(Swap.state == SwapState.OPEN),
        select(func.count()).where(Message.channel == Channel.CALL, Message.state == MessageState.WAITING),
        select(func.count()).where(Message.state == MessageState.FAILED),
    )
    return OfficeCounts(*session.execute(select(*(each.scalar_subquery() for each in counts))).one())


def day_card(session: Session, today: date) -> DayCard | None:
    """The coming reception day, today's included, and how far it is prepared: two statements."""
    standing = and_(Booking.reception_day_id == ReceptionDay.id, Booking.state.in_(ACTIVE_STATES))
    invited = select(InvitedUnit.unit_id).where(InvitedUnit.booking_id == Booking.id)
    earlier = aliased(ReceptionDay)
    known = and_(*(column != Check.UNKNOWN for column in (Matter.is_true, Matter.is_lawful, Matter.is_reasonable)))
    of_the_day = select(func.count()).select_from(Matter).join(Booking, Booking.id == Matter.booking_id).where(standing)
    opinions = of_the_day.join(Opinion, Opinion.matter_id == Matter.id)
    parts = (
        select(func.count()).where(
            extract("year", earlier.day) == extract("year", ReceptionDay.day),
            earlier.day <= ReceptionDay.day,
            earlier.state != DayState.CANCELLED,
        ),
        select(func.count())
        .select_from(Seat)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Slot.reception_day_id == ReceptionDay.id),
        select(func.count()).where(standing),
        select(func.count()).where(standing, Booking.state != BookingState.PENDING),
        select(func.count()).where(standing, invited.exists()),
        of_the_day,
        of_the_day.where(known),
        opinions.where(Opinion.state != OpinionState.WITHDRAWN),
        opinions.where(Opinion.state == OpinionState.ANSWERED),
    )
    row = session.execute(
        select(
            ReceptionDay.id,
            ReceptionDay.day,
            ReceptionDay.state,
            ReceptionDay.venue,
            ReceptionDay.starts_at,
            ReceptionDay.theme,
            *(part.correlate(ReceptionDay).scalar_subquery() for part in parts),
        )
        .where(ReceptionDay.day >= today, ReceptionDay.state.in_(AHEAD))
        .order_by(ReceptionDay.day)
        .limit(1)
    ).first()
    if row is None:
        return None
    duty = session.execute(
        select(DutyTurn.seat, Leader.name, DutyTurn.post)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id == row.id)
        .order_by(DutyTurn.seat != MAIN, DutyTurn.seat, DutyTurn.position)
    )
    return replace(DayCard(*row), duty=tuple(DaySeat(*each) for each in duty))


def next_turn(session: Session, leader_ids: Collection[int], today: date) -> TurnCard | None:
    """The coming turn of one of these leaders, with the enterprises expected: two statements."""
    row = session.execute(
        select(
            ReceptionDay.id,
            Leader.name,
            DutyTurn.seat,
            ReceptionDay.day,
            ReceptionDay.state,
            ReceptionDay.venue,
            ReceptionDay.starts_at,
            DutyTurn.leader_id,
        )
        .join(DutyTurn, DutyTurn.reception_day_id == ReceptionDay.id)
        .join(Leader, Leader.id == DutyTurn.leader_id)
        .where(DutyTurn.leader_id.in_(leader_ids), ReceptionDay.day >= today, ReceptionDay.state.in_(AHEAD))
        .order_by(ReceptionDay.day, DutyTurn.seat != MAIN, DutyTurn.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    brought = select(func.count()).where(Matter.booking_id == Booking.id).scalar_subquery()
    visits = session.execute(
        select(Slot.starts_at, Enterprise.name, brought, Booking.state)
        .select_from(Booking)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.reception_day_id == row.id, Booking.state.in_(ACTIVE_STATES))
        .order_by(Slot.starts_at, Booking.id)
    )
    return replace(TurnCard(*row[1:]), visits=tuple(VisitLine(*each) for each in visits))


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
        .where(visible_slips(actor), Slip.state.in_(ISSUED_STATES), ~signed_for.exists())
        .order_by(Slip.issued_at, Slip.id),
    )


def slips_due(session: Session, actor: Actor, *, until: date) -> Sequence[SlipLine]:
    """Slips in hand that fall due up to and including a day, or are overdue, the most pressing first."""
    due = _due(actor.unit_id)
    return _lines(
        session,
        _slips(actor.unit_id)
        .where(visible_slips(actor), Slip.state.in_(ISSUED_STATES), due <= until)
        .order_by(due, Slip.id)
        .limit(200),
    )


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


def recent_acts(session: Session, *, limit: int = 10) -> Sequence[RecentAct]:
    """What was done lately to the office's business, the latest first."""
    rows = session.execute(
        select(AuditLine.at, AuditLine.actor_name, AuditLine.summary, AuditLine.target_kind, AuditLine.target_id)
        .where(AuditLine.target_kind.in_(BUSINESS))
        .order_by(AuditLine.id.desc())
        .limit(limit)
    )
    return [RecentAct(*row) for row in rows]


def lines_on(session: Session, day: date) -> int:
    """How many lines the trail got on a day."""
    since = datetime.combine(day, time(), ZONE)
    until = datetime.combine(day, time.max, ZONE)
    return session.scalar(select(func.count()).where(AuditLine.at.between(since, until))) or 0


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
        )
        .select_from(Slip)
        .outerjoin(Unit, Unit.id == Slip.lead_unit_id)
        .outerjoin(Booking, Booking.id == Slip.booking_id)
        .outerjoin(Enterprise, Enterprise.id == Booking.enterprise_id)
    )
    if unit_id is None:
        return statement
    return statement.outerjoin(_own_part, and_(_own_part.slip_id == Slip.id, _own_part.unit_id == unit_id))


def _lines(session: Session, statement: Select[tuple[object, ...]]) -> Sequence[SlipLine]:
    return [SlipLine(*row) for row in session.execute(statement)]
