"""叫下一家: one button a room; a group comes in and goes out together."""

from collections.abc import Callable
from datetime import date

from flask import Response, flash, request
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import CannotKeep, RuleBroken
from portal.domain.people import Role
from portal.services import calling
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts
from portal.web.access import allow, me
from portal.web.bookings.acting import posted_version
from portal.web.htmx import go, is_htmx
from portal.web.room.blueprint import bp
from portal.web.room.page import room_with, seen_day


@bp.post("/<date:day>/call-next")
@allow(Role.OFFICE)
def call_next(day: date) -> Response:
    """Call whoever's turn it is into a room."""
    room, name = seen_day(day), request.form.get("room", "")
    return _pressed(day, lambda session: calling.call_next(session, room.id, name, actor=me(), now=clock.now()).id)


@bp.post("/bookings/<int:booking_id>/finish-and-call")
@allow(Role.OFFICE)
def finish_and_call(booking_id: int) -> Response:
    """The enterprise goes, the next one is called."""
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    return _pressed(
        booking.day,
        lambda session: calling.finish_and_call(session, booking_id, version=version, actor=me(), now=clock.now()).id,
        booking_id,
    )


@bp.post("/<date:day>/slots/<int:slot_id>/start")
@allow(Role.OFFICE)
def start_group(day: date, slot_id: int) -> Response:
    """Everybody of a group who is here comes in."""
    seen_day(day)
    return _pressed(day, lambda session: calling.start_group(session, slot_id, actor=me(), now=clock.now())[0].id)


@bp.post("/<date:day>/slots/<int:slot_id>/finish")
@allow(Role.OFFICE)
def finish_group(day: date, slot_id: int) -> Response:
    """The session is over for all."""
    seen_day(day)
    return _pressed(day, lambda session: calling.finish_group(session, slot_id, actor=me(), now=clock.now())[0].id)


def _pressed(day: date, act: Callable[[Session], int], booking_id: int | None = None) -> Response:
    """Carry the press out and show whom it brought; the queue itself says what happened."""
    try:
        shown = write(act)
    except RuleBroken as refusal:
        if is_htmx() or isinstance(refusal, CannotKeep):
            raise
        flash(refusal.message, "error")
        return go(room_with(day, booking_id))
    return go(room_with(day, shown))
