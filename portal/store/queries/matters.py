"""Matters: the list with its filters, and one matter's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.ages import Age
from portal.domain.attendance import Attendance
from portal.domain.bookings import RECEIVED_STATES, Identity
from portal.domain.errors import NotFound
from portal.domain.extensions import ExtensionState
from portal.domain.handling_figures import OF_SLIPS, Counted
from portal.domain.labelled import Labelled
from portal.domain.masking import mask_name
from portal.domain.matters import WITH_A_UNIT, Check, MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.people import Actor
from portal.domain.refusals import RefusalGround
from portal.domain.slips import SlipState
from portal.store.models.bookings import Booking, InvitedUnit, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Extension
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.handling_facts import (
    MATTER_DAY,
    decided_by_leaders,
    due_on_slip,
    is_closed_between,
    is_of_age,
    is_open,
    is_true,
    led_by_official,
    slip_fact,
    standing,
    went_to_a_unit,
    with_handling,
)
from portal.store.queries.overdue import day_at, handling_is_overdue, step_is_overdue
from portal.store.queries.visibility import sees_the_reception, sees_the_visitor, visible_matters

NEVER = date(9999, 12, 31)


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
        return _flags(self.urgent, self.grave, self.hard)


@dataclass(frozen=True, slots=True)
class ReceptionNotes:
    """What was said at the reception (NX-11), and which units were there (NX-06)."""

    started_at: datetime
    finished_at: datetime | None
    inquiry: str
    department_reports: str
    crux: str
    approach: str
    answer: str
    recorder: str
    units: tuple[tuple[str, Attendance, str], ...]


@dataclass(frozen=True, slots=True)
class MatterPage:
    """Everything one matter's page shows, except its slips and its timeline."""

    id: int
    version: int
    number: str
    kind: MatterKind
    category: str
    title: str
    detail: str
    source: str
    state: MatterState
    flags: str
    matter_class: MatterClass | None
    level: MatterLevel | None
    is_common: bool
    is_true: Check
    is_lawful: Check
    is_reasonable: Check
    check_note: str
    on_site_answer: str
    answered_by: str
    ended_reason: str
    refusal_ground: RefusalGround | None
    lead_unit_id: int | None
    lead_unit: str | None
    due_on: date | None
    step_due_on: date | None
    step_due_at: datetime | None
    state_since: datetime | None
    round: int
    is_petition: bool
    raised_on: date
    day: date | None
    venue: str | None
    enterprise_id: int | None
    enterprise: str | None
    booking_id: int | None
    visitor: str
    identity: Identity | None
    reception: ReceptionNotes | None


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
    """How many matters each of these lists has for an actor, in one statement."""
    counts = (narrowed(select(func.count()), actor, each, now).scalar_subquery() for each in asked)
    return list(session.execute(select(*counts)).one()) if asked else []


def matter_page(session: Session, actor: Actor, matter_id: int) -> MatterPage:
    """One matter as its page shows it, in one statement, with a reception three. Raises NotFound when not visible."""
    row = session.execute(
        _joined(
            select(Matter, Category.name, Unit.name, Enterprise.name, ReceptionDay, Booking).outerjoin(
                Booking, Booking.id == Matter.booking_id
            )
        ).where(Matter.id == matter_id, visible_matters(actor))
    ).first()
    if row is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    matter, category, unit, enterprise, day, booking = row
    visitor = booking.visitor_name if booking else ""
    return MatterPage(
        id=matter.id,
        version=matter.version,
        number=matter.number,
        kind=matter.kind,
        category=category,
        title=matter.title,
        detail=matter.detail,
        source=matter.source,
        state=matter.state,
        flags=_flags(matter.urgent, matter.grave, matter.hard),
        matter_class=matter.matter_class,
        level=matter.level,
        is_common=matter.is_common,
        is_true=matter.is_true,
        is_lawful=matter.is_lawful,
        is_reasonable=matter.is_reasonable,
        check_note=matter.check_note,
        on_site_answer=matter.on_site_answer,
        answered_by=matter.answered_by,
        ended_reason=matter.ended_reason,
        refusal_ground=matter.refusal_ground,
        lead_unit_id=matter.lead_unit_id,
        lead_unit=unit,
        due_on=matter.due_on,
        step_due_on=matter.step_due_on,
        step_due_at=matter.step_due_at,
        state_since=matter.state_since,
        round=matter.round,
        is_petition=matter.is_petition,
        raised_on=matter.raised_on,
        day=day.day if day else None,
        venue=day.venue if day else None,
        enterprise_id=matter.enterprise_id,
        enterprise=enterprise,
        booking_id=matter.booking_id,
        visitor=visitor if sees_the_visitor(actor) else mask_name(visitor),
        identity=booking.identity if booking else None,
        reception=_notes(session, matter.booking_id) if booking and sees_the_reception(actor) else None,
    )


