"""Matters taken to the level above, and what the supervision office does with a unit that does not move."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.store.base import Base, Instant, words


class Escalation(Base):
    """A matter reported to the level above with its whole file, and what came back (QD-21, SD-11, SD-12)."""

    __tablename__ = "escalation"
    __table_args__ = (
        CheckConstraint("why <> ''", name="with_a_reason"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_whole"),
        Index("ix_escalation_open", "answered_at", "at"),
        Index(
            "ix_escalation_one_a_leader", "matter_id", "to", "leader_id", unique=True,
            sqlite_where=text("answered_at IS NULL AND leader_id IS NOT NULL"),
            postgresql_where=text("answered_at IS NULL AND leader_id IS NOT NULL"),
        ),
        Index(
            "ix_escalation_one_an_organ", "matter_id", "to", "organ", unique=True,
            sqlite_where=text("answered_at IS NULL AND leader_id IS NULL"),
            postgresql_where=text("answered_at IS NULL AND leader_id IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    to: Mapped[EscalatedTo] = mapped_column(words(EscalatedTo))
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    organ: Mapped[str] = mapped_column(String(80), default="")
    why: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[date | None]
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(40), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Measure(Base):
    """A talk with a unit, a listing of a matter, a public notice (约谈、挂牌、通报), and what came of it."""

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint("why <> ''", name="with_a_reason"),
        CheckConstraint("(ended_at IS NULL) = (outcome = '')", name="ended_with_an_outcome"),
        Index("ix_measure_open", "ended_at", "due_on"),
        Index(
            "ix_measure_one_of_a_kind", "matter_id", "unit_id", "kind", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[MeasureKind] = mapped_column(words(MeasureKind))
    why: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(Text, default="")
    ended_by: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
