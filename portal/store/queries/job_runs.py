"""What is known of due work: every job's last run, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.models.meetings import JobRun


@dataclass(frozen=True, slots=True)
class RunRow:
    """The note on one job."""

    name: str
    began_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None
    outcome: str
    trouble: str
    failures: int
    runs: int

    @property
    def took(self) -> timedelta | None:
        """How long the last whole run took."""
        if self.began_at is None or self.ended_at is None or self.ended_at < self.began_at:
            return None
        return self.ended_at - self.began_at


def job_runs(session: Session) -> Mapping[str, RunRow]:
    """Every job that was ever begun, by its name; one statement."""
    rows = session.execute(
        select(
            JobRun.name, JobRun.began_at, JobRun.ended_at, JobRun.next_at, JobRun.outcome, JobRun.trouble,
            JobRun.failures, JobRun.runs,
        )
    )  # fmt: skip
    return {row.name: RunRow(*row) for row in rows}


def next_turns(session: Session) -> Mapping[str, datetime | None]:
    """When each job that was ever begun is to be done next."""
    return {row.name: row.next_at for row in session.execute(select(JobRun.name, JobRun.next_at))}
