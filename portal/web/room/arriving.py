"""The scan box, and what one press of a button does with an enterprise: here, called, inside, away, gone."""

from collections.abc import Callable, Mapping
from datetime import date

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import arrivals, calling
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts
from portal.store.queries.receptions import RoomDay
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.bookings.acting import posted_version
from portal.web.htmx import go, is_htmx, render
from portal.web.room.blueprint import bp
from portal.web.room.page import back_to, room_with, seen_day
from portal.web.room.scanned import LONGEST_SHOWN, ScanResult, result_of, results_for


@bp.post("/<date:day>/scan")
@allow(Role.OFFICE)
def scan(day: date) -> Response:
    """Check in whom a scan or a few typed signs mean."""
    room, typed = seen_day(day), request.form.get("scan", "")
    try:
        came = write(lambda session: arrivals.scan_in(session, room.id, typed, actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        return _answer_scan(room, ScanResult(typed=typed.strip()[:LONGEST_SHOWN], refused=refusal.message))
    if is_htmx():
        one = came.booking_id
        result = result_of(room, one, just_in=came.checked_in) if one else results_for(room, typed.strip())
        return _answer_scan(room, result)
    asked = {"came" if came.checked_in else "met": came.booking_id} if came.booking_id else {"scan": typed.strip()}
    return go(url_for("room.show", day=day, room=request.form.get("tab") or None, **asked, _anchor="scan-text"))


def _answer_scan(room: RoomDay, result: ScanResult) -> Response:
    if not is_htmx():
        flash(result.refused, "error")
        return go(room_with(room.day))
    answer = render("fragments/room/_scan_result.html", room=room, result=result)
    answer.headers["HX-Trigger"] = "room-changed"
    return answer


ACTS: Mapping[str, tuple[Callable[..., object], str]] = {
    "check-in": (arrivals.check_in, "已签到。"),
    "undo": (arrivals.undo_arrival, "已撤销。"),
    "no-show": (arrivals.mark_no_show, "已记为爽约。"),
    "park": (arrivals.park, "暂离，回来以后再排队。"),
    "back": (arrivals.come_back, "已回来，排在原来的位置。"),
    "leave": (arrivals.leave, "已记为未接待离开。"),
    "undo-leave": (arrivals.undo_leaving, "已撤销离开。"),
    "call": (calling.call_again, "已再叫一次。"),
    "uncall": (calling.take_call_back, "已放回队列。"),
    "start": (calling.start_reception, "已开始接待。"),
    "finish": (calling.finish_reception, "接待完毕。"),
}
"""What one press of a button does with one enterprise."""


@bp.post(
    "/bookings/<int:booking_id>/"
    "<any('check-in', undo, 'no-show', park, back, leave, 'undo-leave', call, uncall, start, finish):act>"
)
@allow(Role.OFFICE)
def arrive(booking_id: int, act: str) -> Response:
    """Check in, call again, let in, finish, send away for a moment, or note that nobody came."""
    verb, done = ACTS[act]
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    return press(
        lambda session: verb(session, booking_id, version=version, actor=me(), now=clock.now()),
        done=f"{booking.enterprise_name}：{done}",
        onward=back_to(booking),
    )


@bp.post("/bookings/<int:booking_id>/persons")
@allow(Role.OFFICE)
def persons(booking_id: int) -> Response:
    """Correct how many persons came."""
    booking, count = booking_facts(read(), booking_id, actor=me()), request.form.get("persons", 0, type=int)
    return press(
        lambda session: arrivals.correct_persons(session, booking_id, count, actor=me(), now=clock.now()),
        done=f"{booking.enterprise_name}：到场 {count} 人。",
        onward=back_to(booking),
    )
