"""A matter on its way through the units: progress, objections, more time, pauses, results and their closing, look-backs."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.extensions import ExtensionState, PauseKind
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.objections import Ruling
from portal.domain.progress import ProgressKind
from portal.domain.results import AnsweredHow, AskedHow, Grade, Resolved, ResultCode
from portal.store.base import Base, Instant, words
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.slips import Slip


class Progress(Base):
    """What a unit reports of a matter on its way, or an assisting unit answers the lead unit; never changed afterwards."""

    __tablename__ = "progress"
    __table_args__ = (
        CheckConstraint("told <> ''", name="in_words"),
        Index("ix_progress_of_matter", "matter_id", "at"),
        Index("ix_progress_one_a_form", "form_token", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[ProgressKind] = mapped_column(words(ProgressKind))
    told: Mapped[str] = mapped_column(Text)
    next_step: Mapped[str] = mapped_column(String(200), default="")
    contacted_on: Mapped[date | None]
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    form_token: Mapped[str | None] = mapped_column(String(64))

    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class UnitTask(Base):
    """A part of a matter a unit gives to one of its own handlers."""

    __tablename__ = "unit_task"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (outcome = '')", name="done_with_an_outcome"),
        Index("ix_unit_task_open", "unit_id", "done_at", "due_on"),
        Index("ix_unit_task_due", "done_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    handler: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date | None]
    given_by: Mapped[str] = mapped_column(String(40))
    given_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Objection(Base):
    """A unit sends a matter back (退回、异议): once on a slip, decided once, then final (domain 2.5)."""

    __tablename__ = "objection"
    __table_args__ = (
        UniqueConstraint("slip_id", "matter_id", name="one_objection_a_slip"),
        CheckConstraint("reasons <> '' AND told <> ''", name="with_reasons"),
        CheckConstraint(
            "(ruling IS NULL) = (ruled_at IS NULL) AND (ruling IS NULL) = (ruled_by = '')", name="ruled_whole"
        ),
        CheckConstraint("ruling IS NULL OR ruling_told <> ''", name="ruled_with_reasons"),
        Index("ix_objection_open", "ruling", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    reasons: Mapped[str] = mapped_column(String(200))
    told: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text, default="")
    proposed_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date]
    ruling: Mapped[Ruling | None] = mapped_column(words(Ruling))
    ruling_told: Mapped[str] = mapped_column(Text, default="")
    ruled_by: Mapped[str] = mapped_column(String(40), default="")
    ruled_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Extension(Base):
    """A request for more time, and what was decided; a matter has at most one that waits."""

    __tablename__ = "extension"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="with_a_reason"),
        CheckConstraint("until_on > before_on", name="later_than_before"),
        CheckConstraint("(state IN ('granted', 'refused')) = (decided_at IS NOT NULL)", name="decided_whole"),
        Index(
            "ix_extension_one_waits",
            "matter_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_extension_of_matter", "matter_id", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    before_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ExtensionState] = mapped_column(words(ExtensionState))
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(40), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(400), default="")
    enterprise_told_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Pause(Base):
    """A time in which the clock of a matter stands still: suspension, or long-term hold with a day to look at it again.

    `days_left` are the working days (a petition's: calendar days) that were left when it began; they run on when it ends.
    """

    __tablename__ = "pause"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="with_a_reason"),
        Index(
            "ix_pause_one_a_matter",
            "matter_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_pause_review", "ended_at", "review_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    kind: Mapped[PauseKind] = mapped_column(words(PauseKind))
    reason: Mapped[str] = mapped_column(Text)
    review_on: Mapped[date]
    days_left: Mapped[int]
    begun_by: Mapped[str] = mapped_column(String(40))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_why: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Closing(Base):
    """One round of closing a matter (销号): the result and everybody's word on it, in the order in which they are needed.

    A round that was sent back ends with `ended_why`; the next result begins another. Nobody's step is skipped unless the
    office's rules say so, and then `skipped` names it.
    """

    __tablename__ = "closing"
    __table_args__ = (
        UniqueConstraint("matter_id", "round", name="one_closing_a_round"),
        CheckConstraint("told <> ''", name="in_words"),
        CheckConstraint("(opinion_at IS NULL) = (resolved IS NULL)", name="opinion_whole"),
        CheckConstraint("approved_at IS NULL OR reviewed_at IS NOT NULL", name="reviewed_before_approved"),
        CheckConstraint("reviewed_at IS NULL OR head_at IS NOT NULL", name="signed_before_reviewed"),
        CheckConstraint("approved_at IS NULL OR approved_by <> proposed_by", name="nobody_closes_his_own"),
        CheckConstraint("approved_at IS NULL OR approved_by <> reviewed_by", name="nobody_approves_his_own_review"),
        CheckConstraint(
            "reviewed_at IS NULL OR opinion_at IS NOT NULL OR skipped LIKE '%enterprise%'",
            name="asked_before_reviewed",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ended_with_a_reason"),
        Index("ix_closing_approved", "approved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"))
    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    round: Mapped[int]
    result: Mapped[ResultCode] = mapped_column(words(ResultCode), index=True)
    told: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text, default="")
    answered_how: Mapped[AnsweredHow] = mapped_column(words(AnsweredHow))
    answered_on: Mapped[date | None]
    proposed_by: Mapped[str] = mapped_column(String(40))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date]
    head_by: Mapped[str] = mapped_column(String(40), default="")
    head_at: Mapped[datetime | None] = mapped_column(Instant)
    head_recorded_by: Mapped[str] = mapped_column(String(40), default="")
    grade: Mapped[Grade | None] = mapped_column(words(Grade))
    resolved: Mapped[Resolved | None] = mapped_column(words(Resolved))
    opinion: Mapped[str] = mapped_column(Text, default="")
    opinion_how: Mapped[AskedHow | None] = mapped_column(words(AskedHow))
    opinion_by: Mapped[str] = mapped_column(String(40), default="")
    opinion_at: Mapped[datetime | None] = mapped_column(Instant)
    opinion_recorded_by: Mapped[str] = mapped_column(String(40), default="")
    reviewed_by: Mapped[str] = mapped_column(String(40), default="")
    reviewed_at: Mapped[datetime | None] = mapped_column(Instant)
    review_remark: Mapped[str] = mapped_column(Text, default="")
    approved_by: Mapped[str] = mapped_column(String(40), default="")
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approval_remark: Mapped[str] = mapped_column(Text, default="")
    skipped: Mapped[str] = mapped_column(String(120), default="")
    batch: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(40), default="")
    ended_why: Mapped[str] = mapped_column(Text, default="")
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    matter: Mapped[Matter] = relationship(lazy="raise_on_sql")
    slip: Mapped[Slip] = relationship(lazy="raise_on_sql")


class HandlingFile(Base):
    """A file that goes with what was done: with progress, with a result as evidence, with a look-back.

    Also with the minutes of a meeting or the conclusion of a study; such a file is of no one matter.
    """

    __tablename__ = "handling_file"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN progress_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN closing_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN look_back_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN study_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one_thing",
        ),
        CheckConstraint(
            "(matter_id IS NULL) = (meeting_id IS NOT NULL OR study_id IS NOT NULL)", name="of_a_matter_or_of_many"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int | None] = mapped_column(ForeignKey("matter.id"), index=True)
    progress_id: Mapped[int | None] = mapped_column(ForeignKey("progress.id"), index=True)
    closing_id: Mapped[int | None] = mapped_column(ForeignKey("closing.id"), index=True)
    look_back_id: Mapped[int | None] = mapped_column(ForeignKey("look_back.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    caption: Mapped[str] = mapped_column(String(120), default="")

    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


class LookBack(Base):
    """Looking at a closed matter again (回头看), by somebody else than who handled it (JY-35)."""

    __tablename__ = "look_back"
    __table_args__ = (
        UniqueConstraint("matter_id", "round", "why", name="one_look_back_a_round"),
        CheckConstraint("(done_on IS NULL) = (finding IS NULL)", name="done_with_a_finding"),
        CheckConstraint("finding IS NULL OR told <> ''", name="found_in_words"),
        Index("ix_look_back_open", "done_on", "planned_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    round: Mapped[int]
    why: Mapped[LookBackWhy] = mapped_column(words(LookBackWhy))
    planned_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    finding: Mapped[Finding | None] = mapped_column(words(Finding))
    told: Mapped[str] = mapped_column(Text, default="")
    met_whom: Mapped[str] = mapped_column(String(80), default="")
    done_on: Mapped[date | None]
    done_by: Mapped[str] = mapped_column(String(40), default="")
    recorded_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    matter: Mapped[Matter] = relationship(lazy="raise_on_sql")


class PaperReply(Base):
    """What a unit answers to a reminder or a supervision notice, and whether whoever sent it found the answer poor."""

    __tablename__ = "paper_reply"
    __table_args__ = (
        CheckConstraint("told <> ''", name="in_words"),
        CheckConstraint("(poor_at IS NULL) = (poor_why = '')", name="poor_with_a_reason"),
    )

    paper_id: Mapped[int] = mapped_column(ForeignKey("slip_paper.id"), primary_key=True)
    told: Mapped[str] = mapped_column(Text)
    promised_on: Mapped[date | None]
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(40), default="")
    poor_why: Mapped[str] = mapped_column(String(200), default="")
    poor_by: Mapped[str] = mapped_column(String(40), default="")
    poor_at: Mapped[datetime | None] = mapped_column(Instant)


class ClockRule(Base):
    """One row of the office's clock policy; stages without a row run by the default (domain 2.3).

    A few lengths are among the office's rules; there `length` only counts where `measure` is another than theirs.
    """

    __tablename__ = "clock_rule"
    __table_args__ = (
        CheckConstraint("length > 0", name="some_length"),
        CheckConstraint("extensions >= 0 AND extend_by >= 0 AND ask_before >= 0", name="no_less_than_none"),
    )

    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    length: Mapped[int]
    measure: Mapped[str] = mapped_column(String(32))
    start: Mapped[str] = mapped_column(String(32))
    extensions: Mapped[int] = mapped_column(default=0)
    extend_by: Mapped[int] = mapped_column(default=0)
    ask_before: Mapped[int] = mapped_column(default=0)
    overdue: Mapped[str] = mapped_column(String(32))
    on_rest_day: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
