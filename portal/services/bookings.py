"""What becomes of a booking on file: confirmed, refused, cancelled, its visitor corrected (NX-17, NX-20, domain 11.11)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES, BookingState, Origin, advance, normalise_phone
from portal.domain.errors import RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.refusals import RefusalGround, reason_in_words, way_on
from portal.domain.visitor_news import Occasion
from portal.services import unit_news, waiting_list
from portal.services.booked_already import AlreadyBooked, booked_with
from portal.services.booking_matters import withdraw_with_booking
from portal.services.booking_orders import (
    BookingOrder,
    CompanionGiven,
    MatterTold,
    VisitorGiven,
    channel_problems,
    reason_problems,
    refusal_text,
    tidy_id_number,
    visitor_problems,
    wants_id_number,
)
from portal.services.entering import book, enter, place
from portal.services.moving import move_booking
from portal.services.places import Full, end_booking, expect_persons, forget_presence, persons_booked
from portal.services.standing_bookings import booking_to_change
from portal.services.telling import tell_visitor
from portal.services.uploads import stored_file
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.queries.office import office_rules

__all__ = [
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
    "enter",
    "move_booking",
    "place",
    "refuse_booking",
    "see_personal_data",
]
"""The office's verbs around a booking, and the forms' own words: whoever books needs all of them."""


def confirm_booking(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Accept a booking after its review (NX-20); the enterprise is told, unless it walked in and stands there."""
    must(actor, Action.REVIEW_BOOKING)
    booking = booking_to_change(session, booking_id, version)
    if booking.state is BookingState.OFFERED:
        raise RuleBroken("企业还没有答复候补名额，请先登记企业接受，再确认。", field="state")
    booking.state = advance(booking.state, BookingState.CONFIRMED)
    record(session, actor, now, "booking_confirmed", booking, summary=f"确认预约：{booking.enterprise.name}")
    if booking.origin is not Origin.WALK_IN:
        tell_visitor(session, booking.id, Occasion.CONFIRMED, now=now)
    return booking


def refuse_booking(
    session: Session,
    booking_id: int,
    reason: str,
    channel: str,
    *,
    ground: RefusalGround | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Booking:
    """Refuse a booking, saying why and where the enterprise should turn; its place is offered on (domain 11.11).

    A ground says both in general; `reason` and `channel` then say more, or otherwise.
    """
    must(actor, Action.REVIEW_BOOKING)
    reason, channel = reason_in_words(ground, reason), way_on(ground, channel)
    refuse([*reason_problems(reason, "不予受理的理由"), *channel_problems(channel)])
    booking = booking_to_change(session, booking_id, version)
    end_booking(session, booking, advance(booking.state, BookingState.REFUSED))
    booking.refusal_ground = ground
    booking.ended_reason = refusal_text(reason, channel)
    for matter in session.scalars(
        select(Matter).where(Matter.booking_id == booking_id, Matter.state == MatterState.REGISTERED)
    ):
        matter.state = MatterState.REFUSED
        matter.refusal_ground = ground
        matter.ended_reason = booking.ended_reason
    record(session, actor, now, "booking_refused", booking, summary=f"不予受理预约：{booking.enterprise.name}")
    session.flush()
    tell_visitor(session, booking.id, Occasion.REFUSED, now=now)
    unit_news.reception_is_off(session, booking, now=now)
    waiting_list.offer_free_places(session, booking.reception_day_id, actor=actor, now=now)
    return booking


def cancel_booking(
    session: Session, booking_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Cancel a booking at somebody's wish; its place is offered to those who wait, its matters are withdrawn with it."""
    must(actor, Action.BOOK)
    refuse(reason_problems(reason, "取消的原因"))
    booking = booking_to_change(session, booking_id, version)
    end_booking(session, booking, advance(booking.state, BookingState.CANCELLED))
    booking.ended_reason = reason.strip()
    withdraw_with_booking(session, booking, actor=actor, now=now)
    record(session, actor, now, "booking_cancelled", booking, summary=f"取消预约：{booking.enterprise.name}")
    session.flush()
    tell_visitor(session, booking.id, Occasion.CANCELLED, now=now)
    unit_news.reception_is_off(session, booking, now=now)
    waiting_list.offer_free_places(session, booking.reception_day_id, actor=actor, now=now)
    return booking


def change_visitor(
    session: Session, booking_id: int, visitor: VisitorGiven, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Correct who comes; without a new telephone number or letter those on file stay, a number of identity only with its name."""
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state not in STANDING_STATES:
        raise RuleBroken(f"预约{booking.state.label}，不能再修改来访人。")
    visitor = replace(visitor, phone=visitor.phone.strip() or booking.visitor_phone)
    ask, same = office_rules(session).id_number, visitor.name.strip() == booking.visitor_name
    kept = same and booking.visitor_id_number is not None
    has_letter = booking.authorisation_id is not None
    refuse(visitor_problems(visitor, has_letter=has_letter, ask=ask, has_id_number=kept))
    booking.visitor_name = visitor.name.strip()
    booking.visitor_post = visitor.post.strip()
    booking.visitor_phone = normalise_phone(visitor.phone)
    booking.identity = visitor.identity
    if not same:
        booking.visitor_id_number = None
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
