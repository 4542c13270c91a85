"""Studies: where matters are concentrated, the list, one with the matters it rests on (QD-25)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.deadlines import months_later
from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.domain.meetings import STANDING_STUDIES, StudyState
from portal.domain.people import Actor
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.meetings import Study, StudyMatter
from portal.store.models.people import Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.handling_files import HandlingFileRow, files_of_study
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.matters import NEVER
from portal.store.queries.visibility import visible_matters, visible_studies

UNSEEN = "没有找到这项专题研究，可能编号有误，或不在您可见的范围内。"
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class CategoryCame:
    """What came under a category of the upper level since its last study; `stands` while a study of it is not over."""

    code: str
    name: str
    matter_ids: tuple[int, ...]
    enterprises: int
    stands: bool


@dataclass(frozen=True, slots=True)
class Concentration:
    """How many matters of a category were raised within the time looked at; `study` is the one that stands for it."""

    code: str
    name: str
    matters: int
    enterprises: int
    study_id: int | None
    study_state: StudyState | None


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """What a list of studies is narrowed to; `late_on` asks for those whose conclusion is late on that day."""

    state: StudyState | None = None
    category: str | None = None
    unit_id: int | None = None
    late_on: date | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return self != StudyFilter(self.state)


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One study in a list."""

    id: int
    state: StudyState
    title: str
    category: str | None
    lead_unit: str | None
    due_on: date | None
    made_on: date
    matters: int
    conclusion: str

    def is_overdue(self, today: date) -> bool:
        """Whether its conclusion is late."""
        return self.state is StudyState.OPEN and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class StudiedMatter:
    """A matter a study rests on; whose it is only for who may see the matter."""

    id: int
    number: str
    title: str
    enterprise: str
    state: MatterState
    raised_on: date
    lead_unit: str | None
    seen: bool


@dataclass(frozen=True, slots=True)
class StudyPage:
    """One study with its matters."""

    id: int
    version: int
    state: StudyState
    title: str
    category_code: str | None
    category: str | None
    why: str
    lead_unit_id: int | None
    lead_unit: str | None
    due_on: date | None
    conclusion: str
    concluded_on: date | None
    dropped_why: str
    made_by: str
    made_on: date
    matters: tuple[StudiedMatter, ...]
    files: Sequence[HandlingFileRow] = ()

    @property
    def stands(self) -> bool:
        """Whether it is not over."""
        return self.state in STANDING_STUDIES


_COUNT = select(func.count()).where(StudyMatter.study_id == Study.id).correlate(Study).scalar_subquery()
STUDY_SORTS: Mapping[str, ColumnElement[Any]] = {
    "newest": Study.made_at.expression,
    "title": Study.title.expression,
    "category": func.coalesce(Category.name, ""),
    "state": case(
        {StudyState.OPEN: 0, StudyState.PROPOSED: 1, StudyState.CONCLUDED: 2}, value=Study.state.expression, else_=3
    ),
    "unit": func.coalesce(Unit.short_name, ""),
    "due": func.coalesce(Study.due_on, literal(NEVER, Date), type_=Date),
    "matters": _COUNT,
}


def came_since(session: Session, *, months: int, today: date) -> Sequence[CategoryCame]:
    """By category of the upper level: matters of the last months that came after its last study and are on none of it."""
    upper, linked = aliased(Category), aliased(StudyMatter)
    last = dict(
        session.execute(
            select(Study.category_code, func.max(Study.made_at))
            .where(Study.category_code.is_not(None))
            .group_by(Study.category_code)
        )
        .tuples()
        .all()
    )
    standing = set(session.scalars(select(Study.category_code).where(Study.state.in_(STANDING_STUDIES))))
    studied = (
        select(linked.matter_id)
        .join(Study, Study.id == linked.study_id)
        .where(linked.matter_id == Matter.id, Study.category_code == upper.code)
    )
    rows = session.execute(
        select(Matter.id, Matter.enterprise_id, Matter.raised_at, upper.code, upper.name)
        .join(Category, Category.code == Matter.category_code)
        .join(upper, upper.code == func.coalesce(Category.parent_code, Category.code))
        .where(_within(months, today), ~studied.correlate(Matter, upper).exists())
        .order_by(upper.position, upper.code, Matter.id)
    ).all()
    found: dict[str, list[Any]] = {}
    for row in rows:
        if row.code not in last or row.raised_at > last[row.code]:
            found.setdefault(row.code, []).append(row)
    return [
        CategoryCame(
            code,
            came[0].name,
            tuple(it.id for it in came),
            len({it.enterprise_id for it in came if it.enterprise_id is not None}),
            code in standing,
        )
        for code, came in found.items()
    ]


