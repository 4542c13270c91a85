"""What becomes of the matters of a booking that does not take place."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.store.audit_trail import record
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter

LONGEST = 400


def withdraw_with_booking(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """A booking that is cancelled takes with it what was told with it and nobody has heard yet; the reason is the booking's."""
    told = session.scalars(
        select(Matter).where(Matter.booking_id == booking.id, Matter.state == MatterState.REGISTERED)
    )
    for matter in told:
        matter.ended_reason = f"预约取消：{booking.ended_reason}"[:LONGEST]
        matter.state, matter.state_since = MatterState.WITHDRAWN, now
        record(session, actor, now, "matter_withdrawn", matter, summary="预约取消，诉求随之撤回")
