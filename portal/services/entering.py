"""Entering a booking: its place, its people and its matters, in one transaction (NX-03, NX-09, NX-29; its locks: places.py).

Statements of this path are put together once: on a morning when everybody telephones it is what the office does all day.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES, BookingState, Origin, normalise_phone
from portal.domain.errors import Conflict, refuse
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import AskIdNumber
from portal.domain.visitor_news import Occasion, Visit
from portal.domain.workdays import day_text
from portal.services import enterprises, waiting_list
from portal.services.booking_orders import (
    BookingOrder,
    order_problems,
    tidy_id_number,
    wants_id_number,
)
from portal.services.booking_windows import booking_window_problems
from portal.services.enterprises import Filed
from portal.services.numbered_matters import register_matters
from portal.services.places import (
    FreeSeat,
    Full,
    count_in,
    expect_persons,
    free_seats,
    full_slot,
    lock_days,
    must_be_bookable,
    persons_of,
    release_hold,
    release_seat,
    slot_to_book,
    uncount,
    when,
)
from portal.services.telling import tell_booked
from portal.services.uploads import stored_file
from portal.store.attempts import attempt
from portal.store.audit_trail import Target, record
from portal.store.base import table_of
from portal.store.models.bookings import Booking, Companion, new_code
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.office import office_rules

REASONS = ("override_reason", "urgent_reason", "again_reason", "over_limit_reason")
"""What opens for a booking what is closed otherwise."""


class AlreadyBooked(Conflict):
    """The enterprise has a standing booking that day; `booking_id` says which."""

    def __init__(self, message: str, booking_id: int) -> None:
        super().__init__(message, field="enterprise_name")
        self.booking_id = booking_id


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
        first = _must_not_stand(session, slot, known.by_name.id, order.form_token)
        if first is not None:
            return first
    filed = enterprises.file_for(session, order.enterprise, known)
    seats = free_seats(session, slot.id, now=now, token=order.form_token)
    return place(session, order, slot, filed, rules, seats=seats, actor=actor, now=now)


def booked_with(session: Session, form_token: str | None) -> int | None:
    """The id of the booking a form was already sent for, or None."""
    return session.execute(_SENT_WITH, {"token": form_token}).scalar() if form_token else None


_BOOKING = table_of(Booking)
_SENT_WITH = select(_BOOKING.c.id).where(_BOOKING.c.form_token == bindparam("token"))


def _must_not_stand(session: Session, slot: Slot, enterprise_id: int, form_token: str | None) -> int | None:
    """Say early and kindly what the schema would refuse anyway; nothing depends on this check.

    Answers the booking when it is the one this very form was sent for a moment ago.
    """
    standing = session.scalar(_standing(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id))
    if standing is None:
        return None
    if form_token and standing.form_token == form_token:
        return standing.id
    raise _already_booked(session, standing, slot.reception_day)


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
        return _seat(session, order, slot, filed.id, letter_id, rules, among, now=now)

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
        booking_id, columns = _put_on_the_list(session, order, slot, filed.id, letter_id, rules, now=now)
    if columns is None:
        return booking_id
    if order.form_token:
        release_hold(session, order.form_token)
    if order.companions:
        _add_companions(session, booking_id, order, rules)
    register_matters(session, booking_id, slot.reception_day_id, filed.id, order.matters, now=now)
    _record_filing(session, filed, actor=actor, now=now)
    waits = columns["state"] is BookingState.WAITING
    record(
        session, actor, now, "put_on_waiting_list" if waits else "booked", Target("booking", booking_id),
        summary=f"登记{'候补' if waits else '预约'}：{filed.name}，{when(slot)}",
        slot=slot.id, matters=len(order.matters), reasons=[name for name in REASONS if columns[name]],
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


def _seat(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    seats: Iterable[FreeSeat],
    *,
    now: datetime,
) -> tuple[int, dict[str, Any] | None]:
    """Count the booking on its day and insert it on the first seat the database gives; its persons are expected there.

    Answers its id and what was written, or the booking this form was sent for a moment ago and None. Raises Full, and then
    nothing of it is left.
    """
    matters, capped = len(order.matters), not order.over_limit_reason.strip()
    count_in(session, slot, matters, capped=capped)
    first = booked_with(session, order.form_token)
    if first is None:
        columns = _columns(session, order, slot, enterprise_id, letter_id, rules, now=now)
        taken = _first_given(session, slot, enterprise_id, columns, seats)
        if taken is not None:
            expect_persons(session, slot, taken, persons_in(order))
            return taken, columns
    if capped:
        uncount(session, slot.reception_day_id, matters)
    if first is not None:
        return first, None
    raise full_slot(session, slot, now=now)


_NEW = insert(_BOOKING).returning(_BOOKING.c.id)


def _first_given(
    session: Session, slot: Slot, enterprise_id: int, columns: dict[str, Any], seats: Iterable[FreeSeat]
) -> int | None:
    for seat in seats:
        try:
            with attempt(session):
                booking_id: int = session.execute(_NEW, {**columns, "seat_id": seat.id}).scalar_one()
        except IntegrityError:
            if not was_taken(session, seat.id, slot, enterprise_id):
                raise
        else:
            if seat.held_by is not None:
                release_seat(session, seat.id)
            return booking_id
    return None


def _put_on_the_list(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    *,
    now: datetime,
) -> tuple[int, dict[str, Any] | None]:
    lock_days(session, slot.reception_day_id)
    first = booked_with(session, order.form_token)
    if first is not None:
        return first, None
    columns = _columns(session, order, slot, enterprise_id, letter_id, rules, now=now)
    columns |= {"state": BookingState.WAITING, "waiting_since": now, "any_slot": order.any_slot}
    try:
        with attempt(session):
            return int(session.execute(_NEW, columns).scalar_one()), columns
    except IntegrityError:
        standing = session.scalar(_standing(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id))
        if standing is None:
            raise
        raise _already_booked(session, standing, slot.reception_day) from None


def persons_in(order: BookingOrder) -> frozenset[str]:
    """The keyed hashes of those an order brings."""
    visitor = (order.visitor.name, normalise_phone(order.visitor.phone), order.visitor.id_number)
    return persons_of(
        visitor,
        [(it.name, normalise_phone(it.phone) if it.phone.strip() else "", it.id_number) for it in order.companions],
    )


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


def _columns(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise_id: int,
    letter_id: int | None,
    rules: OfficeRules,
    *,
    now: datetime,
) -> dict[str, Any]:
    visitor = order.visitor
    return {
        "code": new_code(),
        "reception_day_id": slot.reception_day_id,
        "slot_id": slot.id,
        "enterprise_id": enterprise_id,
        "state": BookingState.PENDING if rules.screening else BookingState.CONFIRMED,
        "origin": order.origin,
        "identity": visitor.identity,
        "visitor_name": visitor.name.strip(),
        "visitor_post": visitor.post.strip(),
        "visitor_phone": normalise_phone(visitor.phone),
        "authorisation_id": letter_id,
        "visitor_id_number": tidy_id_number(visitor.id_number)
        if wants_id_number(rules.id_number, visitor.identity)
        else None,
        "day_ordinal": _next_ordinal(session, slot, enterprise_id) if order.again_reason.strip() else 1,
        **{name: getattr(order, name).strip() for name in REASONS},
        "counted": not order.over_limit_reason.strip(),
        "counted_matters": len(order.matters),
        "form_token": order.form_token or None,
        "booked_at": now,
    }


def _next_ordinal(session: Session, slot: Slot, enterprise_id: int) -> int:
    """Whose booking of the day this is for the enterprise, counted from 1; the caller holds the day."""
    same = select(func.max(Booking.day_ordinal)).where(
        Booking.reception_day_id == slot.reception_day_id,
        Booking.enterprise_id == enterprise_id,
        Booking.state.in_(STANDING_STATES),
    )
    return (session.scalar(same) or 0) + 1


def _record_filing(session: Session, filed: Filed, *, actor: Actor, now: datetime) -> None:
    if filed.act is not None:
        word = "新建" if filed.act == "enterprise_added" else "更新"
        summary = f"登记预约时{word}企业档案：{filed.name}"
        target = Target("enterprise", filed.id)
        record(session, actor, now, filed.act, target, summary=summary, fields=list(filed.changed))


def _standing(day_id: int) -> Select[tuple[Booking]]:
    return select(Booking).where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES))


def was_taken(session: Session, seat_id: int, slot: Slot, enterprise_id: int, *, own_id: int | None = None) -> bool:
    """Whether the database refused because somebody else has the seat.

    Raises AlreadyBooked if it was because the enterprise has another standing booking that day.
    """
    if session.scalar(select(Booking.id).where(Booking.seat_id == seat_id)) is not None:
        return True
    must_not_stand_beside(session, slot, enterprise_id, own_id=own_id)
    return False


def must_not_stand_beside(session: Session, slot: Slot, enterprise_id: int, *, own_id: int | None) -> None:
    """Raise AlreadyBooked when the enterprise has another standing booking on a slot's day."""
    others = _standing(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id)
    standing = session.scalar(others if own_id is None else others.where(Booking.id != own_id))
    if standing is not None:
        raise _already_booked(session, standing, slot.reception_day)


def _already_booked(session: Session, standing: Booking, day: ReceptionDay) -> AlreadyBooked:
    slot = session.get_one(Slot, standing.slot_id)
    message = (
        f"该企业在{day_text(day.day)}已有预约：{slot.starts_at:%H:%M}–{slot.ends_at:%H:%M}（{standing.state.label}）。"
        "一家企业一天只约一次，请打开原预约补充诉求或改约，或选择其他接待日；确需再约一次的，请写明理由。"
    )
    return AlreadyBooked(message, standing.id)
