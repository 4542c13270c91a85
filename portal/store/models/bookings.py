"""Bookings, the units invited to them, and the record of each reception."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.attendance import Attendance
from portal.domain.bookings import ACTIVE_STATES, BookingState, Identity, Origin
from portal.store.base import Base, Instant, one_of, words
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.sealing import Sealed


class Booking(Base):
    """An enterprise's place on a reception day.

    Three rules hold in the schema, whatever the code does: a seat has one booking, a booking that still stands has a
    seat, and an enterprise has one standing booking a day.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(f"({one_of('state', ACTIVE_STATES)}) = (seat_id IS NOT NULL)", name="seated_while_it_stands"),
        Index(
            "one_standing_booking_a_day",
            "reception_day_id",
            "enterprise_id",
            unique=True,
            sqlite_where=text(one_of("state", ACTIVE_STATES)),
            postgresql_where=text(one_of("state", ACTIVE_STATES)),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seat.id"), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    state: Mapped[BookingState] = mapped_column(words(BookingState))
    origin: Mapped[Origin] = mapped_column(words(Origin))
    identity: Mapped[Identity] = mapped_column(words(Identity))
    visitor_name: Mapped[str] = mapped_column(String(40))
    visitor_post: Mapped[str] = mapped_column(String(60), default="")
    visitor_phone: Mapped[str] = mapped_column(Sealed("booking.visitor_phone"))
    authorisation_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    override_reason: Mapped[str] = mapped_column(String(200), default="")
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    booked_at: Mapped[datetime] = mapped_column(Instant)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    reception_day: Mapped[ReceptionDay] = relationship(lazy="raise_on_sql")
    slot: Mapped[Slot] = relationship(lazy="raise_on_sql")
    seat: Mapped[Seat | None] = relationship(lazy="raise_on_sql")
    enterprise: Mapped[Enterprise] = relationship(lazy="raise_on_sql")
    authorisation: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")
    invited: Mapped[list["InvitedUnit"]] = relationship(
        back_populates="booking", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class InvitedUnit(Base):
    """A unit asked to sit in on a reception, and whether it came (NX-06)."""

    __tablename__ = "invited_unit"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
    attendance: Mapped[Attendance] = mapped_column(words(Attendance))
    representative: Mapped[str] = mapped_column(String(40), default="")
    booking: Mapped[Booking] = relationship(back_populates="invited", lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class Reception(Base):
    """What was said while an enterprise was received (NX-11)."""

    __tablename__ = "reception"

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    inquiry: Mapped[str] = mapped_column(Text, default="")
    department_reports: Mapped[str] = mapped_column(Text, default="")
    crux: Mapped[str] = mapped_column(Text, default="")
    approach: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    recorder: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")
