"""Who came: check-in and its undoing, away for a moment, gone without having been received (QD-07, domain 2.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.attendance import persons_came
from portal.domain.bookings import BookingState, advance
from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.scanning import Verdict, read_scan
from portal.domain.workdays import day_text
from portal.services.places import lock_days
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking, Companion, Reception
from portal.store.queries.arrivals import meant

MOST_PERSONS = 99


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of a scan: the one booking that was meant, and whether it was checked in just now."""

    booking_id: int | None = None
    checked_in: bool = False


def scan_in(session: Session, day_id: int, typed: str, *, actor: Actor, now: datetime) -> Scanned:
    """Check in whom a scan or a few typed signs mean, if that is one booking and it may; nothing more is asked.

    Whoever was away for a moment is back by that. Several, none, or one that may not: nothing is changed.
    """
    must(actor, Action.CHECK_IN)
    lock_days(session, day_id)  # first, so that whoever scanned the same at another desk is seen
    found = meant(session, day_id, read_scan(typed))
    if len(found) != 1:
        return Scanned()
    one = found[0]
    if one.verdict is Verdict.CHECK_IN:
        check_in(session, one.booking_id, actor=actor, now=now)
    elif one.verdict is Verdict.RETURN:
        come_back(session, one.booking_id, actor=actor, now=now)
    return Scanned(one.booking_id, one.verdict in (Verdict.CHECK_IN, Verdict.RETURN))


def check_in(session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """The visitor has come; also possible for somebody already called a no-show, or who had left.

    As many persons came as were announced, until somebody corrects that.
    """
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    booking.state = advance(booking.state, BookingState.ARRIVED)
    booking.arrived_at = now
    booking.left_at = None
    companions = session.scalar(select(func.count()).where(Companion.booking_id == booking_id))
    booking.persons_came = persons_came(None, companions or 0)
    record(session, actor, now, "checked_in", booking, summary=f"签到：{booking.enterprise.name}")
    return booking


def undo_arrival(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Take a check-in or a no-show back, as long as the reception has not begun."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    _must_not_have_begun(session, booking, "撤销签到")
    booking.state = advance(booking.state, BookingState.CONFIRMED)
    _out_of_the_queue(booking)
    booking.arrived_at = booking.persons_came = booking.called_at = None
    booking.calls = 0
    record(session, actor, now, "arrival_undone", booking, summary=f"撤销签到或爽约：{booking.enterprise.name}")
    return booking


def mark_no_show(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """The visitor has not come; the place counts as used."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    booking.state = advance(booking.state, BookingState.NO_SHOW)
    record(session, actor, now, "no_show", booking, summary=f"记为爽约：{booking.enterprise.name}")
    return booking


def correct_persons(
    session: Session, booking_id: int, persons: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """Write down how many persons came, if other than were announced (人次)."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    if booking.state not in (BookingState.ARRIVED, BookingState.FINISHED):
        raise RuleBroken("签到以后才能登记到场人数。", field="persons")
    if not 1 <= persons <= MOST_PERSONS:
        raise RuleBroken(f"到场人数应为 1 至 {MOST_PERSONS} 的整数，请检查。", field="persons")
    if booking.persons_came != persons:
        booking.persons_came = persons
        summary = f"到场 {persons} 人：{booking.enterprise.name}"
        record(session, actor, now, "persons_corrected", booking, summary=summary, persons=persons)
    return booking


def park(session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """Away for a moment, or called and not there: it is not called until it is back, and keeps its turn."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    _must_be_here(booking)
    _must_not_have_begun(session, booking, "记为暂离")
    if booking.parked_at is None:
        _out_of_the_queue(booking)
        booking.parked_at = now
        record(session, actor, now, "parked", booking, summary=f"暂离：{booking.enterprise.name}")
    return booking


def come_back(session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """Back in the queue where it stood before."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    _must_be_here(booking)
    if booking.parked_at is not None:
        booking.parked_at = None
        record(session, actor, now, "came_back", booking, summary=f"暂离后回来：{booking.enterprise.name}")
    return booking


def leave(session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Booking:
    """Gone without having been received; its matters stay registered."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    _must_not_have_begun(session, booking, "记为未接待离开")
    booking.state = advance(booking.state, BookingState.LEFT)
    _out_of_the_queue(booking)
    booking.left_at = now
    record(session, actor, now, "left", booking, summary=f"未接待离开：{booking.enterprise.name}")
    return booking


def undo_leaving(
    session: Session, booking_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Booking:
    """It had not left after all: it waits where it stood before. Who comes again later is checked in again instead."""
    must(actor, Action.CHECK_IN)
    booking = booking_on_its_day(session, booking_id, version, DayState.PUBLISHED, DayState.ONGOING)
    if booking.state is not BookingState.LEFT:
        raise RuleBroken(f"预约现为“{booking.state.label}”，没有可撤销的离开。", field="state")
    booking.state = advance(booking.state, BookingState.ARRIVED)
    booking.left_at = None
    record(session, actor, now, "leaving_undone", booking, summary=f"撤销离开：{booking.enterprise.name}")
    return booking


def booking_on_its_day(session: Session, booking_id: int, version: int | None, *states: DayState) -> Booking:
    """A booking whose day is in one of these states. Raises RuleBroken otherwise, as well as what the booking itself may."""
    booking = booking_to_change(session, booking_id, version)
    state = booking.reception_day.state
    if state not in states:
        advice = "请先点“开始接待”。" if state in (DayState.PLANNED, DayState.PUBLISHED) else "不能再办理现场事项。"
        raise RuleBroken(f"{day_text(booking.reception_day.day)}接待日{state.label}，{advice}", field="state")
    return booking


def reception_of(session: Session, booking_id: int) -> Reception | None:
    """The reception of a booking, None until it has begun."""
    return session.scalar(select(Reception).where(Reception.booking_id == booking_id))


def _must_be_here(booking: Booking) -> None:
    if booking.state is not BookingState.ARRIVED:
        raise RuleBroken(f"预约现为“{booking.state.label}”，请先签到。", field="state")


def _must_not_have_begun(session: Session, booking: Booking, what: str) -> None:
    if reception_of(session, booking.id) is not None:
        raise RuleBroken(f"接待已经开始，不能{what}。", field="state")


def _out_of_the_queue(booking: Booking) -> None:
    booking.holds_room = booking.parked_at = None
