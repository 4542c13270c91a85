"""The panel beside the booking form: whether this may be booked, and what is left (look: 随填随显)."""

from datetime import date

from flask import Response, request

from portal import clock
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.services import booking_outlook
from portal.services.booking_outlook import Outlook
from portal.store.extension import read
from portal.store.queries.reception_days import day_on
from portal.store.queries.slots import day_of_slot
from portal.web.access import allow
from portal.web.asked import asked_day
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import BookingForm
from portal.web.htmx import render
from portal.web.office import rules


def outlook_of(form: BookingForm, day: date) -> Outlook:
    """How things stand for what a form says."""
    return booking_outlook.outlook(read(), day_on(read(), day).id, form.said(), rules(), now=clock.now())


@bp.get("/outlook")
@allow(Role.OFFICE)
def outlook() -> Response:
    """The panel again, and a field for every reason that has become necessary since the form was drawn."""
    form = BookingForm((), rules().id_number, formdata=request.args)
    day = day_of_slot(read(), form.slot.data or 0) or asked_day("day")
    if day is None:
        raise NotFound("地址中的日期不正确，应写作 2026-12-15。请从接待日列表进入。")
    found = outlook_of(form, day)
    wanted = found.reasons - set(request.args.getlist("shown"))
    return render("fragments/bookings/_outlook.html", form=form, outlook=found, rules=rules(), appearing=sorted(wanted))
