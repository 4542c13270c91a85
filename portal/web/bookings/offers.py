"""The answer to a place offered from the waiting list."""

from collections.abc import Callable

from flask import Response, request, url_for

from portal import clock
from portal.domain.people import Role
from portal.services import waiting_list
from portal.store.extension import read
from portal.store.queries.bookings import booking_facts
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.bookings.acting import posted_version
from portal.web.bookings.area import bp


@bp.post("/<int:booking_id>/accept")
@allow(Role.OFFICE)
def accept(booking_id: int) -> Response:
    """The enterprise takes the place."""
    return _answered(booking_id, waiting_list.accept_offer, "已接受候补名额，转为预约。")


@bp.post("/<int:booking_id>/decline")
@allow(Role.OFFICE)
def decline(booking_id: int) -> Response:
    """The enterprise cannot take this place and goes on waiting."""
    return _answered(booking_id, waiting_list.decline_offer, "已退回候补，排到最后；名额按次序通知下一家。")


def _answered(booking_id: int, act: Callable[..., object], done: str) -> Response:
    booking, version = booking_facts(read(), booking_id, actor=me()), posted_version()
    from_list = request.form.get("at") == "waiting_list"
    return press(
        lambda session: act(session, booking_id, version=version, actor=me(), now=clock.now()),
        done=f"{booking.enterprise_name}：{done}",
        onward=url_for("reception_days.waiting_list", day=booking.day)
        if from_list
        else url_for("bookings.show", booking_id=booking_id),
    )
