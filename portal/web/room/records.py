"""The record of a reception (NX-11)."""

from typing import Any

from flask import Response, flash, jsonify, request
from flask_wtf.csrf import generate_csrf

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.services import records
from portal.services.records import PARTS
from portal.store.extension import read
from portal.store.queries.bookings import BookingFacts, booking_facts
from portal.store.queries.records import record_of_booking
from portal.web.access import allow, me
from portal.web.acting import OK, tried
from portal.web.htmx import go
from portal.web.room.blueprint import bp
from portal.web.room.forms import RecordForm
from portal.web.room.page import back_to, room_page
from portal.web.room.writing import writing_in

MERGED = "别人同时写的内容已并入。"


@bp.route("/bookings/<int:booking_id>/record", methods=["GET", "POST"])
@allow(Role.OFFICE)
def save_record(booking_id: int) -> Response:
    """Save the record: by the button, or by itself a moment after somebody stops typing.

    Nobody is asked to choose between two texts: what somebody else wrote meanwhile is merged in, and comes back with the
    answer. A script gets JSON, and asks every few seconds how the record stands.
    """
    booking = booking_facts(read(), booking_id, actor=me())
    if request.method == "GET":
        return _state(booking_id) if _by_script() else go(back_to(booking, "record"))
    form, status = RecordForm(), 422
    if form.validate_on_submit():
        status = tried(
            form,
            lambda session: records.save_record(
                session, booking_id, form.text(),
                base=form.base(), late_reason=form.reason, actor=me(), now=clock.now(),
            ),
        )  # fmt: skip
        if status == OK:
            return _saved(booking, form)
    if _by_script():
        said = [*form.form_errors, *(f"{it.label.text}：{'；'.join(it.errors)}" for it in form if it.errors)]
        return _answer({"problems": said}, status)
    return room_page(booking.day, booking_id, status=status, record_form=form)


def _saved(booking: BookingFacts, form: RecordForm) -> Response:
    if _by_script():
        return _state(booking.id, saved=f"{clock.running():%H:%M:%S}")
    stands = record_of_booking(read(), booking.id)
    others = stands is not None and any(
        (form[name].data or "").strip() != getattr(stands, name).strip() for name in PARTS
    )
    flash("已保存接待记录。" + (MERGED if others else ""), "success")
    return go(back_to(booking, "record"))


def _state(booking_id: int, *, saved: str | None = None) -> Response:
    """How the record stands, for the page that is open: its parts only if they are not those the page has already."""
    stands = record_of_booking(read(), booking_id)
    if stands is None:
        raise NotFound("接待还没有开始。")
    told: dict[str, Any] = {"version": stands.version, "others": writing_in(stands, clock.now())}
    if saved:
        told["saved"] = saved
    if saved or request.args.get("version", type=int) != stands.version:
        told["parts"] = {name: getattr(stands, name) for name in PARTS}
    return _answer(told, 200)


def _answer(told: dict[str, Any], status: int) -> Response:
    answer = jsonify(told | {"token": generate_csrf()})
    answer.status_code = status
    answer.vary.add("Accept")
    return answer


def _by_script() -> bool:
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