def categories(session: Session) -> Sequence[tuple[str, str]]:
    """Codes and names of the categories to filter by, each parent followed by what is below it, indented."""
    rows = session.execute(
        select(Category.code, Category.name, Category.parent_code)
        .where(Category.active)
        .order_by(func.coalesce(Category.parent_code, Category.code), Category.parent_code.is_not(None), Category.code)
    )
    return [(code, f"　{name}" if parent else name) for code, name, parent in rows]


def enterprise_name(session: Session, actor: Actor, enterprise_id: int) -> str | None:
    """The name of an enterprise somebody filters by, if one of its matters is visible to them."""
    return session.scalar(
        select(Enterprise.name)
        .join(Matter, Matter.enterprise_id == Enterprise.id)
        .where(Enterprise.id == enterprise_id, visible_matters(actor))
        .limit(1)
    )


def official_name(session: Session, actor: Actor, leader_id: int) -> str | None:
    """The name of a lead official somebody filters by, if a matter that is visible to them is led by them."""
    return session.scalar(
        select(Leader.name).where(
            Leader.id == leader_id,
            select(Matter.id).where(led_by_official(leader_id), visible_matters(actor)).correlate(None).exists(),
        )
    )


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(Category, Category.code == Matter.category_code)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
    )


def narrowed(statement: Select[Any], actor: Actor, asked: MatterFilter, now: datetime) -> Select[Any]:
    """A statement over matters, joined with what describes them, of what the actor may see and asked for."""
    clauses = [visible_matters(actor), *_clauses(asked, now)]
    joined = _joined(statement.select_from(Matter)).where(*clauses)
    return joined if asked.counted is None else _behind(joined, asked, asked.counted, day_at(now))


def _clauses(asked: MatterFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield from (column == value for column, value in _equal(asked) if value is not None)
    if asked.category:
        yield or_(Category.code == asked.category, Category.parent_code == asked.category)
    if asked.unit_id is not None:
        yield _handled_by(asked.unit_id)
    if asked.first is not None or asked.last is not None:
        yield MATTER_DAY.between(asked.first or date.min, asked.last or date.max)
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
        yield exists().where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.ASKED)
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


def _notes(session: Session, booking_id: int) -> ReceptionNotes | None:
    record = session.scalar(select(Reception).where(Reception.booking_id == booking_id))
    if record is None:
        return None
    units = session.execute(
        select(Unit.name, InvitedUnit.attendance, InvitedUnit.representative)
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .where(InvitedUnit.booking_id == booking_id)
        .order_by(Unit.position, Unit.id)
    )
    return ReceptionNotes(
        record.started_at,
        record.finished_at,
        record.inquiry,
        record.department_reports,
        record.crux,
        record.approach,
        record.answer,
        record.recorder,
        tuple((name, attendance, representative) for name, attendance, representative in units),
    )


def _flags(urgent: bool, grave: bool, hard: bool) -> str:
    return "、".join(word for word, applies in (("急", urgent), ("重", grave), ("难", hard)) if applies)
