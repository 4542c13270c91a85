"""Like matters of several enterprises under one task (共性任务, PT-27): joined, reported on at once, answered each, parted, ended."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.common_tasks import Joinable, joining_problems, task_problems
from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.matter_course import TERMINAL, MatterAct, rule_of
from portal.domain.people import Action, Actor, must
from portal.services.progress import ProgressTold, report_progress
from portal.services.results import ResultProposed, propose_result
from portal.store.audit_trail import record
from portal.store.models.handling import Closing, Progress
from portal.store.models.matters import Matter
from portal.store.models.meetings import CommonMatter, CommonTask
from portal.store.models.people import Unit
from portal.store.queries.visibility import visible_common_tasks

CHANGED = "您打开页面之后，别人已修改了这项共性任务。您填写的内容仍在，请核对最新内容后再提交。"
UNSEEN = "没有找到这项共性任务，可能编号有误，或不在您可见的范围内。"
NOT_YOURS = "这项任务下没有由贵单位牵头、正在办理的诉求。"


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """What a common task is about, and how all of them are to be handled."""

    title: str
    approach: str = ""
    lead_unit_id: int | None = None


class AnswersRefused(RuleBroken):
    """The result of one matter cannot be handed in; `matter_id` says which."""

    def __init__(self, matter_id: int, refusal: RuleBroken) -> None:
        super().__init__(refusal.message, field=refusal.field)
        self.matter_id = matter_id


def join_matters(
    session: Session, matter_ids: Sequence[int], order: TaskOrder, *, actor: Actor, now: datetime
) -> CommonTask:
    """Join open matters under one task; each stays a matter of its enterprise and is marked as common."""
    must(actor, Action.KEEP_MEETINGS)
    task = CommonTask(made_by=actor.name, made_at=now)
    _write(session, task, order)
    matters = _joinable(session, matter_ids, already=0)
    session.add(task)
    session.flush()
    _join(session, task, matters, actor, now)
    return task


def join_more(
    session: Session,
    task_id: int,
    matter_ids: Sequence[int],
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Join further matters to a task that is not ended. Answers how many came."""
    task = _locked(session, task_id, version, actor)
    already = set(session.scalars(select(CommonMatter.matter_id).where(CommonMatter.task_id == task_id)))
    wanted = [it for it in dict.fromkeys(matter_ids) if it not in already]
    if not matter_ids:
        raise RuleBroken("请先勾选要并入的诉求。", field="matters")
    if wanted:
        _join(session, task, _joinable(session, wanted, already=len(already)), actor, now)
        task.version += 1
        session.flush()
    return len(wanted)


