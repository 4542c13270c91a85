"""What waits for a unit, by due date, as one list: a union of what each kind of work leaves open (look: 待办能清零)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Subquery, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.domain.unit_todo import TodoKind
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.overdue import is_over
from portal.store.queries.unit_todo_parts import ContactDays, parts_of, to_contact

NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class TodoFilter:
    """What the list is narrowed to; `due_until` keeps what is due by then, overdue or not."""

    kind: TodoKind | None = None
    overdue: bool = False
    due_until: date | None = None
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed at all."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


@dataclass(frozen=True, slots=True)
class TodoRow:
    """One thing to do: what, on which matter or slip, until when (to the moment where that is in hours); `note` says what came back."""

    kind: TodoKind
    due_on: date | None
    due_at: datetime | None
    matter_id: int | None
    slip_id: int | None
    paper_id: int | None
    task_id: int | None
    number: str
    title: str
    enterprise: str
    note: str


def todo_rows(
    session: Session, actor: Actor, asked: TodoFilter, wanted: Wanted, *, days: ContactDays, now: datetime
) -> Page[TodoRow]:
    """One page of what waits for the actor's unit."""
    todo = _todo(actor, days)
    statement = _columns(todo).where(*_clauses(todo, asked, now))
    page = page_of(session, statement, wanted, keys=_sorts(todo), identity=todo.c.place)
    return replace(page, rows=[_row(row) for row in page.rows])


def all_todo_rows(
    session: Session, actor: Actor, asked: TodoFilter, *, days: ContactDays, now: datetime
) -> Sequence[TodoRow]:
    """All of it, the most pressing first: for export."""
    todo = _todo(actor, days)
    statement = _columns(todo).where(*_clauses(todo, asked, now))
    return [_row(row) for row in session.execute(statement.order_by(_due(todo), todo.c.place))]


def todo_counts(
    session: Session, actor: Actor, asked: TodoFilter, *, days: ContactDays, now: datetime
) -> Mapping[TodoKind, tuple[int, int]]:
    """How much of each kind there is under the other filters, and how much of it is overdue, in one statement."""
    todo = _todo(actor, days)
    late = func.count().filter(_is_late(todo, now))
    counted = session.execute(
        select(todo.c.kind, func.count(), late)
        .where(*_clauses(todo, replace(asked, kind=None), now))
        .group_by(todo.c.kind)
    )
    found = {TodoKind(kind): (number, overdue) for kind, number, overdue in counted}
    return {kind: found.get(kind, (0, 0)) for kind in TodoKind}


def contacts_to_make(session: Session, actor: Actor, *, days: ContactDays, now: datetime) -> tuple[int, int]:
    """How many enterprises wait for the unit to speak with them, and how many of them for too long."""
    part = to_contact(actor.unit_id or 0, days).subquery("contact")
    late = func.count().filter(is_over(part.c.due_on, part.c.due_at, now))
    number, overdue = session.execute(select(func.count(), late).select_from(part)).one()
    return number, overdue


SORTS = ("due", "kind", "number", "enterprise")
"""By what the list can be sorted; the first is the usual one."""


def _sorts(todo: Subquery) -> Mapping[str, ColumnElement[Any]]:
    return {"due": _due(todo), "kind": todo.c.place, "number": todo.c.number, "enterprise": todo.c.enterprise}


def _due(todo: Subquery) -> ColumnElement[date]:
    return func.coalesce(todo.c.due_on, literal(NEVER, Date), type_=Date)


def _is_late(todo: Subquery, now: datetime) -> ColumnElement[bool]:
    return is_over(todo.c.due_on, todo.c.due_at, now)


def _todo(actor: Actor, days: ContactDays) -> Subquery:
    return parts_of(actor, days).subquery("todo")


def _columns(todo: Subquery) -> Select[Any]:
    return select(*(todo.c[field.name] for field in fields(TodoRow)))


def _row(row: Any) -> TodoRow:
    return TodoRow(TodoKind(row[0]), *row[1:11])


def _clauses(todo: Subquery, asked: TodoFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.kind is not None:
        found.append(todo.c.kind == asked.kind.value)
    if asked.overdue:
        found.append(_is_late(todo, now))
    if asked.due_until is not None:
        found.append(todo.c.due_on <= asked.due_until)
    for word in asked.words.split():
        places = (todo.c.number, todo.c.title, todo.c.enterprise)
        found.append(or_(*(place.contains(word, autoescape=True) for place in places)))
    return found
