"""Matters raised, and the categories they fall under."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.matters import WITH_A_UNIT, Check, MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.opinions import OpinionState
from portal.domain.refusals import RefusalGround
from portal.store.base import Base, Instant, one_of, words
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay


class Category(Base):
    """A category of two levels; the starter twelve may be changed by the office (JY-16, domain 9)."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("category.code"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class CategoryUnit(Base):
    """A unit that is usually asked to sit in when a matter of this category is raised (NX-06)."""

    __tablename__ = "category_unit"

    category_code: Mapped[str] = mapped_column(ForeignKey("category.code"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)


class Matter(Base):
    """One thing an enterprise raised, numbered as it was told (NX-09).

    `due_on` is the last day of the unit's handling clock, counted as `due_days` of `due_measure` (working days when that is empty)
    from `due_from`, all empty when it was set by hand or extended; `step_due_on` that of whoever owes the next step, counted as the
    `step_` columns say, and `step_due_at` its moment where it was counted in hours. The `_rest` columns say what follows when
    a limit ends on a rest day. `round` counts how often it was taken up.

    `form_token` makes sending the form of one told in the room twice the same as once.
    """

    __tablename__ = "matter"
    __table_args__ = (
        CheckConstraint("state <> 'settled' OR on_site_answer <> ''", name="settled_with_an_answer"),
        CheckConstraint("state <> 'refused' OR ended_reason <> ''", name="refused_with_a_reason"),
        CheckConstraint("state <> 'withdrawn' OR ended_reason <> ''", name="withdrawn_with_a_reason"),
        CheckConstraint(f"NOT ({one_of('state', WITH_A_UNIT)}) OR lead_unit_id IS NOT NULL", name="assigned_to_a_unit"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_moment"),
        CheckConstraint("(due_from IS NULL) = (due_days IS NULL)", name="counted_limit"),
        CheckConstraint("(step_from IS NULL) = (step_days IS NULL)", name="counted_step"),
        Index("ix_matter_of_unit", "lead_unit_id", "state", "due_on"),
        Index("ix_matter_step", "state", "step_due_on"),
        Index("ix_matter_due", "state", "due_on"),
        Index("ix_matter_counted", "state", "reception_day_id", "raised_on", "due_on", "step_due_on", "step_due_at"),
        Index("ix_matter_closed_at", "closed_at"),
        Index("ix_matter_newest", "raised_on", "id"),
        Index("ix_matter_one_a_form", "form_token", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    reception_day_id: Mapped[int | None] = mapped_column(ForeignKey("reception_day.id"), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    position: Mapped[int] = mapped_column(default=1)
    kind: Mapped[MatterKind] = mapped_column(words(MatterKind))
    category_code: Mapped[str] = mapped_column(ForeignKey("category.code"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    detail: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(40), default="接待日")
    state: Mapped[MatterState] = mapped_column(words(MatterState), index=True)
    urgent: Mapped[bool] = mapped_column(default=False)
    grave: Mapped[bool] = mapped_column(default=False)
    hard: Mapped[bool] = mapped_column(default=False)
    is_common: Mapped[bool] = mapped_column(default=False)
    matter_class: Mapped[MatterClass | None] = mapped_column(words(MatterClass))
    level: Mapped[MatterLevel | None] = mapped_column(words(MatterLevel))
    is_true: Mapped[Check] = mapped_column(words(Check, name="is_true"), default=Check.UNKNOWN)
    is_lawful: Mapped[Check] = mapped_column(words(Check, name="is_lawful"), default=Check.UNKNOWN)
    is_reasonable: Mapped[Check] = mapped_column(words(Check, name="is_reasonable"), default=Check.UNKNOWN)
    check_note: Mapped[str] = mapped_column(Text, default="")
    on_site_answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(80), default="")
    refusal_ground: Mapped[RefusalGround | None] = mapped_column(words(RefusalGround))
    ended_reason: Mapped[str] = mapped_column(String(400), default="")
    lead_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    due_on: Mapped[date | None] = mapped_column(index=True)
    due_from: Mapped[date | None]
    due_days: Mapped[int | None]
    due_measure: Mapped[str | None] = mapped_column(String(16))
    due_rest: Mapped[str | None] = mapped_column(String(16))
    is_petition: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=1)
    state_since: Mapped[datetime | None] = mapped_column(Instant)
    step_due_on: Mapped[date | None] = mapped_column(index=True)
    step_due_at: Mapped[datetime | None] = mapped_column(Instant)
    step_from: Mapped[date | None]
    step_days: Mapped[int | None]
    step_measure: Mapped[str | None] = mapped_column(String(16))
    step_rest: Mapped[str | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    raised_on: Mapped[date]
    raised_at: Mapped[datetime] = mapped_column(Instant)
    form_token: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")
    reception_day: Mapped[ReceptionDay | None] = relationship(lazy="raise_on_sql")
    enterprise: Mapped[Enterprise | None] = relationship(lazy="raise_on_sql")
    category: Mapped[Category] = relationship(lazy="raise_on_sql")
    lead_unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")


class Opinion(Base):
    """What a unit was asked about a matter before the day, and what it answered on which policy (NX-18).

    `answered_by` is who said it; where the office wrote down what was said on the telephone, `recorded_by` is who wrote.
    `release_reason` is why the unit wants to be let off.
    """

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("matter_id", "unit_id", name="one_opinion_a_unit"),
        CheckConstraint("state <> 'answered' OR (opinion <> '' AND answered_at IS NOT NULL)", name="answered_in_words"),
        CheckConstraint("state <> 'declined' OR release_reason <> ''", name="declined_with_a_reason"),
        Index("ix_opinion_of_unit", "unit_id", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[OpinionState] = mapped_column(words(OpinionState))
    question: Mapped[str] = mapped_column(String(400), default="")
    due_on: Mapped[date]
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    opinion: Mapped[str] = mapped_column(Text, default="")
    policy_basis: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(40), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(40), default="")
    release_reason: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    matter: Mapped[Matter] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
