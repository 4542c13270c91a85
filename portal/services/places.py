"""Places of a reception day: found, taken, counted and given up, whichever way somebody comes to one (domain 2.2).

Locks are taken in one order, so that nobody waits in a circle: enterprise, day, seat, serial, audit chain. Whoever takes or
gives up a place holds its day, so looking first and taking afterwards is safe; and were it not, the schema would still give a
seat to one booking, keep a day within its caps and a person in one place.
"""

import hmac
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from sqlalchemy import Row, String, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.workdays import day_text
from portal.services.booking_orders import tidy_id_number
from portal.store.base import Instant, table_of
from portal.store.models.bookings import Booking, Companion, PersonPresence
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.slots import BOOKABLE_STATES, free_slots
from portal.store.sealing import derived_key

Person = tuple[str, str, str]
"""A name, a normalised telephone number and an identity number, the last two perhaps blank."""


class Full(Conflict):
    """No place is left where it was wanted; the waiting list may still be open."""


def lock_days(session: Session, *day_ids: int) -> None:
    """Hold these days until the transaction ends, the one with the lower id first."""
    statement = select(ReceptionDay.id).where(ReceptionDay.id.in_(day_ids)).order_by(ReceptionDay.id)
    session.execute(statement.with_for_update())


def slot_to_book(session: Session, slot_id: int) -> Slot:
    """A slot with its day. Raises RuleBroken on the form's field when there is no such slot."""
    slot = session.scalar(_SLOT, {"slot_id": slot_id})
    if slot is None:
        raise RuleBroken("所选时段不存在，可能已被调整，请重新选择。", field="slot")
    return slot


_SLOT = select(Slot).where(Slot.id == bindparam("slot_id")).options(joinedload(Slot.reception_day))


class FreeSeat(Protocol):
    """What has to be known of a seat that somebody may take."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def held_by(self) -> str | None:
        """The token of the form that holds it, or held it last."""


def free_seats(session: Session, slot_id: int, *, now: datetime, token: str | None = None) -> Iterator[FreeSeat]:
    """Seats of a slot that nobody has, one by one: first the one this form holds, never one another form holds still."""
    yield from session.execute(_FREE, {"slot_id": slot_id, "now": now, "token": token or ""}).all()


def free_seats_of_day(session: Session, day_id: int, *, now: datetime) -> Sequence[tuple[Seat, Slot]]:
    """Every seat of a day that nobody has and no form holds, with its slot, in the order of the day."""
    order = (Slot.starts_at, Slot.room, Slot.id, Seat.number)
    rows = session.execute(
        select(Seat, Slot)
        .join(Slot, Slot.id == Seat.slot_id)
        .where(Slot.reception_day_id == day_id, ~_is_booked, or_(Seat.held_until.is_(None), Seat.held_until <= now))
        .order_by(*order)
    )
    return [(row.Seat, row.Slot) for row in rows]


_is_booked = select(Booking.id).where(Booking.seat_id == Seat.id).exists()
_OWN = case((Seat.held_by == bindparam("token", type_=String), 0), else_=1)
_UNHELD = or_(
    Seat.held_until.is_(None), Seat.held_until <= bindparam("now", type_=Instant), Seat.held_by == bindparam("token")
)
_FREE = (
    select(*table_of(Seat).c["id", "number", "held_by"])
    .where(Seat.slot_id == bindparam("slot_id"), ~_is_booked, _UNHELD)
    .order_by(_OWN, Seat.number)
)


def count_in(session: Session, slot: Slot, matters: int, *, capped: bool = True) -> None:
    """Count a booking and its matters on its day, and hold the day until the transaction ends.

    Without `capped` the day is only held: whoever is let in above the caps with a reason does not count. Raises RuleBroken for
    a day that takes no bookings any more, Full when a cap is reached.
    """
    more = (1, matters) if capped else (0, 0)
    told = {"day_id": slot.reception_day_id, "groups": more[0], "matters": more[1]}
    if session.execute(_COUNTED_IN if capped else _HELD_DAY, told).first():
        return
    today = session.get_one(ReceptionDay, slot.reception_day_id, populate_existing=True)
    must_take_bookings(today)
    raise _capped(session, today, matters, now_day=slot.reception_day)


_DAY = table_of(ReceptionDay)
_HELD_DAY = (
    update(_DAY)
    .where(_DAY.c.id == bindparam("day_id"), _DAY.c.state.in_(BOOKABLE_STATES))
    .values(
        groups_booked=_DAY.c.groups_booked + bindparam("groups"),
        matters_booked=_DAY.c.matters_booked + bindparam("matters"),
    )
    .returning(_DAY.c.id)
)
_COUNTED_IN = _HELD_DAY.where(
    or_(_DAY.c.most_groups == 0, _DAY.c.groups_booked < _DAY.c.most_groups),
    or_(_DAY.c.most_matters == 0, _DAY.c.matters_booked + bindparam("matters") <= _DAY.c.most_matters),
)


UNSYNCHRONISED = {"synchronize_session": False}


def count_out(session: Session, booking: Booking) -> None:
    """Take a booking that gives up its place off its day's count."""
    if booking.counted:
        uncount(session, booking.reception_day_id, booking.counted_matters)


