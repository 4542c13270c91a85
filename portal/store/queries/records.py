"""What was written down while an enterprise was received, and what is still to be written (NX-11, QD-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.store.models.bookings import Booking, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What was written down while an enterprise was received (NX-11), and who is writing."""

    id: int
    version: int
    started_at: datetime
    finished_at: datetime | None
    inquiry: str
    department_reports: str
    crux: str
    approach: str
    answer: str
    recorder: str
    late_reason: str
    writers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class UndisposedMatter:
    """A matter that keeps its day from being closed."""

    id: int
    booking_id: int
    number: str
    title: str
    enterprise_name: str


def record_of_booking(session: Session, booking_id: int) -> RecordFacts | None:
    """The record of a reception, None until it has begun."""
    row = session.execute(
        select(
            Reception.id, Reception.version, Reception.started_at, Reception.finished_at, Reception.inquiry,
            Reception.department_reports, Reception.crux, Reception.approach, Reception.answer, Reception.recorder,
            Reception.late_reason, Reception.writers,
        ).where(Reception.booking_id == booking_id)
    ).first()  # fmt: skip
    return RecordFacts(*row) if row else None


def undisposed_matters(session: Session, day_id: int) -> Sequence[UndisposedMatter]:
    """The matters told on a day that have no disposition yet, in the order they were told."""
    rows = session.execute(
        select(Matter.id, Booking.id, Matter.number, Matter.title, Enterprise.name)
        .join(Booking, Booking.id == Matter.booking_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(
            Booking.reception_day_id == day_id,
            Booking.state.in_((BookingState.ARRIVED, BookingState.FINISHED)),
            Matter.state == MatterState.REGISTERED,
        )
        .order_by(Booking.id, Matter.position)
    )
    return [UndisposedMatter(*row) for row in rows]
