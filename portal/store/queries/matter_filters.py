"""What a list of matters is narrowed to, and the clauses that says: one filter for lists, counts, figures and exports."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.domain.ages import Age
from portal.domain.bookings import RECEIVED_STATES
from portal.domain.extensions import ExtensionState
from portal.domain.handling_figures import OF_SLIPS, Counted
from portal.domain.labelled import Labelled
from portal.domain.matters import WITH_A_UNIT, MatterClass, MatterKind, MatterState
from portal.domain.people import Actor
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Extension
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.queries.handling_facts import (
    decided_by_leaders,
    due_on_slip,
    is_closed_between,
    is_of_age,
    is_of_day,
    is_open,
    is_true,
    led_by_official,
    slip_fact,
    standing,
    went_to_a_unit,
    with_handling,
)
from portal.store.queries.overdue import day_at, handling_is_overdue, step_is_overdue
from portal.store.queries.visibility import FOR_A_LEADER, visible_matters

_below = aliased(Category)


class Urgency(Labelled):
    """The three flags of the pre-check (NX-19)."""

    URGENT = "urgent", "急"
    GRAVE = "grave", "重"
    HARD = "hard", "难"


class WhoDecides(Labelled):
    """Whose decision on more time is waited for: of class A the leader's, where the office's rules say so (domain 9)."""

    ANYBODY = "asked", "延期待审批"
    OFFICE = "office", "延期待办公室审批"
    LEADER = "leader", "延期待领导审批"


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What a list of matters is narrowed to; every field left out narrows nothing.

    A matter's day is its reception day, or the day it was raised when it came without one; `first` and `last` both
    count. `category` includes what is below it. `received` keeps only what was really brought to a reception.
    `overdue` is the handling clock, `slow` that of whoever owes the next step; `age` leaves out what has ended. `counted` are
    the matters behind a figure of handling, `lead_id` the unit it was counted for. `decided_by` are those one of these leaders
    signs for or leads; `asks_for_time` those whose request for more time waits for one who may decide it.
    """

    state: MatterState | None = None
    kind: MatterKind | None = None
    category: str | None = None
    unit_id: int | None = None
    enterprise_id: int | None = None
    first: date | None = None
    last: date | None = None
    urgency: Urgency | None = None
    overdue: bool = False
    assigned: bool = False
    received: bool = False
    words: str = ""
    lead_id: int | None = None
    official_id: int | None = None
    due_first: date | None = None
    due_last: date | None = None
    closed_first: date | None = None
    closed_last: date | None = None
    slow: bool = False
    age: Age | None = None
    asks_for_time: WhoDecides | None = None
    decided_by: frozenset[int] | None = None
    counted: Counted | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed at all."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


def matter_search(words: str) -> ColumnElement[bool]:
    """Matters in which every word occurs: number, title, detail, enterprise, or the number of a slip."""
    return and_(*(_one_word(word) for word in words.split()))


def _one_word(word: str) -> ColumnElement[bool]:
    on_a_slip = (
        select(SlipMatter.matter_id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id == Matter.id, Slip.number.contains(word, autoescape=True))
        .correlate(Matter)
    )
    places = (Matter.number, Matter.title, Matter.detail, Enterprise.name)
    return or_(*(place.contains(word, autoescape=True) for place in places), on_a_slip.exists())


def described(statement: Select[Any]) -> Select[Any]:
    """Matters joined with what a line says of them: category, enterprise, reception day, lead unit."""
    return (
        statement.join(Category, Category.code == Matter.category_code)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
    )


def narrowed(statement: Select[Any], actor: Actor, asked: MatterFilter, now: datetime) -> Select[Any]:
    """A statement over matters, joined with what describes them, of what the actor may see and asked for."""
    clauses = [visible_matters(actor), *_clauses(asked, now)]
    joined = described(statement.select_from(Matter)).where(*clauses)
    return joined if asked.counted is None else _behind(joined, asked, asked.counted, day_at(now))


def counting(statement: Select[Any], actor: Actor, asked: MatterFilter, now: datetime) -> Select[Any]:
    """The same matters for a count, joined with nothing that the filter does not ask about."""
    joined = statement.select_from(Matter)
    if asked.words.strip():
        joined = joined.outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
    if asked.counted is not None:
        joined = joined.outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
    joined = joined.where(*_clauses(asked, now))
    if not _is_own(actor, asked):
        joined = joined.where(visible_matters(actor, counted=True))
    return joined if asked.counted is None else _behind(joined, asked, asked.counted, day_at(now))


