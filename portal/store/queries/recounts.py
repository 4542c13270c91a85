"""What counts with the working calendar and is still to come: open limits, planned look-backs, coming reception days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.domain.clocks import Counted, Measure, OnRestDay
from portal.domain.day_changes import ChangeState
from portal.domain.limit_moves import LimitOf, OpenLimit
from portal.domain.look_backs import LookBackWhy
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import parse_rule
from portal.domain.recounts import Hold, RuledDay
from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt

OVER = (SlipState.VOID, SlipState.CLOSED, SlipState.RETURNED)
"""Slips nobody works on any more."""


def counted_slips(session: Session, *, today: date) -> Sequence[OpenLimit]:
    """Slips that stand, whose counted date is still ahead, the earliest first, in one statement."""
    rows = session.execute(
        select(
            Slip.id, Slip.number, Slip.state, Enterprise.name, Slip.due_from, Slip.due_days, Slip.due_on,
            Slip.due_measure, Slip.due_rest,
        )
        .outerjoin(SlipMatter, and_(SlipMatter.slip_id == Slip.id, SlipMatter.position == 1))
        .outerjoin(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(Slip.state.not_in(OVER), Slip.due_days.is_not(None), Slip.due_on > today)
        .order_by(Slip.due_on, Slip.id)
    )  # fmt: skip
    return [
        OpenLimit(
            LimitOf.SLIP,
            slip_id,
            number or (f"交办单草稿（{enterprise}）" if enterprise else "交办单草稿"),
            state,
            as_counted(start, days, due, measure, rest),
            slip_id=slip_id,
        )
        for slip_id, number, state, enterprise, start, days, due, measure, rest in rows
    ]


def slips_to_receive(session: Session, *, today: date) -> Sequence[OpenLimit]:
    """Issued slips some unit has not signed for yet, whose last day for it is still ahead, in one statement.

    A moment does not hang on the calendar.
    """
    helpers = select(func.count()).where(AssistingUnit.slip_id == Slip.id).correlate(Slip).scalar_subquery()
    signed = select(func.count()).where(SlipReceipt.slip_id == Slip.id).correlate(Slip).scalar_subquery()
    rows = session.execute(
        select(Slip.id, Slip.number, Slip.state, Slip.issued_at, Slip.receipt_days, Slip.receipt_due_on)
        .where(
            Slip.state.in_(ISSUED_STATES),
            Slip.receipt_due_on > today,
            Slip.receipt_due_at.is_(None),
            signed < helpers + 1,
        )
        .order_by(Slip.receipt_due_on, Slip.id)
    )
    return [
        OpenLimit(
            LimitOf.RECEIPT, slip_id, f"{number}签收", state, Counted(issued_at.date(), days, due), slip_id=slip_id
        )
        for slip_id, number, state, issued_at, days, due in rows
    ]


def counted_matters(session: Session, *, today: date) -> Sequence[OpenLimit]:
    """Matters on their way whose own counted date is ahead: begun again, resumed, a petition's.

    Not those whose date is their slip's, they move with it. In one statement.
    """
    with_its_slip = (
        select(SlipMatter.matter_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(
            SlipMatter.matter_id == Matter.id,
            SlipMatter.ended_at.is_(None),
            Slip.state.not_in(OVER),
            Slip.due_on == Matter.due_on,
            Slip.due_from == Matter.due_from,
            Slip.due_days == Matter.due_days,
        )
        .correlate(Matter)
    )
    rows = session.execute(
        select(
            Matter.id, Matter.number, Matter.state, Matter.due_from, Matter.due_days, Matter.due_on,
            Matter.due_measure, Matter.due_rest,
        )
        .where(
            Matter.state.in_(CLOCK_RUNS), Matter.due_on > today, Matter.due_days.is_not(None), ~with_its_slip.exists()
        )
        .order_by(Matter.due_on, Matter.id)
    )  # fmt: skip
    return [
        OpenLimit(
            LimitOf.MATTER, matter_id, f"诉求{number}办结", state, as_counted(start, days, due, measure, rest),
            matter_id=matter_id,
        )
        for matter_id, number, state, start, days, due, measure, rest in rows
    ]  # fmt: skip


def counted_steps(session: Session, *, today: date) -> Sequence[OpenLimit]:
    """Matters somebody owes the next step on, whose counted last day for it is ahead, in one statement."""
    rows = session.execute(
        select(
            Matter.id, Matter.number, Matter.state, Matter.step_from, Matter.step_days, Matter.step_due_on,
            Matter.step_measure, Matter.step_rest,
        )
        .where(
            Matter.state.in_(ON_THE_WAY),
            Matter.step_due_on > today,
            Matter.step_days.is_not(None),
            Matter.step_due_at.is_(None),
        )
        .order_by(Matter.step_due_on, Matter.id)
    )  # fmt: skip
    return [
        OpenLimit(
            LimitOf.STEP, matter_id, f"诉求{number}{state.label}", state, as_counted(start, days, due, measure, rest),
            matter_id=matter_id,
        )
        for matter_id, number, state, start, days, due, measure, rest in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedLookBack:
    """A look-back that is still to come, and the day on which the round it looks at was closed."""

    id: int
    matter_id: int
    number: str
    state: MatterState
    closed_on: date
    planned_on: date


def planned_look_backs(session: Session, *, today: date) -> Sequence[PlannedLookBack]:
    """Look-backs that were planned by rule and are still ahead, in one statement; one ordered for a day keeps that day."""
    rows = session.execute(
        select(LookBack.id, Matter.id, Matter.number, Matter.state, Closing.approved_at, LookBack.planned_on)
        .join(Matter, Matter.id == LookBack.matter_id)
        .join(Closing, and_(Closing.matter_id == LookBack.matter_id, Closing.round == LookBack.round))
        .where(
            LookBack.done_on.is_(None),
            LookBack.planned_on > today,
            LookBack.why != LookBackWhy.ORDERED,
            Closing.approved_at.is_not(None),
        )
        .order_by(LookBack.planned_on, LookBack.id)
    )
    return [
        PlannedLookBack(look_back_id, matter_id, number, state, approved_at.date(), planned_on)
        for look_back_id, matter_id, number, state, approved_at, planned_on in rows
    ]


@dataclass(frozen=True, slots=True)
class WaitingHelper:
    """An assisting unit that has not answered yet, and its date."""

    slip_id: int
    unit_id: int
    unit: str
    due_on: date


def waiting_helpers(session: Session, slip_ids: Collection[int], *, today: date) -> Sequence[WaitingHelper]:
    """Assisting units of these slips with a date of their own that is ahead, in one statement."""
    rows = session.execute(
        select(AssistingUnit.slip_id, AssistingUnit.unit_id, Unit.short_name, AssistingUnit.due_on)
        .join(Unit, Unit.id == AssistingUnit.unit_id)
        .where(AssistingUnit.slip_id.in_(slip_ids), AssistingUnit.due_on > today, AssistingUnit.answered_at.is_(None))
        .order_by(AssistingUnit.slip_id, AssistingUnit.position)
    )
    return [WaitingHelper(*row) for row in rows]


def slips_carrying(session: Session, matter_ids: Collection[int]) -> set[int]:
    """The slips these matters are on now."""
    return set(
        session.scalars(
            select(SlipMatter.slip_id).where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_(None))
        )
    )


def as_counted(start: date, days: int, due: date, measure: str | None, rest: str | None) -> Counted:
    """Columns as the count they keep; without words it was working days."""
    return Counted(
        start,
        days,
        due,
        Measure(measure) if measure else Measure.WORKING_DAYS,
        OnRestDay(rest) if rest else OnRestDay.KEEP,
    )


def ruled_days(session: Session, *, today: date) -> Sequence[RuledDay]:
    """Coming days that a rule made, each with what keeps it where it is, in three statements."""
    rows = session.scalars(
        select(ReceptionDay)
        .where(
            ReceptionDay.day > today,
            ReceptionDay.nominal.is_not(None),
            ReceptionDay.on_holiday.is_not(None),
            ReceptionDay.state.in_((DayState.PLANNED, DayState.PUBLISHED)),
        )
        .order_by(ReceptionDay.day)
    ).all()
    ids = [day.id for day in rows]
    booked = set(
        session.scalars(
            select(Booking.reception_day_id).where(Booking.reception_day_id.in_(ids), Booking.seat_id.is_not(None))
        )
    )
    asked = set(
        session.scalars(
            select(DayChange.reception_day_id).where(
                DayChange.reception_day_id.in_(ids), DayChange.state == ChangeState.WAITING
            )
        )
    )
    return [
        RuledDay(
            day.id,
            day.day,
            parse_rule(day.rule),
            day.nominal,
            day.on_holiday,
            day.make_up_days,
            _hold(day, booked, asked),
        )
        for day in rows
        if day.nominal is not None and day.on_holiday is not None
    ]


def _hold(day: ReceptionDay, booked: set[int], asked: set[int]) -> Hold | None:
    if day.id in asked:
        return Hold.ASKED
    if day.state is DayState.PUBLISHED:
        return Hold.PUBLISHED
    return Hold.BOOKED if day.id in booked else None


def other_dates(session: Session, ruled: Sequence[RuledDay]) -> set[date]:
    """The dates that reception days stand on, apart from some days; a cancelled day keeps its date too."""
    return set(session.scalars(select(ReceptionDay.day).where(ReceptionDay.id.not_in([it.id for it in ruled]))))
