"""Long prints: a person's own list, and what the one who prints needs to know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound
from portal.domain.people import Actor, Role
from portal.domain.print_jobs import OPEN_STATES, JobKind, JobState
from portal.domain.slips import SlipState
from portal.store.models.papers import PrintJob, PrintJobPart
from portal.store.models.people import Account, AccountLeader
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.visibility import visible_slips

UNSEEN_JOB = "没有找到这个打印任务，可能已经删除，或不是您提交的。"
LISTED = 50


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job as its list shows it."""

    id: int
    kind: JobKind
    state: JobState
    title: str
    full: bool
    year: int | None
    total: int
    done: int
    trouble: str
    account_id: int
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    result_sha256: str | None
    result_bytes: int | None
    result_name: str
    removed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in OPEN_STATES

    @property
    def can_be_fetched(self) -> bool:
        """Whether what was made is there."""
        return self.state is JobState.DONE and self.removed_at is None


@dataclass(frozen=True, slots=True)
class PartRow:
    """A finished part: its place, what it holds, and the checksum of its file."""

    ordinal: int
    count: int
    pages: int
    sha256: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SlipInBatch:
    """What the list beside a batch says of a slip: no personal data."""

    id: int
    number: str | None
    state: SlipState
    version: int
    verify_code: str


_JOB_COLUMNS = tuple(getattr(PrintJob, name) for name in JobRow.__slots__)


def own_jobs(session: Session, actor: Actor) -> Sequence[JobRow]:
    """The jobs somebody may follow, those still open first, then the newest."""
    is_open = PrintJob.state.in_(OPEN_STATES)
    statement = (
        select(*_JOB_COLUMNS).where(followed_by(actor)).order_by(is_open.desc(), PrintJob.id.desc()).limit(LISTED)
    )
    return [JobRow(*row) for row in session.execute(statement)]


def own_job(session: Session, actor: Actor, job_id: int) -> JobRow:
    """One of them. Raises NotFound when there is none, or it is not for this person."""
    row = session.execute(select(*_JOB_COLUMNS).where(PrintJob.id == job_id, followed_by(actor))).first()
    if row is None:
        raise NotFound(UNSEEN_JOB)
    return JobRow(*row)


def followed_by(actor: Actor) -> ColumnElement[bool]:
    """The jobs somebody may follow and fetch: one's own; the office all but those with telephone numbers in full."""
    own = PrintJob.account_id == actor.account_id
    return own | PrintJob.full.is_(False) if actor.role is Role.OFFICE else own


def jobs_ahead(session: Session, job_id: int) -> int:
    """How many open jobs come before this one."""
    ahead = select(func.count()).select_from(PrintJob).where(PrintJob.state.in_(OPEN_STATES), PrintJob.id < job_id)
    return session.scalar(ahead) or 0


def open_jobs_of(session: Session, account_id: int) -> int:
    """How many jobs of an account are open."""
    asked = PrintJob.account_id == account_id
    return session.scalar(select(func.count()).select_from(PrintJob).where(asked, PrintJob.state.in_(OPEN_STATES))) or 0


def next_job(session: Session) -> JobRow | None:
    """The job to be at: the first of those that are open, in the order in which they were asked for."""
    statement = select(*_JOB_COLUMNS).where(PrintJob.state.in_(OPEN_STATES)).order_by(PrintJob.id).limit(1)
    row = session.execute(statement).first()
    return JobRow(*row) if row else None


def asked_of(session: Session, job_id: int) -> tuple[int, ...]:
    """What a job is to print, in order."""
    return tuple(json.loads(session.scalars(select(PrintJob.asked).where(PrintJob.id == job_id)).one()))


def parts_made(session: Session, job_id: int) -> Sequence[PartRow]:
    """The parts of a job that are ready, in order."""
    columns = (PrintJobPart.ordinal, PrintJobPart.count, PrintJobPart.pages, PrintJobPart.sha256, PrintJobPart.made_at)
    statement = select(*columns).where(PrintJobPart.job_id == job_id).order_by(PrintJobPart.ordinal)
    return [PartRow(*row) for row in session.execute(statement)]


def pace_of(session: Session, job_id: int) -> Sequence[tuple[int, datetime]]:
    """How many each finished part held and when it was ready, in the order in which they were made."""
    statement = (
        select(PrintJobPart.count, PrintJobPart.made_at)
        .where(PrintJobPart.job_id == job_id)
        .order_by(PrintJobPart.made_at, PrintJobPart.ordinal)
    )
    return [(count, made_at) for count, made_at in session.execute(statement)]


def state_of(session: Session, job_id: int) -> JobState | None:
    """Where a job stands now."""
    return session.scalar(select(PrintJob.state).where(PrintJob.id == job_id))


def jobs_with_files(session: Session) -> Mapping[int, tuple[JobState, datetime | None]]:
    """Every job whose files may lie on the disk, with its state and when it was over."""
    statement = select(PrintJob.id, PrintJob.state, PrintJob.finished_at).where(PrintJob.removed_at.is_(None))
    return {job_id: (state, finished) for job_id, state, finished in session.execute(statement)}


def asker(session: Session, account_id: int) -> Actor | None:
    """Who asked, with what the account may see today; None when it is closed."""
    row = session.execute(
        select(Account.id, Account.display_name, Account.role, Account.unit_id).where(
            Account.id == account_id, Account.state == AccountState.ACTIVE
        )
    ).first()
    if row is None:
        return None
    leaders = session.scalars(select(AccountLeader.leader_id).where(AccountLeader.account_id == account_id))
    return Actor(row.id, row.display_name, row.role, row.unit_id, frozenset(leaders))


def slips_in_batch(session: Session, actor: Actor, slip_ids: Sequence[int]) -> Mapping[int, SlipInBatch]:
    """Of some slips those the actor may see, by id."""
    latest = and_(SlipVersion.slip_id == Slip.id, SlipVersion.version == Slip.paper_version)
    columns: tuple[Any, ...] = (Slip.id, Slip.number, Slip.state, Slip.paper_version, SlipVersion.verify_code)
    statement = (
        select(*columns)
        .outerjoin(SlipVersion, latest)
        .where(Slip.id.in_(slip_ids), visible_slips(actor) if not actor.is_portal else true())
    )
    return {row[0]: SlipInBatch(row[0], row[1], row[2], row[3], row[4] or "") for row in session.execute(statement)}
