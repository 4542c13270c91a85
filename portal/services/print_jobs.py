"""Long prints as the office asks for them: asked, cancelled, tried again; and how one comes to its end.

What a job has reached is noted with statements that look at its state as well, so a cancelled one stays cancelled.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.print_jobs import (
    JOB_STEPS,
    LONGEST_TROUBLE,
    MOST_OPEN,
    MOST_SLIPS,
    JobKind,
    JobState,
    Part,
)
from portal.services.messages import tell
from portal.store.audit_trail import Target, record
from portal.store.models.papers import PrintJob, PrintJobPart
from portal.store.queries.office import office_rules
from portal.store.queries.print_jobs import (
    UNSEEN_JOB,
    JobRow,
    followed_by,
    jobs_with_files,
    open_jobs_of,
    slips_in_batch,
)
from portal.store.upserts import insert_into

PAGE = "/slips/jobs"
NOTHING = "没有可以打印的交办单。请勾选至少一张，或放宽筛选条件。"


def ask_slips(
    session: Session, kind: JobKind, slip_ids: Sequence[int], title: str, *, full: bool, actor: Actor, now: datetime
) -> PrintJob:
    """Ask for many slips in the order given; those the person may not see are left out. Raises RuleBroken when none is left."""
    must(actor, Action.SEE_BUSINESS)
    if full:
        must(actor, Action.SEE_PERSONAL_DATA)
    seen = slips_in_batch(session, actor, slip_ids)
    return ask_job(session, kind, [it for it in slip_ids if it in seen], title, full=full, actor=actor, now=now)


def ask_job(
    session: Session,
    kind: JobKind,
    items: Sequence[int],
    title: str,
    *,
    actor: Actor,
    now: datetime,
    full: bool = False,
    year: int | None = None,
) -> PrintJob:
    """Ask for something long; it is begun when its turn comes, and whoever asked is told when it is ready.

    Raises RuleBroken when there is nothing to do, far too much, or too many jobs of this person are open.
    """
    if not items:
        raise RuleBroken(NOTHING)
    if len(items) > MOST_SLIPS:
        raise RuleBroken(f"一次最多打印 {MOST_SLIPS} 张，现有 {len(items)} 张。请缩小筛选范围，分几次打印。")
    if open_jobs_of(session, actor.account_id) >= MOST_OPEN:
        raise RuleBroken(f"您已有 {MOST_OPEN} 个打印任务没有完成。请等其中一个完成，或先取消一个。")
    job = PrintJob(
        kind=kind,
        state=JobState.WAITING,
        title=title[:120],
        asked=json.dumps(list(items)),
        full=full,
        year=year,
        total=len(items),
        account_id=actor.account_id,
        asked_by=actor.name,
        asked_at=now,
    )
    session.add(job)
    session.flush()
    what = f"{kind.label}，{len(items)} 份{'，含完整联系电话' if full else ''}"
    record(session, actor, now, "print_asked", job, summary=f"提交打印任务“{job.title}”（{what}）")
    return job


def cancel_job(session: Session, job_id: int, *, actor: Actor, now: datetime) -> None:
    """End a job that is not over; what was made of it is taken off the disk soon after."""
    job = _own(session, job_id, actor)
    job.state, job.finished_at = JOB_STEPS.advance(job.state, JobState.CANCELLED), now
    record(session, actor, now, "print_cancelled", job, summary=f"取消打印任务“{job.title}”")


def retry_job(session: Session, job_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a job that failed or was cancelled back into the row; the parts that are still there are not made again."""
    job = _own(session, job_id, actor)
    if open_jobs_of(session, job.account_id) >= MOST_OPEN:
        raise RuleBroken(f"已有 {MOST_OPEN} 个打印任务没有完成。请等其中一个完成，或先取消一个。")
    job.state, job.finished_at, job.trouble = JOB_STEPS.advance(job.state, JobState.WAITING), None, ""
    job.removed_at = None
    record(session, actor, now, "print_retried", job, summary=f"重试打印任务“{job.title}”")


def begin_job(session: Session, job_id: int, *, now: datetime) -> bool:
    """Note that somebody is at a job; False when it was cancelled meanwhile."""
    begun = (
        update(PrintJob)
        .where(PrintJob.id == job_id, PrintJob.state.in_((JobState.WAITING, JobState.RUNNING)))
        .values(state=JobState.RUNNING, started_at=func.coalesce(PrintJob.started_at, now))
    )
    return session.scalars(begun.returning(PrintJob.id)).first() is not None


