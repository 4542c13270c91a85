"""Whom the desk means: bookings found by what was scanned or typed, of this day first and of other days to say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES, BookingState
from portal.domain.scanning import Scan, Verdict, verdict_on
from portal.store.models.bookings import Booking, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.bookings import persons_of_booking
from portal.store.queries.enterprises import found_by
from portal.store.queries.receptions import queue_of_day

SHOWN = 8
READY = frozenset({Verdict.CHECK_IN, Verdict.RETURN})


@dataclass(frozen=True, slots=True)
class Met:
    """A booking that was meant, and what the desk does with it on this day."""

    verdict: Verdict
    booking_id: int
    version: int
    day_id: int
    day: date
    starts_at: time
    room: str
    enterprise_id: int
    enterprise_name: str
    visitor_name: str
    state: BookingState
    arrived_at: datetime | None
    parked_at: datetime | None
    persons: int
    ended_reason: str
    started_at: datetime | None


def met(session: Session, day_id: int, booking_id: int) -> Met | None:
    """One booking as the desk of a day sees it."""
    return next(iter(_met(session, day_id, Booking.id == booking_id)), None)


def meant(session: Session, day_id: int, scan: Scan) -> Sequence[Met]:
    """The bookings somebody may mean, those of this day if there are any, at most eight.

    Where an enterprise has several and exactly one can be checked in, that one is meant: not the cancelled one beside it.
    """
    if scan.is_empty:
        return []
    if scan.code:
        return _met(session, day_id, Booking.code == scan.code)
    if scan.number is not None:
        found = [it.booking_id for it in queue_of_day(session, day_id) if it.number == scan.number]
        return _met(session, day_id, Booking.id == found[0]) if found else []
    wanted = Enterprise.credit_code == scan.credit_code if scan.credit_code else found_by(scan.words)
    here = _met(session, day_id, wanted, Booking.reception_day_id == day_id)
    found_here = here or _met(session, day_id, wanted)
    ready = [it for it in found_here if it.verdict in READY]
    found_here.sort(key=lambda it: it.verdict not in READY)
    one_enterprise = len({it.enterprise_id for it in found_here}) == 1
    return ready if len(ready) == 1 and one_enterprise else found_here


def _met(session: Session, day_id: int, *wanted: ColumnElement[bool]) -> list[Met]:
    return [
        Met(verdict_on(row.state, on_this_day=row.day_id == day_id, is_parked=row.parked_at is not None), *row)
        for row in session.execute(_bookings().where(*wanted).limit(SHOWN))
    ]


def _bookings() -> Select[Any]:
    """The standing ones first, then the latest day."""
    return (
        select(
            Booking.id, Booking.version, ReceptionDay.id.label("day_id"), ReceptionDay.day, Slot.starts_at, Slot.room,
            Enterprise.id, Enterprise.name, Booking.visitor_name, Booking.state, Booking.arrived_at, Booking.parked_at,
            persons_of_booking(), Booking.ended_reason, Reception.started_at,
        )
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .outerjoin(Reception, Reception.booking_id == Booking.id)
        .order_by(case((Booking.state.in_(STANDING_STATES), 0), else_=1), ReceptionDay.day.desc(), Slot.starts_at, Booking.id)
    )  # fmt: skip
