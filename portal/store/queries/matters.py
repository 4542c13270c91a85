"""Matters in a list, and how many a list has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, case, func, literal, select
from sqlalchemy.orm import Session

from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Unit
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.handling_facts import MATTER_DAY
from portal.store.queries.matter_filters import MatterFilter, counting, narrowed

NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class MatterRow:
    """One matter in a list."""

    id: int
    number: str
    day: date
    enterprise: str | None
    kind: MatterKind
    category: str
    title: str
    state: MatterState
    urgent: bool
    grave: bool
    hard: bool
    lead_unit: str | None
    due_on: date | None

    @property
    def flags(self) -> str:
        """急、重、难, as far as they apply."""
        return flags_of(self.urgent, self.grave, self.hard)


_DUE = func.coalesce(Matter.due_on, literal(NEVER, Date), type_=Date)


MATTER_SORTS: Mapping[str, ColumnElement[Any]] = {
    "raised": Matter.raised_on.expression,
    "day": MATTER_DAY,
    "number": Matter.number.expression,
    "enterprise": func.coalesce(Enterprise.name, ""),
    "category": Category.name.expression,
    "due": _DUE,
    "urgency": case((Matter.urgent, 4), else_=0) + case((Matter.grave, 2), else_=0) + case((Matter.hard, 1), else_=0),
}
"""By what a list of matters can be sorted; the first is the usual one and is read from an index."""


def matter_rows(
    session: Session, actor: Actor, asked: MatterFilter, wanted: Wanted, *, now: datetime
) -> Page[MatterRow]:
    """One page of the matters an actor may see."""
    columns = select(
        Matter.id,
        Matter.number,
        MATTER_DAY,
        Enterprise.name,
        Matter.kind,
        Category.name,
        Matter.title,
        Matter.state,
        Matter.urgent,
        Matter.grave,
        Matter.hard,
        Unit.name,
        Matter.due_on,
    )
    statement = narrowed(columns, actor, asked, now)
    page = page_of(session, statement, wanted, keys=MATTER_SORTS, identity=Matter.id.expression)
    return replace(page, rows=[MatterRow(*row) for row in page.rows])


def how_many(session: Session, actor: Actor, asked: Sequence[MatterFilter], *, now: datetime) -> list[int]:
    """How many matters each of these lists has for an actor, none counted further than COUNT_CAP, in one statement."""
    counts = (up_to_cap(counting(select(Matter.id), actor, each, now)).scalar_subquery() for each in asked)
    return list(session.execute(select(*counts)).one()) if asked else []


def flags_of(urgent: bool, grave: bool, hard: bool) -> str:
    """急、重、难, as far as they apply."""
    return "、".join(word for word, applies in (("急", urgent), ("重", grave), ("难", hard)) if applies)
