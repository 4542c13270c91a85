"""Reception days with their slots, seats, duty turns and changes; venues and slot templates to furnish them with."""

from datetime import date, datetime, time

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.day_changes import ApprovedHow, ChangeKind, ChangeState
from portal.domain.planned_days import OnHoliday
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.domain.turns import TurnOrigin
from portal.store.base import Base, Instant, words
from portal.store.models.people import Leader


class ReceptionDay(Base):
    """One day on which leaders receive (NX-02); a district has at most one a date.

    `nominal`, `on_holiday` and `make_up_days` are what the rule made it from, so that a changed calendar can say where it
    belongs now; a day made by hand has no `nominal`. `sequence` counts what calendars outside must notice; where it has gone
    past `noticed_sequence`, the notice that was made public is out of date.

    `groups_booked` and `matters_booked` count the seated bookings and what they registered; the schema keeps them within
    `most_groups` and `most_matters` (0: no cap), whatever way a booking comes in (domain 2.2). `list_locked_at` is when the
    confirmed list was locked by hand, `list_opened_at` when it was opened again after its hour (NX-20).
    """

    __tablename__ = "reception_day"
    __table_args__ = (
        CheckConstraint("most_groups = 0 OR groups_booked <= most_groups", name="groups_within_their_cap"),
        CheckConstraint("most_matters = 0 OR matters_booked <= most_matters", name="matters_within_their_cap"),
        CheckConstraint("groups_booked >= 0 AND matters_booked >= 0", name="counted_upwards"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    state: Mapped[DayState] = mapped_column(words(DayState))
    venue: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[time]
    rule: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(200))
    nominal: Mapped[date | None]
    on_holiday: Mapped[OnHoliday | None] = mapped_column(words(OnHoliday))
    make_up_days: Mapped[bool] = mapped_column(default=True)
    sequence: Mapped[int] = mapped_column(default=0)
    theme: Mapped[str] = mapped_column(String(120), default="")
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    noticed_at: Mapped[datetime | None] = mapped_column(Instant)
    noticed_sequence: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    most_groups: Mapped[int] = mapped_column(default=0)
    most_matters: Mapped[int] = mapped_column(default=0)
    groups_booked: Mapped[int] = mapped_column(default=0)
    matters_booked: Mapped[int] = mapped_column(default=0)
    list_locked_at: Mapped[datetime | None] = mapped_column(Instant)
    list_opened_at: Mapped[datetime | None] = mapped_column(Instant)
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
    mode: Mapped[ReceptionMode] = mapped_column(words(ReceptionMode), default=ReceptionMode.SINGLE)
    theme: Mapped[str] = mapped_column(String(120), default="")
    reception_day: Mapped[ReceptionDay] = relationship(back_populates="slots", lazy="raise_on_sql")
    seats: Mapped[list["Seat"]] = relationship(
        back_populates="slot", order_by="Seat.number", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class Seat(Base):
    """One place in a slot; a booking holds exactly one, and a seat at most one booking.

    While a form is filled in, its token holds the seat until a moment: one form holds one seat, and a hold nobody used lapses
    by that moment having passed, not by anybody clearing it.
    """

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("slot_id", "number", name="one_seat_a_number"),
        Index("ix_seat_one_hold_a_form", "held_by", unique=True),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(held_by IS NULL) = (held_until IS NULL)", name="held_until_some_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    number: Mapped[int]
    held_by: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    slot: Mapped[Slot] = relationship(back_populates="seats", lazy="raise_on_sql")


class DutyTurn(Base):
    """A leader's seat on a reception day, why it fell to him or her, and who was passed over.

    `is_fixed` keeps it through every new plan. `attended` is False when the leader did not come and nobody stepped in: counts
    follow who really served.
    """

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
    origin: Mapped[TurnOrigin] = mapped_column(words(TurnOrigin), default=TurnOrigin.PLAN)
    is_fixed: Mapped[bool] = mapped_column(default=False)
    attended: Mapped[bool] = mapped_column(default=True)
    reception_day: Mapped[ReceptionDay] = relationship(back_populates="turns", lazy="raise_on_sql")
    leader: Mapped[Leader] = relationship(lazy="raise_on_sql")


class DayChange(Base):
    """A request to re-date or cancel a day with its reason, and who approved it how; a day has at most one waiting."""

    __tablename__ = "day_change"
    __table_args__ = (
        CheckConstraint("(kind = 'redate') = (to_day IS NOT NULL)", name="redate_to_a_day"),
        CheckConstraint("state <> 'approved' OR how IS NOT NULL", name="approved_somehow"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_some_moment"),
        Index(
            "ix_day_change_one_waiting_a_day",
            "reception_day_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(words(ChangeKind))
    from_day: Mapped[date] = mapped_column(index=True)
    to_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[ChangeState] = mapped_column(words(ChangeState))
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    how: Mapped[ApprovedHow | None] = mapped_column(words(ApprovedHow))
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_on: Mapped[date | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


class Venue(Base):
    """A place where reception days are held; an enterprise may lend its room (NX-07, QD-05)."""

    __tablename__ = "venue"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(160), default="")
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class SlotTemplate(Base):
    """How a day is cut into slots, by name; lengths in minutes, no slot runs into the break.

    With several `rooms` every span is a slot in each of them, side by side.
    """

    __tablename__ = "slot_template"
    __table_args__ = (
        CheckConstraint("slot_minutes > 0 AND gap_minutes >= 0 AND slots > 0 AND seats > 0", name="lengths"),
        CheckConstraint("(break_from IS NULL) = (break_minutes = 0)", name="whole_break"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    starts_at: Mapped[time]
    slot_minutes: Mapped[int]
    gap_minutes: Mapped[int] = mapped_column(default=0)
    slots: Mapped[int]
    seats: Mapped[int] = mapped_column(default=1)
    break_from: Mapped[time | None]
    break_minutes: Mapped[int] = mapped_column(default=0)
    rooms: Mapped[list[str]] = mapped_column(JSON, default=list)
    mode: Mapped[ReceptionMode] = mapped_column(words(ReceptionMode), default=ReceptionMode.SINGLE)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
