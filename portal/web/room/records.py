"""The record of a reception (NX-11)."""

from flask import Response, flash, request

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import records
from portal.store.extension import read, write
from portal.store.queries.bookings import booking_facts
from portal.store.queries.receptions import record_of_booking
from portal.web.access import allow, me
from portal.web.bookings.acting import posted_version
from portal.web.errors import status_of
from portal.web.htmx import go, is_htmx, render
from portal.web.room.blueprint import bp
from portal.web.room.forms import RecordForm
from portal.web.room.page import back_to, room_page
from portal.web.room.saving import what_is_saved


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
            write(
                lambda session: records.save_record(
                    session, booking_id, form.text(), version=version, actor=me(), now=clock.now()
                )
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
            status = status_of(refusal)
        else:
            if not is_htmx():
                flash("已保存接待记录。", "success")
                return go(back_to(booking, "record"))
            saved = what_is_saved(record_of_booking(read(), booking_id), at=clock.now())
            return render("fragments/room/_record_saved.html", saved=saved, row=booking)
    if is_htmx():
        saved = what_is_saved(record_of_booking(read(), booking_id), form)
        return render("fragments/room/_record_saved.html", status=status, saved=saved, row=booking)
    return room_page(booking.day, booking_id, status=status, record_form=form)
