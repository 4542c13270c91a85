"""The room: who waits, who is being received, what is said, and how each matter leaves it (NX-11)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from flask import Blueprint, Response, flash, request, url_for

from portal import clock
from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound, Problem, RuleBroken
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.workdays import day_text
from portal.services import receptions
from portal.store.extension import read, transaction
from portal.store.queries.bookings import BookingFacts, booking_facts, invited_units, matter_told, matters_of_booking
from portal.store.queries.categories import category_rows
from portal.store.queries.receptions import (
    QueueRow,
    RecordFacts,
    RoomDay,
    next_room_day,
    queue_of_day,
    record_of_booking,
    room_day,
)
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.asked import asked_day, asked_number
from portal.web.bookings.acting import posted_version, tell
from portal.web.bookings.forms import CHANNELS
from portal.web.errors import status_of
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


def _room(
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
    room, session, office = _day(day), read(), me().role is Role.OFFICE
    queue = queue_of_day(session, room.id)
    row = _in_the_middle(queue, booking_id)
    matters = matters_of_booking(session, row.booking_id) if row else ()
    invited = invited_units(session, row.booking_id) if row else ()
    record = record_of_booking(session, row.booking_id) if row else None
    forms = [decided if decided and it.id == decided_id else DecisionForm.of(it) for it in matters]
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
        saved=_saved(record, record_form),
        tell_form=tell_form or TellMatterForm(category_rows(session), formdata=None),
        attendance_form=attendance_form or AttendanceForm.of(invited),
        invited=invited,
        channels=CHANNELS,
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


@bp.route("/<date:day>/open", methods=["GET", "POST"])
@allow(Role.OFFICE)
def open_day(day: date) -> Response:
    """Begin the reception day; asked for again when today is another day."""
    room = _day(day)
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
    room = _day(day)
    problems = receptions.closing_problems(read(), room.id)
    if request.method == "POST":
        try:
            with transaction() as session:
                receptions.close_day(session, room.id, actor=me(), now=clock.now())
        except RuleBroken as refusal:
            problems = problems or [Problem("", refusal.message)]
        else:
            flash(f"{day_text(day)}接待日已结束。", "success")
            return go(url_for("room.show", day=day))
    coming = [it for it in queue_of_day(read(), room.id) if it.state is BookingState.CONFIRMED]
    status = 422 if request.method == "POST" else 200
    return render("pages/room/close.html", status=status, room=room, problems=problems, coming=coming)


ARRIVALS: Mapping[str, tuple[Callable[..., object], str]] = {
    "check-in": (receptions.check_in, "已签到。"),
    "undo": (receptions.undo_arrival, "已撤销。"),
    "no-show": (receptions.mark_no_show, "已记为爽约。"),
    "start": (receptions.start_reception, "已开始接待。"),
    "finish": (receptions.finish_reception, "接待完毕。"),
}
"""What one press of a button does with the enterprise in the middle of the room."""


@bp.post("/bookings/<int:booking_id>/<any('check-in', undo, 'no-show', start, finish):act>")
@allow(Role.OFFICE)
def arrive(booking_id: int, act: str) -> Response:
    """Check in, call in, finish, or note that nobody came."""
    verb, done = ARRIVALS[act]
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    return press(
        lambda session: verb(session, booking_id, version=version, actor=me(), now=clock.now()),
        done=f"{booking.enterprise_name}：{done}",
        onward=_back_to(booking),
    )


def _back_to(booking: BookingFacts, place: str = "") -> str:
    return url_for("room.show", day=booking.day, booking=booking.id, _anchor=place or None)


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands under the record: which version the page knows, and what somebody else wrote meanwhile."""

    version: int
    latest: int
    theirs: Sequence[tuple[str, str]] = ()
    problems: Sequence[str] = ()
    at: datetime | None = None


def _saved(record: RecordFacts | None, form: RecordForm | None = None, *, at: datetime | None = None) -> Saved | None:
    if record is None:
        return None
    if form is None:
        return Saved(record.version, record.version, at=at)
    wanted = form.text()
    names = [it.name for it in fields(wanted) if getattr(wanted, it.name) != getattr(record, it.name)]
    theirs = [(form[name].label.text, getattr(record, name) or "（空）") for name in names]
    too_long = [f"{it.label.text}：{'；'.join(it.errors)}" for it in form if it.errors]
    conflicts = bool(form.form_errors)
    return Saved(
        posted_version() or record.version,
        record.version,
        theirs=theirs if conflicts else (),
        problems=[*form.form_errors, *too_long],
    )


