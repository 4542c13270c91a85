"""Papers that go with a slip, the office's own words for them, numbers set aside, and printing in bulk."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind, UrgingColour
from portal.domain.print_jobs import JobKind, JobState
from portal.domain.reserved_numbers import ReservedState
from portal.store.base import Base, Instant, one_of, words
from portal.store.models.people import Unit
from portal.store.models.slips import Slip


class SlipPaper(Base):
    """A paper that goes with a slip (随单文书): a reminder, a supervision notice, a form to hand in.

    What it says is frozen in `sheet` with its fingerprint, as on the slip; a void one keeps its number. A colour that did not
    follow from the one before it has a `ground` and says why.
    """

    __tablename__ = "slip_paper"
    __table_args__ = (
        UniqueConstraint("kind", "organ", "year", "serial", name="one_paper_a_number"),
        CheckConstraint(
            "(number IS NULL) = (serial IS NULL) AND (number IS NULL) = (year IS NULL)", name="number_whole"
        ),
        CheckConstraint(f"NOT ({one_of('kind', NUMBERED_KINDS)}) OR number IS NOT NULL", name="numbered"),
        CheckConstraint("(kind = 'supervision') = (colour IS NOT NULL)", name="supervision_has_a_colour"),
        CheckConstraint("(void_at IS NULL) = (void_reason = '')", name="void_with_a_reason"),
        Index("ix_slip_paper_newest", "made_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(words(PaperKind))
    colour: Mapped[UrgingColour | None] = mapped_column(words(UrgingColour))
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    organ: Mapped[str] = mapped_column(String(40), default="")
    year: Mapped[int | None]
    serial: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    reply_by: Mapped[date | None] = mapped_column(index=True)
    sheet: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    verify_code: Mapped[str] = mapped_column(String(16), unique=True)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ground: Mapped[str | None] = mapped_column(String(16))
    why_direct: Mapped[str] = mapped_column(String(200), default="")
    void_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    slip: Mapped[Slip] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")


class PaperText(Base):
    """One version of the office's words for a kind of paper; the highest version is in force, none means the standard."""

    __tablename__ = "paper_text"

    kind: Mapped[PaperKind] = mapped_column(words(PaperKind), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)


class ReservedNumber(Base):
    """A number set aside for paper made before its record; it is used once, or void with a reason, and never given again."""

    __tablename__ = "reserved_number"
    __table_args__ = (
        UniqueConstraint("paper", "organ", "year", "serial", name="one_reserved_a_number"),
        CheckConstraint("state <> 'void' OR void_reason <> ''", name="void_with_a_reason"),
        CheckConstraint("(state = 'used') = (slip_id IS NOT NULL)", name="used_by_a_slip"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_when_not_open"),
        Index("ix_reserved_number_state", "paper", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper: Mapped[str] = mapped_column(String(24))
    organ: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(60))
    verify_code: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[ReservedState] = mapped_column(words(ReservedState))
    purpose: Mapped[str] = mapped_column(String(200))
    reserved_by: Mapped[str] = mapped_column(String(40))
    reserved_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str] = mapped_column(String(40), default="")
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    slip_id: Mapped[int | None] = mapped_column(ForeignKey("slip.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PrintJob(Base):
    """A long print: what was asked, how far it is, and what came of it; a killed one is taken up where it stopped.

    `asked` holds the slips' ids as JSON in the order to print; `full` prints telephone numbers.
    """

    __tablename__ = "print_job"
    __table_args__ = (
        CheckConstraint("done >= 0 AND done <= total", name="done_within_total"),
        CheckConstraint("state <> 'done' OR result_sha256 IS NOT NULL", name="done_with_a_result"),
        CheckConstraint("state <> 'failed' OR trouble <> ''", name="failed_with_a_reason"),
        CheckConstraint("(state IN ('waiting', 'running')) = (finished_at IS NULL)", name="finished_when_over"),
        Index("ix_print_job_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column(words(JobKind))
    state: Mapped[JobState] = mapped_column(words(JobState))
    title: Mapped[str] = mapped_column(String(120))
    asked: Mapped[str] = mapped_column(Text)
    full: Mapped[bool] = mapped_column(default=False)
    year: Mapped[int | None]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(400), default="")
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    result_bytes: Mapped[int | None] = mapped_column(BigInteger)
    result_name: Mapped[str] = mapped_column(String(200), default="")
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)


class PrintJobPart(Base):
    """A finished piece of a long print: which places of the list it holds, and which bytes."""

    __tablename__ = "print_job_part"
    bookkeeping = True

    job_id: Mapped[int] = mapped_column(ForeignKey("print_job.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int]
    count: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Instant)
