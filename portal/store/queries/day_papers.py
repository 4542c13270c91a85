"""What the papers of a reception day say: who comes in which place, what they brought before and bring now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.attendance import Attendance, persons_came
from portal.domain.bookings import RECEIVED_STATES, STANDING_STATES, BookingState, Identity, Origin
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor
from portal.domain.receiving import ReceptionMode
from portal.store.models.bookings import Booking, Companion, InvitedUnit
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.handling_facts import MATTER_DAY
from portal.store.queries.matter_filters import MatterFilter, narrowed
from portal.store.queries.overdue import start_of
from portal.store.queries.receptions import numbered_places

EARLIER_SHOWN = 4
"""How many earlier matters of an enterprise its brief lists; a page is one enterprise."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who comes along with the visitor."""

    name: str
    post: str


@dataclass(frozen=True, slots=True)
class PlacedBooking:
    """A standing booking as the papers of its day name it; `number` is its place, None while it waits for one."""

    id: int
    number: int | None
    code: str
    state: BookingState
    origin: Origin
    slot_id: int
    starts_at: time
    ends_at: time
    room: str
    mode: ReceptionMode
    enterprise_id: int
    enterprise: str
    credit_code: str
    registered_place: str
    is_private: bool
    industry: str
    legal_representative: str
    identity: Identity
    visitor_name: str
    visitor_post: str
    visitor_phone: str
    has_letter: bool
    override_reason: str
    arrived_at: datetime | None
    counted_persons: int | None
    companions: tuple[PersonRow, ...] = ()

    @property
    def persons(self) -> int:
        """How many came, as counted at the door; before that, and where nobody counted, as many as are registered."""
        return persons_came(self.counted_persons, len(self.companions))

    @property
    def was_received(self) -> bool:
        """Whether the enterprise came and was received, or is about to be."""
        return self.state in RECEIVED_STATES


def placed_bookings(session: Session, day_id: int) -> tuple[PlacedBooking, ...]:
    """The standing bookings of a day by their places, then the waiting list; one statement, and one for companions."""
    places = numbered_places(day_id).subquery()
    rows = session.execute(
        select(
            Booking.id, places.c.number, Booking.code, Booking.state, Booking.origin, Slot.id, Slot.starts_at,
            Slot.ends_at, Slot.room, Slot.mode, Enterprise.id, Enterprise.name,
            func.coalesce(Enterprise.credit_code, ""), Enterprise.registered_place, Enterprise.is_private,
            Enterprise.industry, Enterprise.legal_representative, Booking.identity, Booking.visitor_name,
            Booking.visitor_post, Booking.visitor_phone, Booking.authorisation_id.is_not(None),
            Booking.override_reason, Booking.arrived_at, Booking.persons_came,
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(places, places.c.seat_id == Booking.seat_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES))
        .order_by(places.c.number.is_(None), places.c.number, Booking.waiting_since, Booking.id)
    )  # fmt: skip
    placed = [PlacedBooking(*row) for row in rows]
    companions = _companions(session, day_id)
    return tuple(replace(it, companions=companions.get(it.id, ())) for it in placed)


def _companions(session: Session, day_id: int) -> Mapping[int, tuple[PersonRow, ...]]:
    rows = session.execute(
        select(Companion.booking_id, Companion.name, Companion.post)
        .join(Booking, Booking.id == Companion.booking_id)
        .where(Booking.reception_day_id == day_id)
        .order_by(Companion.booking_id, Companion.position)
    )
    found: dict[int, tuple[PersonRow, ...]] = {}
    for booking_id, name, post in rows:
        found[booking_id] = (*found.get(booking_id, ()), PersonRow(name, post))
    return found


@dataclass(frozen=True, slots=True)
class UnitToCome:
    """A unit asked to sit in on one reception of the day, and whether it came (NX-06)."""

    booking_id: int
    unit_id: int
    name: str
    attendance: Attendance
    representative: str


