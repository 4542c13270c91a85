"""What the units that sit in hear when the reception they were asked to moves, or does not take place (NX-06)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.services.messages import accounts_of_units, tell
from portal.services.places import when
from portal.store.models.bookings import Booking, InvitedUnit


def reception_is_moved(session: Session, booking: Booking, *, now: datetime) -> None:
    """An enterprise is received at another time; its slot is the new one."""
    subject = f"接待时间调整为{when(booking.slot)}：{booking.enterprise.name}"
    _tell(session, booking, "moved", subject, f"/invitations/{booking.id}", now=now)


def reception_is_off(session: Session, booking: Booking, *, now: datetime) -> None:
    """An enterprise does not come, or is not received; its slot is the one it had."""
    subject = f"不必再参加{when(booking.slot)}的企业接待：{booking.enterprise.name}"
    _tell(session, booking, "off", subject, f"/reception-days/{booking.reception_day.day.isoformat()}", now=now)


def _tell(session: Session, booking: Booking, word: str, subject: str, url: str, *, now: datetime) -> None:
    if booking.reception_day.day < now.astimezone(ZONE).date():
        return
    asked = (InvitedUnit.booking_id == booking.id, InvitedUnit.attendance == Attendance.INVITED)
    units = session.scalars(select(InvitedUnit.unit_id).where(*asked)).all()
    key = f"reception-{word}:{booking.id}:{booking.version}"
    tell(session, accounts_of_units(session, units), key, subject, url=url, now=now)
