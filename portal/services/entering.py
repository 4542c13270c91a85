"""Entering a booking: its place, its people and its matters, in one transaction (NX-03, NX-09, NX-29; its locks: places.py).

Statements of this path are put together once: on a morning when everybody telephones it is what the office does all day.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState, Origin, Unheard, normalise_phone
from portal.domain.errors import refuse
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import AskIdNumber
from portal.domain.visitor_news import Occasion, Visit
from portal.services import enterprises, waiting_list
from portal.services.booked_already import booked_with, must_not_stand
from portal.services.booking_orders import BookingOrder, order_problems, tidy_id_number
from portal.services.booking_windows import booking_window_problems
from portal.services.enterprises import Filed
from portal.services.numbered_matters import register_matters
from portal.services.places import FreeSeat, Full, free_seats, must_be_bookable, release_hold, slot_to_book, when
from portal.services.seating import REASONS, put_on_the_list, take_a_seat
from portal.services.telling import tell_booked
from portal.services.unheard_matters import carry_over
from portal.services.uploads import stored_file
from portal.store.audit_trail import Target, record
from portal.store.base import table_of
from portal.store.models.bookings import Booking, Companion
from portal.store.models.reception import Slot
from portal.store.queries.office import office_rules


def book(session: Session, order: BookingOrder, *, actor: Actor, now: datetime) -> Booking:
    """Enter a booking and answer it as a record; see `enter`."""
    return session.get_one(Booking, enter(session, order, actor=actor, now=now))


def enter(session: Session, order: BookingOrder, *, actor: Actor, now: datetime) -> int:
    """Take a place for an enterprise and register what it wants to say, waiting for review if the office screens.

    Answers the booking's id; the same `form_token` answers the first booking. Raises RuleBroken for what is wrong on the form,
    Full with free alternatives for a slot or day without room (an order that `waits` goes on the waiting list instead),
    AlreadyBooked for a second booking that day without a reason.
    """
    must(actor, Action.BOOK)
    first = booked_with(session, order.form_token)
    if first is not None:
        return first
    rules, known = office_rules(session), enterprises.on_file(session, order.enterprise)
    refuse(order_problems(session, order, rules, known))
    slot = slot_to_book(session, order.slot_id)
    must_be_bookable(slot.reception_day, now)
    refuse(booking_window_problems(session, slot.reception_day, rules, order.origin, order.urgent_reason, now=now))
    if known.by_name is not None and not order.again_reason.strip():
        first = must_not_stand(session, slot, known.by_name.id, order.form_token)
        if first is not None:
            return first
    filed = enterprises.file_for(session, order.enterprise, known)
    seats = free_seats(session, slot.id, now=now, token=order.form_token)
    return place(session, order, slot, filed, rules, seats=seats, actor=actor, now=now)


def place(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    filed: Filed,
    rules: OfficeRules,
    *,
    seats: Iterable[FreeSeat],
    actor: Actor,
    now: datetime,
) -> int:
    """Take the first of these seats that the database gives, register the matters, and record the act; answers the id.

    Which seats are tried is the caller's choice; that a seat goes to one booking only, the schema sees to. Without a place the
    order goes on the waiting list, if it waits.
    """
    letter_id = _kept_letter(session, order, now)
    waiting_list.serve_first(session, slot.reception_day_id, now=now)

    def seat(among: Iterable[FreeSeat]) -> tuple[int, dict[str, Any] | None]:
        return take_a_seat(session, order, slot, filed.id, letter_id, rules, among, now=now)

    try:
        try:
            booking_id, columns = seat(seats)
        except Full:
            if not waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
                raise
            booking_id, columns = seat(free_seats(session, slot.id, now=now, token=order.form_token))
    except Full:
        if not (order.waits and rules.waiting_list):
            raise
        booking_id, columns = put_on_the_list(session, order, slot, filed.id, letter_id, rules, now=now)
    if columns is None:
        return booking_id
    if order.form_token:
        release_hold(session, order.form_token)
    if order.companions:
        _add_companions(session, booking_id, order, rules)
    register_matters(session, booking_id, slot.reception_day_id, filed.id, order.matters, now=now)
    carried = 0
    if rules.unheard is Unheard.CARRY and filed.act != "enterprise_added":
        behind = len(order.matters)
        carried = carry_over(session, booking_id, slot.reception_day, filed.id, behind=behind, actor=actor, now=now)
    _record_filing(session, filed, actor=actor, now=now)
    waits = columns["state"] is BookingState.WAITING
    record(
        session, actor, now, "put_on_waiting_list" if waits else "booked", Target("booking", booking_id),
        summary=f"登记{'候补' if waits else '预约'}：{filed.name}，{when(slot)}",
        slot=slot.id, matters=len(order.matters) + carried, reasons=[name for name in REASONS if columns[name]],
    )  # fmt: skip
    if order.origin is not Origin.WALK_IN:  # whoever walked in stands there and knows
        day = slot.reception_day
        visit = Visit(filed.name, day.day, slot.starts_at, day.venue, columns["code"], slot.room)
        tell_booked(session, booking_id, TOLD[columns["state"]], visit, now=now)
    return booking_id


TOLD = {
    BookingState.WAITING: Occasion.LISTED,
    BookingState.PENDING: Occasion.BOOKED,
    BookingState.CONFIRMED: Occasion.CONFIRMED,
}


def _kept_letter(session: Session, order: BookingOrder, now: datetime) -> int | None:
    if order.visitor.letter is None:
        return None
    letter = stored_file(order.visitor.letter, now=now)
    session.add(letter)
    session.flush()
    return letter.id


def _add_companions(session: Session, booking_id: int, order: BookingOrder, rules: OfficeRules) -> None:
    asked = rules.id_number is AskIdNumber.EVERYBODY
    rows = [
        {
            "booking_id": booking_id,
            "position": position,
            "name": each.name.strip(),
            "post": each.post.strip(),
            "phone": normalise_phone(each.phone) if each.phone.strip() else None,
            "id_number": tidy_id_number(each.id_number) if asked else None,
        }
        for position, each in enumerate(order.companions, start=2)
    ]
    session.execute(insert(table_of(Companion)), rows)


def _record_filing(session: Session, filed: Filed, *, actor: Actor, now: datetime) -> None:
    if filed.act is not None:
        word = "新建" if filed.act == "enterprise_added" else "更新"
        summary = f"登记预约时{word}企业档案：{filed.name}"
        target = Target("enterprise", filed.id)
        record(session, actor, now, filed.act, target, summary=summary, fields=list(filed.changed))