def units_to_come(session: Session, day_id: int) -> Sequence[UnitToCome]:
    """The units asked to sit in on a day, in the district's order, one row a reception, in one statement."""
    rows = session.execute(
        select(InvitedUnit.booking_id, Unit.id, Unit.name, InvitedUnit.attendance, InvitedUnit.representative)
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .join(Booking, Booking.id == InvitedUnit.booking_id)
        .where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES))
        .order_by(Unit.position, Unit.id, InvitedUnit.booking_id)
    )
    return [UnitToCome(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class EarlierMatter:
    """A matter an enterprise raised before, and what became of it; `raised` counts all it ever raised before."""

    enterprise_id: int
    day: date
    title: str
    state: MatterState
    lead_unit: str
    raised: int


def earlier_matters(
    session: Session, enterprise_ids: Collection[int], before: date
) -> Mapping[int, tuple[EarlierMatter, ...]]:
    """The latest few matters of some enterprises before a day, the newest first, by enterprise, in one statement."""
    own = Matter.enterprise_id
    newest = func.row_number().over(order_by=(MATTER_DAY.desc(), Matter.position, Matter.id), partition_by=own)
    listed = (
        select(
            Matter.enterprise_id.label("enterprise_id"), MATTER_DAY.label("day"), Matter.title.label("title"),
            Matter.state.label("state"), func.coalesce(Unit.name, "").label("unit"),
            func.count(Matter.id).over(partition_by=own).label("raised"), newest.label("newest"),
        )
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .where(Matter.enterprise_id.in_(enterprise_ids), before > MATTER_DAY)
        .subquery()
    )  # fmt: skip
    columns = (listed.c.enterprise_id, listed.c.day, listed.c.title, listed.c.state, listed.c.unit, listed.c.raised)
    rows = session.execute(
        select(*columns)
        .where(listed.c.newest.between(1, EARLIER_SHOWN))
        .order_by(listed.c.enterprise_id, listed.c.newest)
    )
    found: dict[int, tuple[EarlierMatter, ...]] = {}
    for row in rows:
        matter = EarlierMatter(*row)
        found[matter.enterprise_id] = (*found.get(matter.enterprise_id, ()), matter)
    return found


def earlier_visits(session: Session, enterprise_ids: Collection[int], before: date) -> Mapping[int, tuple[int, date]]:
    """How often some enterprises were received before a day, and when last, by enterprise, in one statement."""
    rows = session.execute(
        select(Booking.enterprise_id, func.count(Booking.id), func.max(ReceptionDay.day))
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.enterprise_id.in_(enterprise_ids), ReceptionDay.day < before, Booking.state.in_(RECEIVED_STATES))
        .group_by(Booking.enterprise_id)
    )
    return {enterprise_id: (visits, latest) for enterprise_id, visits, latest in rows}


@dataclass(frozen=True, slots=True)
class DayMatter:
    """A matter brought to a reception day, how it left the room, and what was answered or who handles it."""

    id: int
    number: str
    booking_id: int | None
    position: int
    enterprise: str
    title: str
    kind: MatterKind
    category: str
    state: MatterState
    on_site_answer: str
    answered_by: str
    ended_reason: str
    lead_unit: str
    due_on: date | None


def matters_brought(session: Session, actor: Actor, day: date) -> Sequence[DayMatter]:
    """The matters of those who were received on a day, in one statement: the same that `/matters/?received=1` lists."""
    statement = narrowed(
        select(
            Matter.id, Matter.number, Matter.booking_id, Matter.position, func.coalesce(Enterprise.name, ""),
            Matter.title, Matter.kind, Category.name, Matter.state, Matter.on_site_answer, Matter.answered_by,
            Matter.ended_reason, func.coalesce(Unit.name, ""), Matter.due_on,
        ),
        actor,
        MatterFilter(first=day, last=day, received=True),
        start_of(day),
    )  # fmt: skip
    return [DayMatter(*row) for row in session.execute(statement.order_by(Matter.position, Matter.id))]
