"""One matter as its page shows it, as far as somebody may see it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.attendance import Attendance
from portal.domain.bookings import Identity
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.matters import Check, MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.people import Actor
from portal.domain.refusals import RefusalGround
from portal.store.models.bookings import Booking, InvitedUnit, Reception
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.queries.matter_filters import described
from portal.store.queries.matters import flags_of
from portal.store.queries.visibility import sees_the_reception, sees_the_visitor, visible_matters


@dataclass(frozen=True, slots=True)
class ReceptionNotes:
    """What was said at the reception (NX-11), and which units were there (NX-06)."""

    started_at: datetime
    finished_at: datetime | None
    inquiry: str
    department_reports: str
    crux: str
    approach: str
    answer: str
    recorder: str
    units: tuple[tuple[str, Attendance, str], ...]


@dataclass(frozen=True, slots=True)
class MatterPage:
    """Everything one matter's page shows, except its slips and its timeline."""

    id: int
    version: int
    number: str
    kind: MatterKind
    category: str
    title: str
    detail: str
    source: str
    state: MatterState
    flags: str
    matter_class: MatterClass | None
    level: MatterLevel | None
    is_common: bool
    is_true: Check
    is_lawful: Check
    is_reasonable: Check
    check_note: str
    on_site_answer: str
    answered_by: str
    ended_reason: str
    refusal_ground: RefusalGround | None
    lead_unit_id: int | None
    lead_unit: str | None
    due_on: date | None
    step_due_on: date | None
    step_due_at: datetime | None
    state_since: datetime | None
    round: int
    is_petition: bool
    raised_on: date
    day: date | None
    venue: str | None
    enterprise_id: int | None
    enterprise: str | None
    booking_id: int | None
    visitor: str
    identity: Identity | None
    reception: ReceptionNotes | None


def matter_page(session: Session, actor: Actor, matter_id: int) -> MatterPage:
    """One matter as its page shows it, in one statement, with a reception three. Raises NotFound when not visible."""
    row = session.execute(
        described(
            select(Matter, Category.name, Unit.name, Enterprise.name, ReceptionDay, Booking).outerjoin(
                Booking, Booking.id == Matter.booking_id
            )
        ).where(Matter.id == matter_id, visible_matters(actor))
    ).first()
    if row is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    matter, category, unit, enterprise, day, booking = row
    visitor = booking.visitor_name if booking else ""
    return MatterPage(
        id=matter.id,
        version=matter.version,
        number=matter.number,
        kind=matter.kind,
        category=category,
        title=matter.title,
        detail=matter.detail,
        source=matter.source,
        state=matter.state,
        flags=flags_of(matter.urgent, matter.grave, matter.hard),
        matter_class=matter.matter_class,
        level=matter.level,
        is_common=matter.is_common,
        is_true=matter.is_true,
        is_lawful=matter.is_lawful,
        is_reasonable=matter.is_reasonable,
        check_note=matter.check_note,
        on_site_answer=matter.on_site_answer,
        answered_by=matter.answered_by,
        ended_reason=matter.ended_reason,
        refusal_ground=matter.refusal_ground,
        lead_unit_id=matter.lead_unit_id,
        lead_unit=unit,
        due_on=matter.due_on,
        step_due_on=matter.step_due_on,
        step_due_at=matter.step_due_at,
        state_since=matter.state_since,
        round=matter.round,
        is_petition=matter.is_petition,
        raised_on=matter.raised_on,
        day=day.day if day else None,
        venue=day.venue if day else None,
        enterprise_id=matter.enterprise_id,
        enterprise=enterprise,
        booking_id=matter.booking_id,
        visitor=visitor if sees_the_visitor(actor) else mask_name(visitor),
        identity=booking.identity if booking else None,
        reception=_notes(session, matter.booking_id) if booking and sees_the_reception(actor) else None,
    )


def _notes(session: Session, booking_id: int) -> ReceptionNotes | None:
    record = session.scalar(select(Reception).where(Reception.booking_id == booking_id))
    if record is None:
        return None
    units = session.execute(
        select(Unit.name, InvitedUnit.attendance, InvitedUnit.representative)
        .join(Unit, Unit.id == InvitedUnit.unit_id)
        .where(InvitedUnit.booking_id == booking_id)
        .order_by(Unit.position, Unit.id)
    )
    return ReceptionNotes(
        record.started_at,
        record.finished_at,
        record.inquiry,
        record.department_reports,
        record.crux,
        record.approach,
        record.answer,
        record.recorder,
        tuple((name, attendance, representative) for name, attendance, representative in units),
    )
