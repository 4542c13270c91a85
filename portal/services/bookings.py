"""Bookings: a place taken once, whoever else wants it (NX-03, NX-09, NX-17, NX-20, NX-29).

Locks are taken in one order, so that nobody waits in a circle: enterprise, seat, serial, audit chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.bookings import (
    ACTIVE_STATES,
    BookingState,
    advance,
    normalise_phone,
)
from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.office import OfficeRules
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import day_text
from portal.services import enterprises
from portal.services.booking_orders import (
    BookingOrder,
    MatterTold,
    VisitorGiven,
    channel_problems,
    order_problems,
    reason_problems,
    refusal_text,
    visitor_problems,
)
from portal.services.enterprises import Filed
from portal.services.serials import next_number
from portal.services.uploads import stored_file
from portal.store.attempts import attempt
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.files import StoredFile
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.office import office_rules
from portal.store.queries.slots import BOOKABLE_STATES, free_slots

__all__ = [
    "MOVABLE",
    "AlreadyBooked",
    "BookingOrder",
    "MatterTold",
    "VisitorGiven",
    "book",
    "booked_with",
    "booking_to_change",
    "cancel_booking",
    "change_visitor",
    "confirm_booking",
    "free_seats",
    "move_booking",
    "place",
    "refuse_booking",
    "register_matter",
    "see_personal_data",
]
"""The forms' own words belong to the office's verbs: whoever books needs both."""

MATTER_PAPER = "matter"
"""Matters are counted in one row a year, whatever the organ code of the slips becomes."""

CHANGED_MEANWHILE = "您打开页面之后，别人已修改了这条预约。请核对最新内容后再办理。"
MOVABLE = (BookingState.PENDING, BookingState.CONFIRMED)


class AlreadyBooked(Conflict):
    """The enterprise has a standing booking that day; `booking_id` says which."""

    def __init__(self, message: str, booking_id: int) -> None:
        super().__init__(message, field="enterprise_name")
        self.booking_id = booking_id


def book(session: Session, order: BookingOrder, *, actor: Actor, now: datetime) -> Booking:
    """Take a place for an enterprise and register what it wants to say, waiting for review if the office screens.

    The same `form_token` answers the first booking. Raises RuleBroken for what is wrong on the form, NotFound for a slot
    that is gone, Conflict with free alternatives for a full one, AlreadyBooked for a second booking that day.
    """
    must(actor, Action.BOOK)
    first = booked_with(session, order.form_token)
    if first is not None:
        return first
    rules = office_rules(session)
    refuse(order_problems(session, order, rules))
    slot = _slot(session, order.slot_id)
    _must_be_bookable(slot.reception_day, now)
    _must_have_room(session, slot, tidy=enterprises.tidy_name(order.enterprise.name))
    filed = enterprises.file_for(session, order.enterprise)
    return place(session, order, slot, filed, rules, seats=free_seats(session, slot.id), actor=actor, now=now)


def booked_with(session: Session, form_token: str | None) -> Booking | None:
    """The booking a form was already sent for, or None."""
    if not form_token:
        return None
    return session.scalar(select(Booking).where(Booking.form_token == form_token))


def _must_be_bookable(day: ReceptionDay, now: datetime) -> None:
    if day.state not in BOOKABLE_STATES:
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，不能再预约，请选择其他接待日。", field="slot")
    if day.day < now.astimezone(ZONE).date():
        raise RuleBroken(f"{day_text(day.day)}已经过去，请选择今天以后的接待日。", field="slot")


def _must_have_room(session: Session, slot: Slot, *, tidy: str) -> None:
    """Say early and kindly what the schema would refuse anyway; nothing depends on this check."""
    same = _standing(slot.reception_day_id).join(Enterprise, Enterprise.id == Booking.enterprise_id)
    standing = session.scalar(same.where(Enterprise.name == tidy))
    if standing is not None:
        raise _already_booked(session, standing, slot.reception_day)
    if session.scalar(_unbooked(slot.id, ())) is None:
        raise _full(session, slot)


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

    Which seats are tried is the caller's choice; that a seat goes to one booking only, the schema sees to.
    """
    letter = stored_file(order.visitor.letter, now=now) if order.visitor.letter else None
    session.add_all([letter] if letter else [])
    session.flush()
    columns = _columns(order, slot, filed.enterprise, letter, rules, now=now)
    for seat in seats:
        try:
            with attempt(session):
                booking = session.scalars(insert(Booking).values(**columns, seat_id=seat.id).returning(Booking)).one()
        except IntegrityError:
            first = booked_with(session, order.form_token)
            if first is not None:
                return first
            if not _was_taken(session, seat, slot, filed.enterprise):
                raise
        else:
            break
    else:
        raise _full(session, slot)
    for told in order.matters:
        register_matter(session, booking, told, now=now)
    _record_filing(session, filed, actor=actor, now=now)
    record(
        session, actor, now, "booked", booking,
        summary=f"登记预约：{filed.enterprise.name}，{_when(slot)}",
        slot=slot.id, seat=seat.number, matters=len(order.matters), overridden=bool(order.override_reason.strip()),
    )  # fmt: skip
    return booking


