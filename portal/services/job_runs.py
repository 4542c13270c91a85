"""What is noted of every piece of due work: when it began and ended, what came of it, when it is done next.

Moments are the running clock's, as those of leases. Nothing here decides what is to be done: a lost note costs a look.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.job_runs import pause_after
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.meetings import JobRun

LONGEST_OUTCOME, LONGEST_TROUBLE = 400, 1_000
CUT_SHORT = "上一次没有做完，进程中途结束了。"


def note_begun(session: Session, name: str, every: timedelta, *, at: datetime) -> None:
    """A job begins; if its last run never ended, the process was killed in it, and that counts as a failure."""
    run = _run(session, name)
    if run.began_at is not None and (run.ended_at is None or run.ended_at < run.began_at):
        run.failures += 1
        run.trouble = CUT_SHORT
    run.began_at, run.next_at = at, at + pause_after(every, run.failures)


def note_done(session: Session, name: str, outcome: str, every: timedelta, *, at: datetime) -> None:
    """A job has done what was due."""
    run = _run(session, name)
    run.ended_at, run.outcome, run.trouble, run.failures = at, outcome[:LONGEST_OUTCOME], "", 0
    run.next_at = (run.began_at or at) + every
    run.runs += 1


def note_failed(session: Session, name: str, trouble: str, every: timedelta, *, at: datetime) -> None:
    """A job has failed: it is tried again, after a longer pause each time."""
    run = _run(session, name)
    run.failures += 1
    run.ended_at, run.trouble = at, trouble[:LONGEST_TROUBLE]
    run.next_at = at + pause_after(every, run.failures)
    run.runs += 1


def ask_for(session: Session, name: str, title: str, *, actor: Actor, now: datetime, at: datetime) -> None:
    """Somebody wants a job done now and not at its next turn; `at` is the running clock's."""
    must(actor, Action.RUN_JOBS)
    run = _run(session, name)
    run.next_at = at
    session.flush()
    record(session, actor, now, "job_asked", run, summary=f"要求立即运行后台任务“{title}”")


def _run(session: Session, name: str) -> JobRun:
    run = session.get(JobRun, name, populate_existing=True)
    if run is None:
        run = JobRun(name=name, failures=0, runs=0)
        session.add(run)
    return run
