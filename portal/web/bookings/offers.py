"""What an enterprise on the waiting list says: to a place it was offered, and which slots it waits for."""

from collections.abc import Callable

from flask import Response, abort, request, url_for

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


@bp.post("/<int:booking_id>/wish")
@allow(Role.OFFICE)
def change_wish(booking_id: int) -> Response:
    """Wait for any slot of the day from now on, or for the one slot only."""
    booking, version, any_slot = (
        booking_facts(read(), booking_id, actor=me()),
        posted_version(),
        request.form.get("any_slot"),
    )
    if any_slot not in WISHES:
        abort(400)
    return press(
        lambda session: waiting_list.change_wish(
            session, booking_id, any_slot == "yes", version=version, actor=me(), now=clock.now()
        ),
        done=f"{booking.enterprise_name}：{WISHES[any_slot]}",
        onward=url_for("reception_days.waiting_list", day=booking.day),
    )


WISHES = {
    "yes": "已改为候补当天任何时段，次序不变；有合适的空余名额即通知。",
    "no": "已改为只候补一个时段，次序不变。",
}


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
