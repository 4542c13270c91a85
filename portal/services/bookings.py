"""Bookings: a place taken once, whoever else wants it (NX-03, NX-09, NX-17, NX-20, NX-29; its locks: places.py)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.booking_window import window_of, window_problems
from portal.domain.bookings import STANDING_STATES, BookingState, Origin, advance, normalise_phone
from portal.domain.errors import Conflict, Problem, RuleBroken, refuse
from portal.domain.list_lock import ListFacts, list_is_locked
from portal.domain.matters import MatterState
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.receiving import AskIdNumber
from portal.domain.workdays import day_text
from portal.services import enterprises, waiting_list
from portal.services.booking_orders import (
    BookingOrder,
    CompanionGiven,
    MatterTold,
    VisitorGiven,
    channel_problems,
    order_problems,
    reason_problems,
    refusal_text,
    tidy_id_number,
    visitor_problems,
    wants_id_number,
)
from portal.services.calendars import calendar_now
from portal.services.enterprises import Filed
from portal.services.places import (
    UNSYNCHRONISED,
    Full,
    count_in,
    count_out,
    end_booking,
    expect_persons,
    forget_presence,
    free_seats,
    full_slot,
    lock_days,
    must_take_bookings,
    persons_booked,
    persons_of,
    release_seat,
    slot_to_book,
    uncount,
    when,
)
from portal.services.serials import next_number
from portal.services.standing_bookings import CHANGED_MEANWHILE, booking_to_change
from portal.services.uploads import stored_file
from portal.store.attempts import attempt
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Companion
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.office import office_rules

__all__ = [
    "MOVABLE",
    "AlreadyBooked",
    "BookingOrder",
    "CompanionGiven",
    "Full",
    "MatterTold",
    "VisitorGiven",
    "book",
    "booked_with",
    "booking_to_change",
    "cancel_booking",
    "change_visitor",
    "confirm_booking",
    "move_booking",
    "place",
    "refuse_booking",
    "register_matter",
    "see_personal_data",
]
"""The forms' own words belong to the office's verbs: whoever books needs both."""

MATTER_PAPER = "matter"
"""Matters are counted in one row a year, whatever the organ code of the slips becomes."""

MOVABLE = (BookingState.PENDING, BookingState.CONFIRMED)


class AlreadyBooked(Conflict):
    """The enterprise has a standing booking that day; `booking_id` says which."""

    def __init__(self, message: str, booking_id: int) -> None:
        super().__init__(message, field="enterprise_name")
        self.booking_id = booking_id


def book(session: Session, order: BookingOrder, *, actor: Actor, now: datetime) -> Booking:
    """Take a place for an enterprise and register what it wants to say, waiting for review if the office screens.

    The same `form_token` answers the first booking. Raises RuleBroken for what is wrong on the form, Full with free
    alternatives for a slot or day without room (an order that `waits` goes on the waiting list instead), AlreadyBooked for a
    second booking that day without a reason.
    """
    must(actor, Action.BOOK)
    first = booked_with(session, order.form_token)
    if first is not None:
        return first
    rules = office_rules(session)
    refuse(order_problems(session, order, rules))
    slot = slot_to_book(session, order.slot_id)
    _must_be_bookable(slot.reception_day, now)
    refuse(booking_window_problems(session, slot.reception_day, rules, order.origin, order.urgent_reason, now=now))
    if not order.again_reason.strip():
        _must_not_stand(session, slot, enterprises.tidy_name(order.enterprise.name))
    filed = enterprises.file_for(session, order.enterprise)
    seats = free_seats(session, slot.id, now=now, token=order.form_token)
    return place(session, order, slot, filed, rules, seats=seats, actor=actor, now=now)


def booked_with(session: Session, form_token: str | None) -> Booking | None:
    """The booking a form was already sent for, or None."""
    if not form_token:
        return None
    return session.scalar(select(Booking).where(Booking.form_token == form_token))


def _must_be_bookable(day: ReceptionDay, now: datetime) -> None:
    must_take_bookings(day)
    if day.day < now.astimezone(ZONE).date():
        raise RuleBroken(f"{day_text(day.day)}已经过去，请选择今天以后的接待日。", field="slot")


def booking_window_problems(
    session: Session, day: ReceptionDay, rules: OfficeRules, origin: Origin, reason: str, *, now: datetime
) -> list[Problem]:
    """Why a day takes no bookings now although it is neither over nor off: too early, closed, its list confirmed."""
    at = now.astimezone(ZONE)
    calendar = calendar_now(session)
    facts = ListFacts(day.day, day.list_locked_at, day.list_opened_at)
    window, locked = window_of(day.day, rules, calendar, at), list_is_locked(facts, rules, calendar, at)
    return window_problems(day.day, window, rules, at, origin=origin, reason=reason, locked=locked)


def _must_not_stand(session: Session, slot: Slot, tidy: str) -> None:
    """Say early and kindly what the schema would refuse anyway; nothing depends on this check."""
    same = _standing(slot.reception_day_id).join(Enterprise, Enterprise.id == Booking.enterprise_id)
    standing = session.scalar(same.where(Enterprise.name == tidy))
    if standing is not None:
        raise _already_booked(session, standing, slot.reception_day)


def place(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    filed: Filed,
    rules: OfficeRules,
    *,
    seats: Iterable[Seat],
    actor: Actor,
    now: datetime,
) -> Booking:
    """Take the first of these seats that the database gives, register the matters, and record the act.

    Which seats are tried is the caller's choice; that a seat goes to one booking only, the schema sees to. Without a place the
    order goes on the waiting list, if it waits.
    """
    letter = stored_file(order.visitor.letter, now=now) if order.visitor.letter else None
    session.add_all([letter] if letter else [])
    session.flush()
    capped = not order.over_limit_reason.strip()
    try:
        count_in(session, slot, len(order.matters), capped=capped)
        first = booked_with(session, order.form_token)
        if first is not None:
            if capped:
                uncount(session, slot.reception_day_id, len(order.matters))
            return first
        columns = _columns(session, order, slot, filed.enterprise, letter, rules, now=now)
        booking = _seat(session, order, slot, filed.enterprise, columns, seats, now=now)
    except Full:
        if not (order.waits and rules.waiting_list):
            raise
        lock_days(session, slot.reception_day_id)
        columns = _columns(session, order, slot, filed.enterprise, letter, rules, now=now)
        booking = _put_on_the_list(session, order, slot, filed.enterprise, columns, now=now)
    _add_companions(session, booking, order, rules)
    for told in order.matters:
        register_matter(session, booking, told, now=now)
    _record_filing(session, filed, actor=actor, now=now)
    waits = booking.state is BookingState.WAITING
    record(
        session, actor, now, "put_on_waiting_list" if waits else "booked", booking,
        summary=f"登记{'候补' if waits else '预约'}：{filed.enterprise.name}，{when(slot)}",
        slot=slot.id, matters=len(order.matters), reasons=[name for name in REASONS if getattr(order, name).strip()],
    )  # fmt: skip
    return booking


REASONS = ("override_reason", "urgent_reason", "again_reason", "over_limit_reason")


def _seat(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise: Enterprise,
    columns: dict[str, object],
    seats: Iterable[Seat],
    *,
    now: datetime,
) -> Booking:
    """Insert the booking on the first seat the database gives; its persons are expected there from now on."""
    taken = _first_given(session, slot, enterprise, columns, seats)
    if taken is None and waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
        again = free_seats(session, slot.id, now=now, token=order.form_token)
        taken = _first_given(session, slot, enterprise, columns, again)
    if taken is None:
        if order.waits and not order.over_limit_reason.strip():
            uncount(session, slot.reception_day_id, len(order.matters))
        raise full_slot(session, slot, now=now)
    expect_persons(session, slot, taken.id, persons_in(order))
    return taken


def _first_given(
    session: Session,
    slot: Slot,
    enterprise: Enterprise,
    columns: dict[str, object],
    seats: Iterable[Seat],
) -> Booking | None:
    for seat in seats:
        try:
            with attempt(session):
                booking = session.scalars(insert(Booking).values(**columns, seat_id=seat.id).returning(Booking)).one()
        except IntegrityError:
            if not _was_taken(session, seat, slot, enterprise):
                raise
        else:
            if seat.held_by is not None:
                release_seat(session, seat.id)
            return booking
    return None


def _put_on_the_list(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise: Enterprise,
    columns: dict[str, object],
    *,
    now: datetime,
) -> Booking:
    waits = {"state": BookingState.WAITING, "waiting_since": now, "any_slot": order.any_slot}
    try:
        with attempt(session):
            return session.scalars(insert(Booking).values(**{**columns, **waits}).returning(Booking)).one()
    except IntegrityError:
        standing = session.scalar(_standing(slot.reception_day_id).where(Booking.enterprise_id == enterprise.id))
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


def _add_companions(session: Session, booking: Booking, order: BookingOrder, rules: OfficeRules) -> None:
    for position, each in enumerate(order.companions, start=2):
        asked = rules.id_number is AskIdNumber.EVERYBODY
        session.add(
            Companion(
                booking_id=booking.id,
                position=position,
                name=each.name.strip(),
                post=each.post.strip(),
                phone=normalise_phone(each.phone) if each.phone.strip() else None,
                id_number=tidy_id_number(each.id_number) if asked else None,
            )
        )


def register_matter(session: Session, booking: Booking, told: MatterTold, *, now: datetime) -> Matter:
    """Give a matter its number, gap-free a year, and put it behind the booking's others (NX-09)."""
    today = now.astimezone(ZONE).date()
    position = session.scalar(select(func.max(Matter.position)).where(Matter.booking_id == booking.id)) or 0
    number = next_number(session, MATTER_PAPER, "", today.year)
    matter = Matter(
        number=f"{today.year}-{number:04}",
        booking=booking,
        reception_day_id=booking.reception_day_id,
        enterprise_id=booking.enterprise_id,
        position=position + 1,
        kind=told.kind,
        category_code=told.category_code,
        title=told.title.strip(),
        detail=told.detail.strip(),
        state=MatterState.REGISTERED,
        raised_on=today,
        raised_at=now,
    )
    session.add(matter)
    session.flush()
    return matter