def concentrations(session: Session, *, months: int, today: date) -> Sequence[Concentration]:
    """How many matters of each category of the upper level came within the last months, most first, in one statement."""
    upper, standing = aliased(Category), aliased(Study)
    rows = session.execute(
        select(
            upper.code,
            upper.name,
            func.count(),
            func.count(Matter.enterprise_id.distinct()),
            standing.id,
            standing.state,
        )
        .select_from(Matter)
        .join(Category, Category.code == Matter.category_code)
        .join(upper, upper.code == func.coalesce(Category.parent_code, Category.code))
        .outerjoin(standing, (standing.category_code == upper.code) & standing.state.in_(STANDING_STUDIES))
        .where(_within(months, today))
        .group_by(upper.code, upper.name, upper.position, standing.id, standing.state)
        .order_by(func.count().desc(), upper.position, upper.code)
    )
    return [Concentration(*row) for row in rows]


def first_day_counted(months: int, today: date) -> date:
    """From which day on matters count for a concentration."""
    return months_later(today, -months)


def study_rows(session: Session, actor: Actor, asked: StudyFilter, wanted: Wanted) -> Page[StudyRow]:
    """One page of the studies an actor may see."""
    page = page_of(session, _listed(actor, asked), wanted, keys=STUDY_SORTS, identity=Study.id.expression)
    return replace(page, rows=[_row(row) for row in page.rows])


def all_studies(session: Session, actor: Actor, asked: StudyFilter) -> Iterator[StudyRow]:
    """The whole list under the same filters, newest first: for export."""
    for row in session.execute(_listed(actor, asked).order_by(Study.made_at.desc(), Study.id.desc())):
        yield _row(row)


def study_counts(
    session: Session, actor: Actor, asked: StudyFilter, *, today: date
) -> tuple[Mapping[StudyState, int], int]:
    """How many are in each state under the other filters, and how many of all these are late; one statement."""
    late = func.count(Study.id).filter(_is_late(today))
    statement = _narrowed(select(Study.state, func.count(Study.id), late), actor, replace(asked, state=None))
    rows = session.execute(statement.group_by(Study.state)).all()
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in StudyState}, sum(row[2] for row in rows)


def study_page(session: Session, actor: Actor, study_id: int) -> StudyPage:
    """One study with its matters, in two statements, and the files of its conclusion. Raises NotFound when not visible."""
    row = session.execute(
        select(Study, Category.name, Unit.short_name)
        .outerjoin(Category, Category.code == Study.category_code)
        .outerjoin(Unit, Unit.id == Study.lead_unit_id)
        .where(Study.id == study_id, visible_studies(actor))
    ).first()
    if row is None:
        raise NotFound(UNSEEN)
    study, category, unit = row
    return StudyPage(
        id=study.id,
        version=study.version,
        state=study.state,
        title=study.title,
        category_code=study.category_code,
        category=category,
        why=study.why,
        lead_unit_id=study.lead_unit_id,
        lead_unit=unit,
        due_on=study.due_on,
        conclusion=study.conclusion,
        concluded_on=study.concluded_on,
        dropped_why=study.dropped_why,
        made_by=study.made_by,
        made_on=study.made_at.date(),
        matters=_matters(session, actor, study_id),
        files=files_of_study(session, study_id) if study.state is StudyState.CONCLUDED else (),
    )


