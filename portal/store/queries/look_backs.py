"""Look-backs: what is to be looked at again, by whom and by when, and what was found (JY-24, JY-35)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, func, literal, select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound
from portal.domain.labelled import Labelled
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import ResultCode
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Account, Unit
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.matters import NEVER
from portal.store.queries.visibility import visible_matters


class LookBackWanted(Labelled):
    """Which look-backs a list shows."""

    OPEN = "open", "待回头看"
    DUE = "due", "已到期"
    MINE = "mine", "我负责的"
    DONE = "done", "已完成"
    FAKE = "fake", "虚假销号"


@dataclass(frozen=True, slots=True)
class LookBackFilter:
    """What is asked for beside that: why, in which unit's hands the matter was, what was found, words."""

    wanted: LookBackWanted | None = LookBackWanted.OPEN
    why: LookBackWhy | None = None
    unit_id: int | None = None
    finding: Finding | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class LookBackRow:
    """One look-back with its matter."""

    id: int
    version: int
    round: int
    why: LookBackWhy
    planned_on: date
    finding: Finding | None
    told: str
    met_whom: str
    done_on: date | None
    done_by: str
    recorded_at: datetime | None
    reopened: bool
    assignee_id: int | None
    assignee: str | None
    matter_id: int
    number: str
    title: str
    state: MatterState
    matter_round: int
    closed_at: datetime | None
    enterprise: str | None
    unit: str | None
    result: ResultCode | None

    def is_overdue(self, today: date) -> bool:
        """Whether nobody has looked by the day."""
        return self.done_on is None and self.planned_on < today


LOOK_BACK_SORTS: Mapping[str, ColumnElement[Any]] = {
    "planned": LookBack.planned_on.expression,
    "done": func.coalesce(LookBack.done_on, literal(NEVER, Date), type_=Date),
    "number": Matter.number.expression,
    "enterprise": func.coalesce(Enterprise.name, ""),
    "unit": func.coalesce(Unit.short_name, ""),
}


def look_back_rows(
    session: Session, actor: Actor, asked: LookBackFilter, wanted: Wanted, *, today: date
) -> Page[LookBackRow]:
    """One page of look-backs."""
    statement = _joined(_rows()).where(*_clauses(actor, asked, today))
    page = page_of(session, statement, wanted, keys=LOOK_BACK_SORTS, identity=LookBack.id.expression)
    return replace(page, rows=[LookBackRow(*row) for row in page.rows])


def all_look_back_rows(session: Session, actor: Actor, asked: LookBackFilter, *, today: date) -> Sequence[LookBackRow]:
    """All of a list, for export."""
    statement = _joined(_rows()).where(*_clauses(actor, asked, today))
    return [LookBackRow(*row) for row in session.execute(statement.order_by(LookBack.planned_on, LookBack.id))]


def look_back_counts(
    session: Session, actor: Actor, asked: LookBackFilter, *, today: date
) -> Mapping[LookBackWanted, int]:
    """How many there are under each heading with the other filters; one statement."""
    columns = [func.count().filter(*_of(it, actor, today)).label(it.value) for it in LookBackWanted]
    row = session.execute(
        _joined(select(*columns).select_from(LookBack)).where(*_clauses(actor, replace(asked, wanted=None), today))
    ).one()
    return dict(zip(LookBackWanted, row, strict=True))


def look_backs_due(session: Session, actor: Actor, *, today: date) -> int:
    """How many have come to their day, as far as COUNT_CAP."""
    statement = select(LookBack.id).join(Matter, Matter.id == LookBack.matter_id)
    due = statement.where(*_clauses(actor, LookBackFilter(LookBackWanted.DUE), today))
    return session.scalar(up_to_cap(due)) or 0


def look_back_page(session: Session, actor: Actor, look_back_id: int) -> LookBackRow:
    """One look-back. Raises NotFound when its matter may not be seen."""
    row = session.execute(_joined(_rows()).where(visible_matters(actor), LookBack.id == look_back_id)).first()
    if row is None:
        raise NotFound("没有找到这份回头看记录，或不在您可见的范围内。")
    return LookBackRow(*row)


def look_backs_of(session: Session, actor: Actor, matter_id: int) -> Sequence[LookBackRow]:
    """Every look-back of a matter, the latest first."""
    statement = _joined(_rows()).where(visible_matters(actor), LookBack.matter_id == matter_id)
    return [LookBackRow(*row) for row in session.execute(statement.order_by(LookBack.id.desc()))]


def who_can_look(session: Session, matter_id: int) -> Sequence[tuple[int, str]]:
    """Whom a look-back can be given to: open accounts of office and supervision, but nobody who handled the matter (JY-35)."""
    handled = set[str]()
    for names in session.execute(select(Closing.proposed_by, Closing.head_by).where(Closing.matter_id == matter_id)):
        handled |= set(names)
    rows = session.execute(
        select(Account.id, Account.display_name)
        .where(Account.state == AccountState.ACTIVE, Account.role.in_((Role.OFFICE, Role.SUPERVISOR)))
        .order_by(Account.id)
    )
    return [(account_id, name) for account_id, name in rows if name not in handled]


def _rows() -> Select[Any]:
    return select(
        LookBack.id, LookBack.version, LookBack.round, LookBack.why, LookBack.planned_on, LookBack.finding,
        LookBack.told, LookBack.met_whom, LookBack.done_on, LookBack.done_by, LookBack.recorded_at, LookBack.reopened,
        LookBack.assignee_id, Account.display_name, Matter.id, Matter.number, Matter.title, Matter.state, Matter.round,
        func.coalesce(Closing.approved_at, Matter.closed_at), Enterprise.name, Unit.short_name, Closing.result,
    ).select_from(LookBack)  # fmt: skip


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(Matter, Matter.id == LookBack.matter_id)
        .outerjoin(Account, Account.id == LookBack.assignee_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .outerjoin(Closing, (Closing.matter_id == LookBack.matter_id) & (Closing.round == LookBack.round))
    )


def _clauses(actor: Actor, asked: LookBackFilter, today: date) -> Iterator[ColumnElement[bool]]:
    yield visible_matters(actor)
    if asked.wanted is not None:
        yield from _of(asked.wanted, actor, today)
    if asked.why is not None:
        yield LookBack.why == asked.why
    if asked.unit_id is not None:
        yield Matter.lead_unit_id == asked.unit_id
    if asked.finding is not None:
        yield LookBack.finding == asked.finding
    if asked.words:
        yield matter_search(asked.words)


def _of(wanted: LookBackWanted, actor: Actor, today: date) -> Sequence[ColumnElement[bool]]:
    open_ = LookBack.done_on.is_(None)
    of: Mapping[LookBackWanted, Sequence[ColumnElement[bool]]] = {
        LookBackWanted.OPEN: [open_],
        LookBackWanted.DUE: [open_, LookBack.planned_on <= today],
        LookBackWanted.MINE: [open_, LookBack.assignee_id == actor.account_id],
        LookBackWanted.DONE: [LookBack.done_on.is_not(None)],
        LookBackWanted.FAKE: [LookBack.finding == Finding.FAKE],
    }
    return of[wanted]
