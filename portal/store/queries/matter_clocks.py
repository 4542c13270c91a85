"""What happened to a matter as far as its clocks are computed from it (domain/matter_clocks)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.clocks import Measure
from portal.domain.matter_clocks import (
    HelperTimes,
    LookBackTimes,
    MatterTimes,
    ObjectionTimes,
    RoundTimes,
    SlipTimes,
)
from portal.domain.matter_course import CLOCK_RUNS, TERMINAL
from portal.domain.signing import ISSUED_STATES
from portal.store.models.handling import Closing, LookBack, Objection, Progress
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.models.voices import CallBack


@dataclass(frozen=True, slots=True)
class _Base:
    """The matter's own columns."""

    first_day: date
    contacted_on: date | None
    ended_at: datetime | None
    matter: Matter


def matter_times(session: Session, matter_id: int, *, urgent_hours: int) -> MatterTimes | None:
    """The times of one matter on its latest issued slip, in six statements; None while no unit has it."""
    slip = session.execute(
        select(
            Slip.id, Slip.signed_on, Slip.issued_at, Slip.receipt_due_on, Slip.receipt_due_at, Slip.receipt_days,
            SlipReceipt.received_at,
        )
        .join(SlipMatter, SlipMatter.slip_id == Slip.id)
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .outerjoin(SlipReceipt, (SlipReceipt.slip_id == Slip.id) & (SlipReceipt.unit_id == Slip.lead_unit_id))
        .where(SlipMatter.matter_id == matter_id, Slip.state.in_(ISSUED_STATES))
        .order_by((Slip.lead_unit_id == Matter.lead_unit_id).desc(), Slip.id.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    if slip is None:
        return None
    base = _base(session, matter_id)
    rounds = _rounds(session, matter_id)
    matter = base.matter
    hours = urgent_hours if matter.urgent else 0
    measure = Measure(matter.due_measure) if matter.due_measure else Measure.WORKING_DAYS
    return MatterTimes(
        is_petition=matter.is_petition,
        handling_runs=matter.state in CLOCK_RUNS,
        round=matter.round,
        due_on=matter.due_on,
        due_from=matter.due_from,
        due_length=f"{matter.due_days}{measure.label}" if matter.due_days else "",
        step_due_on=matter.step_due_on,
        step_due_at=matter.step_due_at,
        ended_at=base.ended_at,
        slip=SlipTimes(
            base.first_day,
            signed_on=slip.signed_on,
            issued_at=slip.issued_at,
            receipt_due_on=slip.receipt_due_on,
            receipt_due_at=slip.receipt_due_at,
            receipt_length=_receipt_length(slip.issued_at, slip.receipt_due_at, slip.receipt_days),
            received_at=slip.received_at,
            contacted_on=base.contacted_on,
            urgent_hours=hours,
        ),
        objections=_objections(session, matter_id),
        helpers=_helpers(session, slip.id),
        rounds=rounds,
        look_backs=_look_backs(session, matter_id) if any(it.approved_at for it in rounds) else (),
    )


def _receipt_length(issued_at: datetime | None, due_at: datetime | None, days: int | None) -> str:
    if issued_at is not None and due_at is not None:
        return f"{round((due_at - issued_at).total_seconds() / 3600)}小时"
    return f"{days}个工作日" if days is not None else ""


def _base(session: Session, matter_id: int) -> _Base:
    contacted = (
        select(func.min(Progress.contacted_on))
        .where(Progress.matter_id == Matter.id)
        .correlate(Matter)
        .scalar_subquery()
    )
    matter, day, contacted_on = session.execute(
        select(Matter, ReceptionDay.day, contacted)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .where(Matter.id == matter_id)
    ).one()
    over = matter.closed_at or (matter.state_since if matter.state in TERMINAL else None)
    return _Base(day or matter.raised_on, contacted_on, over, matter)


def _objections(session: Session, matter_id: int) -> tuple[ObjectionTimes, ...]:
    rows = session.execute(
        select(Objection.made_at, Objection.due_on, Objection.ruled_at)
        .where(Objection.matter_id == matter_id)
        .order_by(Objection.made_at)
    )
    return tuple(ObjectionTimes(*row) for row in rows)


def _helpers(session: Session, slip_id: int) -> tuple[HelperTimes, ...]:
    rows = session.execute(
        select(Unit.short_name, SlipReceipt.received_at, AssistingUnit.due_on, AssistingUnit.answered_at)
        .join(Unit, Unit.id == AssistingUnit.unit_id)
        .outerjoin(
            SlipReceipt,
            (SlipReceipt.slip_id == AssistingUnit.slip_id) & (SlipReceipt.unit_id == AssistingUnit.unit_id),
        )
        .where(AssistingUnit.slip_id == slip_id)
        .order_by(AssistingUnit.position)
    )
    return tuple(HelperTimes(*row) for row in rows)


def _rounds(session: Session, matter_id: int) -> tuple[RoundTimes, ...]:
    called = (
        select(func.min(CallBack.at))
        .where(CallBack.matter_id == Closing.matter_id, CallBack.round == Closing.round)
        .correlate(Closing)
        .scalar_subquery()
    )
    rows: Sequence[tuple[Closing, datetime | None]] = (
        session.execute(select(Closing, called).where(Closing.matter_id == matter_id).order_by(Closing.round))
        .tuples()
        .all()
    )
    return tuple(
        RoundTimes(
            it.round, it.due_on, it.proposed_at, it.head_at, it.opinion_at, it.reviewed_at, it.approved_at, it.ended_at,
            frozenset(it.skipped.split()), called_at,
        )
        for it, called_at in rows
    )  # fmt: skip


def _look_backs(session: Session, matter_id: int) -> tuple[LookBackTimes, ...]:
    rows = session.execute(
        select(LookBack.round, LookBack.planned_on, LookBack.done_on)
        .where(LookBack.matter_id == matter_id)
        .order_by(LookBack.planned_on)
    )
    return tuple(LookBackTimes(*row) for row in rows)
