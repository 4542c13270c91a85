"""The rota beside the turns themselves: plans, pools, leave, dates that do not suit, swaps, and every change."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.duty_plans import OPEN_PLANS, PlanState
from portal.domain.leaves import LeaveState
from portal.domain.swaps import SwapState
from portal.domain.turns import TurnAct
from portal.store.base import Base, Instant, one_of, words


class SeatPool(Base):
    """A leader who may take a seat; a seat that nobody is entered for is open to all."""

    __tablename__ = "seat_pool"

    seat: Mapped[str] = mapped_column(String(24), primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), primary_key=True, index=True)


class DutyPlan(Base):
    """A plan for the empty places of a span of days; at most one is open (`open_mark` is then 1)."""

    __tablename__ = "duty_plan"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="span"),
        CheckConstraint(f"({one_of('state', OPEN_PLANS)}) = (open_mark IS NOT NULL)", name="open"),
        CheckConstraint("open_mark IS NULL OR open_mark = 1", name="one_mark"),
        UniqueConstraint("open_mark", name="one_open_plan"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[PlanState] = mapped_column(words(PlanState))
    open_mark: Mapped[int | None]
    first_day: Mapped[date]
    last_day: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(24), default="")
    findings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    consult_until: Mapped[date | None]
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    turns: Mapped[list["PlannedTurn"]] = relationship(
        back_populates="plan", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class PlannedTurn(Base):
    """One place of a plan: who would take it and why; without a leader, why nobody can."""

    __tablename__ = "planned_turn"
    __table_args__ = (
        UniqueConstraint("plan_id", "reception_day_id", "seat", "position", name="one_leader_a_place"),
        UniqueConstraint("plan_id", "reception_day_id", "leader_id", name="one_place_a_leader_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("duty_plan.id"), index=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    seat: Mapped[str] = mapped_column(String(24))
    position: Mapped[int] = mapped_column(default=1)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    post: Mapped[str] = mapped_column(String(80), default="")
    why: Mapped[str] = mapped_column(String(400))
    passed_over: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    is_fixed: Mapped[bool] = mapped_column(default=False)
    plan: Mapped[DutyPlan] = relationship(back_populates="turns", lazy="raise_on_sql")


class UnsuitableDay(Base):
    """A reception day on which a leader said he or she cannot come, before the rota is published."""

    __tablename__ = "unsuitable_day"
    __table_args__ = (UniqueConstraint("reception_day_id", "leader_id", name="one_mark_a_leader_a_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    marked_by: Mapped[str] = mapped_column(String(40))
    marked_at: Mapped[datetime] = mapped_column(Instant)


class Leave(Base):
    """A span of days on which a leader asks not to serve; both ends count.

    `is_late` marks a request that came later than the office wants before a turn in the span.
    """

    __tablename__ = "leave"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[LeaveState] = mapped_column(words(LeaveState), index=True)
    is_late: Mapped[bool] = mapped_column(default=False)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


class Swap(Base):
    """An offer to swap a turn: for a named turn, or for any turn somebody else puts up; the first to take it wins.

    The places are copied, not referred to, so the offer stays readable when the rota changes under it.
    """

    __tablename__ = "swap"
    __table_args__ = (
        Index(
            "ix_swap_one_open_offer_a_place",
            "reception_day_id",
            "seat",
            "position",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state <> 'agreed' OR other_leader_id IS NOT NULL", name="agreed_with_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[SwapState] = mapped_column(words(SwapState), index=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    seat: Mapped[str] = mapped_column(String(24))
    position: Mapped[int]
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    other_day_id: Mapped[int | None] = mapped_column(ForeignKey("reception_day.id"), index=True)
    other_seat: Mapped[str] = mapped_column(String(24), default="")
    other_position: Mapped[int | None]
    other_leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    offered_by: Mapped[str] = mapped_column(String(40))
    offered_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(40), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


class DutyChange(Base):
    """One change of who holds a place, kept for ever: calendar feeds, counts and before/after stand on it."""

    __tablename__ = "duty_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    seat: Mapped[str] = mapped_column(String(24))
    position: Mapped[int]
    act: Mapped[TurnAct] = mapped_column(words(TurnAct))
    from_leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    to_leader_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    reason: Mapped[str] = mapped_column(String(400))
    done_by: Mapped[str] = mapped_column(String(40))
    done_at: Mapped[datetime] = mapped_column(Instant)
