"""Bookings: lists, one in full, its matters, its units, and what was done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from portal.domain.bookings import ACTIVE_STATES, RECEIVED_STATES, STANDING_STATES, BookingState, Identity, Origin
from portal.domain.errors import NotFound
from portal.domain.masking import mask_phone
from portal.domain.matters import Check
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.reception import DutyTurn, ReceptionDay, Seat, Slot
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.enterprises import found_by

SORTS = ("day", "enterprise", "state", "booked")
EXPORTED = 20_000


def serves_on(actor: Actor) -> ColumnElement[bool]:
    """The reception days whose bookings this person may see: the office all, leaders and secretaries those they serve."""
    if actor.role is Role.OFFICE:
        return true()
    return (
        select(DutyTurn.id)
        .where(DutyTurn.reception_day_id == ReceptionDay.id, DutyTurn.leader_id.in_(actor.leader_ids))
        .exists()
    )


def day_served_by(session: Session, day_id: int, actor: Actor) -> bool:
    """Whether this person may see the bookings of a day."""
    found = session.scalar(select(ReceptionDay.id).where(ReceptionDay.id == day_id, serves_on(actor)))
    return found is not None


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking in the list."""

    id: int
    day: date
    starts_at: time
    ends_at: time
    enterprise_id: int
    enterprise_name: str
    visitor_name: str
    visitor_phone: str
    identity: Identity
    origin: Origin
    state: BookingState
    matters: int
    booked_at: datetime

    @property
    def masked_phone(self) -> str:
        """138****5678."""
        return mask_phone(self.visitor_phone)


@dataclass(frozen=True, slots=True)
class Sought:
    """What the list is narrowed to; `received` stands for the states of an enterprise that came and was received."""

    day: date | None = None
    state: BookingState | None = None
    enterprise_id: int | None = None
    text: str = ""
    origin: Origin | None = None
    received: bool = False


def bookings(session: Session, wanted: Wanted, sought: Sought, *, actor: Actor) -> Page[BookingRow]:
    """One page of the bookings this person may see, in two statements."""
    keys: dict[str, ColumnElement[Any]] = {
        "day": cast(ReceptionDay.day, String) + " " + cast(Slot.starts_at, String),
        "enterprise": Enterprise.initials.expression,
        "state": cast(Booking.state, String),
        "booked": Booking.booked_at.expression,
    }
    page = page_of(session, _listed(sought, actor), wanted, keys=keys, identity=Booking.id.expression)
    return Page([BookingRow(*row) for row in page.rows], wanted, page.next_key, page.previous_key, page.total)


def all_bookings(session: Session, sought: Sought, *, actor: Actor) -> Sequence[BookingRow]:
    """The whole list in order of day for a spreadsheet, at most 20,000 rows."""
    ordered = _listed(sought, actor).order_by(ReceptionDay.day, Slot.starts_at, Booking.id).limit(EXPORTED)
    return [BookingRow(*row) for row in session.execute(ordered)]


def _listed(sought: Sought, actor: Actor) -> Select[Any]:
    statement = (
        select(
            Booking.id, ReceptionDay.day, Slot.starts_at, Slot.ends_at, Enterprise.id, Enterprise.name,
            Booking.visitor_name, Booking.visitor_phone, Booking.identity, Booking.origin, Booking.state,
            _matters(), Booking.booked_at,
        )
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(serves_on(actor))
    )  # fmt: skip
    if sought.day is not None:
        statement = statement.where(ReceptionDay.day == sought.day)
    if sought.state is not None:
        statement = statement.where(Booking.state == sought.state)
    if sought.received:
        statement = statement.where(Booking.state.in_(RECEIVED_STATES))
    if sought.origin is not None:
        statement = statement.where(Booking.origin == sought.origin)
    if sought.enterprise_id is not None:
        statement = statement.where(Booking.enterprise_id == sought.enterprise_id)
    text = sought.text.strip()
    if text:
        statement = statement.where(or_(found_by(text), Booking.visitor_name.contains(text, autoescape=True)))
    return statement


def _matters(*conditions: ColumnElement[bool]) -> Any:
    return select(func.count(Matter.id)).where(Matter.booking_id == Booking.id, *conditions).scalar_subquery()


def persons_of_booking() -> ColumnElement[int]:
    """How many persons came with a booking, as `domain.attendance.persons_came` decides: counted, or as registered."""
    companions = select(func.count(Companion.position)).where(Companion.booking_id == Booking.id)
    return func.coalesce(Booking.persons_came, 1 + companions.scalar_subquery(), type_=Integer)


def _checked() -> ColumnElement[bool]:
    asked = (Matter.is_true, Matter.is_lawful, Matter.is_reasonable)
    return and_(*(answer != Check.UNKNOWN for answer in asked))


@dataclass(frozen=True, slots=True)
class DayBooking:
    """A standing booking on its day; `checked` of its `matters` have all three questions of the pre-check answered."""

    id: int
    slot_starts_at: time
    seat_number: int
    enterprise_name: str
    visitor_name: str
    identity: Identity
    state: BookingState
    matters: int
    checked: int
    version: int