def change_task(
    session: Session, task_id: int, order: TaskOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> CommonTask:
    """Change the name of a task, its lead unit, or how all of them are to be handled."""
    task = _locked(session, task_id, version, actor)
    _write(session, task, order)
    record(session, actor, now, "common_task_edited", task, summary=f"修改共性任务：{task.title}")
    return task


def part_matter(
    session: Session, task_id: int, matter_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> None:
    """Part a matter from its task: from now on it is handled on its own."""
    task = _locked(session, task_id, version, actor)
    joined = session.get(CommonMatter, (task_id, matter_id))
    if joined is None:
        raise Conflict("这件诉求已不在这项任务里，可能别人已移出。")
    matter = session.get_one(Matter, matter_id)
    session.delete(joined)
    task.version += 1
    session.flush()
    record(session, actor, now, "matter_parted", matter, summary=f"移出共性任务“{task.title}”", task=task.id)


def end_task(session: Session, task_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> CommonTask:
    """End a task when each of its matters is over. Raises RuleBroken naming how many are not."""
    task = _locked(session, task_id, version, actor)
    open_ = [it.number for it in _matters(session, task_id) if it.state not in TERMINAL]
    if open_:
        raise RuleBroken(
            f"还有 {len(open_)} 件诉求没有办结（{'、'.join(open_[:3])}），办结或移出以后才能结束。", field="state"
        )
    task.ended_at = now
    record(session, actor, now, "common_task_ended", task, summary=f"共性任务“{task.title}”全部办结")
    return task


def report_on_task(
    session: Session, task_id: int, told: ProgressTold, *, actor: Actor, now: datetime
) -> Sequence[Progress]:
    """Put a word about the task on each of its matters the unit leads and may report on: a line each, with the same files.

    The same form sent twice is the same words. Raises RuleBroken when there is none.
    """
    must(actor, Action.HANDLE_MATTER)
    task = _seen(session, task_id, actor)
    own = [it for it in _matters(session, task_id) if it.lead_unit_id == actor.unit_id]
    able = [it.id for it in own if it.state in rule_of(MatterAct.REPORT).from_]
    if task.ended_at is not None or not able:
        raise RuleBroken(NOT_YOURS, field="told")
    return [
        report_progress(
            session, it, replace(told, form_token=_own_token(told.form_token, it)), actor=actor, now=now
        )
        for it in able
    ]  # fmt: skip


def answer_for_all(
    session: Session, task_id: int, answers: Mapping[int, ResultProposed], *, actor: Actor, now: datetime
) -> Sequence[Closing]:
    """Hand in results of several matters of a task at once, each with its own words and its own evidence (JY-21, JY-26).

    Raises AnswersRefused at the first that cannot be handed in; then none is.
    """
    must(actor, Action.HANDLE_MATTER)
    task = _seen(session, task_id, actor)
    own = {it.id: it for it in _matters(session, task_id) if it.lead_unit_id == actor.unit_id}
    if not answers:
        raise RuleBroken("请至少填写一件诉求的办理结果。", field="state")
    if task.ended_at is not None or not set(answers) <= set(own):
        raise RuleBroken(NOT_YOURS, field="state")
    made = []
    for matter_id, given in sorted(answers.items()):
        one = replace(given, form_token=_own_token(given.form_token, matter_id), batch=f"common-{task.id}")
        try:
            made.append(propose_result(session, matter_id, one, actor=actor, now=now))
        except RuleBroken as refusal:
            raise AnswersRefused(matter_id, refusal) from refusal
    return made


def _own_token(token: str | None, matter_id: int) -> str | None:
    """A form of many is many forms sent once: each matter has a token of its own, of the length the record keeps."""
    return hashlib.sha256(f"{token}/{matter_id}".encode()).hexdigest() if token else None


def _locked(session: Session, task_id: int, version: int | None, actor: Actor) -> CommonTask:
    must(actor, Action.KEEP_MEETINGS)
    task = session.scalars(
        select(CommonTask).where(CommonTask.id == task_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if task is None:
        raise NotFound(UNSEEN)
    if version is not None and version != task.version:
        raise Conflict(CHANGED)
    if task.ended_at is not None:
        raise RuleBroken("这项共性任务已经结束，不能再改。", field="state")
    return task


def _seen(session: Session, task_id: int, actor: Actor) -> CommonTask:
    task = session.scalars(
        select(CommonTask).where(CommonTask.id == task_id, visible_common_tasks(actor))
    ).one_or_none()
    if task is None:
        raise NotFound(UNSEEN)
    return task


def _matters(session: Session, task_id: int) -> Sequence[Matter]:
    return session.scalars(
        select(Matter)
        .join(CommonMatter, CommonMatter.matter_id == Matter.id)
        .where(CommonMatter.task_id == task_id)
        .order_by(Matter.id)
    ).all()


def _joinable(session: Session, matter_ids: Sequence[int], *, already: int) -> Sequence[Matter]:
    wanted = list(dict.fromkeys(matter_ids))
    matters = session.scalars(
        select(Matter).where(Matter.id.in_(wanted)).order_by(Matter.id).with_for_update(of=Matter)
    ).all()
    if len(matters) != len(wanted):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    on = dict(
        session.execute(
            select(CommonMatter.matter_id, CommonTask.title)
            .join(CommonTask, CommonTask.id == CommonMatter.task_id)
            .where(CommonMatter.matter_id.in_(wanted))
        )
        .tuples()
        .all()
    )
    facts = [Joinable(it.number, it.state, it.enterprise_id, on.get(it.id, "")) for it in matters]
    refuse(joining_problems(facts, already=already))
    return matters


def _join(session: Session, task: CommonTask, matters: Sequence[Matter], actor: Actor, now: datetime) -> None:
    for matter in matters:
        session.add(CommonMatter(task_id=task.id, matter_id=matter.id, joined_by=actor.name, joined_at=now))
        matter.is_common = True
    session.flush()
    for matter in matters:
        record(session, actor, now, "matters_joined", matter, summary=f"并入共性任务“{task.title}”", task=task.id)


def _write(session: Session, task: CommonTask, order: TaskOrder) -> None:
    refuse(task_problems(order.title, order.approach))
    for name, text in (("title", order.title), ("approach", order.approach)):
        must_be_printable(text, field=name)
    if order.lead_unit_id is not None and session.get(Unit, order.lead_unit_id) is None:
        raise RuleBroken("所选的单位不存在，请重新选择。", field="lead_unit_id")
    task.title, task.approach, task.lead_unit_id = order.title.strip(), order.approach.strip(), order.lead_unit_id