@bp.post("/bookings/<int:booking_id>/record")
@allow(Role.OFFICE)
def save_record(booking_id: int) -> Response:
    """Save the record: by the button, or by itself a moment after somebody stops typing.

    When somebody else saved meanwhile, both texts are shown, and only pressing `over` writes over the other's.
    """
    booking, form, status = booking_facts(read(), booking_id, actor=me()), RecordForm(), 422
    version = request.form.get("over", type=int) or posted_version()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                receptions.save_record(session, booking_id, form.text(), version=version, actor=me(), now=clock.now())
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            if not is_htmx():
                flash("已保存接待记录。", "success")
                return go(_back_to(booking, "record"))
            saved = _saved(record_of_booking(read(), booking_id), at=clock.now())
            return render("fragments/room/_record_saved.html", saved=saved, row=booking)
    if is_htmx():
        saved = _saved(record_of_booking(read(), booking_id), form)
        return render("fragments/room/_record_saved.html", status=status, saved=saved, row=booking)
    return _room(booking.day, booking_id, status=status, record_form=form)


@bp.post("/bookings/<int:booking_id>/matters")
@allow(Role.OFFICE)
def tell_matter(booking_id: int) -> Response:
    """Register a matter told on the spot."""
    booking, form = booking_facts(read(), booking_id, actor=me()), TellMatterForm(category_rows(read()))
    answer = attempt(
        form,
        lambda session: receptions.add_matter(session, booking_id, form.told(), actor=me(), now=clock.now()),
        done="已补记一项诉求。",
        onward=_back_to(booking),
    )
    if isinstance(answer, Response):
        return answer
    if is_htmx():
        fragment = "fragments/room/_matter_told_form.html"
        return render(fragment, status=answer, tell_form=form, booking_id=booking_id)
    return _room(booking.day, booking_id, status=answer, tell_form=form)


@bp.post("/matters/<int:matter_id>/disposition")
@allow(Role.OFFICE)
def dispose(matter_id: int) -> Response:
    """Decide how a matter leaves the room."""
    booking_id, matter = matter_told(read(), matter_id)
    booking = booking_facts(read(), booking_id, actor=me())
    form, status = DecisionForm(prefix=f"matter{matter_id}-"), 422
    if form.validate_on_submit():
        tell(form, receptions.decision_problems(form.decision()))
    if not form.errors:
        try:
            with transaction() as session:
                receptions.dispose_matter(
                    session, matter_id, form.decision(), version=form.version.data, actor=me(), now=clock.now()
                )
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            if not is_htmx():
                return go(_back_to(booking, f"room_matter-{matter_id}"))
            matter, status = matter_told(read(), matter_id)[1], 200
    if is_htmx():
        return render(
            "fragments/room/_room_matter.html",
            status=status, matter=matter, form=form, office=True, row=booking, channels=CHANNELS,
        )  # fmt: skip
    return _room(booking.day, booking_id, status=status, decided=form, decided_id=matter_id)


@bp.post("/matters/<int:matter_id>/reopen")
@allow(Role.OFFICE)
def reopen(matter_id: int) -> Response:
    """Take a decision back."""
    booking_id, matter = matter_told(read(), matter_id)
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    return press(
        lambda session: receptions.reopen_matter(session, matter_id, version=version, actor=me(), now=clock.now()),
        done=f"诉求 {matter.number} 可以重新处置。",
        onward=_back_to(booking, f"room_matter-{matter_id}"),
    )


@bp.post("/bookings/<int:booking_id>/attendance")
@allow(Role.OFFICE)
def attendance(booking_id: int) -> Response:
    """Write down which units came and who came for them."""
    booking, form = booking_facts(read(), booking_id, actor=me()), AttendanceForm()
    if not form.validate_on_submit():
        return _room(booking.day, booking_id, status=422, attendance_form=form)
    notes = form.notes()
    return press(
        lambda session: receptions.note_attendance(session, booking_id, notes, actor=me(), now=clock.now()),
        done="已登记到场单位。",
        onward=_back_to(booking, "attendance"),
    )
