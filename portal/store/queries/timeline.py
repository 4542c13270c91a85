"""What happened, in order: the audit lines of a matter, its booking and its slips (domain 2.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, or_, select
from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Reception
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.queries.visibility import sees_the_reception, visible_papers, visible_slips

PERSONAL_DATA_SEEN = "personal_data_seen"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Happening:
    """One act as the timeline tells it."""

    at: datetime
    who: str
    act: str
    what: str
    slip_id: int | None


def matter_timeline(session: Session, actor: Actor, matter_id: int, booking_id: int | None) -> Sequence[Happening]:
    """What happened to a matter, newest first, in one statement.

    Of its slips only those the actor may see; of its booking and reception only for those who see the whole reception.
    """
    slips = (
        select(cast(Slip.id, String))
        .join(SlipMatter, SlipMatter.slip_id == Slip.id)
        .where(SlipMatter.matter_id == matter_id, visible_slips(actor))
    )
    told = [_lines("matter", [str(matter_id)]), and_(AuditLine.target_kind == "slip", AuditLine.target_id.in_(slips))]
    if booking_id is not None and sees_the_reception(actor):
        record = select(cast(Reception.id, String)).where(Reception.booking_id == booking_id)
        told.append(_lines("booking", [str(booking_id)]))
        told.append(and_(AuditLine.target_kind == "reception", AuditLine.target_id.in_(record)))
    return _told(session, actor, or_(*told))


def slip_timeline(session: Session, actor: Actor, slip_id: int) -> Sequence[Happening]:
    """What happened to a slip, newest first; nothing when the actor may not see it.

    What went on inside a unit (reading, handing on) is the office's, the leaders' and that unit's business, not the other units'.
    """
    seen = select(Slip.id).where(Slip.id == slip_id, visible_slips(actor))
    leads = select(cast(Slip.id, String) + "/" + cast(Slip.lead_unit_id, String)).where(Slip.id.in_(seen))
    helps = select(cast(AssistingUnit.slip_id, String) + "/" + cast(AssistingUnit.unit_id, String)).where(
        AssistingUnit.slip_id.in_(seen)
    )
    papers = (
        select(cast(SlipPaper.id, String))
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .where(Slip.id == slip_id, visible_slips(actor), visible_papers(actor))
    )
    if actor.role is Role.UNIT:
        leads = leads.where(Slip.lead_unit_id == actor.unit_id)
        helps = helps.where(AssistingUnit.unit_id == actor.unit_id)
    return _told(
        session,
        actor,
        or_(
            and_(
                AuditLine.target_kind == "slip",
                AuditLine.target_id.in_(select(cast(Slip.id, String)).where(Slip.id.in_(seen))),
            ),
            and_(
                AuditLine.target_kind == "slip_receipt",
                or_(AuditLine.target_id.in_(leads), AuditLine.target_id.in_(helps)),
            ),
            and_(AuditLine.target_kind == "slip_paper", AuditLine.target_id.in_(papers)),
        ),
    )


def _lines(kind: str, ids: Collection[str]) -> ColumnElement[bool]:
    return and_(AuditLine.target_kind == kind, AuditLine.target_id.in_(ids))


def _told(session: Session, actor: Actor, which: ColumnElement[bool]) -> Sequence[Happening]:
    """Who looked at personal data is the office's business only."""
    statement = select(
        AuditLine.at, AuditLine.actor_name, AuditLine.act, AuditLine.summary, AuditLine.target_kind, AuditLine.target_id
    ).where(which)
    if actor.role is not Role.OFFICE:
        statement = statement.where(AuditLine.act != PERSONAL_DATA_SEEN)
    rows = session.execute(statement.order_by(AuditLine.id.desc()).limit(LONGEST))
    return [
        Happening(at, who, act, what, int(target) if kind == "slip" else None)
        for at, who, act, what, kind, target in rows
    ]
