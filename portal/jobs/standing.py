"""How every piece of due work stands, for the page of jobs, the checks and the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.job_runs import JobHealth, health
from portal.jobs.rounds import is_held
from portal.jobs.sweeps import HOUR, SWEEPS, Sweep
from portal.store.queries.job_runs import RunRow, job_runs


@dataclass(frozen=True, slots=True)
class Standing:
    """One job with the note on its last run."""

    name: str
    title: str
    does: str
    pace: str
    health: JobHealth
    began_at: datetime | None = None
    took: timedelta | None = None
    next_at: datetime | None = None
    outcome: str = ""
    trouble: str = ""
    failures: int = 0
    runs: int = 0


def standings(session: Session, *, at: datetime) -> Sequence[Standing]:
    """Every job in the order in which they are done; two statements. `at` is the running clock's."""
    runs, held = job_runs(session), is_held(session, at=at)
    return [_standing(it, runs.get(it.name), held=held) for it in SWEEPS]


def _standing(sweep: Sweep, run: RunRow | None, *, held: bool) -> Standing:
    pace = f"{sweep.every // HOUR}小时" if sweep.every >= HOUR else f"{sweep.every.seconds // 60}分钟"
    if run is None:
        return Standing(sweep.name, sweep.title, sweep.does, pace, JobHealth.NEVER)
    stands = health(began_at=run.began_at, ended_at=run.ended_at, failures=run.failures, is_held=held)
    return Standing(
        sweep.name, sweep.title, sweep.does, pace, stands, run.began_at, run.took, run.next_at, run.outcome,
        run.trouble, run.failures, run.runs,
    )  # fmt: skip