def free_seats(session: Session, slot_id: int) -> Iterator[Seat]:
    """Seats nobody holds, one by one, each locked for this transaction where the database can lock rows.

    First those nobody is just taking; when none is left, those somebody may yet give back, which means waiting.
    """
    tried: set[int] = set()
    for skip in (True, False):
        while True:
            wanted = _unbooked(slot_id, tried).with_for_update(skip_locked=skip, of=Seat)
            seat = session.scalar(wanted)
            if seat is None:
                break
            tried.add(seat.id)
            yield seat


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
    session: Session, booking_id: int, slot_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Move a booking to another slot, of that day or another: it gives one place up and takes the other at once.

    Raises Conflict with free alternatives when the other slot is full, AlreadyBooked when the enterprise is booked that day.
    """
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in MOVABLE:
        raise RuleBroken(f"预约现为“{booking.state.label}”，不能改约。", field="slot")
    slot = _slot(session, slot_id)
    if slot.id == booking.slot_id:
        raise RuleBroken("预约已在这个时段，请选择另一个时段。", field="slot")
    _must_be_bookable(slot.reception_day, now)
    enterprise, before = booking.enterprise, _when(booking.slot)
    place_taken = {"slot_id": slot.id, "reception_day_id": slot.reception_day_id, "version": booking.version + 1}
    for seat in free_seats(session, slot.id):
        try:
            with attempt(session):
                session.execute(
                    update(Booking)
                    .where(Booking.id == booking_id, Booking.version == booking.version)
                    .values(**place_taken, seat_id=seat.id)
                    .execution_options(synchronize_session=False)
                )
        except IntegrityError:
            if not _was_taken(session, seat, slot, enterprise, own_id=booking_id):
                raise
        else:
            break
    else:
        raise _full(session, slot)
    session.refresh(booking)
    if booking.seat_id != seat.id:
        raise Conflict(CHANGED_MEANWHILE)
    session.execute(
        update(Matter).where(Matter.booking_id == booking_id).values(reception_day_id=slot.reception_day_id)
    )
    record(
        session, actor, now, "booking_moved", booking,
        summary=f"改约：{enterprise.name}，由{before}改到{_when(slot)}", slot=slot.id, seat=seat.number,
    )  # fmt: skip
    return booking


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
    """Refuse a booking, saying why and where the enterprise should turn; its place is free again (domain 11.11)."""
    must(actor, Action.REVIEW_BOOKING)
    refuse([*reason_problems(reason, "不予受理的理由"), *channel_problems(channel)])
    booking = booking_to_change(session, booking_id, version)
    booking.state = advance(booking.state, BookingState.REFUSED)
    booking.seat = None
    booking.ended_reason = refusal_text(reason, channel)
    for matter in session.scalars(
        select(Matter).where(Matter.booking_id == booking_id, Matter.state == MatterState.REGISTERED)
    ):
        matter.state = MatterState.REFUSED
        matter.ended_reason = booking.ended_reason
    record(session, actor, now, "booking_refused", booking, summary=f"不予受理预约：{booking.enterprise.name}")
    return booking


def cancel_booking(
    session: Session, booking_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Cancel a booking at somebody's wish; its place is free again, its matters stay registered."""
    must(actor, Action.BOOK)
    refuse(reason_problems(reason, "取消的原因"))
    booking = booking_to_change(session, booking_id, version)
    booking.state = advance(booking.state, BookingState.CANCELLED)
    booking.seat = None
    booking.ended_reason = reason.strip()
    record(session, actor, now, "booking_cancelled", booking, summary=f"取消预约：{booking.enterprise.name}")
    return booking


