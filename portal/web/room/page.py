"""The room's one page: the queue, the enterprise in the middle with its matters and record, the units that came."""

from collections.abc import Sequence
from datetime import date

from flask import Response, url_for

from portal import clock
from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.store.extension import read
from portal.store.queries.bookings import BookingFacts, invited_units, matters_of_booking
from portal.store.queries.categories import category_rows
from portal.store.queries.receptions import QueueRow, RoomDay, queue_of_day, record_of_booking, room_day
from portal.web.access import me
from portal.web.htmx import render
from portal.web.matters.forms import DecisionForm
from portal.web.room.forms import AttendanceForm, RecordForm, TellMatterForm
from portal.web.room.saving import what_is_saved


def seen_day(day: date) -> RoomDay:
    """The day if this person may see its room. Raises NotFound."""
    found = room_day(read(), day, actor=me())
    if found is None:
        raise NotFound(f"{day_text(day)}不是接待日，或不在您可见的范围内。请从接待日列表进入。")
    return found


def back_to(booking: BookingFacts, place: str = "") -> str:
    """The room with this booking in the middle."""
    return url_for("room.show", day=booking.day, booking=booking.id, _anchor=place or None)


def room_page(
    day: date,
    booking_id: int | None,
    *,
    status: int = 200,
    record_form: RecordForm | None = None,
    decided: DecisionForm | None = None,
    decided_id: int | None = None,
    tell_form: TellMatterForm | None = None,
    attendance_form: AttendanceForm | None = None,
) -> Response:
    """The room with one booking in the middle, and the form that was refused in its place."""
    room, session, office = seen_day(day), read(), me().role is Role.OFFICE
    queue = queue_of_day(session, room.id)
    row = _in_the_middle(queue, booking_id)
    matters = matters_of_booking(session, row.booking_id) if row else ()
    invited = invited_units(session, row.booking_id) if row else ()
    record = record_of_booking(session, row.booking_id) if row else None
    forms = [
        decided
        if decided and it.id == decided_id
        else DecisionForm(formdata=None, prefix=f"matter{it.id}-", version=it.version)
        for it in matters
    ]
    return render(
        "pages/room/show.html",
        status=status,
        room=room,
        queue=queue,
        row=row,
        now=clock.now(),
        is_today=room.day == clock.today(),
        ongoing=room.state is DayState.ONGOING,
        may_arrive=office and room.state in (DayState.PUBLISHED, DayState.ONGOING),
        office=office,
        matters=list(zip(matters, forms, strict=True)),
        record=record,
        record_form=record_form or (RecordForm.of(record) if record else None),
        saved=what_is_saved(record, record_form),
        tell_form=tell_form or TellMatterForm(category_rows(session), formdata=None),
        attendance_form=attendance_form or AttendanceForm.of(invited),
        invited=invited,
    )


def _in_the_middle(queue: Sequence[QueueRow], booking_id: int | None) -> QueueRow | None:
    """The one asked for, else the one in the room, else the first that waits, else the first still to come."""
    ranked = (
        lambda it: it.booking_id == booking_id,
        lambda it: it.in_room,
        lambda it: it.waits,
        lambda it: it.state is BookingState.CONFIRMED,
        lambda it: True,
    )
    return next((it for fits in ranked for it in queue if fits(it)), None)
