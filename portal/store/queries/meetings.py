"""Meetings: the list, one with its agenda, and the meetings a matter was in (JY-05)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.domain.meetings import MeetingKind, MeetingState
from portal.domain.people import Actor, Role
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.people import Leader, Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.handling_files import HandlingFileRow, files_of_meeting
from portal.store.queries.visibility import SEES_ALL, visible_matters, visible_meetings

UNSEEN = "没有找到这次会议，可能编号有误，或不在您可见的范围内。"


@dataclass(frozen=True, slots=True)
class MeetingFilter:
    """What a list of meetings is narrowed to."""

    kind: MeetingKind | None = None
    state: MeetingState | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return self != MeetingFilter(state=self.state)


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting in a list."""

    id: int
    kind: MeetingKind
    state: MeetingState
    title: str
    held_on: date
    venue: str
    chair: str | None
    items: int
    minutes: str


@dataclass(frozen=True, slots=True)
class Item:
    """One matter of an agenda, and what was decided; `seen` says whether its own page is open to who looks."""

    matter_id: int
    position: int
    number: str
    title: str
    enterprise: str | None
    category: str
    state: MatterState
    lead_unit_id: int | None
    lead_unit: str | None
    matter_due_on: date | None
    conclusion: str
    unit_id: int | None
    unit: str | None
    due_on: date | None
    seen: bool


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """One meeting with its agenda; a unit gets the items that are its own, `hidden` counts the others, and no files."""

    id: int
    version: int
    kind: MeetingKind
    state: MeetingState
    title: str
    held_on: date
    venue: str
    chair_id: int | None
    chair: str | None
    minutes: str
    cancelled_why: str
    made_by: str
    items: tuple[Item, ...]
    hidden: int
    files: Sequence[HandlingFileRow] = ()


@dataclass(frozen=True, slots=True)
class MeetingOfMatter:
    """A meeting as a matter's page names it."""

    id: int
    kind: MeetingKind
    state: MeetingState
    title: str
    held_on: date
    conclusion: str
    unit: str | None
    due_on: date | None


_COUNT = select(func.count()).where(AgendaItem.meeting_id == Meeting.id).correlate(Meeting).scalar_subquery()
MEETING_SORTS: Mapping[str, ColumnElement[Any]] = {
    "day": Meeting.held_on.expression,
    "kind": Meeting.kind.expression,
    "title": Meeting.title.expression,
    "chair": func.coalesce(Leader.name, ""),
    "items": _COUNT,
    "state": Meeting.state.expression,
}


def meeting_rows(session: Session, actor: Actor, asked: MeetingFilter, wanted: Wanted) -> Page[MeetingRow]:
    """One page of the meetings an actor may see."""
    page = page_of(session, _listed(actor, asked), wanted, keys=MEETING_SORTS, identity=Meeting.id.expression)
    return replace(page, rows=[MeetingRow(*row) for row in page.rows])


def all_meetings(session: Session, actor: Actor, asked: MeetingFilter) -> Iterator[MeetingRow]:
    """The whole list under the same filters, newest first: for export."""
    for row in session.execute(_listed(actor, asked).order_by(Meeting.held_on.desc(), Meeting.id.desc())):
        yield MeetingRow(*row)


def meeting_counts(session: Session, actor: Actor, asked: MeetingFilter) -> Mapping[MeetingState, int]:
    """How many are in each state under the other filters; one statement."""
    statement = _narrowed(select(Meeting.state, func.count()), actor, replace(asked, state=None))
    found = dict(session.execute(statement.group_by(Meeting.state)).tuples().all())
    return {state: found.get(state, 0) for state in MeetingState}


