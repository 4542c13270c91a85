"""Who prints long jobs, where their files lie, and how one process at a time is at it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.print_jobs import JobKind, JobState
from portal.jobs.clocks import Clocks
from portal.jobs.press import NICENESS
from portal.jobs.works import WORKS, Work
from portal.store.extension import read, write
from portal.store.leases import release, take
from portal.store.queries.print_jobs import state_of

PRINTING = "printing"
LEASE = timedelta(seconds=40)
RENEW_SECONDS = 5.0
"""The lease is renewed while the press works, so a part may take longer than it; a killed holder blocks for less than one."""


class Stopped(Exception):
    """The job was cancelled, somebody else is at it, or this process is to end."""


@dataclass(frozen=True, slots=True)
class Printer:
    """Who prints: for which portal, under what name, by which clocks, until when, how, and how much behind everything else."""

    settings: Settings
    holder: str
    clocks: Clocks
    is_enough: Callable[[], bool] = lambda: False
    works: Mapping[JobKind, Work] = field(default_factory=lambda: WORKS)
    niceness: int = NICENESS

    def folder(self, job_id: int) -> Path:
        """Where the files of a job lie."""
        return job_folder(self.settings, job_id)

    def hold(self, session: Session) -> bool:
        """Take the lease, or keep it for longer; False while another process has it."""
        return take(session, PRINTING, self.holder, LEASE, at=self.clocks.running())

    def let_go(self) -> None:
        """Give the lease back, so that the next one need not wait."""
        write(lambda session: release(session, PRINTING, self.holder, at=self.clocks.running(), done=True))

    def ticking(self, job_id: int) -> Callable[[], None]:
        """What to call every now and then while at a job: keeps the lease, and raises Stopped when it is not to go on."""
        renewed = [time.monotonic()]

        def tick() -> None:
            if self.is_enough() or state_of(anew(), job_id) is not JobState.RUNNING:
                raise Stopped
            read().rollback()
            if time.monotonic() - renewed[0] >= RENEW_SECONDS:
                if not write(self.hold):
                    raise Stopped
                renewed[0] = time.monotonic()

        return tick


def job_folder(settings: Settings, job_id: int) -> Path:
    """Where the files of a job lie, readable by the portal alone."""
    return prints_folder(settings) / str(job_id)


def prints_folder(settings: Settings) -> Path:
    """Where everything printed in bulk lies until it is fetched or too old."""
    return settings.instance / "papers" / "prints"


def part_file(folder: Path, ordinal: int) -> Path:
    """One sealed part of a job."""
    return folder / f"part-{ordinal:05}"


def result_file(folder: Path) -> Path:
    """The sealed result of a job."""
    return folder / "result"


def anew() -> Session:
    """The session without what it has seen before: on SQLite a reader otherwise keeps seeing the same state."""
    session = read()
    session.rollback()
    return session
