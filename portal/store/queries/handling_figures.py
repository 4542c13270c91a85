"""The figures of handling by unit, category, official, day or month: three statements, whatever the number of groups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, distinct, extract, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.handling_figures import OF_SLIPS, Basis, ContactLimits, Fact, Group, Grouping, Tally
from portal.domain.people import Actor, Role
from portal.domain.workdays import WorkingCalendar
from portal.store.days import day_of
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.queries.handling_facts import (
    HANDED_IN,
    MATTER_DAY,
    closing,
    due_on_slip,
    is_closed_between,
    is_true,
    receipt,
    slip_fact,
    standing,
    went_to_a_unit,
    with_handling,
)
from portal.store.queries.visibility import visible_matters

OF_MATTERS = tuple(it for it in Fact if it not in OF_SLIPS)
SLIP_FACTS = tuple(it for it in Fact if it in OF_SLIPS)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures: a span of days, both included, by which date, told apart by what."""

    first: date
    last: date
    basis: Basis
    grouping: Grouping


@dataclass(slots=True)
class _Sums:
    label: str
    counts: dict[Fact, int] = field(default_factory=lambda: dict.fromkeys(Fact, 0))
    worked_days: int = 0
    worked: int = 0


def handling_figures(
    session: Session, actor: Actor, asked: Asked, *, today: date, calendar: WorkingCalendar, limits: ContactLimits
) -> list[Group]:
    """The groups in the office's order, each with its tally; a unit gets its own row alone."""
    sums: dict[Any, _Sums] = {}
    place: dict[Any, Any] = {}
    for facts, statement in (
        (OF_MATTERS, _of_matters(actor, asked, today, limits)),
        (SLIP_FACTS, _of_slips(actor, asked)),
    ):
        for key, label, order, *counts in session.execute(statement):
            place[key] = order
            sums.setdefault(key, _Sums(str(label))).counts.update(zip(facts, counts, strict=True))
    took: dict[tuple[date, date], int] = {}
    for key, first, last, number in session.execute(_worked(actor, asked)):
        if (first, last) not in took:
            took[first, last] = max(0, calendar.between(first, last))
        sums[key].worked_days += took[first, last] * number
        sums[key].worked += number
    inorder = sorted(sums, key=lambda key: (place[key] is None, place[key], key is None, key))
    return [
        Group(_spelled(key), sums[key].label, Tally(sums[key].counts, sums[key].worked_days, sums[key].worked))
        for key in inorder
    ]


def _spelled(key: object) -> str:
    return "" if key is None else key.isoformat() if isinstance(key, date) else str(key)


def _of_matters(actor: Actor, asked: Asked, today: date, limits: ContactLimits) -> Select[Any]:
    """One row a group: how many matters each fact is true of; each matter is looked at once."""
    told = _told(asked.grouping, Matter.lead_unit_id)
    flags = [case((is_true(fact, today, limits), 1), else_=0).label(fact.value) for fact in OF_MATTERS]
    columns = _columns(told)
    each = _grouped(with_handling(_from_matters([*columns, *flags])), asked.grouping, Matter.lead_unit_id)
    found = each.where(*_own(actor), *_in_span(asked, Matter.due_on.expression)).subquery()
    by = (found.c.key, found.c.label, found.c.place)
    return select(*by, *(func.sum(found.c[fact.value]) for fact in OF_MATTERS)).group_by(*by)


def _of_slips(actor: Actor, asked: Asked) -> Select[Any]:
    """One row a group: how many matters went to a unit, were objected to, and were taken back."""
    told = _told(asked.grouping, standing.lead_unit_id)
    counts = [func.count(distinct(case((slip_fact(fact), Matter.id)))) for fact in SLIP_FACTS]
    each = went_to_a_unit(_from_matters([*_columns(told), *counts]))
    return (
        _grouped(each, asked.grouping, standing.lead_unit_id)
        .where(*_own_slips(actor), *_in_span(asked, due_on_slip()))
        .group_by(*told)
    )


def _worked(actor: Actor, asked: Asked) -> Select[Any]:
    """How many matters of a group went from receipt to signed result in the same span of days."""
    key, _, _ = _told(asked.grouping, Matter.lead_unit_id)
    handed_on = day_of(closing.head_at)
    each = with_handling(_from_matters([key, receipt.received_on, handed_on, func.count(Matter.id)]))
    return (
        _grouped(each, asked.grouping, Matter.lead_unit_id)
        .where(*_own(actor), *_in_span(asked, Matter.due_on.expression))
        .where(Matter.state.in_(HANDED_IN), receipt.received_on.is_not(None), closing.head_at.is_not(None))
        .group_by(key, receipt.received_on, handed_on)
    )


def _from_matters(columns: Sequence[Any]) -> Select[Any]:
    return (
        select(*columns).select_from(Matter).outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
    )  # fmt: skip


_UPPER = aliased(Category, name="upper_category")


def _grouped(statement: Select[Any], grouping: Grouping, unit: Any) -> Select[Any]:
    """Joined with what the groups are called."""
    if grouping is Grouping.UNIT:
        return statement.outerjoin(Unit, Unit.id == unit)
    if grouping is Grouping.OFFICIAL:
        return statement.outerjoin(Leader, Leader.id == standing.lead_official_id)
    if grouping is Grouping.CATEGORY:
        return statement.join(Category, Category.code == Matter.category_code).join(
            _UPPER, _UPPER.code == func.coalesce(Category.parent_code, Category.code)
        )
    return statement


def _told(grouping: Grouping, unit: Any) -> tuple[Any, Any, Any]:
    """By what the groups are told apart: key, name and order."""
    month: ColumnElement[int] = cast(extract("year", MATTER_DAY) * 100 + extract("month", MATTER_DAY), Integer())
    return {
        Grouping.UNIT: (unit, Unit.short_name, Unit.position),
        Grouping.CATEGORY: (_UPPER.code, _UPPER.name, _UPPER.code),
        Grouping.OFFICIAL: (standing.lead_official_id, Leader.name, Leader.name),
        Grouping.DAY: (MATTER_DAY, MATTER_DAY, MATTER_DAY),
        Grouping.MONTH: (month, month, month),
    }[grouping]


def _columns(told: tuple[Any, Any, Any]) -> list[Any]:
    return [column.label(name) for column, name in zip(told, ("key", "label", "place"), strict=True)]


def _own(actor: Actor) -> list[ColumnElement[bool]]:
    """What an actor may see; of a unit what it leads, for what it only helps with is another's figure."""
    if actor.role is Role.UNIT:
        return [Matter.lead_unit_id == actor.unit_id]
    return [visible_matters(actor)]


def _own_slips(actor: Actor) -> list[ColumnElement[bool]]:
    """The same for slips: a unit's own, also those it sent back."""
    if actor.role is Role.UNIT:
        return [standing.lead_unit_id == actor.unit_id]
    return [visible_matters(actor)]


def _in_span(asked: Asked, due: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    if asked.basis is Basis.DUE:
        return [due.between(asked.first, asked.last)]
    if asked.basis is Basis.CLOSED:
        return [is_closed_between(asked.first, asked.last)]
    return [MATTER_DAY.between(asked.first, asked.last)]
