"""Talks, listings and bulletins: one, those of a matter, and the list of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.domain.chasing import MeasureKind
from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.store.models.chasing import Measure
from portal.store.models.matters import Matter
from portal.store.models.people import Unit

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure, and what came of it."""

    id: int
    matter_id: int
    number: str
    title: str
    state: MatterState
    unit_id: int
    unit: str
    kind: MeasureKind
    why: str
    due_on: date | None
    by: str
    at: datetime
    outcome: str
    ended_by: str
    ended_at: datetime | None
    version: int


def measure_rows(session: Session, *, ended: bool | None = None) -> Sequence[MeasureRow]:
    """For office and supervision: what still runs first, by its last day, then what ended."""
    statement = _listed()
    if ended is not None:
        statement = statement.where(Measure.ended_at.is_not(None) if ended else Measure.ended_at.is_(None))
    order = (Measure.ended_at.is_not(None), Measure.due_on, Measure.id.desc())
    return [MeasureRow(*row) for row in session.execute(statement.order_by(*order).limit(MOST_SHOWN))]


def measures_of_matter(session: Session, matter_id: int) -> Sequence[MeasureRow]:
    """Those of one matter, the latest first; for whoever may see the matter."""
    statement = _listed(Measure.matter_id == matter_id).order_by(Measure.id.desc())
    return [MeasureRow(*row) for row in session.execute(statement)]


def measure_row(session: Session, measure_id: int) -> MeasureRow:
    """One, for office and supervision. Raises NotFound."""
    row = session.execute(_listed(Measure.id == measure_id)).first()
    if row is None:
        raise NotFound("没有找到这项措施。")
    return MeasureRow(*row)


def _listed(*which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Measure.id, Matter.id, Matter.number, Matter.title, Matter.state, Unit.id, Unit.short_name, Measure.kind,
            Measure.why, Measure.due_on, Measure.by, Measure.at, Measure.outcome, Measure.ended_by, Measure.ended_at,
            Measure.version,
        )
        .join(Matter, Matter.id == Measure.matter_id)
        .join(Unit, Unit.id == Measure.unit_id)
        .where(*which)
    )  # fmt: skip
