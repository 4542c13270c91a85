"""What a unit has given to its own handlers; nobody else sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.store.models.handling import UnitTask


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task inside a unit."""

    id: int
    matter_id: int
    account_id: int | None
    handler: str
    what: str
    due_on: date | None
    given_by: str
    given_at: datetime
    outcome: str
    done_at: datetime | None
    version: int


_TASKS = select(
    UnitTask.id, UnitTask.matter_id, UnitTask.account_id, UnitTask.handler, UnitTask.what, UnitTask.due_on,
    UnitTask.given_by, UnitTask.given_at, UnitTask.outcome, UnitTask.done_at, UnitTask.version,
)  # fmt: skip


def tasks_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[TaskRow]:
    """The tasks of a matter inside the actor's own unit, open ones first."""
    rows = session.execute(
        _TASKS.where(UnitTask.matter_id == matter_id, UnitTask.unit_id == (actor.unit_id or 0)).order_by(
            UnitTask.done_at.is_not(None), UnitTask.due_on.is_(None), UnitTask.due_on, UnitTask.id
        )
    )
    return [TaskRow(*row) for row in rows]


def task_row(session: Session, actor: Actor, task_id: int) -> TaskRow:
    """One task of the actor's own unit. Raises NotFound."""
    row = session.execute(_TASKS.where(UnitTask.id == task_id, UnitTask.unit_id == (actor.unit_id or 0))).first()
    if row is None:
        raise NotFound("没有找到这件分派，可能不是本单位的。")
    return TaskRow(*row)
