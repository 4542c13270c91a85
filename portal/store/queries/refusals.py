"""What was not received: on which ground, with what words, and when (domain 11.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.refusals import RefusalGround
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.reception import ReceptionDay
from portal.store.queries.bookings import serves_on
from portal.store.queries.visibility import visible_matters
from portal.store.queries.visits import BroughtMatter


@dataclass(frozen=True, slots=True)
class Refusal:
    """A booking or one matter, and why it is not received; `state` is its state in words when it is not refused.

    `ended_reason` is the text the enterprise was told. `refused_at` is None when no record of the act is left.
    """

    is_refused: bool
    state: str
    enterprise: str
    raised_on: date
    held_on: date | None
    ground: RefusalGround | None
    ended_reason: str
    matters: tuple[BroughtMatter, ...]
    refused_at: datetime | None
    booking_id: int | None = None


def refusal_of_booking(session: Session, booking_id: int, *, actor: Actor) -> Refusal:
    """A booking with all its matters, in three statements. Raises NotFound."""
    row = session.execute(
        select(Booking, Enterprise.name, ReceptionDay.day)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .where(Booking.id == booking_id, serves_on(actor))
    ).first()
    if row is None:
        raise NotFound("没有找到这条预约，或不在您可见的范围内。请从预约列表进入。")
    booking, enterprise, day = row
    return Refusal(
        is_refused=booking.state is BookingState.REFUSED,
        state=booking.state.label,
        enterprise=enterprise,
        raised_on=booking.booked_at.astimezone(ZONE).date(),
        held_on=day,
        ground=booking.refusal_ground,
        ended_reason=booking.ended_reason,
        matters=tuple(_matters(session, Matter.booking_id == booking_id)),
        refused_at=_last_act(session, _booking_refused(booking_id)),
        booking_id=booking_id,
    )


def refusal_of_matter(session: Session, matter_id: int, *, actor: Actor) -> Refusal:
    """One matter, in three statements; refused with its booking, it was refused when that was. Raises NotFound."""
    row = session.execute(
        select(Matter, Enterprise.name, ReceptionDay.day)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(Matter.id == matter_id, visible_matters(actor))
    ).first()
    if row is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    matter, enterprise, day = row
    own = and_(
        AuditLine.target_kind == Matter.__tablename__,
        AuditLine.target_id == str(matter_id),
        AuditLine.act == "matter_disposed",
    )
    return Refusal(
        is_refused=matter.state is MatterState.REFUSED,
        state=matter.state.label,
        enterprise=enterprise or "",
        raised_on=matter.raised_on,
        held_on=day,
        ground=matter.refusal_ground,
        ended_reason=matter.ended_reason,
        matters=tuple(_matters(session, Matter.id == matter_id)),
        refused_at=_last_act(session, or_(own, _booking_refused(matter.booking_id))),
        booking_id=matter.booking_id,
    )


def _matters(session: Session, condition: ColumnElement[bool]) -> Sequence[BroughtMatter]:
    rows = session.execute(
        select(Matter.id, Matter.kind, Category.name, Matter.title)
        .join(Category, Category.code == Matter.category_code)
        .where(condition)
        .order_by(Matter.position, Matter.id)
    )
    return [BroughtMatter(*row) for row in rows]


def _booking_refused(booking_id: int | None) -> ColumnElement[bool]:
    return and_(
        AuditLine.target_kind == Booking.__tablename__,
        AuditLine.target_id == str(booking_id),
        AuditLine.act == "booking_refused",
    )


def _last_act(session: Session, condition: ColumnElement[bool]) -> datetime | None:
    return session.scalar(select(func.max(AuditLine.at)).where(condition))
