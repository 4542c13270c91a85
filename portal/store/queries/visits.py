"""Visits as their papers say them: the place and its number, who comes, and what they want to say."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.bookings import BookingState, Identity
from portal.domain.errors import NotFound
from portal.domain.masking import mask_id, mask_phone
from portal.domain.matters import MatterKind
from portal.domain.people import Actor
from portal.domain.receiving import ReceptionMode
from portal.store.models.bookings import Booking, Companion
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.bookings import serves_on
from portal.store.queries.receptions import numbered_places


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who comes; phone and identity number in full, so whoever shows them masks them."""

    name: str
    post: str
    phone: str | None
    id_number: str | None

    @property
    def masked_phone(self) -> str:
        """138****5678, nothing for no number."""
        return mask_phone(self.phone) if self.phone else ""

    @property
    def masked_id_number(self) -> str:
        """110105********002X, nothing for no number."""
        return mask_id(self.id_number) if self.id_number else ""


@dataclass(frozen=True, slots=True)
class BroughtMatter:
    """A matter as a list names it."""

    id: int
    kind: MatterKind
    category: str
    title: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A booking with the place it has, or its turn on the waiting list; `comers` begin with the visitor.

    `number` is the place among all places of the day, booked or not, so it never changes; `turn` counts those who wait for a
    place of that day, the longest waiting first.
    """

    id: int
    code: str
    state: BookingState
    day: date
    venue: str
    starts_at: time
    ends_at: time
    room: str
    mode: ReceptionMode
    theme: str
    number: int | None
    turn: int
    any_slot: bool
    offered_until: datetime | None
    enterprise_id: int
    enterprise: str
    credit_code: str
    identity: Identity
    comers: tuple[Comer, ...]
    matters: tuple[BroughtMatter, ...]


def visit(session: Session, booking_id: int, *, actor: Actor) -> Visit:
    """The visit of a booking this person may see, in three statements. Raises NotFound."""
    its_day = select(Booking.reception_day_id).where(Booking.id == booking_id).scalar_subquery()
    found = _visits(session, its_day, Booking.id == booking_id, serves_on(actor))
    if not found:
        raise NotFound("没有找到这条预约，或不在您可见的范围内。请从预约列表进入。")
    return found[0]


def visits_of_day(session: Session, day: date, state: BookingState, *, actor: Actor) -> Sequence[Visit]:
    """The bookings of a date in one state, in the order of their places, in three statements."""
    its_id = select(ReceptionDay.id).where(ReceptionDay.day == day).scalar_subquery()
    return _visits(session, its_id, ReceptionDay.day == day, Booking.state == state, serves_on(actor))


def _visits(session: Session, day_id: ScalarSelect[int], *conditions: ColumnElement[bool]) -> list[Visit]:
    """Visits of one day."""
    places = numbered_places(day_id).subquery()
    rows = session.execute(
        select(
            Booking.id, Booking.code, Booking.state, ReceptionDay.day, ReceptionDay.venue, Slot.starts_at, Slot.ends_at,
            Slot.room, Slot.mode, Slot.theme, places.c.number, _turn(), Booking.any_slot, Booking.offered_until,
            Enterprise.id, Enterprise.name, func.coalesce(Enterprise.credit_code, ""), Booking.identity,
            Booking.visitor_name, Booking.visitor_post, Booking.visitor_phone, Booking.visitor_id_number,
        )
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(places, places.c.seat_id == Booking.seat_id)
        .where(*conditions)
        .order_by(Slot.starts_at, Slot.room, places.c.number, Booking.id)
    ).all()  # fmt: skip
    ids = [row[0] for row in rows]
    companions, matters = _companions(session, ids), _matters(session, ids)
    return [
        Visit(*(*row[:18], (Comer(*row[18:]), *companions.get(row[0], ())), tuple(matters.get(row[0], ()))))
        for row in rows
    ]


def _companions(session: Session, booking_ids: Sequence[int]) -> dict[int, list[Comer]]:
    found: dict[int, list[Comer]] = defaultdict(list)
    for booking_id, *comer in session.execute(
        select(Companion.booking_id, Companion.name, Companion.post, Companion.phone, Companion.id_number)
        .where(Companion.booking_id.in_(booking_ids))
        .order_by(Companion.booking_id, Companion.position)
    ):
        found[booking_id].append(Comer(*comer))
    return found


def _matters(session: Session, booking_ids: Sequence[int]) -> dict[int, list[BroughtMatter]]:
    found: dict[int, list[BroughtMatter]] = defaultdict(list)
    for booking_id, *matter in session.execute(
        select(Matter.booking_id, Matter.id, Matter.kind, Category.name, Matter.title)
        .join(Category, Category.code == Matter.category_code)
        .where(Matter.booking_id.in_(booking_ids))
        .order_by(Matter.booking_id, Matter.position, Matter.id)
    ):
        found[booking_id].append(BroughtMatter(*matter))
    return found


def _turn() -> Any:
    """How many wait for a place of that day up to this booking, itself included; 0 for one that does not wait."""
    other = aliased(Booking)
    return (
        select(func.count(other.id))
        .where(
            other.reception_day_id == Booking.reception_day_id,
            other.state == BookingState.WAITING,
            Booking.state == BookingState.WAITING,
            or_(
                other.waiting_since < Booking.waiting_since,
                and_(other.waiting_since == Booking.waiting_since, other.id <= Booking.id),
            ),
        )
        .correlate(Booking)
        .scalar_subquery()
    )
