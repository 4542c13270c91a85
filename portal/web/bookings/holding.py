"""Keeping a place while its form is filled in, as the page asks for it behind the person's back (peers 1)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import Response, make_response, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services.holds import hold_place, release_hold
from portal.store.extension import read, write
from portal.store.queries.slots import OpenSlot, day_of_slot, hold_of_form
from portal.web.access import allow, me
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import BookingForm
from portal.web.bookings.outlooks import outlook_of
from portal.web.errors import status_of
from portal.web.htmx import go, is_htmx, render
from portal.web.office import rules


def slot_choices(
    form: BookingForm, day: date, slots: Sequence[OpenSlot], others: Sequence[OpenSlot] = ()
) -> dict[str, Any]:
    """What the choice of a slot shows: the day's slots, free ones of other days if wanted, and what the form keeps."""
    known, now = {it.id for it in slots}, clock.now()
    by_day: dict[date, list[OpenSlot]] = {day: list(slots)}
    for other in others:
        if other.id not in known:
            by_day.setdefault(other.day, []).append(other)
    held = hold_of_form(read(), form.token, now=now)
    until = held[1] if held and held[0] == form.slot.data else None
    return {
        "slot_days": list(by_day.items()),
        "held_until": until,
        "held_seconds": _seconds(until, now),
        "hold_minutes": rules().hold_minutes,
        "may_wait": rules().waiting_list,
    }


def _seconds(until: datetime | None, now: datetime) -> int:
    return max(int((until - now).total_seconds()), 0) if until else 0


@bp.post("/hold")
@allow(Role.OFFICE)
def hold() -> Response:
    """Keep a place of the slot that was just chosen, for as long as the form is being filled in."""
    form = BookingForm((), rules().id_number)
    slot_id, status = form.slot.data or 0, 200
    day = day_of_slot(read(), slot_id)
    try:
        write(lambda session: hold_place(session, slot_id, form.token, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        form.refuse(refusal)
        status = status_of(refusal)
    if day is None or not is_htmx():
        return go(url_for("bookings.new", day=day.isoformat() if day else None, slot=slot_id or None))
    outlook = outlook_of(form, day)
    choices = slot_choices(form, day, outlook.slots, outlook.other_slots)
    answer = render("fragments/bookings/_slot_choices.html", status=status, form=form, **choices)
    answer.headers["HX-Trigger-After-Settle"] = "outlook"
    return answer


@bp.post("/hold/release")
@allow(Role.OFFICE)
def release() -> Response:
    """Give the place back: the form was left."""
    form = BookingForm((), rules().id_number)
    write(lambda session: release_hold(session, form.token))
    return make_response("", 204)