def note_part(
    session: Session, job_id: int, part: Part, *, pages: int, sha256: str, size: int, made_at: datetime
) -> bool:
    """Note a part that is ready; False when the job was cancelled meanwhile. `made_at` is the running clock's."""
    row = insert_into(session, PrintJobPart).values(
        job_id=job_id,
        ordinal=part.ordinal,
        first=part.first,
        count=part.count,
        pages=pages,
        sha256=sha256,
        size=size,
        made_at=made_at,
    )
    session.execute(row.on_conflict_do_nothing())
    return _count(session, job_id)


def forget_part(session: Session, job_id: int, ordinal: int) -> None:
    """A part whose file is gone or was altered is made again."""
    part = session.get(PrintJobPart, (job_id, ordinal))
    if part is not None:
        session.delete(part)
        session.flush()
        _count(session, job_id)


def finish_job(session: Session, job: JobRow, *, name: str, sha256: str, size: int, remark: str, now: datetime) -> bool:
    """The result is there; whoever asked is told. False when the job was cancelled meanwhile."""
    values = {
        "state": JobState.DONE,
        "done": PrintJob.total,
        "trouble": remark[:LONGEST_TROUBLE],
        "finished_at": now,
        "result_sha256": sha256,
        "result_bytes": size,
        "result_name": name[:200],
    }
    if not _end(session, job.id, values):
        return False
    record(
        session,
        Actor.system(),
        now,
        "print_done",
        Target("print_job", job.id),
        summary=f"完成打印任务“{job.title}”，共 {job.total} 份",
        sha256=sha256,
    )
    days = office_rules(session).print_result_days
    body = f"{remark}请在 {days} 天内下载，到期自动删除。"
    tell(
        session,
        [job.account_id],
        f"print-done:{job.id}:{int(now.timestamp())}",
        f"“{job.title}”已准备好",
        body=body,
        url=PAGE,
        now=now,
    )
    return True


def fail_job(session: Session, job: JobRow, why: str, *, now: datetime) -> bool:
    """It did not work out: the reason stands beside the job, and it can be tried again."""
    why = why[:LONGEST_TROUBLE]
    if not _end(session, job.id, {"state": JobState.FAILED, "trouble": why, "finished_at": now}):
        return False
    target = Target("print_job", job.id)
    record(session, Actor.system(), now, "print_failed", target, summary=f"打印任务“{job.title}”未完成：{why}")
    key = f"print-failed:{job.id}:{int(now.timestamp())}"
    tell(session, [job.account_id], key, f"“{job.title}”没有完成", body=why, url=PAGE, now=now)
    return True


def jobs_to_clear(session: Session, *, now: datetime) -> list[int]:
    """The jobs whose files have lain long enough, or are of no use any more."""
    limit = now - timedelta(days=office_rules(session).print_result_days)
    return [
        job_id
        for job_id, (state, finished) in jobs_with_files(session).items()
        if finished is not None and (state is JobState.CANCELLED or finished <= limit)
    ]


def note_cleared(session: Session, job_id: int, *, now: datetime) -> None:
    """The files of a job are gone; its line stays, and one that had not been finished may be begun anew."""
    job = session.get(PrintJob, job_id, populate_existing=True)
    if job is None or job.finished_at is None:
        return
    session.execute(delete(PrintJobPart).where(PrintJobPart.job_id == job_id))
    job.removed_at = now
    if job.state is not JobState.DONE:
        job.done = 0
    record(session, Actor.system(), now, "print_removed", job, summary=f"清除打印任务“{job.title}”的文件")


def _end(session: Session, job_id: int, values: dict[str, object]) -> bool:
    running = update(PrintJob).where(PrintJob.id == job_id, PrintJob.state == JobState.RUNNING)
    return session.scalars(running.values(values).returning(PrintJob.id)).first() is not None


def _count(session: Session, job_id: int) -> bool:
    made = select(func.coalesce(func.sum(PrintJobPart.count), 0)).where(PrintJobPart.job_id == job_id).scalar_subquery()
    counted = update(PrintJob).where(PrintJob.id == job_id, PrintJob.state == JobState.RUNNING).values(done=made)
    return session.scalars(counted.returning(PrintJob.id)).first() is not None


def _own(session: Session, job_id: int, actor: Actor) -> PrintJob:
    job = session.scalar(select(PrintJob).where(PrintJob.id == job_id, followed_by(actor)).with_for_update())
    if job is None:
        raise NotFound(UNSEEN_JOB)
    return job
