"""The order of reception put right by priority: enterprises of a day exchange their places, all at once (NX-19).

Every place taken stays taken; its seat is empty only inside the transaction, which holds the day, so nobody else sees it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.preparing import Exchange, proposed_exchanges
from portal.domain.visitor_news import Occasion
from portal.domain.workdays import day_text
from portal.services import unit_news
from portal.services.list_locks import lock_of_list
from portal.services.places import UNSYNCHRONISED, expect_persons, forget_presence, lock_days, persons_booked, when
from portal.services.telling import tell_visitor
from portal.store.audit_trail import record
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay, Seat
from portal.store.queries.preparations import preparation_of_day
from portal.store.queries.slots import BOOKABLE_STATES

OTHERWISE_NOW = "预约或核实情况在您打开页面之后有变动，先后已重新排过。请核对后再确认。"

_BOOKING = table_of(Booking)
_LEAVES = (
    update(_BOOKING)
    .where(_BOOKING.c.id.in_(bindparam("ids", expanding=True)))
    .values(seat_id=None, state=BookingState.CANCELLED)
)
"""A booking without a place is in no state that holds one: the schema insists, for this moment too."""

_TAKES = (
    update(_BOOKING)
    .where(_BOOKING.c.id == bindparam("booking"))
    .values(
        seat_id=bindparam("seat"), slot_id=bindparam("slot"), state=bindparam("stood"), version=_BOOKING.c.version + 1
    )
)


def proposed_order(session: Session, day_id: int) -> list[Exchange]:
    """Who would change places on a day so that the more pressing is heard earlier."""
    return proposed_exchanges([it.expected for it in preparation_of_day(session, day_id).bookings])


def mark_of(exchanges: Sequence[Exchange]) -> str:
    """What a page carries to notice that the proposal is no longer the one it showed."""
    return ",".join(f"{it.booking_id}:{it.from_place}:{it.to_place}" for it in exchanges)


def exchange_places(session: Session, day_id: int, seen: str, *, actor: Actor, now: datetime) -> int:
    """Put the enterprises of a day in the proposed order, and tell them and the invited units; answers how many moved.

    Raises RuleBroken for a day that is over or whose list is locked, Conflict when the proposal is not the one seen any more or
    somebody would be in two places at once.
    """
    must(actor, Action.BOOK)
    lock_days(session, day_id)
    day = session.get(ReceptionDay, day_id, populate_existing=True)
    if day is None:
        raise NotFound("没有找到这个接待日。请从接待日列表进入。")
    today = now.astimezone(ZONE).date()
    if day.state not in BOOKABLE_STATES or day.day < today:
        raise RuleBroken(f"{day_text(day.day, today)}的接待日已经过去或不再接受预约，不能调整先后。")
    if lock_of_list(session, day_id, now=now).is_locked:
        raise RuleBroken("名单已锁定，不能成批调整先后。请先写明理由解除锁定，或逐家改约。")
    exchanges = proposed_order(session, day_id)
    if mark_of(exchanges) != seen:
        raise Conflict(OTHERWISE_NOW)
    if not exchanges:
        raise RuleBroken("当日已是按急、重、难和预约先后排列，不需要调整。")
    _exchange(session, exchanges, actor=actor, now=now)
    return len(exchanges)


def _exchange(session: Session, exchanges: Sequence[Exchange], *, actor: Actor, now: datetime) -> None:
    bookings = _bookings(session, [it.booking_id for it in exchanges])
    seats = {
        it.id: it
        for it in session.scalars(
            select(Seat).where(Seat.id.in_([it.to_place for it in exchanges])).options(joinedload(Seat.slot))
        )
    }
    persons = {it.id: persons_booked(session, it) for it in bookings.values()}
    before = {it.id: when(it.slot) for it in bookings.values()}
    stood = {it.id: it.state for it in bookings.values()}
    session.execute(_LEAVES, {"ids": list(bookings)}, execution_options=UNSYNCHRONISED)
    for booking_id in bookings:
        forget_presence(session, booking_id)
    for it in exchanges:
        taken = {"booking": it.booking_id, "seat": it.to_place, "slot": seats[it.to_place].slot_id}
        session.execute(_TAKES, taken | {"stood": stood[it.booking_id]}, execution_options=UNSYNCHRONISED)
    bookings = _bookings(session, list(bookings))
    for booking in bookings.values():
        expect_persons(session, booking.slot, booking.id, persons[booking.id])
        summary = f"按急重难排序：{booking.enterprise.name}，由{before[booking.id]}改到{when(booking.slot)}"
        record(session, actor, now, "booking_moved", booking, summary=summary, slot=booking.slot_id)
        tell_visitor(session, booking.id, Occasion.CHANGED, now=now, before=before[booking.id])
        unit_news.reception_is_moved(session, booking, now=now)


def _bookings(session: Session, ids: Sequence[int]) -> dict[int, Booking]:
    rows = session.scalars(
        select(Booking)
        .where(Booking.id.in_(ids))
        .options(joinedload(Booking.slot), joinedload(Booking.enterprise), joinedload(Booking.reception_day))
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    )
    return {it.id: it for it in rows}
