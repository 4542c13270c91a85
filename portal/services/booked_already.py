"""What stands in the way of a booking: the same form sent before, the enterprise's other booking, a seat taken."""

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from portal.domain.bookings import STANDING_STATES
from portal.domain.errors import Conflict
from portal.domain.workdays import day_text
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.reception import ReceptionDay, Slot

_BOOKING = table_of(Booking)
_SENT_WITH = select(_BOOKING.c.id).where(_BOOKING.c.form_token == bindparam("token"))


class AlreadyBooked(Conflict):
    """The enterprise has a standing booking that day; `booking_id` says which."""

    def __init__(self, message: str, booking_id: int) -> None:
        super().__init__(message, field="enterprise_name")
        self.booking_id = booking_id


def booked_with(session: Session, form_token: str | None) -> int | None:
    """The id of the booking a form was already sent for, or None."""
    return session.execute(_SENT_WITH, {"token": form_token}).scalar() if form_token else None


def must_not_stand(session: Session, slot: Slot, enterprise_id: int, form_token: str | None) -> int | None:
    """Say early and kindly what the schema would refuse anyway; nothing depends on this check.

    Answers the booking when it is the one this very form was sent for a moment ago.
    """
    standing = session.scalar(standing_bookings(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id))
    if standing is None:
        return None
    if form_token and standing.form_token == form_token:
        return standing.id
    raise already_booked(session, standing, slot.reception_day)


def standing_bookings(day_id: int) -> Select[tuple[Booking]]:
    """The bookings that hold or wait for a place on a day, to narrow further."""
    return select(Booking).where(Booking.reception_day_id == day_id, Booking.state.in_(STANDING_STATES))


def was_taken(session: Session, seat_id: int, slot: Slot, enterprise_id: int, *, own_id: int | None = None) -> bool:
    """Whether the database refused because somebody else has the seat.

    Raises AlreadyBooked if it was because the enterprise has another standing booking that day.
    """
    if session.scalar(select(Booking.id).where(Booking.seat_id == seat_id)) is not None:
        return True
    must_not_stand_beside(session, slot, enterprise_id, own_id=own_id)
    return False


def must_not_stand_beside(session: Session, slot: Slot, enterprise_id: int, *, own_id: int | None) -> None:
    """Raise AlreadyBooked when the enterprise has another standing booking on a slot's day."""
    others = standing_bookings(slot.reception_day_id).where(Booking.enterprise_id == enterprise_id)
    standing = session.scalar(others if own_id is None else others.where(Booking.id != own_id))
    if standing is not None:
        raise already_booked(session, standing, slot.reception_day)


def already_booked(session: Session, standing: Booking, day: ReceptionDay) -> AlreadyBooked:
    """The refusal that names the booking an enterprise has that day, and what to do instead."""
    slot = session.get_one(Slot, standing.slot_id)
    message = (
        f"该企业在{day_text(day.day)}已有预约：{slot.starts_at:%H:%M}–{slot.ends_at:%H:%M}（{standing.state.label}）。"
        "一家企业一天只约一次，请打开原预约补充诉求或改约，或选择其他接待日；确需再约一次的，请写明理由。"
    )
    return AlreadyBooked(message, standing.id)