def bookings_of_day(session: Session, day_id: int) -> Sequence[DayBooking]:
    """The standing bookings of a reception day in the order they are received, in one statement."""
    rows = session.execute(
        select(
            Booking.id, Slot.starts_at, Seat.number, Enterprise.name, Booking.visitor_name, Booking.identity,
            Booking.state, _matters(), _matters(_checked()), Booking.version,
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Seat, Seat.id == Booking.seat_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.reception_day_id == day_id)
        .order_by(Slot.starts_at, Slot.room, Seat.number)
    )  # fmt: skip
    return [DayBooking(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """A booking in full; the telephone number is masked unless `visitor_phone` is asked for by name."""

    id: int
    version: int
    day_id: int
    day: date
    day_state: DayState
    venue: str
    slot_id: int
    starts_at: time
    ends_at: time
    room: str
    seat_number: int | None
    enterprise_id: int
    enterprise_name: str
    credit_code: str
    registered_place: str
    is_private: bool
    state: BookingState
    origin: Origin
    identity: Identity
    visitor_name: str
    visitor_post: str
    visitor_phone: str
    letter_id: int | None
    letter_name: str | None
    letter_size: int | None
    override_reason: str
    ended_reason: str
    booked_at: datetime
    arrived_at: datetime | None
    code: str
    urgent_reason: str
    again_reason: str
    over_limit_reason: str
    waiting_since: datetime | None
    offered_until: datetime | None
    offers: int

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """What was written down to open what is closed otherwise, each with its name."""
        said = (
            ("紧急预约", self.urgent_reason), ("破例接待", self.override_reason), ("当天再约", self.again_reason),
            ("超额接待", self.over_limit_reason),
        )  # fmt: skip
        return tuple((f"{name}的理由", text) for name, text in said if text)

    @property
    def masked_phone(self) -> str:
        """138****5678."""
        return mask_phone(self.visitor_phone)

    @property
    def is_listed(self) -> bool:
        """Whether it is on the list of its day, with a place or waiting for one."""
        return self.state in STANDING_STATES

    @property
    def stands(self) -> bool:
        """Whether it holds its place."""
        return self.state in ACTIVE_STATES


def booking_facts(session: Session, booking_id: int, *, actor: Actor) -> BookingFacts:
    """A booking this person may see. Raises NotFound otherwise."""
    row = session.execute(
        select(
            Booking.id, Booking.version, ReceptionDay.id, ReceptionDay.day, ReceptionDay.state, ReceptionDay.venue,
            Slot.id, Slot.starts_at, Slot.ends_at, Slot.room, Seat.number,
            Enterprise.id, Enterprise.name, func.coalesce(Enterprise.credit_code, ""), Enterprise.registered_place,
            Enterprise.is_private, Booking.state, Booking.origin, Booking.identity, Booking.visitor_name,
            Booking.visitor_post, Booking.visitor_phone, StoredFile.id, StoredFile.name, StoredFile.size,
            Booking.override_reason, Booking.ended_reason, Booking.booked_at, Booking.arrived_at, Booking.code,
            Booking.urgent_reason, Booking.again_reason, Booking.over_limit_reason, Booking.waiting_since,
            Booking.offered_until, Booking.offers,
        )
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(Seat, Seat.id == Booking.seat_id)
        .outerjoin(StoredFile, StoredFile.id == Booking.authorisation_id)
        .where(Booking.id == booking_id, serves_on(actor))
    ).first()  # fmt: skip
    if row is None:
        raise NotFound("没有找到这条预约，或不在您可见的范围内。请从预约列表进入。")
    return BookingFacts(*row)


@dataclass(frozen=True, slots=True)
class CodedBooking:
    """The booking a slip's code belongs to, in short."""

    id: int
    enterprise: str
    day: date
    starts_at: time
    state: BookingState


def bookings_of(session: Session, enterprise_id: int) -> int:
    """How many bookings an enterprise has, in whatever state."""
    return session.scalar(select(func.count(Booking.id)).where(Booking.enterprise_id == enterprise_id)) or 0


def booking_with_code(session: Session, code: str) -> CodedBooking | None:
    """The booking whose slip says this code, or None."""
    row = session.execute(
        select(Booking.id, Enterprise.name, ReceptionDay.day, Slot.starts_at, Booking.state)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.code == code)
    ).first()
    return CodedBooking(*row) if row else None


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a record's history."""

    at: datetime
    who: str
    what: str


def history_of_booking(session: Session, booking_id: int, *, limit: int = 50) -> Sequence[Happened]:
    """Who did what with a booking, the newest first."""
    rows = session.execute(
        select(AuditLine.at, AuditLine.actor_name, AuditLine.summary)
        .where(AuditLine.target_kind == Booking.__tablename__, AuditLine.target_id == str(booking_id))
        .order_by(AuditLine.id.desc())
        .limit(limit)
    )
    return [Happened(*row) for row in rows]


def letter_of_booking(session: Session, booking_id: int) -> tuple[str, str, str]:
    """Checksum, name and media type of a booking's authorisation letter. Raises NotFound."""
    row = session.execute(
        select(StoredFile.sha256, StoredFile.name, StoredFile.media_type)
        .join(Booking, Booking.authorisation_id == StoredFile.id)
        .where(Booking.id == booking_id)
    ).first()
    if row is None:
        raise NotFound("这条预约没有授权委托书。")
    return row.sha256, row.name, row.media_type
