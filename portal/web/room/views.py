"""The room: who waits and who is being received; opening and closing the day (NX-11)."""

from datetime import date

from flask import Response, flash, make_response, request, url_for

from portal import clock
from portal.domain.bookings import BookingState
from portal.domain.errors import Problem, RuleBroken
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services import receptions
from portal.store.extension import read, write
from portal.store.queries.receptions import next_room_day, queue_of_day
from portal.store.queries.records import undisposed_matters
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_day, asked_number
from portal.web.htmx import go, is_htmx, render
from portal.web.room import arriving, attendance, calling, matters, photos, records
from portal.web.room.blueprint import SEEN_BY, bp
from portal.web.room.page import desk_parts, room_page, seen_at, seen_day

__all__ = ["arriving", "attendance", "bp", "calling", "matters", "photos", "records"]


@bp.get("/")
@allow(*SEEN_BY)
def today() -> Response:
    """The room of today's reception day, or of the next one."""
    day = asked_day("day") or next_room_day(read(), clock.today(), actor=me())
    return go(url_for("room.show", day=day)) if day else render("pages/room/no_day.html")


@bp.get("/<date:day>")
@allow(*SEEN_BY)
def show(day: date) -> Response:
    """The queue, the enterprise being received with its matters one by one, and the units that came.

    While the day goes on the page asks for its queue again every few seconds; as long as nothing changed it gets nothing.
    """
    if not is_htmx():
        return room_page(day, asked_number("booking"))
    room, now = seen_day(day), clock.now()
    if request.args.get("seen") == seen_at(now):
        return make_response("", 204)
    return render("fragments/room/_queue.html", polled=True, **desk_parts(room, asked_number("booking"), now))


@bp.route("/<date:day>/open", methods=["GET", "POST"])
@allow(Role.OFFICE)
def open_day(day: date) -> Response:
    """Begin the reception day; asked for again when today is another day."""
    room = seen_day(day)
    if request.method == "GET":
        return render("pages/room/open.html", room=room, today=clock.today())
    return press(
        lambda session: receptions.open_day(session, room.id, actor=me(), now=clock.now()),
        done=f"{day_text(day)}接待日已开始。",
        onward=url_for("room.show", day=day),
    )


@bp.route("/<date:day>/close", methods=["GET", "POST"])
@allow(Role.OFFICE)
def close_day(day: date) -> Response:
    """End the reception day, after saying what that means and what is still to be done."""
    room = seen_day(day)
    problems = receptions.closing_problems(read(), room.id)
    if request.method == "POST":
        try:
            write(lambda session: receptions.close_day(session, room.id, actor=me(), now=clock.now()))
        except RuleBroken as refusal:
            problems = problems or [Problem("", refusal.message)]
        else:
            flash(f"{day_text(day)}接待日已结束。", "success")
            return go(url_for("room.show", day=day))
    coming = [it for it in queue_of_day(read(), room.id) if it.state is BookingState.CONFIRMED]
    status = 422 if request.method == "POST" else 200
    return render(
        "pages/room/close.html", status=status, room=room, problems=problems, coming=coming,
        undisposed=undisposed_matters(read(), room.id) if problems else (),
    )  # fmt: skip
