"""Matters taken to the level above: whom they are shown to, one, and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session

from portal.domain.chasing import EscalatedTo
from portal.domain.errors import NotFound
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.store.models.chasing import Escalation
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.queries.visibility import FOR_A_LEADER, SEES_ALL

UNSEEN = "没有找到这件上报事项，或不在您可见的范围内。"
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One matter taken to the level above."""

    id: int
    matter_id: int
    number: str
    title: str
    state: MatterState
    enterprise: str | None
    unit: str | None
    to: EscalatedTo
    leader_id: int | None
    leader: str | None
    organ: str
    why: str
    answer_by: date | None
    by: str
    at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    version: int

    @property
    def whom(self) -> str:
        """牵头领导 and the name, or the organ."""
        return f"{self.to.label} {self.leader or self.organ}".strip()


def visible_escalations(actor: Actor) -> ColumnElement[bool]:
    """Office and supervision see all, a leader and who serves one those that were taken to him or her."""
    if actor.role in SEES_ALL:
        return true()
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        return Escalation.leader_id.in_(actor.leader_ids)
    return false()


def escalation_rows(session: Session, actor: Actor, *, answered: bool | None = None) -> Sequence[EscalationRow]:
    """Those an actor may see, what waits longest first, then the latest answered."""
    statement = _listed(visible_escalations(actor))
    if answered is not None:
        statement = statement.where(
            Escalation.answered_at.is_not(None) if answered else Escalation.answered_at.is_(None)
        )
    order = (
        Escalation.answered_at.is_not(None),
        Escalation.answer_by.is_(None),
        Escalation.answer_by,
        Escalation.id.desc(),
    )
    return [EscalationRow(*row) for row in session.execute(statement.order_by(*order).limit(MOST_SHOWN))]


def escalations_of_matter(session: Session, matter_id: int) -> Sequence[EscalationRow]:
    """Those of one matter, the latest first; for whoever may see the matter."""
    statement = _listed(Escalation.matter_id == matter_id).order_by(Escalation.id.desc())
    return [EscalationRow(*row) for row in session.execute(statement)]


def escalation_row(session: Session, actor: Actor, escalation_id: int) -> EscalationRow:
    """One. Raises NotFound when it does not exist or is not for the actor."""
    row = session.execute(_listed(visible_escalations(actor)).where(Escalation.id == escalation_id)).first()
    if row is None:
        raise NotFound(UNSEEN)
    return EscalationRow(*row)


def chief_leaders(session: Session, today: date) -> Sequence[tuple[int, str]]:
    """The chief leaders in office, to choose from."""
    rows = session.execute(
        select(Leader.id, Leader.name)
        .where(
            Leader.is_chief,
            Leader.serves_from <= today,
            (Leader.serves_until.is_(None)) | (Leader.serves_until >= today),
        )
        .order_by(Leader.position, Leader.id)
    )
    return [(leader_id, name) for leader_id, name in rows]


def _listed(*which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            Escalation.id, Matter.id, Matter.number, Matter.title, Matter.state, Enterprise.name, Unit.short_name,
            Escalation.to, Escalation.leader_id, Leader.name, Escalation.organ, Escalation.why, Escalation.answer_by,
            Escalation.by, Escalation.at, Escalation.answer, Escalation.answered_by, Escalation.answered_at,
            Escalation.version,
        )
        .join(Matter, Matter.id == Escalation.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .outerjoin(Leader, Leader.id == Escalation.leader_id)
        .where(*which)
    )  # fmt: skip
