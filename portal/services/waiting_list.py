"""The waiting list of a day: who waits longest is offered the next free place, and has some hours to answer (peers 1, 4.10)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.clock import ZONE
from portal.domain.booking_window import offer_deadline
from portal.domain.bookings import BookingState, advance
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.visitor_news import Occasion
from portal.services.places import (
    Full,
    count_in,
    expect_persons,
    free_seats_of_day,
    give_up,
    is_elsewhere,
    lock_days,
    must_be_bookable,
    persons_booked,
    when,
)
from portal.services.standing_bookings import booking_to_change
from portal.services.telling import forget_news, tell_visitor
from portal.store.audit_trail import record
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.office import office_rules

OFFERING_STATES = (DayState.PLANNED, DayState.PUBLISHED)
"""On the day itself nobody is telephoned for a place any more: whoever waits may walk in."""


def offer_free_places(
    session: Session, day_id: int, *, but: Collection[int] = (), actor: Actor, now: datetime
) -> list[Booking]:
    """Offer the free places of a day to those who wait for it, in their order, `but` some; answers who got an offer.

    The caller holds the day, having just given up a place perhaps. Whoever asked for one slot only is passed over for
    the others; whoever would be in two places at once, or above the day's caps, is passed over too and keeps the turn.
    """
    waiting = session.scalars(_on_the_list(day_id, BookingState.WAITING).where(Booking.id.not_in(but))).all()
    if not waiting:
        return []
    day = session.get_one(ReceptionDay, day_id, populate_existing=True)
    if day.state not in OFFERING_STATES:
        return []
    free = list(free_seats_of_day(session, day_id, now=now))
    offered = []
    for booking in waiting:
        place = next((it for it in free if _suits(session, booking, it[1], day, now)), None)
        if place is not None and _offer(session, booking, *place, day, actor=actor, now=now):
            free.remove(place)
            offered.append(booking)
    return offered


def serve_first(session: Session, day_id: int, *, now: datetime) -> None:
    """Offer free places to those who wait and were never asked, before somebody new takes one of them.

    So nobody is overtaken when a form's hold lapsed or a slot was added. Whoever has declined an offer, or let one lapse,
    does not stand in the way of others until a place is given up again.
    """
    if session.execute(_NEVER_ASKED, {"day_id": day_id}).first() is None:
        return
    lock_days(session, day_id)
    waits = (Booking.reception_day_id == day_id, Booking.state == BookingState.WAITING)
    asked = session.scalars(select(Booking.id).where(*waits, Booking.offers > 0)).all()
    offer_free_places(session, day_id, but=asked, actor=Actor.system(), now=now)


_BOOKING = table_of(Booking)
_NEVER_ASKED = (
    select(_BOOKING.c.id)
    .where(
        _BOOKING.c.reception_day_id == bindparam("day_id"),
        _BOOKING.c.state == BookingState.WAITING,
        _BOOKING.c.offers == 0,
    )
    .limit(1)
)


def _on_the_list(day_id: int, state: BookingState) -> Select[tuple[Booking]]:
    return (
        select(Booking)
        .where(Booking.reception_day_id == day_id, Booking.state == state)
        .options(joinedload(Booking.enterprise))
        .order_by(Booking.waiting_since, Booking.id)
        .execution_options(populate_existing=True)
    )


def _suits(session: Session, booking: Booking, slot: Slot, day: ReceptionDay, now: datetime) -> bool:
    if not (booking.any_slot or booking.slot_id == slot.id):
        return False
    if offer_deadline(now.astimezone(ZONE), 0, day.day, slot.starts_at) is None:
        return False
    return not is_elsewhere(session, slot, persons_booked(session, booking), own_id=booking.id)


def _offer(
    session: Session, booking: Booking, seat: Seat, slot: Slot, day: ReceptionDay, *, actor: Actor, now: datetime
) -> bool:
    slot.reception_day = day
    try:
        count_in(session, slot, booking.counted_matters, capped=booking.counted)
    except Full:
        return False
    minutes = office_rules(session).offer_minutes
    booking.state = advance(booking.state, BookingState.OFFERED)
    booking.seat_id, booking.slot_id = seat.id, slot.id
    booking.offered_until = offer_deadline(now.astimezone(ZONE), minutes, day.day, slot.starts_at)
    booking.offers += 1
    session.flush()
    expect_persons(session, slot, booking.id, persons_booked(session, booking))
    record(
        session, actor, now, "place_offered", booking,
        summary=f"通知候补：{booking.enterprise.name}，{when(slot)}", slot=slot.id, until=booking.offered_until,
    )  # fmt: skip
    tell_visitor(session, booking.id, Occasion.OFFERED, now=now)
    return True


def take_back_lapsed(session: Session, day_id: int, *, now: datetime) -> int:
    """Put those whose offer has lapsed behind the others, and offer the places on; answers how many offers had lapsed.

    Nobody depends on this being called in time: whoever finds no free place calls it and looks again.
    """
    lock_days(session, day_id)
    lapsed = session.scalars(_on_the_list(day_id, BookingState.OFFERED).where(Booking.offered_until <= now)).all()
    for booking in lapsed:
        give_up(session, booking, advance(booking.state, BookingState.WAITING))
        booking.waiting_since = now
        summary = f"候补名额到期未答复，退回候补：{booking.enterprise.name}"
        record(session, Actor.system(), now, "offer_lapsed", booking, summary=summary)
        tell_visitor(session, booking.id, Occasion.LAPSED, now=now)
    if lapsed:
        session.flush()
        offer_free_places(session, day_id, but=[it.id for it in lapsed], actor=Actor.system(), now=now)
    return len(lapsed)


def days_with_lapsed_offers(session: Session, *, now: datetime) -> list[int]:
    """The days on which an offer has lapsed that nobody has taken back yet."""
    wanted = select(Booking.reception_day_id).where(Booking.state == BookingState.OFFERED, Booking.offered_until <= now)
    return sorted(set(session.scalars(wanted)))


def days_to_serve(session: Session, *, now: datetime) -> list[int]:
    """The coming days on which a place is free that somebody waits for who was never asked; reads only.

    A hold that lapsed, or a cap the office raised, makes a place free without anybody giving it up.
    """
    taken = select(Booking.id).where(Booking.seat_id == Seat.id).correlate(Seat).exists()
    waits = aliased(Booking)
    wanted = (
        select(ReceptionDay.id)
        .join(Slot, Slot.reception_day_id == ReceptionDay.id)
        .join(Seat, Seat.slot_id == Slot.id)
        .join(waits, waits.reception_day_id == ReceptionDay.id)
        .where(
            ReceptionDay.day >= now.astimezone(ZONE).date(),
            ReceptionDay.state.in_(OFFERING_STATES),
            or_(ReceptionDay.most_groups == 0, ReceptionDay.groups_booked < ReceptionDay.most_groups),
            waits.state == BookingState.WAITING,
            waits.offers == 0,
            or_(waits.any_slot, waits.slot_id == Slot.id),
            or_(Seat.held_until.is_(None), Seat.held_until <= now),
            ~taken,
        )
    )
    return sorted(session.scalars(wanted.distinct()))


def accept_offer(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The enterprise takes the place it was offered; it waits for review if the office screens.

    An answer after the deadline still counts while nobody else waits: the deadline is for the others.
    """
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    _must_be_offered(booking)
    must_be_bookable(booking.reception_day, now)
    if booking.offered_until is not None and booking.offered_until <= now and _others_wait(session, booking):
        raise Conflict(
            "名额保留的时间已过，后面还有企业候补。请先点“退回候补”，名额将按次序通知下一家。", field="state"
        )
    screened = office_rules(session).screening
    booking.state = advance(booking.state, BookingState.PENDING if screened else BookingState.CONFIRMED)
    booking.offered_until = None
    record(session, actor, now, "offer_accepted", booking, summary=f"候补转为预约：{booking.enterprise.name}")
    if screened:
        forget_news(session, booking.id)  # it has just said yes
    else:
        tell_visitor(session, booking.id, Occasion.CONFIRMED, now=now)
    return booking