def meeting_page(session: Session, actor: Actor, meeting_id: int) -> MeetingPage:
    """One meeting with its agenda, in two statements; with the files of its minutes for whoever reads these. Raises NotFound when not visible."""
    row = session.execute(
        select(Meeting, Leader.name)
        .outerjoin(Leader, Leader.id == Meeting.chair_id)
        .where(Meeting.id == meeting_id, visible_meetings(actor))
    ).first()
    if row is None:
        raise NotFound(UNSEEN)
    meeting, chair = row
    every = _items(session, actor, meeting_id)
    chairs = actor.role in SEES_ALL or (meeting.chair_id or 0) in actor.leader_ids
    items = every if chairs else tuple(it for it in every if it.seen or _is_named(it, actor))
    return MeetingPage(
        id=meeting.id,
        version=meeting.version,
        kind=meeting.kind,
        state=meeting.state,
        title=meeting.title,
        held_on=meeting.held_on,
        venue=meeting.venue,
        chair_id=meeting.chair_id,
        chair=chair,
        minutes=meeting.minutes if chairs else "",
        cancelled_why=meeting.cancelled_why,
        made_by=meeting.made_by,
        items=items,
        hidden=len(every) - len(items),
        files=files_of_meeting(session, meeting.id) if chairs and meeting.state is MeetingState.HELD else (),
    )


def meetings_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[MeetingOfMatter]:
    """In which meetings a matter was, newest first, with what each decided; those called off left out."""
    rows = session.execute(
        select(
            Meeting.id,
            Meeting.kind,
            Meeting.state,
            Meeting.title,
            Meeting.held_on,
            AgendaItem.conclusion,
            Unit.short_name,
            AgendaItem.due_on,
        )
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .outerjoin(Unit, Unit.id == AgendaItem.unit_id)
        .where(AgendaItem.matter_id == matter_id, Meeting.state != MeetingState.CANCELLED, visible_meetings(actor))
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
    )
    return [MeetingOfMatter(*row) for row in rows]


def _is_named(item: Item, actor: Actor) -> bool:
    return actor.role is Role.UNIT and item.unit_id == actor.unit_id


def _items(session: Session, actor: Actor, meeting_id: int) -> tuple[Item, ...]:
    named = aliased(Unit)
    rows = session.execute(
        select(
            Matter.id,
            AgendaItem.position,
            Matter.number,
            Matter.title,
            Enterprise.name,
            Category.name,
            Matter.state,
            Matter.lead_unit_id,
            Unit.short_name,
            Matter.due_on,
            AgendaItem.conclusion,
            AgendaItem.unit_id,
            named.short_name,
            AgendaItem.due_on,
            visible_matters(actor).label("seen"),
        )
        .join(AgendaItem, AgendaItem.matter_id == Matter.id)
        .join(Category, Category.code == Matter.category_code)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .outerjoin(named, named.id == AgendaItem.unit_id)
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(AgendaItem.position, AgendaItem.matter_id)
    )
    return tuple(Item(*row) for row in rows)


def _listed(actor: Actor, asked: MeetingFilter) -> Select[Any]:
    columns = select(
        Meeting.id, Meeting.kind, Meeting.state, Meeting.title, Meeting.held_on, Meeting.venue, Leader.name, _COUNT,
        Meeting.minutes,
    )  # fmt: skip
    return _narrowed(columns.outerjoin(Leader, Leader.id == Meeting.chair_id), actor, asked)


def _narrowed(statement: Select[Any], actor: Actor, asked: MeetingFilter) -> Select[Any]:
    statement = statement.where(visible_meetings(actor))
    if asked.kind is not None:
        statement = statement.where(Meeting.kind == asked.kind)
    if asked.state is not None:
        statement = statement.where(Meeting.state == asked.state)
    if asked.first is not None:
        statement = statement.where(Meeting.held_on >= asked.first)
    if asked.last is not None:
        statement = statement.where(Meeting.held_on <= asked.last)
    for word in asked.words.split():
        about = (
            select(AgendaItem.matter_id)
            .join(Matter, Matter.id == AgendaItem.matter_id)
            .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
            .where(
                AgendaItem.meeting_id == Meeting.id,
                or_(*(it.contains(word, autoescape=True) for it in (Matter.number, Matter.title, Enterprise.name))),
                visible_matters(actor),
            )
            .correlate(Meeting)
        )
        statement = statement.where(or_(Meeting.title.contains(word, autoescape=True), about.exists()))
    return statement
