"""Requests to re-date or cancel a day: what waits, what was decided, and where a date's reception day went."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime, Select, select, type_coerce
from sqlalchemy.orm import Session

from portal.domain.day_changes import ApprovedHow, ChangeKind, ChangeState
from portal.domain.errors import NotFound
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.paging import Page, Wanted, page_of

SORTS = ("asked", "day")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request with the day as it stands now; `day` is where the reception day is today, `from_day` where it was."""

    id: int
    day_id: int
    day: date
    version: int
    kind: ChangeKind
    from_day: date
    to_day: date | None
    reason: str
    state: ChangeState
    asked_by: str
    asked_at: datetime
    how: ApprovedHow | None
    decided_by: str
    decided_on: date | None
    decided_at: datetime | None
    remark: str


def day_changes(
    session: Session, wanted: Wanted, *, state: ChangeState | None = None, kind: ChangeKind | None = None
) -> Page[ChangeRow]:
    """One page of requests in some state and of some kind, in two statements."""
    statement = _changes()
    if state is not None:
        statement = statement.where(DayChange.state == state)
    if kind is not None:
        statement = statement.where(DayChange.kind == kind)
    keys: dict[str, Any] = {
        "asked": type_coerce(DayChange.asked_at, DateTime()),  # a page key is read back by its plain type
        "day": DayChange.from_day.expression,
    }
    page = page_of(session, statement, wanted, keys=keys, identity=DayChange.id.expression)
    return Page([ChangeRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def waiting_changes(session: Session) -> Sequence[ChangeRow]:
    """Requests that wait for approval, those of the earliest days first."""
    rows = session.execute(
        _changes().where(DayChange.state == ChangeState.WAITING).order_by(DayChange.from_day, DayChange.id)
    )
    return [ChangeRow(*row) for row in rows]


def changes_of_day(session: Session, day_id: int) -> Sequence[ChangeRow]:
    """Every request about one reception day, the latest first."""
    rows = session.execute(_changes().where(DayChange.reception_day_id == day_id).order_by(DayChange.id.desc()))
    return [ChangeRow(*row) for row in rows]


def day_change(session: Session, change_id: int) -> ChangeRow:
    """One request. Raises NotFound."""
    row = session.execute(_changes().where(DayChange.id == change_id)).first()
    if row is None:
        raise NotFound("没有找到这份变更申请。请从“改期与取消”列表进入。")
    return ChangeRow(*row)


def moved_days(session: Session, days: Collection[date]) -> Mapping[date, date]:
    """Where the reception days that once stood on these dates are now; dates from which none was moved are left out."""
    rows = session.execute(
        select(DayChange.from_day, ReceptionDay.day)
        .join(ReceptionDay, ReceptionDay.id == DayChange.reception_day_id)
        .where(
            DayChange.from_day.in_(list(days)),
            DayChange.kind == ChangeKind.REDATE,
            DayChange.state == ChangeState.APPROVED,
            ReceptionDay.day != DayChange.from_day,
        )
        .order_by(DayChange.id)
    )
    return dict(rows.tuples().all())


def _changes() -> Select[Any]:
    return select(
        DayChange.id, DayChange.reception_day_id, ReceptionDay.day, ReceptionDay.version, DayChange.kind,
        DayChange.from_day, DayChange.to_day, DayChange.reason, DayChange.state, DayChange.asked_by, DayChange.asked_at,
        DayChange.how, DayChange.decided_by, DayChange.decided_on, DayChange.decided_at, DayChange.remark,
    ).join(ReceptionDay, ReceptionDay.id == DayChange.reception_day_id)  # fmt: skip
