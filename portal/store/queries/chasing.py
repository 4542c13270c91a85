"""What is late with a unit: by matter, by unit, and what was done about it, for whoever urges (PT-29, look: 督查室)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.chasing import LatePart
from portal.domain.matters import MatterState
from portal.domain.urging import URGING_KINDS, Urged
from portal.store.days import day_of
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import PaperReply
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.chasing_parts import late_parts
from portal.store.queries.urging import urged_papers


@dataclass(frozen=True, slots=True)
class ChasingFilter:
    """What the list is narrowed to: a unit, its part, only what something can be done about now, due before a day, words."""

    unit_id: int | None = None
    part: LatePart | None = None
    now: bool = False
    due_before: date | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed but to what can be done now."""
        return self.unit_id is None and self.part is None and self.due_before is None and not self.words


@dataclass(frozen=True, slots=True)
class Today:
    """The day it is asked on, and the moment from which on a paper makes another impossible today."""

    day: date
    free_since: datetime


@dataclass(frozen=True, slots=True)
class LateMatter:
    """One matter that is late with a unit, what the unit's part in it is, and everything that urged the unit so far."""

    id: int
    part: LatePart
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


SORTS = ("due", "unit", "number")
"""By what the list can be sorted; the first is the usual one."""


def late_matters(session: Session, asked: ChasingFilter, today: Today, wanted: Wanted) -> Page[LateMatter]:
    """One page of them, the longest overdue first; two statements and a count."""
    part = late_parts(today.day)
    page = page_of(session, _listed(part, asked, today), wanted, keys=_sorts(part), identity=part.c.place)
    return replace(page, rows=_with_papers(session, page.rows))


def all_late_matters(session: Session, asked: ChasingFilter, today: Today) -> Sequence[LateMatter]:
    """All of a list: for export."""
    part = late_parts(today.day)
    rows = session.execute(_listed(part, asked, today).order_by(part.c.due_on, part.c.place)).all()
    return _with_papers(session, rows)


def late_by_unit(session: Session, asked: ChasingFilter, today: Today) -> Sequence[LateUnit]:
    """The units that are late with something, those that can be urged most first; one statement."""
    part = late_parts(today.day)
    can = func.sum(case((_can_be_urged(part, today), 1), else_=0), type_=Integer)
    columns = select(Unit.id, Unit.short_name, func.count(), can, func.min(part.c.due_on))
    statement = (
        _joined(columns, part)
        .where(*_clauses(part, replace(asked, unit_id=None, now=False), today))
        .group_by(Unit.id, Unit.short_name)
        .order_by(can.desc(), func.count().desc(), Unit.id)
    )
    return [LateUnit(*row) for row in session.execute(statement)]


def to_urge_now(session: Session, asked: ChasingFilter, today: Today) -> int:
    """How much something can be done about now: what the work list counts down to zero."""
    part = late_parts(today.day)
    statement = _joined(select(func.count()), part).where(*_clauses(part, replace(asked, now=True), today))
    return session.scalar(statement) or 0


def _sorts(part: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {"due": part.c.due_on, "unit": func.coalesce(Unit.short_name, ""), "number": Matter.number.expression}


def _listed(part: Subquery, asked: ChasingFilter, today: Today) -> Select[Any]:
    running = and_(Measure.matter_id == part.c.matter_id, Measure.unit_id == part.c.unit_id, Measure.ended_at.is_(None))
    until = select(func.max(Measure.due_on)).where(running).correlate(part).scalar_subquery()
    taken_up = select(Escalation.id).where(Escalation.matter_id == Matter.id, Escalation.answered_at.is_(None))
    columns = select(
        Matter.id, part.c.part, Matter.number, Matter.title, Enterprise.name, Matter.state, part.c.due_on, Unit.id,
        Unit.short_name, Slip.id, Slip.number, select(Measure.id).where(running).correlate(part).exists(), until,
        taken_up.correlate(Matter).exists(),
    )  # fmt: skip
    return (
        _joined(columns, part)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(*_clauses(part, asked, today))
    )


def _joined(statement: Select[Any], part: Subquery) -> Select[Any]:
    return (
        statement.select_from(part)
        .join(Matter, Matter.id == part.c.matter_id)
        .join(Unit, Unit.id == part.c.unit_id)
        .join(Slip, Slip.id == part.c.slip_id)
    )


def _clauses(part: Subquery, asked: ChasingFilter, today: Today) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.unit_id is not None:
        found.append(Unit.id == asked.unit_id)
    if asked.part is not None:
        found.append(part.c.part == asked.part.value)
    if asked.due_before is not None:
        found.append(part.c.due_on < asked.due_before)
    if asked.now:
        found.append(_can_be_urged(part, today))
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


def _can_be_urged(part: Subquery, today: Today) -> ColumnElement[bool]:
    """Nothing that was sent still waits, no promise still runs, the limit is over, and no measure is at work."""
    urging = (
        SlipPaper.slip_id == part.c.slip_id,
        SlipPaper.unit_id == part.c.unit_id,
        SlipPaper.void_at.is_(None),
        SlipPaper.kind.in_(URGING_KINDS),
    )
    latest = select(func.max(SlipPaper.id)).where(*urging).correlate(part).scalar_subquery()
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
        .correlate(part)
        .exists()
    )
    at_work = (
        select(Measure.id)
        .where(
            Measure.matter_id == part.c.matter_id,
            Measure.unit_id == part.c.unit_id,
            Measure.ended_at.is_(None),
            or_(Measure.due_on.is_(None), Measure.due_on >= today.day),
        )
        .correlate(part)
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
            it, part=LatePart(it.part), has_measure=bool(it.has_measure), is_escalated=bool(it.is_escalated),
            earlier=tuple(papers.get((it.slip_id, it.unit_id), ())),
        )
        for it in found
    ]  # fmt: skip
