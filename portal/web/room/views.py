"""The room: who waits, who is being received, what is said, and how each matter leaves it (NX-11)."""

from datetime import date

from flask import Blueprint, Response, flash, request, url_for

from portal import clock
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matters import Disposition, MatterState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services import receptions
from portal.services.receptions import closing_problems
from portal.store.extension import read, transaction
from portal.store.queries.bookings import BookingFacts, booking_facts, invited_units, matter_told, matters_of_booking
from portal.store.queries.categories import category_rows
from portal.store.queries.receptions import (
    QueueRow,
    RoomDay,
    next_room_day,
    queue_of_day,
    record_of_booking,
    room_day,
)
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_number
from portal.web.bookings.acting import address_of, posted_version, press, tell
from portal.web.bookings.forms import CHANNELS
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, is_htmx, render
from portal.web.room.forms import AttendanceForm, DecisionForm, RecordForm, TellMatterForm

bp = Blueprint("room", __name__, url_prefix="/room")

SEEN_BY = (Role.OFFICE, Role.LEADER, Role.SECRETARY)


@bp.get("/")
@allow(*SEEN_BY)
def today() -> Response:
    """The room of today's reception day, or of the next one."""
    day = asked_day("day") or next_room_day(read(), clock.today(), actor=me())
    return go(url_for("room.show", day=day)) if day else render("pages/room/no_day.html")


@bp.get("/<date:day>")
@allow(*SEEN_BY)
def show(day: date) -> Response:
    """The queue, the enterprise being received with its matters one by one, and the units that came."""
    return _room(day, asked_number("booking"))


def _day(day: date) -> RoomDay:
    found = room_day(read(), day, actor=me())
    if found is None:
        raise NotFound(f"{day_text(day)}不是接待日，或不在您可见的范围内。请从接待日列表进入。")
    return found


def _room(day: date, booking_id: int | None, *, status: int = 200, **forms: PortalForm) -> Response:
    room, session = _day(day), read()
    queue = queue_of_day(session, room.id)
    row = _in_the_middle(queue, booking_id)
    office = me().role is Role.OFFICE
    matters = matters_of_booking(session, row.booking_id) if row else ()
    invited = invited_units(session, row.booking_id) if row else ()
    record = record_of_booking(session, row.booking_id) if row else None
    told = forms.get("tell_form") or TellMatterForm(category_rows(session), formdata=None)
    return render(
        "pages/room/show.html",
        status=status,
        room=room,
        queue=queue,
        row=row,
        now=clock.now(),
        ongoing=room.state is DayState.ONGOING,
        may_arrive=office and room.state in (DayState.PUBLISHED, DayState.ONGOING),
        office=office,
        matters=[(it, _decision_form(it) if office else None) for it in matters],
        record=record,
        record_form=forms.get("record_form") or (RecordForm.of(record) if record else None),
        conflict="record_form" in forms,
        tell_form=told if office else None,
        attendance_form=AttendanceForm.of(invited) if office else None,
        invited=invited,
        channels=CHANNELS,
        slip_url=address_of("slips.draft", booking=row.booking_id) if row else None,
    )


def _in_the_middle(queue: "list[QueueRow] | tuple[QueueRow, ...]", booking_id: int | None) -> QueueRow | None:
    """The one asked for, else the one in the room, else the first that waits, else the first still to come."""
    chosen = [it for it in queue if it.booking_id == booking_id]
    inside = [it for it in queue if it.in_room]
    waiting = sorted((it for it in queue if it.waits), key=lambda it: it.number)
    coming = [it for it in queue if it.state.value == "confirmed"]
    return next(iter([*chosen, *inside, *waiting, *coming, *queue]), None)
