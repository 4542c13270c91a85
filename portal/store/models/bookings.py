"""Bookings, the units invited to them, and the record of each reception."""

import secrets
from base64 import b32encode
from datetime import datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.attendance import Attendance
from portal.domain.bookings import ACTIVE_STATES, STANDING_STATES, BookingState, Identity, Origin
from portal.domain.refusals import RefusalGround
from portal.store.base import Base, Instant, one_of, words
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.sealing import Sealed

CODE_DIGITS = 10


def new_code() -> str:
    """A check-in code nobody can guess, of digits only; the first is never 0."""
    return str(10 ** (CODE_DIGITS - 1) + secrets.randbelow(9 * 10 ** (CODE_DIGITS - 1)))


def new_follow_code() -> str:
    """A code nobody can guess, eighty random bits in base32."""
    return b32encode(secrets.token_bytes(10)).decode()


class Booking(Base):
    """An enterprise's place on a reception day, or its turn on the waiting list.

    What holds in the schema, whatever the code does: a seat has one booking; a booking has a seat just as long as its state
    holds one, an offer to the waiting list among them; an enterprise has one standing booking a day unless a reason says
    why it has another (`day_ordinal`); a room has at most one enterprise that was called to it or is received there.
    `code` is what the appointment slip's QR code says: digits only, so that a scanner types it through any input method.
    `follow_code` opens the enterprise's own window on its matters; eighty random bits, on its papers only.
    `holds_room` is that room (blank where the day has one, none in a group reception). `counted` tells whether it counts
    towards the day's caps; one let in above them does not.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint(f"({one_of('state', ACTIVE_STATES)}) = (seat_id IS NOT NULL)", name="seated_while_it_stands"),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offered_until_some_moment"),
        CheckConstraint("(state = 'waiting') <= (waiting_since IS NOT NULL)", name="waiting_since_some_moment"),
        CheckConstraint("day_ordinal = 1 OR again_reason <> ''", name="again_with_a_reason"),
        CheckConstraint("counted OR over_limit_reason <> ''", name="above_the_cap_with_a_reason"),
        CheckConstraint("holds_room IS NULL OR state = 'arrived'", name="holds_a_room_while_it_is_there"),
        Index("ix_booking_follow_code", "follow_code", unique=True),
        Index("one_called_or_received_a_room", "reception_day_id", "holds_room", unique=True),
        Index(
            "one_standing_booking_a_day",
            "reception_day_id",
            "enterprise_id",
            "day_ordinal",
            unique=True,
            sqlite_where=text(one_of("state", STANDING_STATES)),
            postgresql_where=text(one_of("state", STANDING_STATES)),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True, default=new_code)
    follow_code: Mapped[str | None] = mapped_column(String(16), default=new_follow_code)
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
    visitor_id_number: Mapped[str | None] = mapped_column(Sealed("booking.visitor_id_number"))
    authorisation_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    day_ordinal: Mapped[int] = mapped_column(default=1)
    again_reason: Mapped[str] = mapped_column(String(200), default="")
    override_reason: Mapped[str] = mapped_column(String(200), default="")
    urgent_reason: Mapped[str] = mapped_column(String(200), default="")
    over_limit_reason: Mapped[str] = mapped_column(String(200), default="")
    counted: Mapped[bool] = mapped_column(default=True)
    counted_matters: Mapped[int] = mapped_column(default=0)
    refusal_ground: Mapped[RefusalGround | None] = mapped_column(words(RefusalGround))
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    form_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    booked_at: Mapped[datetime] = mapped_column(Instant)
    waiting_since: Mapped[datetime | None] = mapped_column(Instant)
    any_slot: Mapped[bool] = mapped_column(default=True)
    offered_until: Mapped[datetime | None] = mapped_column(Instant)
    offers: Mapped[int] = mapped_column(default=0)
    arrived_at: Mapped[datetime | None] = mapped_column(Instant)
    persons_came: Mapped[int | None]
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    calls: Mapped[int] = mapped_column(default=0)
    parked_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    holds_room: Mapped[str | None] = mapped_column(String(60))
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
    companions: Mapped[list["Companion"]] = relationship(
        back_populates="booking", lazy="raise_on_sql", cascade="all, delete-orphan", order_by="Companion.position"
    )


class Companion(Base):
    """Somebody who comes along with the visitor; the visitor is the first person, so these count from the second."""

    __tablename__ = "companion"
    __table_args__ = (CheckConstraint("position > 1", name="position"),)

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str | None] = mapped_column(Sealed("companion.phone"))
    id_number: Mapped[str | None] = mapped_column(Sealed("companion.id_number"))
    booking: Mapped[Booking] = relationship(back_populates="companions", lazy="raise_on_sql")


class PersonPresence(Base):
    """Where a person is expected at a moment: nobody is in two places at once, not even by two forms sent together.

    `person` is a keyed hash, so the table tells nobody who that is. A row lives as long as its booking holds a seat.
    """

    __tablename__ = "person_presence"
    bookkeeping = True

    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), primary_key=True)
    starts_at: Mapped[time] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), index=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)


class Photo(Base):
    """A picture taken on a reception day, of one reception or of the day as a whole."""

    __tablename__ = "photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    caption: Mapped[str] = mapped_column(String(120), default="")
    added_by: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[datetime] = mapped_column(Instant)
    file: Mapped[StoredFile] = relationship(lazy="raise_on_sql")


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
    """What was said while an enterprise was received (NX-11).

    `writers` says, by account, who wrote in which parts of it last and when, for those who write at the same time.
    """

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
    late_reason: Mapped[str] = mapped_column(String(200), default="")
    writers: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    booking: Mapped[Booking] = relationship(lazy="raise_on_sql")
