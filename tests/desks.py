"""The office at work on one day: every act in a transaction of its own, at a moment that only passes when told to."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.bookings import ACTIVE_STATES, BookingState
from portal.services import bookings, holds, waiting_list
from portal.services.booking_orders import BookingOrder, VisitorGiven
from portal.services.places import persons_booked
from portal.store.extension import db, read, transaction
from portal.store.models.bookings import Booking, PersonPresence
from portal.store.models.reception import ReceptionDay, Seat, Slot
from tests.booking_orders import OFFICE, an_order
from tests.builders import a_reception_day

Done = TypeVar("Done")
MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=ZONE)
REASON = "企业来电说明情况"


@dataclass(frozen=True)
class Span:
    """A slot of a day to be laid out."""

    starts_at: str = "09:00"
    ends_at: str = "09:40"
    room: str = ""
    seats: int = 1


def a_day_of(*spans: Span, **given: Any) -> ReceptionDay:
    """A published day with just these slots."""
    slots = [
        Slot(
            starts_at=time.fromisoformat(it.starts_at),
            ends_at=time.fromisoformat(it.ends_at),
            room=it.room,
            seats=[Seat(number=place + 1) for place in range(it.seats)],
        )
        for it in spans
    ]
    day = a_reception_day(slots=0, **given)
    day.slots = slots
    return day


class Desk:
    """Acts of the office; `now` is when the next one happens."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def do(self, act: Callable[..., Done], *given: Any, **more: Any) -> Done:
        """Carry out a service with the audit trail on, as a page does."""
        db.session().info.pop("unaudited", None)
        with transaction() as session:
            return act(session, *given, **more, actor=OFFICE, now=self.now)

    def wait(self, **span: int) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def book(self, slot_id: int, **given: Any) -> Booking:
        """Book with a form that names only what matters."""
        return self.do(bookings.book, an_order(slot_id, **given))

    def order(self, order: BookingOrder) -> Booking:
        """Book with this form."""
        return self.do(bookings.book, order)

    def hold(self, slot_id: int, token: str) -> holds.Hold:
        """Keep a place for a form."""
        return self.do(holds.hold_place, slot_id, token)

    def confirm(self, booking_id: int) -> Booking:
        """Accept after review."""
        return self.do(bookings.confirm_booking, booking_id)

    def cancel(self, booking_id: int) -> Booking:
        """Cancel at the enterprise's wish."""
        return self.do(bookings.cancel_booking, booking_id, REASON)

    def refuse(self, booking_id: int) -> Booking:
        """Refuse after review."""
        return self.do(bookings.refuse_booking, booking_id, "诉求已进入诉讼程序", "诉讼")

    def move(self, booking_id: int, slot_id: int, **given: Any) -> Booking:
        """Move to another slot."""
        return self.do(bookings.move_booking, booking_id, slot_id, **given)

    def visitor(self, booking_id: int, name: str, phone: str = "13800005678") -> Booking:
        """Somebody else comes."""
        return self.do(bookings.change_visitor, booking_id, VisitorGiven(name, phone))

    def accept(self, booking_id: int) -> Booking:
        """The enterprise takes the place it was offered."""
        return self.do(waiting_list.accept_offer, booking_id)

    def decline(self, booking_id: int) -> Booking:
        """The enterprise cannot take the place it was offered."""
        return self.do(waiting_list.decline_offer, booking_id)

    def take_back(self, day_id: int) -> int:
        """The regular round."""
        with transaction() as session:
            return waiting_list.take_back_lapsed(session, day_id, now=self.now)

    def state(self, booking: Booking) -> BookingState:
        """Where a booking stands now."""
        return read().scalars(select(Booking.state).where(Booking.id == booking.id)).one()

    def now_on_file(self, booking: Booking) -> Booking:
        """The booking as it is now."""
        return (
            read()
            .scalars(select(Booking).where(Booking.id == booking.id).execution_options(populate_existing=True))
            .one()
        )


def must_be_true(session: Session, now: datetime, day_ids: Collection[int] | None = None) -> None:
    """Raise AssertionError for anything about the places of some days, or all, that contradicts itself."""
    session.rollback()
    fresh = {"populate_existing": True}
    days = session.scalars(_of(select(ReceptionDay), ReceptionDay.id, day_ids).execution_options(**fresh)).all()
    statement = select(Booking).where(Booking.state.in_(ACTIVE_STATES)).options(joinedload(Booking.slot))
    seated = session.scalars(_of(statement, Booking.reception_day_id, day_ids).execution_options(**fresh)).all()
    all_seats = _of(select(Seat).join(Slot, Slot.id == Seat.slot_id), Slot.reception_day_id, day_ids)
    seats = {it.id: it for it in session.scalars(all_seats.execution_options(**fresh))}
    for it in seated:
        assert it.seat_id is not None
        assert seats[it.seat_id].slot_id == it.slot_id, "the seat belongs to another slot"
        assert it.slot.reception_day_id == it.reception_day_id, "the slot belongs to another day"
        held_until = seats[it.seat_id].held_until
        assert held_until is None or held_until <= now, "a booked seat is still held for a form"
    assert len({it.seat_id for it in seated}) == len(seated)
    for day in days:
        counted = [it for it in seated if it.reception_day_id == day.id and it.counted]
        assert day.groups_booked == len(counted), f"{day.groups_booked} groups counted, {len(counted)} seated"
        assert day.matters_booked == sum(it.counted_matters for it in counted)
    must_know_who_comes(session, seated, day_ids)


def _of(statement: Select[Any], day: Any, day_ids: Collection[int] | None) -> Select[Any]:
    return statement if day_ids is None else statement.where(day.in_(day_ids))


def must_know_who_comes(session: Session, seated: Sequence[Booking], day_ids: Collection[int] | None = None) -> None:
    """Presences are exactly those of seated bookings, and nobody is in two places at once."""
    expected = {(it.slot_id, person) for it in seated for person in persons_booked(session, it)}
    noted = _of(select(PersonPresence), PersonPresence.reception_day_id, day_ids)
    rows = session.scalars(noted.execution_options(populate_existing=True)).all()
    assert {(it.slot_id, it.person) for it in rows} == expected
    by_id = {it.id: it for it in seated}
    for row in rows:
        whose = by_id[row.booking_id]
        assert row.person in persons_booked(session, whose), "somebody is expected for a booking of others"
        assert (row.slot_id, row.reception_day_id) == (whose.slot_id, whose.reception_day_id)
        assert row.starts_at == whose.slot.starts_at
        for other in rows:
            apart = by_id[other.booking_id].slot
            same_day = row.reception_day_id == other.reception_day_id and row.person == other.person
            if same_day and row.slot_id != other.slot_id:
                assert not (whose.slot.starts_at < apart.ends_at and apart.starts_at < whose.slot.ends_at)
