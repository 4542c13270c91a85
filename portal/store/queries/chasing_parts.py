"""What is late with a unit, as one list: matters with their lead unit, slips with those who assist, further slips (分办)."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Select, String, Subquery, and_, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from portal.domain.chasing import LatePart
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import MatterState
from portal.domain.progress import ProgressKind
from portal.domain.signing import SENT_STATES
from portal.store.models.handling import Progress
from portal.store.models.matters import Matter
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter

WITH_ITS_UNIT = tuple(sorted(CLOCK_RUNS - {MatterState.OBJECTED}))
"""The lead unit owes the next step; while an objection waits for its ruling the office does."""
PACE, MOST_ON_A_SLIP = 100_000_000_000, 1_000
"""Kind, record and place on it make one number: far more than any table, and any slip, will hold."""


def late_parts(today: date) -> Subquery:
    """Every unit that is late with something, each once a matter it leads or a slip on which it helps."""
    return union_all(_leads(today), _assists(today), _leads_besides(today)).subquery("late")


def _part(which: LatePart, place: int, number: Any, matter: Any, slip: Any, unit: Any, due: Any) -> Select[Any]:
    return select(
        literal(which.value, String).label("part"),
        cast(matter, Integer).label("matter_id"),
        cast(slip, Integer).label("slip_id"),
        cast(unit, Integer).label("unit_id"),
        due.label("due_on"),
        (cast(literal(place * PACE), BigInteger) + number).label("place"),
    )


def _leads(today: date) -> Select[Any]:
    """Matters with the slip of their lead unit, each once: should two carry it to the same unit, the later one counts."""
    entry, carrying = aliased(SlipMatter), aliased(Slip)
    latest = (
        select(func.max(carrying.id))
        .join(entry, entry.slip_id == carrying.id)
        .where(
            entry.matter_id == Matter.id,
            entry.ended_at.is_(None),
            carrying.state.in_(SENT_STATES),
            carrying.lead_unit_id == Matter.lead_unit_id,
        )
        .correlate(Matter)
        .scalar_subquery()
    )
    return (
        _part(LatePart.LEAD, 0, Matter.id, Matter.id, Slip.id, Matter.lead_unit_id, Matter.due_on)
        .select_from(Matter)
        .join(SlipMatter, and_(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None)))
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(Slip.id == latest, Matter.state.in_(WITH_ITS_UNIT), Matter.due_on < today)
    )


def _assists(today: date) -> Select[Any]:
    """Units that have not answered the lead unit by their own day, while a matter of the slip is in hand."""
    due = func.coalesce(AssistingUnit.due_on, Slip.due_on, type_=Date)
    place = cast(Slip.id, BigInteger) * MOST_ON_A_SLIP + AssistingUnit.position
    return (
        _part(LatePart.ASSIST, 1, place, Matter.id, Slip.id, AssistingUnit.unit_id, due)
        .select_from(AssistingUnit)
        .join(Slip, Slip.id == AssistingUnit.slip_id)
        .join(Matter, Matter.id == _first_in_hand().where(SlipMatter.slip_id == Slip.id).scalar_subquery())
        .where(AssistingUnit.answered_at.is_(None), Slip.state.in_(SENT_STATES), due < today)
    )


def _leads_besides(today: date) -> Select[Any]:
    """Units that lead on a slip split from another (分办) and have not answered the lead unit by that slip's day."""
    answered = select(Progress.id).where(
        Progress.matter_id == Matter.id, Progress.unit_id == Slip.lead_unit_id, Progress.kind == ProgressKind.ANSWER
    )
    waits = _first_in_hand().where(
        SlipMatter.slip_id == Slip.id, Matter.lead_unit_id != Slip.lead_unit_id, ~answered.exists()
    )
    first = aliased(Matter)
    return (
        _part(LatePart.LEAD_BESIDES, 2, Slip.id, first.id, Slip.id, Slip.lead_unit_id, Slip.due_on)
        .select_from(Slip)
        .join(first, first.id == waits.scalar_subquery())
        .where(Slip.split_from_id.is_not(None), Slip.state.in_(SENT_STATES), Slip.due_on < today)
    )


def _first_in_hand() -> Select[Any]:
    """The first matter of a slip that its lead unit is handling."""
    return (
        select(func.min(SlipMatter.matter_id))
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(SlipMatter.ended_at.is_(None), Matter.state == MatterState.HANDLING)
        .correlate(Slip)
    )
