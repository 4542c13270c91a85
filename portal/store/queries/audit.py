"""The audit trail, for the auditor: newest first, by key, so that the millionth line costs what the first does."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.clock import ZONE
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.store.models.audit import AuditLine
from portal.store.paging import Page, Wanted, page_of

VERIFIED = "audit_verified"
"""The act by which an auditor puts a verification of the chain on record."""

NO_ACCOUNT = 0

_COLUMNS = (
    AuditLine.id,
    AuditLine.at,
    AuditLine.account_id,
    AuditLine.actor_name,
    AuditLine.role,
    AuditLine.act,
    AuditLine.target_kind,
    AuditLine.target_id,
    AuditLine.summary,
)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines somebody asks for; both days count, and empty means any."""

    since: date | None = None
    until: date | None = None
    account_id: int | None = None
    act: str = ""
    kind: str = ""
    target: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the trail."""

    id: int
    at: datetime
    account_id: int
    name: str
    role: str
    act: str
    kind: str
    target: str
    summary: str

    @property
    def role_label(self) -> str:
        """The role in the office's words; the portal itself and an enterprise at its own window have none."""
        if self.account_id == NO_ACCOUNT:
            return "没有账号"
        return Role(self.role).label if self.role in set(Role) else self.role


@dataclass(frozen=True, slots=True)
class AuditDetail:
    """One line in full, with what it recorded beside the sentence, and its seal."""

    row: AuditRow
    details: dict[str, Any]
    seal: str


def audit_page(session: Session, wanted: Wanted, asked: AuditFilter) -> Page[AuditRow]:
    """One page of the trail, by line number."""
    number = AuditLine.id.expression
    page = page_of(session, _filtered(select(*_COLUMNS), asked), wanted, keys={"id": number}, identity=number)
    return replace(page, rows=[AuditRow(*row) for row in page.rows])


def audit_rows(session: Session, asked: AuditFilter, *, limit: int) -> Iterator[AuditRow]:
    """The newest lines that were asked for, one after another, for a list on paper."""
    statement = _filtered(select(*_COLUMNS), asked).order_by(AuditLine.id.desc()).limit(limit)
    for row in session.execute(statement.execution_options(yield_per=1_000)):
        yield AuditRow(*row)


def audit_line(session: Session, line_id: int) -> AuditDetail:
    """One line. Raises NotFound."""
    line = session.get(AuditLine, line_id)
    if line is None:
        raise NotFound("没有这一行审计记录。")
    row = AuditRow(*(getattr(line, column.key) for column in _COLUMNS))
    return AuditDetail(row, json.loads(line.details), line.hash)


def acts_in_use(session: Session) -> Sequence[str]:
    """Every act that occurs, for the filter."""
    return _distinct(session, AuditLine.act)


def kinds_in_use(session: Session) -> Sequence[str]:
    """Every kind of record that occurs, for the filter."""
    return _distinct(session, AuditLine.target_kind)


def last_verification(session: Session) -> AuditRow | None:
    """When the chain was last found whole, or broken, and by whom that was put on record."""
    statement = select(*_COLUMNS).where(AuditLine.act == VERIFIED).order_by(AuditLine.id.desc()).limit(1)
    row = session.execute(statement).first()
    return AuditRow(*row) if row else None


def _filtered(statement: Select[Any], asked: AuditFilter) -> Select[Any]:
    if asked.since is not None:
        statement = statement.where(AuditLine.at >= datetime.combine(asked.since, time(), ZONE))
    if asked.until is not None:
        statement = statement.where(AuditLine.at < datetime.combine(asked.until + timedelta(days=1), time(), ZONE))
    if asked.account_id is not None:
        statement = statement.where(AuditLine.account_id == asked.account_id)
    if asked.act:
        statement = statement.where(AuditLine.act == asked.act)
    if asked.kind:
        statement = statement.where(AuditLine.target_kind == asked.kind)
        if asked.target:
            statement = statement.where(AuditLine.target_id == asked.target)
    if asked.q:
        statement = statement.where(AuditLine.summary.contains(asked.q, autoescape=True))
    return statement


def _distinct(session: Session, column: InstrumentedAttribute[str]) -> Sequence[str]:
    """The different values of an indexed column, hopping from one to the next instead of reading every line."""
    first = select(func.min(column).label("value")).cte("hop", recursive=True)
    following = select(func.min(column)).where(column > first.c.value).correlate(first).scalar_subquery()
    hop = first.union_all(select(following).where(first.c.value.is_not(None)))
    return list(session.scalars(select(hop.c.value).where(hop.c.value.is_not(None))))