def decline_offer(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The enterprise cannot take this place and goes on waiting, behind the others; the place is offered on."""
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    _must_be_offered(booking)
    give_up(session, booking, advance(booking.state, BookingState.WAITING))
    booking.waiting_since = now
    record(
        session, actor, now, "offer_declined", booking, summary=f"未接受候补名额，继续候补：{booking.enterprise.name}"
    )
    session.flush()
    forget_news(session, booking.id)
    offer_free_places(session, booking.reception_day_id, but=[booking.id], actor=actor, now=now)
    return booking


def offer_now(session: Session, day_id: int, *, actor: Actor, now: datetime) -> list[Booking]:
    """Offer whatever is free on a day to those who wait, when the office asks for it. Raises RuleBroken when nothing is."""
    must(actor, Action.BOOK)
    lock_days(session, day_id)
    take_back_lapsed(session, day_id, now=now)
    offered = offer_free_places(session, day_id, actor=actor, now=now)
    if not offered:
        raise RuleBroken("现在没有可以通知候补的名额：当天没有空余名额，或没有合适的候补企业。")
    return offered


def finds_somebody(session: Session, day_id: int, *, now: datetime) -> bool:
    """Whether a place of the day is free that somebody who waits would be offered now; reads only."""
    day = session.get_one(ReceptionDay, day_id)
    if day.state not in OFFERING_STATES:
        return False
    free = free_seats_of_day(session, day_id, now=now)
    waiting = session.scalars(_on_the_list(day_id, BookingState.WAITING)).all() if free else ()
    slots = list({slot.id: slot for _, slot in free}.values())
    return any(_has_room(day, it) and any(_suits(session, it, slot, day, now) for slot in slots) for it in waiting)


def _has_room(day: ReceptionDay, booking: Booking) -> bool:
    """Whether the day's caps leave room for a booking that waits."""
    if not booking.counted:
        return True
    groups = not day.most_groups or day.groups_booked < day.most_groups
    return groups and (not day.most_matters or day.matters_booked + booking.counted_matters <= day.most_matters)


def change_wish(
    session: Session, booking_id: int, any_slot: bool, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Let an enterprise wait for any slot of its day, or for its own only; it keeps its turn.

    Whoever waits for any slot from now on is offered what is free at once. Those who were asked already are not asked again
    for that. Raises RuleBroken for a booking that does not wait, Conflict for a stale page.
    """
    must(actor, Action.BOOK)
    booking = booking_to_change(session, booking_id, version)
    if booking.state is not BookingState.WAITING:
        raise RuleBroken(f"预约现为“{booking.state.label}”，不在候补，不能改候补时段。", field="state")
    must_be_bookable(booking.reception_day, now)
    if booking.any_slot == any_slot:
        return booking
    booking.any_slot = any_slot
    wish = "当天任何时段" if any_slot else f"只候补{when(booking.slot)}"
    summary = f"候补时段改为：{wish}，{booking.enterprise.name}"
    record(session, actor, now, "wish_changed", booking, summary=summary, any_slot=any_slot)
    session.flush()
    if any_slot:
        day_id = booking.reception_day_id
        asked = select(Booking.id).where(
            Booking.reception_day_id == day_id, Booking.offers > 0, Booking.id != booking_id
        )
        offer_free_places(session, day_id, but=session.scalars(asked).all(), actor=actor, now=now)
    return booking


def _must_be_offered(booking: Booking) -> None:
    if booking.state is not BookingState.OFFERED:
        raise RuleBroken(f"预约现为“{booking.state.label}”，没有等待答复的名额。", field="state")


def _others_wait(session: Session, booking: Booking) -> bool:
    """Whether somebody else waits for this place, or for any of its day."""
    others = select(Booking.id).where(
        Booking.reception_day_id == booking.reception_day_id,
        Booking.state == BookingState.WAITING,
        or_(Booking.any_slot, Booking.slot_id == booking.slot_id),
    )
    return session.scalar(others.limit(1)) is not None