def uncount(session: Session, day_id: int, matters: int) -> None:
    """Take back what was counted for a booking that found no place."""
    session.execute(
        update(ReceptionDay)
        .where(ReceptionDay.id == day_id)
        .values(groups_booked=ReceptionDay.groups_booked - 1, matters_booked=ReceptionDay.matters_booked - matters),
        execution_options=UNSYNCHRONISED,
    )


def release_hold(session: Session, form_token: str) -> None:
    """Give back whatever place a form keeps."""
    session.execute(_GIVEN_BACK, {"token": form_token})


_SEAT = table_of(Seat)
_GIVEN_BACK = update(_SEAT).where(_SEAT.c.held_by == bindparam("token")).values(held_by=None, held_until=None)


def release_seat(session: Session, seat_id: int) -> None:
    """End the hold on a seat that has been booked."""
    session.execute(
        update(Seat).where(Seat.id == seat_id).values(held_by=None, held_until=None), execution_options=UNSYNCHRONISED
    )


def must_take_bookings(day: ReceptionDay) -> None:
    """Raise RuleBroken for a day that is over or off."""
    if day.state not in BOOKABLE_STATES:
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，不能再预约，请选择其他接待日。", field="slot")


def must_be_bookable(day: ReceptionDay, now: datetime) -> None:
    """Raise RuleBroken for a day that is over, off or past."""
    must_take_bookings(day)
    if day.day < now.astimezone(ZONE).date():
        raise RuleBroken(f"{day_text(day.day)}已经过去，请选择今天以后的接待日。", field="slot")


def give_up(session: Session, booking: Booking, state: BookingState) -> None:
    """Put a seated booking into a state without a seat; the caller holds its day and has checked the step."""
    count_out(session, booking)
    forget_presence(session, booking.id)
    booking.state, booking.seat_id, booking.offered_until = state, None, None
    booking.seat = None
    session.flush()


def end_booking(session: Session, booking: Booking, state: BookingState) -> None:
    """Put a booking that stands or waits into a state that ends it; the caller holds its day and has checked the step."""
    if booking.state is BookingState.WAITING:
        booking.state = state
    else:
        give_up(session, booking, state)


def persons_of(visitor: Person, companions: Iterable[Person]) -> frozenset[str]:
    """The keyed hashes under which those who come are known; somebody without number and telephone is nobody in particular."""
    return frozenset(key for person in (visitor, *companions) for key in _keys(*person))


def persons_booked(session: Session, booking: Booking) -> frozenset[str]:
    """The keyed hashes of those on a booking."""
    rows = session.scalars(select(Companion).where(Companion.booking_id == booking.id))
    return persons_of(
        (booking.visitor_name, booking.visitor_phone, booking.visitor_id_number or ""),
        [(it.name, it.phone or "", it.id_number or "") for it in rows],
    )


def _keys(name: str, phone: str, id_number: str) -> Iterator[str]:
    key = derived_key("person-presence")
    if phone.strip():
        yield hmac.new(key, f"phone\n{name.strip()}\n{phone}".encode(), sha256).hexdigest()[:32]
    if id_number.strip():
        yield hmac.new(key, f"id\n{tidy_id_number(id_number)}".encode(), sha256).hexdigest()[:32]


def is_elsewhere(session: Session, slot: Slot, persons: Collection[str], *, own_id: int | None = None) -> bool:
    """Whether one of these people is expected in another slot while this one lasts; within one slot nobody is torn apart."""
    return any(it.slot_id != slot.id and it.booking_id != own_id for it in _expected(session, slot, persons))


def expect_persons(session: Session, slot: Slot, booking_id: int, persons: Collection[str]) -> None:
    """Note where these people are expected. Raises Conflict when one of them is expected elsewhere at that time."""
    expected = _expected(session, slot, persons)
    if any(it.slot_id != slot.id and it.booking_id != booking_id for it in expected):
        raise Conflict(ELSEWHERE, field="visitor_name")
    new = set(persons) - {it.person for it in expected}
    if new:
        where = {"reception_day_id": slot.reception_day_id, "starts_at": slot.starts_at}
        rows = [{**where, "person": it, "slot_id": slot.id, "booking_id": booking_id} for it in sorted(new)]
        session.execute(_EXPECTED_NOW, rows)


