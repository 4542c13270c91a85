"""Holding a place while its form is filled in (peers 1; domain 2.2).

A hold is bookkeeping and no act of the office: it leaves no line in the audit trail, nobody has to clear it, and it lapses by
its moment having passed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.services import waiting_list
from portal.services.places import (
    UNSYNCHRONISED,
    free_seats,
    full_slot,
    lock_days,
    must_take_bookings,
    release_hold,
    slot_to_book,
)
from portal.store.models.reception import Seat
from portal.store.queries.office import office_rules

__all__ = ["Hold", "hold_place", "release_hold"]


@dataclass(frozen=True, slots=True)
class Hold:
    """A place kept for a form until a moment."""

    slot_id: int
    until: datetime


def hold_place(session: Session, slot_id: int, form_token: str, *, actor: Actor, now: datetime) -> Hold:
    """Keep a place of a slot for a form, instead of the one it kept before; asking again renews the time.

    Raises Full with free alternatives; the place the form kept before stays its own then.
    """
    must(actor, Action.BOOK)
    if not form_token:
        raise RuleBroken("页面不完整，没有占住名额。请重新打开预约登记。", field="slot")
    rules, slot = office_rules(session), slot_to_book(session, slot_id)
    lock_days(session, slot.reception_day_id)
    must_take_bookings(slot.reception_day)
    waiting_list.serve_first(session, slot.reception_day_id, now=now)
    seat = next(free_seats(session, slot_id, now=now, token=form_token), None)
    if seat is None and waiting_list.take_back_lapsed(session, slot.reception_day_id, now=now):
        seat = next(free_seats(session, slot_id, now=now, token=form_token), None)
    if seat is None:
        raise full_slot(session, slot, now=now)
    until = now + timedelta(minutes=rules.hold_minutes)
    release_hold(session, form_token)
    session.execute(
        update(Seat).where(Seat.id == seat.id).values(held_by=form_token, held_until=until),
        execution_options=UNSYNCHRONISED,
    )
    return Hold(slot_id, until)
