"""What reminders are made from: the days that come, and the requests nobody has answered."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.day_changes import ChangeState
from portal.domain.day_reminders import ComingDay, OnDuty
from portal.domain.duty_plans import PlanState
from portal.domain.leaves import LeaveState
from portal.domain.opinions import OpinionState
from portal.domain.reception_days import DayState
from portal.domain.request_reminders import Waiting
from portal.domain.swaps import SwapState
from portal.domain.unit_reminders import OpinionAwaited
from portal.store.models.bookings import Booking
from portal.store.models.duty import DutyPlan, Leave, Swap
from portal.store.models.matters import Matter, Opinion
from portal.store.models.people import Leader
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.queries.opinions import still_wanted
from portal.store.queries.reception_days import days_between

COMING = frozenset({DayState.PLANNED, DayState.PUBLISHED})


def coming_days(session: Session, first: date, last: date, seats: Sequence[str]) -> Sequence[ComingDay]:
    """The days of a span that are still to take place, with who serves; three statements."""
    noticed = set(
        session.scalars(
            select(ReceptionDay.id).where(
                ReceptionDay.day.between(first, last), ReceptionDay.noticed_sequence == ReceptionDay.sequence
            )
        )
    )
    return [
        ComingDay(
            id=row.id,
            day=row.day,
            starts_at=row.starts_at,
            venue=row.venue,
            is_published=row.state is DayState.PUBLISHED,
            is_noticed=row.id in noticed,
            booked=row.booked,
            capacity=row.capacity,
            missing=row.missing(seats),
            on_duty=tuple(OnDuty(turn.leader_id, turn.leader, turn.seat.label) for turn in row.turns),
        )
        for row in days_between(session, first, last)
        if row.state in COMING
    ]


def waiting_leaves(session: Session) -> Sequence[Waiting]:
    """Leave asked for and not decided; an answer is of use as long as the leave has not ended."""
    rows = session.execute(
        select(Leave.id, Leave.asked_at, Leader.name, Leave.ends_on)
        .join(Leader, Leader.id == Leave.leader_id)
        .where(Leave.state == LeaveState.REQUESTED)
        .order_by(Leave.id)
    )
    return [Waiting(leave_id, asked_at.date(), leader, ends_on) for leave_id, asked_at, leader, ends_on in rows]


def waiting_swaps(session: Session) -> Sequence[Waiting]:
    """Offers to swap that are open; an answer is of use until the day that is offered."""
    rows = session.execute(
        select(Swap.id, Swap.offered_at, Leader.name, ReceptionDay.day, Swap.other_leader_id)
        .join(Leader, Leader.id == Swap.leader_id)
        .join(ReceptionDay, ReceptionDay.id == Swap.reception_day_id)
        .where(Swap.state == SwapState.OPEN)
        .order_by(Swap.id)
    )
    return [Waiting(swap_id, offered.date(), leader, day, other) for swap_id, offered, leader, day, other in rows]


def waiting_changes(session: Session) -> Sequence[Waiting]:
    """Requests to re-date or cancel a day that wait for approval; an answer is of use until that day."""
    rows = session.execute(
        select(DayChange.id, DayChange.asked_at, DayChange.kind, ReceptionDay.day)
        .join(ReceptionDay, ReceptionDay.id == DayChange.reception_day_id)
        .where(DayChange.state == ChangeState.WAITING)
        .order_by(DayChange.id)
    )
    return [Waiting(change_id, asked.date(), kind.label, day, day=day) for change_id, asked, kind, day in rows]


def open_consultation(session: Session) -> tuple[int, date] | None:
    """The rota plan that leaders are being asked about, and until when; there is at most one."""
    row = session.execute(
        select(DutyPlan.id, DutyPlan.consult_until).where(
            DutyPlan.state == PlanState.CONSULTING, DutyPlan.consult_until.is_not(None)
        )
    ).first()
    return (row[0], row[1]) if row else None


def awaited_opinions(session: Session, today: date) -> Sequence[OpinionAwaited]:
    """What units were asked and have not answered, as long as the answer is of use."""
    rows = session.execute(
        select(Opinion.unit_id, Opinion.due_on, Opinion.asked_at, ReceptionDay.day, Matter.title)
        .join(Matter, Matter.id == Opinion.matter_id)
        .join(Booking, Booking.id == Matter.booking_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Opinion.state == OpinionState.ASKED, still_wanted(today))
        .order_by(Opinion.unit_id, Opinion.due_on, Opinion.id)
    )
    return [OpinionAwaited(unit_id, due_on, asked.date(), day, title) for unit_id, due_on, asked, day, title in rows]
