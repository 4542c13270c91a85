"""Assignment slips: numbers, four responsible people and units, versions of the paper, receipts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.receipts import ReceivedHow
from portal.domain.retention import Retention
from portal.domain.signing import ISSUED_STATES, NUMBERED_STATES, SIGNED_STATES, SignedHow
from portal.domain.slips import SlipState
from portal.store.base import Base, Instant, one_of, words
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import ReceptionDay


class Serial(Base):
    """The last number given out for a paper of an organ in a year; its row lock makes numbers gap-free."""

    __tablename__ = "serial"
    bookkeeping = True

    paper: Mapped[str] = mapped_column(String(24), primary_key=True)
    organ: Mapped[str] = mapped_column(String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Slip(Base):
    """An assignment slip (交办单): receiver, signer, lead official and lead unit are four fields (domain 11.5).

    A slip that stands in for a void one names it in `replaces_id`; one that carries matters which another unit leads on
    another slip (分办) names the first of them in `split_from_id`, with the reason. `due_days` of `due_measure` (working days
    when that is empty) counted from `due_from` gave `due_on`; all are empty when the date was set by hand, and such a date does not
    move with the calendar. Units sign for it by `receipt_due_on`, `receipt_days` working days after its issue, or by the moment
    `receipt_due_at` where that is counted in hours; all are empty for one issued before there was such a limit.
    """

    __tablename__ = "slip"
    __table_args__ = (
        UniqueConstraint("organ", "year", "serial", name="one_slip_a_number"),
        CheckConstraint(
            "(number IS NULL) = (serial IS NULL) AND (number IS NULL) = (year IS NULL)", name="number_whole"
        ),
        CheckConstraint(f"NOT ({one_of('state', NUMBERED_STATES)}) OR number IS NOT NULL", name="numbered"),
        CheckConstraint(f"NOT ({one_of('state', SIGNED_STATES)}) OR signed_on IS NOT NULL", name="signed"),
        CheckConstraint(f"NOT ({one_of('state', ISSUED_STATES)}) OR issued_at IS NOT NULL", name="issued"),
        CheckConstraint("(due_from IS NULL) = (due_days IS NULL)", name="counted_limit"),
        CheckConstraint("(receipt_due_on IS NULL) = (receipt_days IS NULL)", name="counted_receipt"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_moment"),
        CheckConstraint("state <> 'void' OR void_reason <> ''", name="void_with_a_reason"),
        CheckConstraint("(split_from_id IS NULL) = (split_reason = '')", name="split_reason"),
        Index("ix_slip_counted", "state", "reception_day_id", "lead_unit_id", "signed_how"),
        Index(
            "ix_slip_one_replacement",
            "replaces_id",
            unique=True,
            sqlite_where=text("state <> 'void'"),
            postgresql_where=text("state <> 'void'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organ: Mapped[str] = mapped_column(String(40))
    year: Mapped[int | None]
    serial: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(String(60), unique=True)
    state: Mapped[SlipState] = mapped_column(words(SlipState), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    reception_day_id: Mapped[int] = mapped_column(ForeignKey("reception_day.id"), index=True)
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    receiver_post: Mapped[str] = mapped_column(String(80), default="")
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    signer_post: Mapped[str] = mapped_column(String(80), default="")
    lead_official_id: Mapped[int | None] = mapped_column(ForeignKey("leader.id"), index=True)
    lead_official_post: Mapped[str] = mapped_column(String(80), default="")
    lead_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    due_on: Mapped[date | None] = mapped_column(index=True)
    due_from: Mapped[date | None]
    due_days: Mapped[int | None]
    due_measure: Mapped[str | None] = mapped_column(String(16))
    due_rest: Mapped[str | None] = mapped_column(String(16))
    prior_check: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[str] = mapped_column(Text, default="")
    proposal_handler: Mapped[str] = mapped_column(String(40), default="")
    proposal_head: Mapped[str] = mapped_column(String(40), default="")
    instruction: Mapped[str] = mapped_column(Text, default="")
    requirements: Mapped[str] = mapped_column(Text, default="")
    copies_to: Mapped[str] = mapped_column(String(200), default="")
    drafted_by: Mapped[str] = mapped_column(String(40))
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    numbered_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_on: Mapped[date | None]
    signed_how: Mapped[SignedHow | None] = mapped_column(words(SignedHow))
    signed_by: Mapped[str] = mapped_column(String(80), default="")
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    receipt_due_on: Mapped[date | None]
    receipt_days: Mapped[int | None]
    receipt_due_at: Mapped[datetime | None] = mapped_column(Instant)
    void_reason: Mapped[str] = mapped_column(String(200), default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("slip.id"), index=True)
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("slip.id"), index=True)
    split_reason: Mapped[str] = mapped_column(String(200), default="")
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("slip.id"), index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    retention: Mapped[Retention] = mapped_column(words(Retention), default=Retention.THIRTY_YEARS)
    paper_version: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    booking: Mapped[Booking | None] = relationship(lazy="raise_on_sql")
    reception_day: Mapped[ReceptionDay] = relationship(lazy="raise_on_sql")
    receiver: Mapped[Leader | None] = relationship(foreign_keys=receiver_id, lazy="raise_on_sql")
    signer: Mapped[Leader | None] = relationship(foreign_keys=signer_id, lazy="raise_on_sql")
    lead_official: Mapped[Leader | None] = relationship(foreign_keys=lead_official_id, lazy="raise_on_sql")
    lead_unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    entries: Mapped[list["SlipMatter"]] = relationship(
        back_populates="slip", order_by="SlipMatter.position", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    assisting: Mapped[list["AssistingUnit"]] = relationship(
        back_populates="slip", order_by="AssistingUnit.position", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    receipts: Mapped[list["SlipReceipt"]] = relationship(
        back_populates="slip", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    countersigners: Mapped[list["Countersigner"]] = relationship(
        back_populates="slip", order_by="Countersigner.position", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class SlipMatter(Base):
    """A matter on a slip; one slip may carry several, and a matter may come back on another slip.

    One that was sent back, or instructed on anew and so given to another slip, has ended on this one.
    """

    __tablename__ = "slip_matter"
    __table_args__ = (
        Index(
            "ix_slip_matter_standing",
            "matter_id",
            "slip_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    matter_id: Mapped[int] = mapped_column(ForeignKey("matter.id"), primary_key=True, index=True)
    position: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_why: Mapped[str] = mapped_column(String(200), default="")
    slip: Mapped[Slip] = relationship(back_populates="entries", lazy="raise_on_sql")
    matter: Mapped[Matter] = relationship(lazy="raise_on_sql")


class AssistingUnit(Base):
    """A unit that helps the lead unit, with its own earlier date."""

    __tablename__ = "assisting_unit"

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
    position: Mapped[int]
    due_on: Mapped[date | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    slip: Mapped[Slip] = relationship(back_populates="assisting", lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")


class Countersigner(Base):
    """A leader who is asked to sign a slip as well (会签), with the post held on that day."""

    __tablename__ = "countersigner"
    __table_args__ = (UniqueConstraint("slip_id", "position", name="one_countersigner_a_place"),)

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), primary_key=True, index=True)
    position: Mapped[int]
    post: Mapped[str] = mapped_column(String(80), default="")
    slip: Mapped[Slip] = relationship(back_populates="countersigners", lazy="raise_on_sql")
    leader: Mapped[Leader] = relationship(lazy="raise_on_sql")


class SlipVersion(Base):
    """A printed state of a slip, frozen: its data, their checksum, and the code its QR leads to.

    `kept_sha256` names the PDF that was made when this version was signed, and that is printed for ever after;
    `kept_marks` says which signatures it carries so far (`certified signer countersign-1 seal`).
    """

    __tablename__ = "slip_version"
    __table_args__ = (
        CheckConstraint("(kept_sha256 IS NULL) = (kept_at IS NULL)", name="kept_whole"),
        Index("ix_slip_version_kept", "kept_sha256"),
        Index("ix_slip_version_said", "slip_id", "version", "sha256", unique=True),
    )

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    sheet: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    verify_code: Mapped[str] = mapped_column(String(16), unique=True)
    why: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(Instant)
    kept_sha256: Mapped[str | None] = mapped_column(String(64))
    kept_bytes: Mapped[int | None]
    kept_marks: Mapped[str] = mapped_column(String(120), default="")
    kept_at: Mapped[datetime | None] = mapped_column(Instant)


class SlipReading(Base):
    """When a unit first opened a slip sent to it (已阅); reading is not signing for it."""

    __tablename__ = "slip_reading"

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
    read_at: Mapped[datetime] = mapped_column(Instant)
    read_by: Mapped[str] = mapped_column(String(40))


class SlipReceipt(Base):
    """A unit's signature for a slip (签收); one given on paper is entered by the office (`entered_by`).

    `received_on` is the day of `received_at` here in China, so that the database can tell who was late; `due_on` is by when it
    had to be, frozen. A paper that names no hour counts from the beginning of its day.
    """

    __tablename__ = "slip_receipt"
    __table_args__ = (
        CheckConstraint("how <> 'paper' OR entered_by <> ''", name="paper_entered_by_somebody"),
        CheckConstraint("(handed_at IS NULL) = (handed_to = '')", name="handed_whole"),
    )

    slip_id: Mapped[int] = mapped_column(ForeignKey("slip.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_on: Mapped[date]
    received_by: Mapped[str] = mapped_column(String(40))
    how: Mapped[ReceivedHow] = mapped_column(words(ReceivedHow), default=ReceivedHow.PAGE)
    entered_by: Mapped[str] = mapped_column(String(40), default="")
    due_on: Mapped[date | None]
    handed_to: Mapped[str] = mapped_column(String(40), default="")
    handed_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_by: Mapped[str] = mapped_column(String(40), default="")
    slip: Mapped[Slip] = relationship(back_populates="receipts", lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")
