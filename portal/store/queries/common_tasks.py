"""Common tasks: the list, one with each enterprise's matter and its own answer, and which matters might be joined (PT-27)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.labelled import Labelled
from portal.domain.matter_course import TERMINAL
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.results import Grade, ResultCode
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, Progress
from portal.store.models.matters import Category, Matter
from portal.store.models.meetings import CommonMatter, CommonTask
from portal.store.models.people import Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.visibility import visible_common_tasks, visible_matters

UNSEEN = "没有找到这项共性任务，可能编号有误，或不在您可见的范围内。"
MOST_FOUND, MOST_COMPARED = 50, 2_000


class TaskWanted(Labelled):
    """Which common tasks a list shows."""

    OPEN = "open", "办理中"
    ENDED = "ended", "已结束"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of common tasks is narrowed to."""

    wanted: TaskWanted | None = None
    unit_id: int | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but how far they have got is asked for."""
        return self != TaskFilter(self.wanted)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One common task in a list: how many matters of how many enterprises, how many of them over."""

    id: int
    title: str
    lead_unit: str | None
    matters: int
    enterprises: int
    over: int
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JoinedMatter:
    """One enterprise's matter under a task, with what was last told and answered of it."""

    id: int
    number: str
    title: str
    enterprise: str | None
    state: MatterState
    lead_unit_id: int | None
    lead_unit: str | None
    due_on: date | None
    told: str
    told_at: datetime | None
    result: ResultCode | None
    answer: str
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One common task with its matters; a unit gets those that are its own, `hidden` counts the others."""

    id: int
    version: int
    title: str
    approach: str
    lead_unit_id: int | None
    lead_unit: str | None
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    matters: tuple[JoinedMatter, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """An open matter on no task, as it is compared with the others."""

    id: int
    number: str
    title: str
    enterprise_id: int | None
    enterprise: str
    category: str
    state: MatterState
    lead_unit_id: int | None
    lead_unit: str | None
    is_common: bool
    day_id: int | None


def _counted(what: ColumnElement[int], *where: ColumnElement[bool]) -> Any:
    return (
        select(what)
        .select_from(CommonMatter)
        .join(Matter, Matter.id == CommonMatter.matter_id)
        .where(CommonMatter.task_id == CommonTask.id, *where)
        .correlate(CommonTask)
        .scalar_subquery()
    )


_MATTERS = _counted(func.count())
_ENTERPRISES = _counted(func.count(Matter.enterprise_id.distinct()))
_OVER = _counted(func.count(), Matter.state.in_(TERMINAL))
TASK_SORTS: Mapping[str, ColumnElement[Any]] = {
    "newest": CommonTask.made_at.expression,
    "title": CommonTask.title.expression,
    "unit": func.coalesce(Unit.short_name, ""),
    "matters": _MATTERS,
    "enterprises": _ENTERPRISES,
    "over": _OVER,
}


def task_rows(session: Session, actor: Actor, asked: TaskFilter, wanted: Wanted) -> Page[TaskRow]:
    """One page of the common tasks an actor may see."""
    page = page_of(session, _listed(actor, asked), wanted, keys=TASK_SORTS, identity=CommonTask.id.expression)
    return replace(page, rows=[TaskRow(*row) for row in page.rows])


def all_tasks(session: Session, actor: Actor, asked: TaskFilter) -> Iterator[TaskRow]:
    """The whole list under the same filters, newest first: for export."""
    for row in session.execute(_listed(actor, asked).order_by(CommonTask.made_at.desc(), CommonTask.id.desc())):
        yield TaskRow(*row)


def task_counts(session: Session, actor: Actor, asked: TaskFilter) -> Mapping[TaskWanted, int]:
    """How many are open and how many ended under the other filters; one statement."""
    columns = [func.count().filter(_of(it)).label(it.value) for it in TaskWanted]
    statement = select(*columns).select_from(CommonTask)
    row = session.execute(_narrowed(statement, actor, replace(asked, wanted=None))).one()
    return dict(zip(TaskWanted, row, strict=True))


def task_page(session: Session, actor: Actor, task_id: int) -> TaskPage:
    """One common task with its matters. Raises NotFound when not visible."""
    row = session.execute(
        select(CommonTask, Unit.short_name)
        .outerjoin(Unit, Unit.id == CommonTask.lead_unit_id)
        .where(CommonTask.id == task_id, visible_common_tasks(actor))
    ).first()
    if row is None:
        raise NotFound(UNSEEN)
    task, unit = row
    seen = _joined(session, actor, task_id)
    every = session.scalar(select(func.count()).where(CommonMatter.task_id == task_id)) or 0
    return TaskPage(
        id=task.id,
        version=task.version,
        title=task.title,
        approach=task.approach,
        lead_unit_id=task.lead_unit_id,
        lead_unit=unit,
        made_by=task.made_by,
        made_at=task.made_at,
        ended_at=task.ended_at,
        matters=seen,
        hidden=every - len(seen),
    )


def common_task_of_matter(session: Session, actor: Actor, matter_id: int) -> tuple[int, str] | None:
    """Id and title of the common task a matter is under, for its page; None when it is under none that may be seen."""
    row = session.execute(
        select(CommonTask.id, CommonTask.title)
        .join(CommonMatter, CommonMatter.task_id == CommonTask.id)
        .where(CommonMatter.matter_id == matter_id, visible_common_tasks(actor))
    ).first()
    return (row.id, row.title) if row else None


def joinable_matters(session: Session, actor: Actor, words: str) -> Sequence[OpenMatter]:
    """Open matters on no task in which every word occurs, newest first."""
    rows = session.execute(
        _open(actor).where(matter_search(words)).order_by(Matter.raised_on.desc(), Matter.id.desc()).limit(MOST_FOUND)
    )
    return [OpenMatter(*row) for row in rows]


def chosen_matters(session: Session, actor: Actor, matter_ids: Sequence[int]) -> Sequence[OpenMatter]:
    """These matters, as far as they are open and on no task."""
    return [
        OpenMatter(*row) for row in session.execute(_open(actor).where(Matter.id.in_(matter_ids)).order_by(Matter.id))
    ]


def matters_to_compare(session: Session, actor: Actor) -> Sequence[OpenMatter]:
    """The open matters on no task, newest first, as many as can be compared at once."""
    rows = session.execute(_open(actor).order_by(Matter.raised_on.desc(), Matter.id.desc()).limit(MOST_COMPARED))
    return [OpenMatter(*row) for row in rows]


def _open(actor: Actor) -> Select[Any]:
    return (
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Matter.enterprise_id,
            func.coalesce(Enterprise.name, ""),
            Category.name,
            Matter.state,
            Matter.lead_unit_id,
            Unit.short_name,
            Matter.is_common,
            Matter.reception_day_id,
        )
        .join(Category, Category.code == Matter.category_code)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .where(
            Matter.state.not_in(TERMINAL),
            Matter.id.not_in(select(CommonMatter.matter_id)),
            visible_matters(actor),
        )
    )


def _joined(session: Session, actor: Actor, task_id: int) -> tuple[JoinedMatter, ...]:
    last, word = _latest(Progress), _latest(Closing)
    rows = session.execute(
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Enterprise.name,
            Matter.state,
            Matter.lead_unit_id,
            Unit.short_name,
            Matter.due_on,
            func.coalesce(Progress.told, ""),
            Progress.at,
            Closing.result,
            func.coalesce(Closing.told, ""),
            Closing.grade,
        )
        .join(CommonMatter, CommonMatter.matter_id == Matter.id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .outerjoin(Progress, Progress.id == last)
        .outerjoin(Closing, Closing.id == word)
        .where(CommonMatter.task_id == task_id, visible_matters(actor))
        .order_by(Matter.id)
    )
    return tuple(JoinedMatter(*row) for row in rows)


def _latest(kind: type[Progress] | type[Closing]) -> Any:
    told = aliased(kind)
    return select(func.max(told.id)).where(told.matter_id == Matter.id).correlate(Matter).scalar_subquery()


def _of(wanted: TaskWanted) -> ColumnElement[bool]:
    ended = CommonTask.ended_at.is_not(None)
    return ended if wanted is TaskWanted.ENDED else ~ended


def _listed(actor: Actor, asked: TaskFilter) -> Select[Any]:
    columns = select(
        CommonTask.id, CommonTask.title, Unit.short_name, _MATTERS, _ENTERPRISES, _OVER, CommonTask.made_at,
        CommonTask.ended_at,
    )  # fmt: skip
    return _narrowed(columns.outerjoin(Unit, Unit.id == CommonTask.lead_unit_id), actor, asked)


def _narrowed(statement: Select[Any], actor: Actor, asked: TaskFilter) -> Select[Any]:
    statement = statement.where(visible_common_tasks(actor))
    if asked.wanted is not None:
        statement = statement.where(_of(asked.wanted))
    if asked.unit_id is not None:
        statement = statement.where(CommonTask.lead_unit_id == asked.unit_id)
    for word in asked.words.split():
        about = (
            select(CommonMatter.matter_id)
            .join(Matter, Matter.id == CommonMatter.matter_id)
            .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
            .where(
                CommonMatter.task_id == CommonTask.id,
                or_(*(it.contains(word, autoescape=True) for it in (Matter.number, Matter.title, Enterprise.name))),
                visible_matters(actor),
            )
            .correlate(CommonTask)
        )
        statement = statement.where(or_(CommonTask.title.contains(word, autoescape=True), about.exists()))
    return statement
