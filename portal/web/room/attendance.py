"""Which units came: one press each (NX-06)."""

from flask import Response, flash, request

from portal import clock
from portal.domain.attendance import Attendance
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.services import records
from portal.services.records import AttendanceNote
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts
from portal.store.queries.invited_units import invited_units
from portal.web.access import allow, me
from portal.web.forms import trimmed
from portal.web.htmx import go, is_htmx, render
from portal.web.room.blueprint import bp
from portal.web.room.page import back_to, seen_day
from portal.web.room.writing import late_since

LONGEST_NAME = 40


@bp.post("/bookings/<int:booking_id>/units/<int:unit_id>")
@allow(Role.OFFICE)
def attendance(booking_id: int, unit_id: int) -> Response:
    """Note whether a unit came, and who came for it."""
    booking = booking_facts(read(), booking_id, actor=me())
    name = str(trimmed(request.form.get("representative", "")))
    problem = f"到场人员最多 {LONGEST_NAME} 个字，现为 {len(name)} 个字，请精简。" if len(name) > LONGEST_NAME else ""
    why = str(trimmed(request.form.get("late_reason", "")))
    if not problem:
        note = AttendanceNote(unit_id, _answered(), name)
        try:
            write(
                lambda session: records.note_attendance(
                    session, booking_id, [note], late_reason=why, actor=me(), now=clock.now()
                )
            )
        except RuleBroken as refusal:
            problem = refusal.message
    unit = next((it for it in invited_units(read(), booking_id) if it.unit_id == unit_id), None)
    if unit is None:
        raise NotFound("这家单位没有被通知参加。请先在预约页选择参加单位。")
    if is_htmx():
        return render(
            "fragments/room/_attendance_row.html",
            status=422 if problem else 200, unit=unit, booking_id=booking_id, problem=problem, typed=name, why=why,
            late_since=late_since(seen_day(booking.day), clock.now()),
        )  # fmt: skip
    flash(*((problem, "error") if problem else (f"{unit.short_name}：{unit.attendance.label}。", "success")))
    return go(back_to(booking, "attendance"))


@bp.post("/bookings/<int:booking_id>/units")
@allow(Role.OFFICE)
def all_came(booking_id: int) -> Response:
    """Note that all units came of which nothing is noted yet, with the names that stand beside them."""
    booking, names = booking_facts(read(), booking_id, actor=me()), _names_beside()
    came = [it for it in invited_units(read(), booking_id) if it.attendance is Attendance.INVITED]
    notes = [AttendanceNote(it.unit_id, Attendance.ATTENDED, names.get(it.unit_id, it.representative)) for it in came]
    write(lambda session: records.note_attendance(session, booking_id, notes, actor=me(), now=clock.now()))
    if not is_htmx():
        flash(f"已登记 {len(came)} 家单位到场。", "success")
        return go(back_to(booking, "attendance"))
    return render(
        "fragments/room/_attendance_rows.html",
        invited=invited_units(read(), booking_id),
        booking_id=booking_id,
        late_since=late_since(seen_day(booking.day), clock.now()),
    )


def _names_beside() -> dict[int, str]:
    """Who came for which unit, as far as somebody has typed it; a name that is too long is left to its own row."""
    typed = zip(request.form.getlist("unit", type=int), request.form.getlist("representative"), strict=False)
    names = ((unit_id, str(trimmed(name))) for unit_id, name in typed)
    return {unit_id: name for unit_id, name in names if len(name) <= LONGEST_NAME}


def _answered() -> Attendance:
    """The button that was pressed; anything else takes the answer back."""
    pressed = request.form.get("attendance", "")
    return Attendance(pressed) if pressed in (Attendance.ATTENDED, Attendance.ABSENT) else Attendance.INVITED
