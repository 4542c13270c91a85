"""Those who come: their numbers in full, which is written down, and who comes along (domain 2.2, 7.1)."""

from flask import Response, request, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import bookings
from portal.services.companions import change_companions
from portal.store.extension import read, write
from portal.store.queries.bookings import BookingFacts, booking_facts
from portal.store.queries.visits import Visit, visit
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.bookings.area import bp
from portal.web.bookings.booking_forms import CompanionsForm
from portal.web.htmx import render
from portal.web.office import rules


@bp.post("/<int:booking_id>/personal-data")
@allow(Role.OFFICE)
def personal_data(booking_id: int) -> Response:
    """Everybody's telephone and identity number in full; that they were looked at is written down."""
    what = "来访人员电话和证件号码"
    write(lambda session: bookings.see_personal_data(session, booking_id, what, actor=me(), now=clock.now()))
    booking = booking_facts(read(), booking_id, actor=me())
    found = visit(read(), booking_id, actor=me())
    page, fragment = "pages/bookings/personal_data.html", "fragments/bookings/_persons.html"
    return render(page, fragment, booking=booking, visit=found, full=True, office=True)


@bp.route("/<int:booking_id>/companions", methods=["GET", "POST"])
@allow(Role.OFFICE)
def companions(booking_id: int) -> Response:
    """Say anew who comes along."""
    booking, found = booking_facts(read(), booking_id, actor=me()), visit(read(), booking_id, actor=me())
    ask = rules().id_number
    if request.method == "GET":
        return _page(CompanionsForm.of(booking.version, found.comers, ask), booking, found)
    form = CompanionsForm(ask)
    if "add_companion" in request.form or "remove_companion" in request.form:
        if "add_companion" in request.form:
            form.add_companion()
        else:
            form.remove_companion(request.form.get("remove_companion", -1, type=int))
        return _page(form, booking, found)
    answer = attempt(
        form,
        lambda session: change_companions(
            session, booking_id, form.wanted(), version=form.version.data, actor=me(), now=clock.now()
        ),
        done="已修改随行人员。",
        onward=url_for("bookings.show", booking_id=booking_id),
    )
    return answer if isinstance(answer, Response) else _page(form, booking, found, status=answer)


def _page(form: CompanionsForm, booking: BookingFacts, found: Visit, *, status: int = 200) -> Response:
    page, fragment = "pages/bookings/companions.html", "fragments/bookings/_companions_form.html"
    known = {str(place): it for place, it in enumerate(found.comers[1:], start=2)}
    return render(page, fragment, status=status, form=form, booking=booking, rules=rules(), known=known)
