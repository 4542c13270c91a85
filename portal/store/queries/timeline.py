"""What happened to a slip, in order: its audit lines (domain 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, or_, select
from sqlalchemy.orm import Session

from portal.domain.people import Actor, Role
from portal.store.models.audit import AuditLine
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import AssistingUnit, Slip
from portal.store.queries.visibility import visible_papers, visible_slips

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
