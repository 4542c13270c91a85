"""The figures of handling by unit, category, official, day or month: two statements, whatever the number of groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    case,
    cast,
    distinct,
    extract,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.domain.handling_figures import OF_SLIPS, Basis, ContactLimits, Fact, Group, Grouping, Tally
from portal.domain.matters import WITH_A_UNIT
from portal.domain.people import Actor, Role
from portal.domain.workdays import WorkingCalendar
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter
from portal.store.queries.handling_facts import (
    HANDED_IN,
    MATTER_DAY,
    Seen,
    facts_of,
    is_closed_between,
    is_of_day,
    seen_beside,
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
    found = session.execute(_of_matters(actor, asked, today, limits)).all()
    for row in (it for it in found if it[3] is None):
        key, place[row[0]] = row[0], row[2]
        sums[key] = _Sums(str(row[1]))
        sums[key].counts.update(zip(OF_MATTERS, row[6:], strict=True))
    for key, label, order, *counts in session.execute(_of_slips(actor, asked)):
        place[key] = order
        sums.setdefault(key, _Sums(str(label))).counts.update(zip(SLIP_FACTS, counts, strict=True))
    _add_worked(sums, [(row[0], row[3], row[4], row[5]) for row in found if row[3] is not None], calendar)
    inorder = sorted(sums, key=lambda key: (place[key] is None, place[key], key is None, key))
    return [
        Group(_spelled(key), sums[key].label, Tally(sums[key].counts, sums[key].worked_days, sums[key].worked))
        for key in inorder
    ]


def _add_worked(
    sums: Mapping[Any, _Sums], handed: Sequence[tuple[Any, date, date, int]], calendar: WorkingCalendar
) -> None:
    """Every day is numbered once by its working days since the first: a span is then a difference."""
    days = {day for _, first, last, _ in handed for day in (first, last)}
    origin = min(days, default=date.min)
    numbered = {day: calendar.between(origin, day) for day in days}
    for key, first, last, number in handed:
        sums[key].worked_days += max(0, numbered[last] - numbered[first]) * number
        sums[key].worked += number


def _spelled(key: object) -> str:
    return "" if key is None else key.isoformat() if isinstance(key, date) else str(key)


def _of_matters(actor: Actor, asked: Asked, today: date, limits: ContactLimits) -> CompoundSelect[Any]:
    """Two kinds of rows over the same matters, of which each is looked at once.

    One a group: of how many matters each fact is true. And for every span of days from receipt to signed result, how many
    matters of a group took just that.
    """
    told = _columns(_told(asked.grouping, Matter.lead_unit_id))
    beside = seen_beside(limits)
    looked_at = [getattr(beside, it.name).label(it.name) for it in fields(Seen)]
    found = _grouped(with_handling(_from_matters([*told, *looked_at])), asked.grouping, Matter.lead_unit_id)
    each = found.where(*_own(actor), _in_span(asked)).cte("each").prefix_with("MATERIALIZED").c
    seen = Seen(**{it.name: each[it.name] for it in fields(Seen)})
    facts = facts_of(seen, today)
    counts = [cast(func.sum(case((facts[it], 1), else_=0)), Integer) for it in OF_MATTERS]
    day, nothing = cast(null(), Date), cast(null(), Integer)
    tallies = select(each.key, func.max(each.label), func.max(each.place), day, day, nothing, *counts)
    worked = select(
        each.key, cast(null(), each.label.type), cast(null(), each.place.type), each.received_on, each.handed_on,
        func.count(), *(nothing for _ in counts),
    ).where(seen.state.in_(HANDED_IN), seen.received_on.is_not(None), seen.handed_on.is_not(None))  # fmt: skip
    return union_all(tallies.group_by(each.key), worked.group_by(each.key, each.received_on, each.handed_on))


def _of_slips(actor: Actor, asked: Asked) -> Select[Any]:
    """One row a group: how many matters went to a unit, were objected to, and were taken back."""
    told = _columns(_told(asked.grouping, standing.lead_unit_id))
    flags = [case((slip_fact(fact), 1), else_=0).label(fact.value) for fact in SLIP_FACTS]
    each = _grouped(
        went_to_a_unit(_from_matters([*told, Matter.id.label("matter_id"), *flags])),
        asked.grouping, standing.lead_unit_id,
    ).where(*_own_slips(actor))  # fmt: skip
    found = union_all(*(each.where(*which) for which in _slips_in_span(asked))).subquery()
    counts = (
        func.count(distinct(case((found.c[fact.value] == 1, found.c.matter_id)))) for fact in SLIP_FACTS
    )  # fmt: skip
    return select(found.c.key, func.max(found.c.label), func.max(found.c.place), *counts).group_by(found.c.key)


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


def _in_span(asked: Asked) -> ColumnElement[bool]:
    """The matters of a span as a set of records: looked at in the order in which they lie, theirs lie together too."""
    chosen = select(Matter.id).where(Matter.state.in_(WITH_A_UNIT))
    if asked.basis is Basis.DUE:
        chosen = chosen.where(Matter.due_on.between(asked.first, asked.last))
    elif asked.basis is Basis.CLOSED:
        chosen = chosen.where(is_closed_between(asked.first, asked.last))
    else:
        chosen = chosen.where(is_of_day(asked.first, asked.last))
    return Matter.id.in_(chosen.correlate(None))


def _slips_in_span(asked: Asked) -> list[list[ColumnElement[bool]]]:
    """The same for slips; by the last day (`due_on_slip`) in two halves, so that each is read from its index."""
    if asked.basis is Basis.CLOSED:
        return [[is_closed_between(asked.first, asked.last)]]
    if asked.basis is Basis.RAISED:
        return [[is_of_day(asked.first, asked.last)]]
    running = select(Matter.id).where(Matter.due_on.between(asked.first, asked.last))
    over = select(Slip.id).where(Slip.due_on.between(asked.first, asked.last))
    return [
        [SlipMatter.ended_at.is_(None), Matter.id.in_(running.correlate(None))],
        [SlipMatter.ended_at.is_not(None), standing.id.in_(over.correlate(None))],
    ]
