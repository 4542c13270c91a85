"""What is late with its unit: by matter, by unit, and what was done about it, for whoever urges (PT-29, look: 督查室)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import MatterState
from portal.domain.signing import SENT_STATES
from portal.domain.urging import URGING_KINDS, Urged
from portal.store.days import day_of
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import PaperReply
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import Slip, SlipMatter
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.urging import urged_papers

WITH_ITS_UNIT = tuple(sorted(CLOCK_RUNS - {MatterState.OBJECTED}))
"""The unit owes the next step; while an objection waits for its ruling the office does."""


@dataclass(frozen=True, slots=True)
class ChasingFilter:
    """What the list is narrowed to: a unit, only what something can be done about now, due before a day, words."""

    unit_id: int | None = None
    now: bool = False
    due_before: date | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed but to what can be done now."""
        return self.unit_id is None and self.due_before is None and not self.words


@dataclass(frozen=True, slots=True)
class Today:
    """The day it is asked on, and the moment from which on a paper makes another impossible today."""

    day: date
    free_since: datetime


@dataclass(frozen=True, slots=True)
class LateMatter:
    """One matter that is late with its lead unit, and everything that urged the unit so far."""

    id: int
    number: str
    title: str
    enterprise: str | None
    state: MatterState
    due_on: date
    unit_id: int
    unit: str
    slip_id: int
    slip_number: str | None
    has_measure: bool
    measure_until: date | None
    is_escalated: bool
    earlier: tuple[Urged, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class LateUnit:
    """How much of a unit's is late, how much of it can be urged now, and since when the oldest is late."""

    unit_id: int
    unit: str
    late: int
    now: int
    oldest: date


CHASING_SORTS: Mapping[str, ColumnElement[Any]] = {
    "due": Matter.due_on.expression,
    "unit": func.coalesce(Unit.short_name, ""),
    "number": Matter.number.expression,
}


def late_matters(session: Session, asked: ChasingFilter, today: Today, wanted: Wanted) -> Page[LateMatter]:
    """One page of them, the longest overdue first; two statements and a count."""
    page = page_of(session, _listed(asked, today), wanted, keys=CHASING_SORTS, identity=Matter.id.expression)
    return replace(page, rows=_with_papers(session, page.rows))


def all_late_matters(session: Session, asked: ChasingFilter, today: Today) -> Sequence[LateMatter]:
    """All of a list: for export."""
    rows = session.execute(_listed(asked, today).order_by(Matter.due_on, Matter.id)).all()
    return _with_papers(session, rows)


def late_by_unit(session: Session, asked: ChasingFilter, today: Today) -> Sequence[LateUnit]:
    """The units that are late with something, those that can be urged most first; one statement."""
    can = func.sum(case((_can_be_urged(today), 1), else_=0), type_=Integer)
    statement = (
        _joined(select(Unit.id, Unit.short_name, func.count(), can, func.min(Matter.due_on)))
        .where(_is_late(today.day), *_clauses(replace(asked, unit_id=None, now=False), today))
        .group_by(Unit.id, Unit.short_name)
        .order_by(can.desc(), func.count().desc(), Unit.id)
    )
    return [LateUnit(*row) for row in session.execute(statement)]


def to_urge_now(session: Session, today: Today) -> int:
    """How many matters something can be done about now: what the work list counts down to zero."""
    statement = _joined(select(func.count())).where(_is_late(today.day), _can_be_urged(today))
    return session.scalar(statement) or 0


def _listed(asked: ChasingFilter, today: Today) -> Select[Any]:
    running = and_(Measure.matter_id == Matter.id, Measure.ended_at.is_(None))
    until = select(func.max(Measure.due_on)).where(running).correlate(Matter).scalar_subquery()
    taken_up = select(Escalation.id).where(Escalation.matter_id == Matter.id, Escalation.answered_at.is_(None))
    columns = select(
        Matter.id, Matter.number, Matter.title, Enterprise.name, Matter.state, Matter.due_on, Unit.id, Unit.short_name,
        Slip.id, Slip.number, select(Measure.id).where(running).correlate(Matter).exists(), until,
        taken_up.correlate(Matter).exists(),
    )  # fmt: skip
    return (
        _joined(columns)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(_is_late(today.day), *_clauses(asked, today))
    )


def _joined(statement: Select[Any]) -> Select[Any]:
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
        statement.select_from(Matter)
        .join(Unit, Unit.id == Matter.lead_unit_id)
        .join(SlipMatter, and_(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None)))
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(Slip.id == latest)
    )


def _is_late(today: date) -> ColumnElement[bool]:
    return and_(Matter.state.in_(WITH_ITS_UNIT), Matter.due_on < today)


def _clauses(asked: ChasingFilter, today: Today) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.unit_id is not None:
        found.append(Unit.id == asked.unit_id)
    if asked.due_before is not None:
        found.append(Matter.due_on < asked.due_before)
    if asked.now:
        found.append(_can_be_urged(today))
    found += [
        or_(
            Matter.number.contains(word, autoescape=True),
            Matter.title.contains(word, autoescape=True),
            Unit.name.contains(word, autoescape=True),
            Slip.number.contains(word, autoescape=True),
        )
        for word in asked.words.split()
    ]
    return found


def _can_be_urged(today: Today) -> ColumnElement[bool]:
    """Nothing that was sent still waits, no promise still runs, the limit is over, and no measure is at work."""
    urging = (
        SlipPaper.slip_id == Slip.id,
        SlipPaper.unit_id == Matter.lead_unit_id,
        SlipPaper.void_at.is_(None),
        SlipPaper.kind.in_(URGING_KINDS),
    )
    latest = select(func.max(SlipPaper.id)).where(*urging).correlate(Slip, Matter).scalar_subquery()
    in_time = or_(SlipPaper.reply_by.is_(None), day_of(PaperReply.at) <= SlipPaper.reply_by)
    holds = or_(
        SlipPaper.made_at >= today.free_since,
        and_(PaperReply.paper_id.is_(None), or_(SlipPaper.reply_by.is_(None), SlipPaper.reply_by >= today.day)),
        and_(PaperReply.promised_on >= today.day, PaperReply.poor_at.is_(None), in_time),
    )
    waits = (
        select(SlipPaper.id)
        .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        .where(SlipPaper.id == latest, holds)
        .correlate(Slip, Matter)
        .exists()
    )
    at_work = (
        select(Measure.id)
        .where(
            Measure.matter_id == Matter.id,
            Measure.ended_at.is_(None),
            or_(Measure.due_on.is_(None), Measure.due_on >= today.day),
        )
        .correlate(Matter)
        .exists()
    )
    return and_(~waits, ~at_work)


def _with_papers(session: Session, rows: Sequence[Any]) -> list[LateMatter]:
    found = [LateMatter(*row) for row in rows]
    papers: dict[tuple[int, int], list[Urged]] = {}
    for slip_id, unit_id, paper in urged_papers(session, {it.slip_id for it in found}):
        papers.setdefault((slip_id, unit_id), []).append(paper)
    return [
        replace(
            it, has_measure=bool(it.has_measure), is_escalated=bool(it.is_escalated),
            earlier=tuple(papers.get((it.slip_id, it.unit_id), ())),
        )
        for it in found
    ]  # fmt: skip
