"""Talks, listings and bulletins: one, those of a matter, and the list of all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, func, literal, select
from sqlalchemy.orm import Session

from portal.domain.chasing import MeasureKind
from portal.domain.errors import NotFound
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterState
from portal.store.models.chasing import Measure
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.matters import NEVER


class MeasureWanted(Labelled):
    """Which measures a list shows; those that are late are also at work."""

    RUNNING = "running", "正在整改"
    LATE = "late", "逾期未整改"
    ENDED = "ended", "已结束"


@dataclass(frozen=True, slots=True)
class MeasureFilter:
    """What is asked for beside that: which measure, against which unit, words."""

    wanted: MeasureWanted | None = MeasureWanted.RUNNING
    kind: MeasureKind | None = None
    unit_id: int | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but how far they have got is asked for."""
        return self != MeasureFilter(self.wanted)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure, and what came of it."""

    id: int
    matter_id: int
    number: str
    title: str
    enterprise: str | None
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

    def standing(self, today: date) -> MeasureWanted:
        """How far it has got."""
        if self.ended_at is not None:
            return MeasureWanted.ENDED
        late = self.due_on is not None and self.due_on < today
        return MeasureWanted.LATE if late else MeasureWanted.RUNNING


MEASURE_SORTS: Mapping[str, ColumnElement[Any]] = {
    "due": func.coalesce(Measure.due_on, literal(NEVER, Date), type_=Date),
    "kind": Measure.kind.expression,
    "unit": Unit.short_name.expression,
    "number": Matter.number.expression,
    "at": Measure.at.expression,
    "ended": func.coalesce(Measure.ended_at, Measure.at),
}


def measure_rows(session: Session, asked: MeasureFilter, wanted: Wanted, *, today: date) -> Page[MeasureRow]:
    """One page, for office and supervision."""
    statement = _listed(*_clauses(asked, today))
    page = page_of(session, statement, wanted, keys=MEASURE_SORTS, identity=Measure.id.expression)
    return replace(page, rows=[MeasureRow(*row) for row in page.rows])


def all_measures(session: Session, asked: MeasureFilter, *, today: date) -> Iterator[MeasureRow]:
    """The whole list under the same filters, the latest first: for export."""
    statement = _listed(*_clauses(asked, today)).order_by(Measure.at.desc(), Measure.id.desc())
    for row in session.execute(statement):
        yield MeasureRow(*row)


def measure_counts(session: Session, asked: MeasureFilter, *, today: date) -> Mapping[MeasureWanted, int]:
    """How many there are under each heading with the other filters; one statement."""
    columns = [func.count().filter(*_of(it, today)).label(it.value) for it in MeasureWanted]
    clauses = _clauses(replace(asked, wanted=None), today)
    row = session.execute(_joined(select(*columns).select_from(Measure)).where(*clauses)).one()
    return dict(zip(MeasureWanted, row, strict=True))


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
    return _joined(
        select(
            Measure.id, Matter.id, Matter.number, Matter.title, Enterprise.name, Matter.state, Unit.id,
            Unit.short_name, Measure.kind, Measure.why, Measure.due_on, Measure.by, Measure.at, Measure.outcome,
            Measure.ended_by, Measure.ended_at, Measure.version,
        ).select_from(Measure)
    ).where(*which)  # fmt: skip


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(Matter, Matter.id == Measure.matter_id)
        .join(Unit, Unit.id == Measure.unit_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
    )


def _clauses(asked: MeasureFilter, today: date) -> Iterator[ColumnElement[bool]]:
    if asked.wanted is not None:
        yield from _of(asked.wanted, today)
    if asked.kind is not None:
        yield Measure.kind == asked.kind
    if asked.unit_id is not None:
        yield Measure.unit_id == asked.unit_id
    if asked.words:
        yield matter_search(asked.words)


def _of(wanted: MeasureWanted, today: date) -> Sequence[ColumnElement[bool]]:
    runs = Measure.ended_at.is_(None)
    of: Mapping[MeasureWanted, Sequence[ColumnElement[bool]]] = {
        MeasureWanted.RUNNING: [runs],
        MeasureWanted.LATE: [runs, Measure.due_on < today],
        MeasureWanted.ENDED: [Measure.ended_at.is_not(None)],
    }
    return of[wanted]
