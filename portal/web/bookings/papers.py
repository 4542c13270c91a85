"""The papers of a booking as PDF: the appointment slip, the blank authorisation letter, the notice of a refusal."""

from flask import Response, flash, request, url_for

from portal import clock
from portal.documents.acknowledgement import acknowledgement
from portal.documents.appointment_slip import appointment_slip
from portal.documents.authorisation_letter import authorisation_letter
from portal.documents.refusal_notice import refusal_notice
from portal.domain.bookings import BookingState
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services.acknowledgements import RECEIVED, acknowledgement_sheet
from portal.services.following import renew_code
from portal.services.refusal_notices import booking_refusal_sheet
from portal.services.visit_papers import (
    ENDED,
    WITHOUT_A_PLACE,
    appointment_slip_sheet,
    authorisation_letter_sheet,
)
from portal.store.extension import read
from portal.store.queries.bookings import BookingFacts, booking_facts
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.asked import asked_number
from portal.web.bookings.area import bp
from portal.web.downloads import pdf
from portal.web.htmx import go, render
from portal.web.office import portal_address


@bp.get("/<int:booking_id>/appointment-slip.pdf")
@allow(Role.OFFICE)
def appointment_slip_pdf(booking_id: int) -> Response:
    """What the enterprise brings along, or the proof that it waits for a place."""
    try:
        sheet = appointment_slip_sheet(read(), booking_id, address=portal_address(), actor=me(), now=clock.now())
        data = appointment_slip(sheet)
    except RuleBroken as refusal:
        return _back(booking_id, refusal)
    return pdf(data, f"来访预约单{booking_id}.pdf")


@bp.get("/authorisation-letter.pdf")
@allow(Role.OFFICE)
def authorisation_letter_pdf() -> Response:
    """A letter to fill in by hand; `booking` or `enterprise` in the address fills in what is known."""
    sheet = authorisation_letter_sheet(
        read(), booking_id=asked_number("booking"), enterprise_id=asked_number("enterprise"), actor=me()
    )
    return pdf(authorisation_letter(sheet), "授权委托书.pdf")


@bp.get("/<int:booking_id>/refusal-notice.pdf")
@allow(Role.OFFICE)
def refusal_notice_pdf(booking_id: int) -> Response:
    """What a refused enterprise is told: the ground, the channel, and its rights."""
    try:
        sheet = booking_refusal_sheet(read(), booking_id, address=portal_address(), actor=me(), now=clock.now())
        data = refusal_notice(sheet)
    except RuleBroken as refusal:
        return _back(booking_id, refusal)
    return pdf(data, f"不予受理告知书{booking_id}.pdf")


@bp.get("/<int:booking_id>/acknowledgement.pdf")
@allow(Role.OFFICE)
def acknowledgement_pdf(booking_id: int) -> Response:
    """What the enterprise takes home: its matters, and the code with which it follows them."""
    try:
        sheet = acknowledgement_sheet(read(), booking_id, address=portal_address(), actor=me(), now=clock.now())
    except RuleBroken as refusal:
        return _back(booking_id, refusal)
    return pdf(acknowledgement(sheet), f"受理回执{booking_id}.pdf")


@bp.route("/<int:booking_id>/follow-code", methods=["GET", "POST"])
@allow(Role.OFFICE)
def renew_follow_code(booking_id: int) -> Response:
    """Give a booking a new code after its paper was lost, having said what that means."""
    onward = url_for("bookings.show", booking_id=booking_id)
    if request.method == "GET":
        return render("pages/bookings/follow_code.html", booking=booking_facts(read(), booking_id, actor=me()))
    return press(
        lambda session: renew_code(session, booking_id, actor=me(), now=clock.now()),
        done="已更换查询码，原码即刻失效。请重新打印单据交给企业。",
        onward=onward,
    )


def offered(booking: BookingFacts) -> list[tuple[str, str]]:
    """The papers of a booking that can be printed now, with their addresses."""
    links = []
    if booking.state not in ENDED:
        label = "候补登记单" if booking.state in WITHOUT_A_PLACE else "来访预约单"
        links.append((label, url_for("bookings.appointment_slip_pdf", booking_id=booking.id)))
    if booking.state in RECEIVED:
        links.append(("受理回执", url_for("bookings.acknowledgement_pdf", booking_id=booking.id)))
    if booking.state is BookingState.REFUSED:
        links.append(("不予受理告知书", url_for("bookings.refusal_notice_pdf", booking_id=booking.id)))
    links.append(("空白授权委托书", url_for("bookings.authorisation_letter_pdf", booking=booking.id)))
    return links


def _back(booking_id: int, refusal: RuleBroken) -> Response:
    """What cannot be printed is said on the booking's page."""
    flash(refusal.message, "error")
    return go(url_for("bookings.show", booking_id=booking_id))
