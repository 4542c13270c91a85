"""A matter split among a unit's own handlers (分派经办): who does what until when, and what came of it.

What a unit arranges inside stays its own: other units never see it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.accounts import AccountState
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matter_course import Party
from portal.domain.matters import ON_THE_WAY
from portal.domain.people import Action, Actor, must
from portal.services.handling import handling_of
from portal.services.messages import tell
from portal.store.audit_trail import record
from portal.store.models.handling import UnitTask
from portal.store.models.people import Account

SHORTEST, LONGEST, LONGEST_OUTCOME, MOST_OPEN = 2, 200, 2_000, 20
OF_A_UNIT = frozenset({Party.LEAD_UNIT, Party.ASSISTING_UNIT})


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """What is asked of whom: somebody with an account of the unit, or a name."""

    what: str
    account_id: int | None = None
    handler: str = ""
    due_on: date | None = None


def give_task(session: Session, matter_id: int, given: TaskGiven, *, actor: Actor, now: datetime) -> UnitTask:
    """Give a part of a matter to one of the unit's handlers; the same task given twice is one. Raises RuleBroken."""
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, actor=actor)
    if not handling.parties & OF_A_UNIT or actor.unit_id is None:
        raise RuleBroken("只有承办这项诉求的单位可以分派经办人。", field="state")
    if handling.matter.state not in ON_THE_WAY:
        raise RuleBroken(f"事项现为“{handling.matter.state.label}”，不必再分派。", field="state")
    what = given.what.strip()
    if not SHORTEST <= len(what) <= LONGEST:
        raise RuleBroken(f"请写明要办什么，{SHORTEST} 至 {LONGEST} 个字。", field="what")
    must_be_printable(what, field="what")
    if given.due_on is not None and given.due_on < now.date():
        raise RuleBroken("完成期限不能早于今天。", field="due_on")
    account = _own_account(session, given.account_id, actor.unit_id)
    handler = account.display_name if account else given.handler.strip()[:40]
    if not handler:
        raise RuleBroken("请选择经办人，没有账号的填写姓名。", field="account_id")
    standing = _open_tasks(session, matter_id, actor.unit_id)
    same = next((it for it in standing if (it.handler, it.what, it.due_on) == (handler, what, given.due_on)), None)
    if same is not None:
        return same
    if len(standing) >= MOST_OPEN:
        raise RuleBroken(f"这项诉求已有 {MOST_OPEN} 件分派没有完成，请先完成一些。", field="what")
    task = UnitTask(
        matter_id=matter_id,
        unit_id=actor.unit_id,
        account_id=account.id if account else None,
        handler=handler,
        what=what,
        due_on=given.due_on,
        given_by=actor.name,
        given_at=now,
    )
    session.add(task)
    session.flush()
    if account is not None and account.id != actor.account_id:
        tell(
            session, [account.id], f"task-given:{task.id}", f"分派给您：{handling.matter.title}"[:120],
            body=what, url=f"/matters/{matter_id}/tasks", now=now,
        )  # fmt: skip
    record(session, actor, now, "task_given", task, summary=f"分派给{handler}", matter=matter_id)
    return task


def finish_task(
    session: Session, task_id: int, outcome: str, *, version: int | None = None, actor: Actor, now: datetime
) -> UnitTask:
    """Say what came of a task; anybody of the unit may, for somebody's part may be done by another."""
    must(actor, Action.HANDLE_MATTER)
    task = session.scalar(select(UnitTask).where(UnitTask.id == task_id).with_for_update())
    if task is None or task.unit_id != actor.unit_id:
        raise NotFound("没有找到这件分派，可能不是本单位的。")
    if task.done_at is not None:
        if task.outcome == outcome.strip():
            return task
        raise Conflict("这件分派已经完成，不能再改。", field="outcome")
    if version is not None and version != task.version:
        raise Conflict("您打开页面之后，这件分派已有变化，请核对后再提交。")
    outcome = outcome.strip()
    if not SHORTEST <= len(outcome) <= LONGEST_OUTCOME:
        raise RuleBroken(f"请写明完成情况，{SHORTEST} 至 {LONGEST_OUTCOME} 个字。", field="outcome")
    must_be_printable(outcome, field="outcome")
    task.outcome, task.done_at = outcome, now
    record(session, actor, now, "task_done", task, summary=f"{task.handler}完成分派", matter=task.matter_id)
    return task


def _own_account(session: Session, account_id: int | None, unit_id: int) -> Account | None:
    if account_id is None:
        return None
    account = session.get(Account, account_id)
    if account is None or account.unit_id != unit_id or account.state is not AccountState.ACTIVE:
        raise RuleBroken("所选经办人不是本单位的在用账号，请重新选择。", field="account_id")
    return account


def _open_tasks(session: Session, matter_id: int, unit_id: int) -> Collection[UnitTask]:
    return session.scalars(
        select(UnitTask)
        .where(UnitTask.matter_id == matter_id, UnitTask.unit_id == unit_id, UnitTask.done_at.is_(None))
        .with_for_update()
    ).all()