def move_booking(
    session: Session,
    booking_id: int,
    slot_id: int,
    *,
    reason: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Move a booking to another slot, of that day or another: it gives one place up and takes the other at once.

    The place it leaves is offered to those who wait. `reason` is asked for when booking for the other day, or for its own, has
    closed. Raises Full with free alternatives, AlreadyBooked when the enterprise is booked that day.
    """
    must(actor, Action.BOOK)
    slot = slot_to_book(session, slot_id)
    there = session.scalar(select(Booking.reception_day_id).where(Booking.id == booking_id))
    lock_days(session, slot.reception_day_id, *([there] if there else []))
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in MOVABLE:
        raise RuleBroken(f"预约现为“{booking.state.label}”，不能改约。", field="slot")
    if slot.id == booking.slot_id:
        raise RuleBroken("预约已在这个时段，请选择另一个时段。", field="slot")
    _must_be_bookable(slot.reception_day, now)
    rules = office_rules(session)
    refuse(booking_window_problems(session, slot.reception_day, rules, Origin.APPLIED, reason, now=now))
    before, left_day = when(booking.slot), booking.reception_day_id
    _change_place(session, booking, slot, reason, now=now)
    session.execute(
        update(Matter).where(Matter.booking_id == booking_id).values(reception_day_id=slot.reception_day_id)
    )
    record(
        session, actor, now, "booking_moved", booking,
        summary=f"改约：{booking.enterprise.name}，由{before}改到{when(slot)}", slot=slot.id, reason=reason.strip(),
    )  # fmt: skip
    session.flush()
    waiting_list.offer_free_places(session, left_day, actor=actor, now=now)
    return booking


def _change_place(session: Session, booking: Booking, slot: Slot, reason: str, *, now: datetime) -> None:
    enterprise, persons = booking.enterprise, persons_booked(session, booking)
    if slot.reception_day_id != booking.reception_day_id:
        count_in(session, slot, booking.counted_matters, capped=booking.counted)
        count_out(session, booking)
    forget_presence(session, booking.id)
    taken: dict[str, Any] = {
        "slot_id": slot.id,
        "reception_day_id": slot.reception_day_id,
        "version": booking.version + 1,
    }
    if reason.strip():
        taken["urgent_reason"] = reason.strip()
    moved = _takes_one(session, booking, slot, enterprise, taken, now=now)
    if not moved and waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
        moved = _takes_one(session, booking, slot, enterprise, taken, now=now)
    if not moved:
        raise full_slot(session, slot, now=now)
    session.refresh(booking)
    session.refresh(booking, ["slot", "seat", "reception_day"])
    expect_persons(session, slot, booking.id, persons)


def _takes_one(
    session: Session, booking: Booking, slot: Slot, enterprise: Enterprise, taken: dict[str, Any], *, now: datetime
) -> bool:
    for seat in free_seats(session, slot.id, now=now):
        try:
            with attempt(session):
                moved = session.execute(
                    update(Booking)
                    .where(Booking.id == booking.id, Booking.version == booking.version)
                    .values(**taken, seat_id=seat.id)
                    .returning(Booking.id),
                    execution_options=UNSYNCHRONISED,
                ).first()
        except IntegrityError:
            if not _was_taken(session, seat, slot, enterprise, own_id=booking.id):
                raise
        else:
            if moved is None:
                raise Conflict(CHANGED_MEANWHILE)
            return True
    return False


def confirm_booking(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Accept a booking after its review (NX-20)."""
    must(actor, Action.REVIEW_BOOKING)
    booking = booking_to_change(session, booking_id, version)
    booking.state = advance(booking.state, BookingState.CONFIRMED)
    record(session, actor, now, "booking_confirmed", booking, summary=f"确认预约：{booking.enterprise.name}")
    return booking


def refuse_booking(
    session: Session,
    booking_id: int,
    reason: str,
    channel: str,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Refuse a booking, saying why and where the enterprise should turn; its place is offered on (domain 11.11)."""
    must(actor, Action.REVIEW_BOOKING)
    refuse([*reason_problems(reason, "不予受理的理由"), *channel_problems(channel)])
    booking = booking_to_change(session, booking_id, version)
    end_booking(session, booking, advance(booking.state, BookingState.REFUSED))
    booking.ended_reason = refusal_text(reason, channel)
    for matter in session.scalars(
        select(Matter).where(Matter.booking_id == booking_id, Matter.state == MatterState.REGISTERED)
    ):
        matter.state = MatterState.REFUSED
        matter.ended_reason = booking.ended_reason
    record(session, actor, now, "booking_refused", booking, summary=f"不予受理预约：{booking.enterprise.name}")
    session.flush()
    waiting_list.offer_free_places(session, booking.reception_day_id, actor=actor, now=now)
    return booking


def cancel_booking(
    session: Session, booking_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Cancel a booking at somebody's wish; its place is offered to those who wait, its matters stay registered."""
    must(actor, Action.BOOK)
    refuse(reason_problems(reason, "取消的原因"))
    booking = booking_to_change(session, booking_id, version)
    end_booking(session, booking, advance(booking.state, BookingState.CANCELLED))
    booking.ended_reason = reason.strip()
    record(session, actor, now, "booking_cancelled", booking, summary=f"取消预约：{booking.enterprise.name}")
    session.flush()
    waiting_list.offer_free_places(session, booking.reception_day_id, actor=actor, now=now)
    return booking


def change_visitor(
    session: Session, booking_id: int, visitor: VisitorGiven, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Correct who comes; without a new telephone number or letter those on file stay."""
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in STANDING_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不能再修改来访人。")
    visitor = replace(visitor, phone=visitor.phone.strip() or booking.visitor_phone)
    ask, kept = office_rules(session).id_number, booking.visitor_id_number is not None
    has_letter = booking.authorisation_id is not None
    refuse(visitor_problems(visitor, has_letter=has_letter, ask=ask, has_id_number=kept))
    booking.visitor_name = visitor.name.strip()
    booking.visitor_post = visitor.post.strip()
    booking.visitor_phone = normalise_phone(visitor.phone)
    booking.identity = visitor.identity
    if visitor.id_number.strip() and wants_id_number(ask, visitor.identity):
        booking.visitor_id_number = tidy_id_number(visitor.id_number)
    if visitor.letter is not None:
        booking.authorisation = stored_file(visitor.letter, now=now)
    if booking.seat_id is not None:
        session.flush()
        forget_presence(session, booking.id)
        expect_persons(session, booking.slot, booking.id, persons_booked(session, booking))
    record(
        session, actor, now, "visitor_changed", booking,
        summary=f"修改来访人：{booking.enterprise.name}", letter=visitor.letter is not None,
    )  # fmt: skip
    return booking


def see_personal_data(session: Session, booking_id: int, what: str, *, actor: Actor, now: datetime) -> Booking:
    """Write down that somebody looks at what is masked otherwise: the telephone number, the letter (domain 7.1)."""
    must(actor, Action.SEE_PERSONAL_DATA)
    booking = booking_to_change(session, booking_id, None)
    record(
        session, actor, now, "personal_data_seen", booking,
        summary=f"查看预约的{what}：{booking.enterprise.name}", what=what,
    )  # fmt: skip
    return booking


def _columns(
    session: Session,
    order: BookingOrder,
    slot: Slot,
    enterprise: Enterprise,
    letter: StoredFile | None,
    rules: OfficeRules,
    *,
    now: datetime,
) -> dict[str, object]:
    visitor = order.visitor
    return {
        "reception_day_id": slot.reception_day_id,
        "slot_id": slot.id,
        "enterprise_id": enterprise.id,
        "state": BookingState.PENDING if rules.screening else BookingState.CONFIRMED,
        "origin": order.origin,
        "identity": visitor.identity,
        "visitor_name": visitor.name.strip(),
        "visitor_post": visitor.post.strip(),
        "visitor_phone": normalise_phone(visitor.phone),
        "authorisation_id": letter.id if letter else None,
        "visitor_id_number": tidy_id_number(visitor.id_number)
        if wants_id_number(rules.id_number, visitor.identity)
        else None,
        "day_ordinal": _next_ordinal(session, slot, enterprise) if order.again_reason.strip() else 1,
        **{name: getattr(order, name).strip() for name in REASONS},
        "counted": not order.over_limit_reason.strip(),
        "counted_matters": len(order.matters),
        "form_token": order.form_token or None,
        "booked_at": now,
    }


def _next_ordinal(session: Session, slot: Slot, enterprise: Enterprise) -> int:
    """Whose booking of the day this is for the enterprise, counted from 1; the caller holds the day."""
    same = select(func.max(Booking.day_ordinal)).where(
        Booking.reception_day_id == slot.reception_day_id,
        Booking.enterprise_id == enterprise.id,
        Booking.state.in_(STANDING_STATES),
    )
    return (session.scalar(same) or 0) + 1


def _record_filing(session: Session, filed: Filed, *, actor: Actor, now: datetime) -> None:
    if filed.act is not None:
        word = "新建" if filed.act == "enterprise_added" else "更新"
        summary = f"登记预约时{word}企业档案：{filed.enterprise.name}"
        record(session, actor, now, filed.act, filed.enterprise, summary=summary, fields=list(filed.changed))


def _standing(day_id: int) -> Select[tuple[Booking]]:
    return select(Booking).where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES))


def _was_taken(session: Session, seat: Seat, slot: Slot, enterprise: Enterprise, *, own_id: int | None = None) -> bool:
    """Whether the database refused because somebody else has the seat.

    Raises AlreadyBooked if it was because the enterprise has another standing booking that day.
    """
    others = _standing(slot.reception_day_id).where(Booking.enterprise_id == enterprise.id)
    standing = session.scalar(others if own_id is None else others.where(Booking.id != own_id))
    if standing is not None:
        raise _already_booked(session, standing, slot.reception_day)
    return session.scalar(select(Booking.id).where(Booking.seat_id == seat.id)) is not None


def _already_booked(session: Session, standing: Booking, day: ReceptionDay) -> AlreadyBooked:
    slot = session.get_one(Slot, standing.slot_id)
    message = (
        f"该企业在{day_text(day.day)}已有预约：{slot.starts_at:%H:%M}–{slot.ends_at:%H:%M}（{standing.state.label}）。"
        "一家企业一天只约一次，请打开原预约补充诉求或改约，或选择其他接待日；确需再约一次的，请写明理由。"
    )
    return AlreadyBooked(message, standing.id)
