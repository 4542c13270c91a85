"""What waits for the office, counted in one statement, and what was done lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.day_changes import ChangeState
from portal.domain.leaves import LeaveState
from portal.domain.matters import MatterState
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.domain.slips import SlipState
from portal.domain.swaps import SwapState
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.duty import Leave, Swap
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.reception import DayChange, DutyTurn, ReceptionDay
from portal.store.models.slips import Slip, SlipMatter
from portal.store.paging import up_to_cap
from portal.store.queries.receipts import waiting_receipts
from portal.store.queries.signatures import waits_for_scan
from portal.store.queries.slip_papers import PaperFilter, counted_papers

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
    papers_late: int
    days_without_receiver: int
    day_changes_waiting: int
    leaves_to_decide: int
    swaps_open: int
    calls_to_make: int
    messages_failed: int


@dataclass(frozen=True, slots=True)
class RecentAct:
    """Something done lately to a record of the office's business."""

    at: datetime
    who: str
    summary: str
    kind: str
    target: str


def office_counts(session: Session, actor: Actor, *, today: date, until: date) -> OfficeCounts:
    """Everything that waits for the office, counted in one statement, what may be much as far as COUNT_CAP.

    Days without a main receiver are looked for up to and including `until`.
    """
    on_a_slip = (
        select(SlipMatter.matter_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
    )
    received = select(DutyTurn.id).where(DutyTurn.reception_day_id == ReceptionDay.id, DutyTurn.seat == MAIN)
    counts = (
        select(func.count())
        .select_from(Booking)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.state == BookingState.PENDING, ReceptionDay.day >= today),
        up_to_cap(select(Matter.id).where(Matter.state == MatterState.AWAITING_ASSIGNMENT, ~on_a_slip.exists())),
        *(
            select(func.count()).where(Slip.state == state)
            for state in (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED)
        ),
        waiting_receipts(),
        up_to_cap(select(Slip.id).where(waits_for_scan())),
        counted_papers(actor, PaperFilter(late_on=today)),
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
