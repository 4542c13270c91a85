"""Many people at one place: what the database must hold whatever the code in front of it does."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict
from portal.services import bookings
from portal.services.booking_orders import BookingOrder
from portal.services.enterprises import file_for
from portal.store.extension import db, read, transaction
from portal.store.models.bookings import Booking
from portal.store.models.reception import Seat, Slot
from portal.store.queries.office import office_rules
from tests.booking_orders import OFFICE, an_order
from tests.conftest import NOW


def race(
    app: Flask,
    slot_id: int,
    *,
    attempts: int = 200,
    threads: int = 16,
    checked: bool = True,
    same: BookingOrder | None = None,
) -> Counter[str]:
    """Send bookings for one slot from many threads at once and count what came of them.

    `checked=False` leaves out every look at what is free: each attempt throws itself at two seats of the slot whoever
    holds them, so that only the schema can keep two bookings off one seat. `same` sends one and the same form each time.
    """
    start = Barrier(threads)
    orders = [(place, same or an_order(slot_id)) for place in range(attempts)]

    def attempt(place: int, order: BookingOrder) -> str:
        try:
            with transaction() as session:
                if checked:
                    bookings.book(session, order, actor=OFFICE, now=NOW)
                else:
                    _book_unseen(session, order, place)
        except Conflict:
            return "refused"
        else:
            return "booked"

    def runner(mine: list[tuple[int, BookingOrder]]) -> list[str]:
        with app.app_context():
            start.wait()
            try:
                return [attempt(place, order) for place, order in mine]
            finally:
                db.session.remove()

    with ThreadPoolExecutor(threads) as pool:
        shares = [orders[first::threads] for first in range(threads)]
        return Counter(came for some in pool.map(runner, shares) for came in some)


def _book_unseen(session: Session, order: BookingOrder, place: int) -> Booking:
    slot = session.scalars(select(Slot).where(Slot.id == order.slot_id).options(joinedload(Slot.reception_day))).one()
    seats = session.scalars(select(Seat).where(Seat.slot_id == slot.id).order_by(Seat.number)).all()
    tried = [seats[place % len(seats)], seats[(place + 1) % len(seats)]][: len(seats)]
    filed = file_for(session, order.enterprise)
    return bookings.place(session, order, slot, filed, office_rules(session), seats=tried, actor=OFFICE, now=NOW)


def standing(app: Flask, slot_id: int) -> list[int]:
    """The seat numbers of a slot that are held, as the records have it."""
    with app.app_context():
        held = select(Seat.number).join(Booking, Booking.seat_id == Seat.id).where(Seat.slot_id == slot_id)
        return list(read().scalars(held.order_by(Seat.number)))
