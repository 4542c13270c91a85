"""A booking on file, held for a change together with its day."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotFound
from portal.services.places import lock_days
from portal.store.models.bookings import Booking

CHANGED_MEANWHILE = "您打开页面之后，别人已修改了这条预约。请核对最新内容后再办理。"


def booking_to_change(session: Session, booking_id: int, version: int | None) -> Booking:
    """A booking with its day, slot, seat and enterprise, and its day held until the transaction ends.

    Raises NotFound, or Conflict if it is no longer that version.
    """
    day_id = session.scalar(select(Booking.reception_day_id).where(Booking.id == booking_id))
    if day_id is not None:
        lock_days(session, day_id)
    booking = session.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .options(
            joinedload(Booking.reception_day),
            joinedload(Booking.slot),
            joinedload(Booking.seat),
            joinedload(Booking.enterprise),
        )
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    if booking.reception_day_id != day_id or (version is not None and booking.version != version):
        raise Conflict(CHANGED_MEANWHILE)
    return booking