def studies_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[tuple[int, str]]:
    """Id and title of the studies that rest on a matter, for its page, newest first; those dropped left out."""
    rows = session.execute(
        select(Study.id, Study.title)
        .join(StudyMatter, StudyMatter.study_id == Study.id)
        .where(StudyMatter.matter_id == matter_id, Study.state != StudyState.DROPPED, visible_studies(actor))
        .order_by(Study.made_at.desc(), Study.id.desc())
    )
    return [(row.id, row.title) for row in rows]


def matters_for_study(
    session: Session, actor: Actor, study: StudyPage | None, words: str, *, category: str | None
) -> Sequence[StudiedMatter]:
    """Matters that could belong to a study: those in which every word occurs, or of its category; newest first."""
    statement = _matter_columns(actor)
    if words:
        statement = statement.where(matter_search(words))
    elif category:
        statement = statement.where(or_(Category.code == category, Category.parent_code == category))
    else:
        return []
    if study is not None:
        statement = statement.where(Matter.id.not_in([it.id for it in study.matters]))
    rows = session.execute(
        statement.where(Matter.state != MatterState.WITHDRAWN, visible_matters(actor))
        .order_by(Matter.raised_on.desc(), Matter.id.desc())
        .limit(MOST_FOUND)
    )
    return [_matter(row) for row in rows]


def _within(months: int, today: date) -> ColumnElement[bool]:
    return Matter.raised_on.between(first_day_counted(months, today) + timedelta(days=1), today) & (
        Matter.state != MatterState.WITHDRAWN
    )


def _matters(session: Session, actor: Actor, study_id: int) -> tuple[StudiedMatter, ...]:
    rows = session.execute(
        _matter_columns(actor)
        .join(StudyMatter, StudyMatter.matter_id == Matter.id)
        .where(StudyMatter.study_id == study_id)
        .order_by(Matter.raised_on.desc(), Matter.id.desc())
    )
    return tuple(_matter(row) for row in rows)


def _matter_columns(actor: Actor) -> Select[Any]:
    return (
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Enterprise.name,
            Matter.state,
            Matter.raised_on,
            Unit.short_name,
            visible_matters(actor).label("seen"),
        )
        .join(Category, Category.code == Matter.category_code)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
    )


def _matter(row: Any) -> StudiedMatter:
    number, title, enterprise, state, raised_on, unit, seen = row[1:]
    return StudiedMatter(row[0], number, title, (enterprise or "") if seen else "", state, raised_on, unit, bool(seen))


def _row(row: Any) -> StudyRow:
    study_id, state, title, category, unit, due_on, made_at, matters, conclusion = row
    return StudyRow(study_id, state, title, category, unit, due_on, made_at.date(), matters, conclusion)


def _is_late(today: date) -> ColumnElement[bool]:
    return (Study.state == StudyState.OPEN) & (Study.due_on < today)


def _listed(actor: Actor, asked: StudyFilter) -> Select[Any]:
    columns = (
        select(
            Study.id, Study.state, Study.title, Category.name, Unit.short_name, Study.due_on, Study.made_at, _COUNT,
            Study.conclusion,
        )
        .outerjoin(Category, Category.code == Study.category_code)
        .outerjoin(Unit, Unit.id == Study.lead_unit_id)
    )  # fmt: skip
    return _narrowed(columns, actor, asked)


def _narrowed(statement: Select[Any], actor: Actor, asked: StudyFilter) -> Select[Any]:
    statement = statement.where(visible_studies(actor))
    if asked.state is not None:
        statement = statement.where(Study.state == asked.state)
    if asked.category is not None:
        statement = statement.where(Study.category_code == asked.category)
    if asked.unit_id is not None:
        statement = statement.where(Study.lead_unit_id == asked.unit_id)
    if asked.late_on is not None:
        statement = statement.where(_is_late(asked.late_on))
    for word in asked.words.split():
        statement = statement.where(
            or_(Study.title.contains(word, autoescape=True), Study.why.contains(word, autoescape=True))
        )
    return statement