def _is_own(actor: Actor, asked: MatterFilter) -> bool:
    """Whether the filter keeps only what the actor sees anyway: a leader what is on slips he or she signs or leads."""
    return asked.decided_by is not None and actor.role in FOR_A_LEADER and asked.decided_by <= actor.leader_ids


def _clauses(asked: MatterFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield from (column == value for column, value in _equal(asked) if value is not None)
    if asked.category:
        below = select(_below.code).where(or_(_below.code == asked.category, _below.parent_code == asked.category))
        yield Matter.category_code.in_(below.correlate(None))
    if asked.unit_id is not None:
        yield _handled_by(asked.unit_id)
    if asked.first is not None or asked.last is not None:
        yield is_of_day(asked.first, asked.last)
    if asked.urgency is not None:
        yield {"urgent": Matter.urgent, "grave": Matter.grave, "hard": Matter.hard}[asked.urgency.value].expression
    if asked.overdue:
        yield handling_is_overdue(day_at(now))
    if asked.assigned:
        yield Matter.state.in_(WITH_A_UNIT)
    if asked.received:
        received = select(Booking.id).where(Booking.id == Matter.booking_id, Booking.state.in_(RECEIVED_STATES))
        yield or_(Matter.booking_id.is_(None), received.exists())
    if asked.words.strip():
        yield matter_search(asked.words)
    yield from _handling_clauses(asked, now)


def _handling_clauses(asked: MatterFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    of_slips = asked.counted is not None and asked.counted.fact in OF_SLIPS
    if asked.slow:
        yield step_is_overdue(now)
    if asked.age is not None:
        yield and_(is_open(), is_of_age(asked.age, day_at(now)))
    if asked.asks_for_time is not None:
        asking = select(Extension.matter_id).where(Extension.state == ExtensionState.ASKED)
        yield Matter.id.in_(asking.correlate(None))
        if asked.asks_for_time is not WhoDecides.ANYBODY:
            grave = func.coalesce(Matter.matter_class, MatterClass.D) == MatterClass.A
            yield grave if asked.asks_for_time is WhoDecides.LEADER else ~grave
    if asked.decided_by is not None:
        yield decided_by_leaders(asked.decided_by)
    if asked.closed_first is not None or asked.closed_last is not None:
        yield is_closed_between(asked.closed_first, asked.closed_last)
    if of_slips:
        return
    if asked.lead_id is not None:
        yield Matter.lead_unit_id == asked.lead_id
    if asked.due_first is not None or asked.due_last is not None:
        yield Matter.due_on.between(asked.due_first or date.min, asked.due_last or date.max)
    if asked.official_id is not None and asked.counted is None:
        yield led_by_official(asked.official_id)


def _behind(statement: Select[Any], asked: MatterFilter, counted: Counted, today: date) -> Select[Any]:
    """The matters a figure counted: by the slip that stands, or by every slip that took them to a unit."""
    if counted.fact not in OF_SLIPS:
        found = with_handling(statement).where(is_true(counted.fact, today, counted.limits))
        return found if asked.official_id is None else found.where(standing.lead_official_id == asked.official_id)
    taken = went_to_a_unit(select(Matter.id)).where(slip_fact(counted.fact)).correlate(None)
    if asked.lead_id is not None:
        taken = taken.where(standing.lead_unit_id == asked.lead_id)
    if asked.official_id is not None:
        taken = taken.where(standing.lead_official_id == asked.official_id)
    if asked.due_first is not None or asked.due_last is not None:
        taken = taken.where(due_on_slip().between(asked.due_first or date.min, asked.due_last or date.max))
    return statement.where(Matter.id.in_(taken))


def _equal(asked: MatterFilter) -> tuple[tuple[InstrumentedAttribute[Any], object], ...]:
    return (
        (Matter.state, asked.state),
        (Matter.kind, asked.kind),
        (Matter.enterprise_id, asked.enterprise_id),
    )


def _handled_by(unit_id: int) -> ColumnElement[bool]:
    """Led by the unit, or assisted by it on a slip that stands."""
    assisted = exists().where(
        SlipMatter.matter_id == Matter.id,
        SlipMatter.ended_at.is_(None),
        AssistingUnit.slip_id == SlipMatter.slip_id,
        AssistingUnit.unit_id == unit_id,
        Slip.id == SlipMatter.slip_id,
        Slip.state != SlipState.VOID,
    )
    return or_(Matter.lead_unit_id == unit_id, assisted)
