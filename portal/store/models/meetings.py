"""Meetings that push open matters on, studies of what many raise, and matters joined under one task (JY-05, PT-27, QD-25)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.meetings import MeetingKind, MeetingState, StudyState
from portal.store.base import Base, Instant, words
from portal.store.models.matters import Matter


class Meeting(Base):
    """A dispatch, push or consultation meeting; its agenda are open matters."""

    __tablename__ = "meeting"
    __table_args__ = (CheckConstraint("state <> 'cancelled' OR cancelled_why <> ''", name="cancelled_with_a_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MeetingKind] = mapped_column(words(MeetingKind))
    state: Mapped[MeetingState] = mapped_column(words(MeetingState))
    title: Mapped[str] = mapped_column(String(120))
    held_on: Mapped[date] = mapped_column(index=True)
    venue: Mapped[str] = mapped_column(String(80), default="")
    chair_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    minutes: Mapped[str] = mapped_column(Text, default="")
    cancelled_why: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    agenda: Mapped[list["AgendaItem"]] = relationship(
        back_populates="meeting", order_by="AgendaItem.position", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class AgendaItem(Base):
    """One matter on the agenda, and what the meeting decided about it."""

    __tablename__ = "agenda_item"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, index=True)
    position: Mapped[int]
    conclusion: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    due_on: Mapped[date | None]

    meeting: Mapped[Meeting] = relationship(back_populates="agenda", lazy="raise_on_sql")
    matter: Mapped[Matter] = relationship(lazy="raise_on_sql")


class Study(Base):
    """A study of what many enterprises raise, with its conclusion (专题研究, 系统解决办法)."""

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("state <> 'concluded' OR conclusion <> ''", name="concluded_in_words"),
        CheckConstraint("state <> 'dropped' OR dropped_why <> ''", name="dropped_with_a_reason"),
        Index(
            "ix_study_one_open_a_category",
            "category_code",
            unique=True,
            sqlite_where=text("state IN ('proposed', 'open')"),
            postgresql_where=text("state IN ('proposed', 'open')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[StudyState] = mapped_column(words(StudyState), index=True)
    title: Mapped[str] = mapped_column(String(120))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"), index=True)
    why: Mapped[str] = mapped_column(Text, default="")
    lead_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    due_on: Mapped[date | None]
    conclusion: Mapped[str] = mapped_column(Text, default="")
    concluded_on: Mapped[date | None]
    dropped_why: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class StudyMatter(Base):
    """A matter a study rests on."""

    __tablename__ = "study_matter"

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, index=True)


class CommonTask(Base):
    """Several enterprises' like matters handled as one (共性事项), each still answered on its own (PT-27)."""

    __tablename__ = "common_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    approach: Mapped[str] = mapped_column(Text, default="")
    lead_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class CommonMatter(Base):
    """A matter joined under a common task; in at most one."""

    __tablename__ = "common_matter"
    __table_args__ = (
        UniqueConstraint("matter_id", name="one_task_a_matter"),
        Index("ix_common_matter_task", "task_id"),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("common_task.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    joined_by: Mapped[str] = mapped_column(String(40))
    joined_at: Mapped[datetime] = mapped_column(Instant)


class JobRun(Base):
    """When each kind of due work last ran, what came of it, and when it runs next; kept for the page of jobs."""

    __tablename__ = "job_run"
    bookkeeping = True

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    began_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(400), default="")
    trouble: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[int] = mapped_column(default=0)
    runs: Mapped[int] = mapped_column(default=0)