def change_visitor(
    session: Session, booking_id: int, visitor: VisitorGiven, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Correct who comes; without a new telephone number or letter those on file stay."""
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in ACTIVE_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不能再修改来访人。")
    visitor = replace(visitor, phone=visitor.phone.strip() or booking.visitor_phone)
    refuse(visitor_problems(visitor, has_letter=booking.authorisation_id is not None))
    booking.visitor_name = visitor.name.strip()
    booking.visitor_post = visitor.post.strip()
    booking.visitor_phone = normalise_phone(visitor.phone)
    booking.identity = visitor.identity
    if visitor.letter is not None:
        booking.authorisation = stored_file(visitor.letter, now=now)
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


def booking_to_change(session: Session, booking_id: int, version: int | None) -> Booking:
    """A booking with its day, slot, seat and enterprise. Raises NotFound, or Conflict if it is no longer that version."""
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            joinedload(Booking.reception_day),
            joinedload(Booking.slot),
            joinedload(Booking.seat),
            joinedload(Booking.enterprise),
        )
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    if version is not None and booking.version != version:
        raise Conflict(CHANGED_MEANWHILE)
    return booking


def _columns(
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
        "override_reason": order.override_reason.strip(),
        "form_token": order.form_token or None,
        "booked_at": now,
    }


def _record_filing(session: Session, filed: Filed, *, actor: Actor, now: datetime) -> None:
    if filed.act is not None:
        word = "新建" if filed.act == "enterprise_added" else "更新"
        summary = f"登记预约时{word}企业档案：{filed.enterprise.name}"
        record(session, actor, now, filed.act, filed.enterprise, summary=summary, fields=list(filed.changed))


def _slot(session: Session, slot_id: int) -> Slot:
    slot = session.scalar(select(Slot).where(Slot.id == slot_id).options(joinedload(Slot.reception_day)))
    if slot is None:
        raise RuleBroken("所选时段不存在，可能已被调整，请重新选择。", field="slot")
    return slot


def _unbooked(slot_id: int, tried: Iterable[int]) -> Select[tuple[Seat]]:
    held = select(Booking.id).where(Booking.seat_id == Seat.id).exists()
    return select(Seat).where(Seat.slot_id == slot_id, Seat.id.not_in(tried), ~held).order_by(Seat.number).limit(1)


def _standing(day_id: int) -> Select[tuple[Booking]]:
    return select(Booking).where(Booking.reception_day_id == day_id, Booking.state.in_(ACTIVE_STATES))


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
        "一家企业一天只约一次，请打开原预约补充诉求或改约，或选择其他接待日。"
    )
    return AlreadyBooked(message, standing.id)


def _full(session: Session, slot: Slot) -> Conflict:
    free = free_slots(session, slot.reception_day.day)
    advice = "请另选一个时段。" if free else "近期的接待日都已约满，请与工商联办公室商定时间。"
    return Conflict(
        f"{_when(slot)} 的时段已经约满。{advice}",
        field="slot",
        alternatives=[it.label_beside(slot.reception_day.day) for it in free],
    )


def _when(slot: Slot) -> str:
    """12月15日 周二 09:00; the slot's day must be loaded."""
    return f"{day_text(slot.reception_day.day)} {slot.starts_at:%H:%M}"
