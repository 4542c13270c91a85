"""Reception days with their slots, seats and duty turns."""

from datetime import date, datetime, time

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.reception_days import DayState
from portal.store.base import Base, Instant, words
from portal.store.models.people import Leader


class ReceptionDay(Base):
    """One day on which leaders receive (NX-02); a district has at most one a date."""

    __tablename__ = "reception_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    state: Mapped[DayState] = mapped_column(words(DayState))
    venue: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[time]
    rule: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(200))
    theme: Mapped[str] = mapped_column(String(120), default="")
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    slots: Mapped[list["Slot"]] = relationship(
        back_populates="reception_day",
        order_by="Slot.starts_at",
        lazy="raise_on_sql",
        cascade="all, delete-orphan",
    )
    turns: Mapped[list["DutyTurn"]] = relationship(
        back_populates="reception_day",
        order_by="(DutyTurn.seat, DutyTurn.position)",
        lazy="raise_on_sql",
        cascade="all, delete-orphan",
    )


class Slot(Base):
    """A span of a reception day in one room."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("reception_day_id", "starts_at", "room"),
        CheckConstraint("ends_at > starts_at", name="span"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    room: Mapped[str] = mapped_column(String(60), default="")
    reception_day: Mapped[ReceptionDay] = relationship(back_populates="slots", lazy="raise_on_sql")
    seats: Mapped[list["Seat"]] = relationship(
        back_populates="slot", order_by="Seat.number", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class Seat(Base):
    """One place in a slot; a booking holds exactly one, and a seat at most one booking."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("slot_id", "number", name="one_seat_a_number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    number: Mapped[int]
    slot: Mapped[Slot] = relationship(back_populates="seats", lazy="raise_on_sql")


class DutyTurn(Base):
    """A leader's seat on a reception day, why it fell to him or her, and who was passed over."""

    __tablename__ = "duty_turn"
    __table_args__ = (
        UniqueConstraint("reception_day_id", "leader_id", name="one_seat_a_leader_a_day"),
        UniqueConstraint("reception_day_id", "seat", "position", name="one_leader_a_seat"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    seat: Mapped[str] = mapped_column(String(24))
    position: Mapped[int] = mapped_column(default=1)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    post: Mapped[str] = mapped_column(String(80))
    why: Mapped[str] = mapped_column(String(400))
    passed_over: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    reception_day: Mapped[ReceptionDay] = relationship(back_populates="turns", lazy="raise_on_sql")
    leader: Mapped[Leader] = relationship(lazy="raise_on_sql")
