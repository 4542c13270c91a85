"""The room's one page: the queue, the enterprise in the middle with its matters and record, the units that came."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response, request, url_for

from portal import clock
from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.queueing import Stage
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.store.extension import read
from portal.store.queries.bookings import BookingFacts
from portal.store.queries.categories import category_rows
from portal.store.queries.invited_units import invited_units
from portal.store.queries.photos import photos_of_day
from portal.store.queries.receptions import QueueRow, RoomDay, queue_of_day, room_day, rooms_of_day
from portal.store.queries.told_matters import matters_of_booking
from portal.web.access import me
from portal.web.forms import PortalForm
from portal.web.htmx import render
from portal.web.office import rules, version
from portal.web.room.desk import Desk, desk_of
from portal.web.room.forms import RecordForm, TellMatterForm
from portal.web.room.matter_forms import with_forms
from portal.web.room.scanned import asked_result, walk_in
from portal.web.room.writing import writing_parts


def seen_day(day: date) -> RoomDay:
    """The day if this person may see its room. Raises NotFound."""
    found = room_day(read(), day, actor=me())
    if found is None:
        raise NotFound(f"{day_text(day)}不是接待日，或不在您可见的范围内。请从接待日列表进入。")
    return found


def back_to(booking: BookingFacts, place: str = "") -> str:
    """The room with this booking in the middle."""
    return room_with(booking.day, booking.id, place)


def room_with(day: date, booking_id: int | None = None, place: str = "") -> str:
    """The room as it was looked at when a button was pressed: with the same room chosen, if one was."""
    chosen = request.form.get("tab")
    return url_for("room.show", day=day, booking=booking_id, room=chosen or None, _anchor=place or None)


def seen_at(now: datetime) -> str:
    """What the queue depends on: the data, and the minute for who waits how long."""
    return f"{version()}-{now:%H%M}"


def desk_parts(room: RoomDay, booking_id: int | None, now: datetime) -> dict[str, Any]:
    """What the queue, the buttons below it and those of the enterprise in the middle are drawn from."""
    queue, office = queue_of_day(read(), room.id), me().role is Role.OFFICE
    chosen = request.args.get("room", request.form.get("tab"))
    rooms = rooms_of_day(read(), room.id)
    desk = desk_of(queue, rooms, chosen=chosen, now=now, call_after=rules().call_after_minutes)
    return {
        "room": room,
        "desk": desk,
        "row": _in_the_middle(queue, desk, booking_id),
        "now": now,
        "seen": seen_at(now),
        "office": office,
        "ongoing": room.state is DayState.ONGOING,
        "may_arrive": office and room.state in (DayState.PUBLISHED, DayState.ONGOING),
    }


def room_page(
    day: date,
    booking_id: int | None,
    *,
    status: int = 200,
    record_form: RecordForm | None = None,
    refused: Sequence[PortalForm] = (),
    tell_form: TellMatterForm | None = None,
) -> Response:
    """The room with one booking in the middle, and the form that was refused in its place."""
    room, session = seen_day(day), read()
    desk = desk_parts(room, booking_id, clock.now())
    row = desk["row"]
    matters = matters_of_booking(session, row.booking_id) if row else ()
    categories = category_rows(session)
    invited = invited_units(session, row.booking_id) if row else ()
    writing = writing_parts(room, row.booking_id if row else None, clock.now(), record_form)
    return render(
        "pages/room/show.html",
        status=status,
        **desk,
        polled=False,
        today=clock.today(),
        is_today=room.day == clock.today(),
        result=asked_result(room),
        walk_in=walk_in(room) if desk["may_arrive"] else None,
        matters=with_forms(matters, categories, *refused),
        **writing,
        tell_form=tell_form or TellMatterForm(categories, formdata=None),
        photos=[it for it in photos_of_day(session, room.id) if row and it.booking_id == row.booking_id],
        invited=invited,
    )


def _in_the_middle(queue: Sequence[QueueRow], desk: Desk, booking_id: int | None) -> QueueRow | None:
    """The one asked for; else of the chosen room the one inside, called, waiting first, still to come, or any."""
    asked = next((it for it in queue if it.booking_id == booking_id), None)
    ranked: Sequence[Callable[[QueueRow], bool]] = (
        lambda it: it.in_room,
        lambda it: it.stage is Stage.CALLED,
        lambda it: desk.turns.get(it.booking_id) == 1,
        lambda it: it.state is BookingState.CONFIRMED,
        lambda it: True,
    )
    return asked or next((it for fits in ranked for it in desk.rows if fits(it)), None)