_PRESENCE = table_of(PersonPresence)
_EXPECTED_NOW = insert(_PRESENCE)


def _expected(session: Session, slot: Slot, persons: Collection[str]) -> Sequence[Row[Any]]:
    """Where these people are expected while a slot lasts."""
    if not persons:
        return ()
    told = {
        "day_id": slot.reception_day_id, "persons": sorted(persons), "starts_at": slot.starts_at, "ends_at": slot.ends_at,
    }  # fmt: skip
    return session.execute(_EXPECTED, told).all()


_SLOT_THERE = table_of(Slot)
_EXPECTED = (
    select(_PRESENCE.c.booking_id, _PRESENCE.c.slot_id, _PRESENCE.c.person)
    .join(_SLOT_THERE, _SLOT_THERE.c.id == _PRESENCE.c.slot_id)
    .where(
        _PRESENCE.c.reception_day_id == bindparam("day_id"),
        _PRESENCE.c.person.in_(bindparam("persons", expanding=True)),
        _SLOT_THERE.c.starts_at < bindparam("ends_at"),
        _SLOT_THERE.c.ends_at > bindparam("starts_at"),
    )
)


ELSEWHERE = (
    "这位来访人（或随行人员）同一时间已在另一条预约中，一个人不能同时到两处。请改时段、换人到访，或核对姓名和电话。"
)


def forget_presence(session: Session, booking_id: int) -> None:
    """Nobody is expected for this booking any more; whoever comes for another one of the slot still is."""
    gone = session.execute(
        delete(PersonPresence)
        .where(PersonPresence.booking_id == booking_id)
        .returning(PersonPresence.person, PersonPresence.slot_id),
        execution_options=UNSYNCHRONISED,
    ).all()
    if not gone:
        return
    persons, slot = {it.person for it in gone}, session.get_one(Slot, gone[0].slot_id)
    others = select(Booking).where(Booking.slot_id == slot.id, Booking.seat_id.is_not(None), Booking.id != booking_id)
    for other in session.scalars(others):
        still = persons & persons_booked(session, other)
        expect_persons(session, slot, other.id, still)
        persons -= still


def follow_slots(session: Session, day_id: int) -> None:
    """Note anew where those who come on a day are expected, after its slots were moved."""
    there = session.execute(
        select(PersonPresence.person, PersonPresence.booking_id, Slot.id, Slot.starts_at)
        .join(Slot, Slot.id == PersonPresence.slot_id)
        .where(PersonPresence.reception_day_id == day_id)
    ).all()
    session.execute(
        delete(PersonPresence).where(PersonPresence.reception_day_id == day_id), execution_options=UNSYNCHRONISED
    )
    if there:
        rows = [
            {"reception_day_id": day_id, "person": it[0], "booking_id": it[1], "slot_id": it[2], "starts_at": it[3]}
            for it in there
        ]
        session.execute(_EXPECTED_NOW, rows)


def full_slot(session: Session, slot: Slot, *, now: datetime) -> Full:
    """What to say when a slot has no place left, with what is still free; a place that a form keeps may be free again soon."""
    free = free_slots(session, slot.reception_day.day, now=now)
    advice = "请另选一个时段，或登记候补。" if free else "近期的接待日都已约满，请登记候补或与工商联办公室商定时间。"
    kept = select(func.min(Seat.held_until)).where(Seat.slot_id == slot.id, Seat.held_until > now, ~_is_booked)
    until = session.scalar(kept)
    why = f"名额正被另一张表单占位，{until:%H:%M} 前没有提交就会空出" if until else "时段已经约满"
    return Full(
        f"{when(slot)} 的{why}。{advice}",
        field="slot",
        alternatives=[it.label_beside(slot.reception_day.day) for it in free],
    )


def _capped(session: Session, day: ReceptionDay, matters: int, *, now_day: ReceptionDay) -> Full:
    if day.most_groups and day.groups_booked >= day.most_groups:
        why = f"当天最多接待 {day.most_groups} 家，已约满"
    else:
        why = f"当天最多受理 {day.most_matters} 项诉求，已登记 {day.matters_booked} 项，再加 {matters} 项就超出"
    others = [it for it in free_slots(session, day.day, now=None) if it.day_id != now_day.id]
    return Full(
        f"{day_text(day.day)}接待日{why}。请另选接待日、登记候补，或写明超额接待的理由。",
        field="over_limit_reason",
        alternatives=[it.label_beside(day.day) for it in others],
    )


def when(slot: Slot) -> str:
    """12月15日 周二 09:00; the slot's day must be loaded."""
    return f"{day_text(slot.reception_day.day)} {slot.starts_at:%H:%M}"
