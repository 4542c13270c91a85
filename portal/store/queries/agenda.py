"""Which open matters a meeting might take up, and why (JY-05): late, sent back, stuck, several units, urgent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.extensions import ExtensionState
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.meetings import OFF_THE_AGENDA, AgendaReason, MeetingState
from portal.domain.people import Actor
from portal.store.models.chasing import Escalation
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Extension
from portal.store.models.matters import Matter
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.people import Unit
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.overdue import is_late
from portal.store.queries.visibility import visible_matters

MOST = 100


@dataclass(frozen=True, slots=True)
class Proposed:
    """An open matter that could be on the agenda; `planned` names another meeting that has it already."""

    id: int
    number: str
    title: str
    enterprise: str | None
    state: MatterState
    lead_unit: str | None
    due_on: date | None
    reasons: tuple[AgendaReason, ...]
    planned: str


def proposed_items(session: Session, actor: Actor, meeting_id: int | None, *, now: datetime) -> Sequence[Proposed]:
    """Open matters that call for a meeting, those with the most reasons first, without those of this agenda."""
    return _found(session, actor, meeting_id, or_(*_reasons(now).values()), now)


def found_items(
    session: Session, actor: Actor, meeting_id: int | None, words: str, *, now: datetime
) -> Sequence[Proposed]:
    """Open matters in which every word occurs, whether they call for a meeting or not."""
    return _found(session, actor, meeting_id, matter_search(words), now)


def _reasons(now: datetime) -> dict[AgendaReason, ColumnElement[bool]]:
    """Each reason as a clause over `Matter`, in the order they are shown."""
    waiting = select(Extension.id).where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.ASKED)
    above = select(Escalation.id).where(Escalation.matter_id == Matter.id, Escalation.answered_at.is_(None))
    helped = (
        select(AssistingUnit.unit_id)
        .join(Slip, Slip.id == AssistingUnit.slip_id)
        .join(SlipMatter, SlipMatter.slip_id == Slip.id)
        .where(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None), Slip.issued_at.is_not(None))
    )
    return {
        AgendaReason.OVERDUE: is_late(now),
        AgendaReason.OBJECTED: Matter.state == MatterState.OBJECTED,
        AgendaReason.MORE_TIME: waiting.correlate(Matter).exists(),
        AgendaReason.PAUSED: Matter.state.in_((MatterState.SUSPENDED, MatterState.LONG_TERM)),
        AgendaReason.ESCALATED: and_(Matter.state.in_(ON_THE_WAY), above.correlate(Matter).exists()),
        AgendaReason.SEVERAL: and_(Matter.state.in_(ON_THE_WAY), helped.correlate(Matter).exists()),
        AgendaReason.URGENT: and_(
            Matter.state.in_((MatterState.AWAITING_ASSIGNMENT, *ON_THE_WAY)),
            or_(Matter.urgent, Matter.grave, Matter.hard),
        ),
        AgendaReason.WAITING: Matter.state == MatterState.AWAITING_ASSIGNMENT,
    }


def _found(
    session: Session, actor: Actor, meeting_id: int | None, which: ColumnElement[bool], now: datetime
) -> list[Proposed]:
    reasons = _reasons(now)
    on_it = select(AgendaItem.matter_id).where(
        AgendaItem.matter_id == Matter.id, AgendaItem.meeting_id == (meeting_id or 0)
    )
    elsewhere = (
        select(func.max(Meeting.title))
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.matter_id == Matter.id, Meeting.state == MeetingState.PLANNED)
        .correlate(Matter)
        .scalar_subquery()
    )
    statement = (
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Enterprise.name,
            Matter.state,
            Unit.short_name,
            Matter.due_on,
            func.coalesce(elsewhere, ""),
            *(clause.label(reason.value) for reason, clause in reasons.items()),
        )
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .where(
            Matter.state.not_in(OFF_THE_AGENDA),
            visible_matters(actor),
            which,
            ~on_it.correlate(Matter).exists(),
        )
        .order_by(Matter.due_on.asc().nulls_last(), Matter.id)
        .limit(MOST)
    )
    rows = []
    for row in session.execute(statement):
        why = tuple(reason for reason, holds in zip(reasons, row[8:], strict=True) if holds)
        number, title, enterprise, state, unit, due, planned = row[1:8]
        rows.append(Proposed(row[0], number, title, enterprise, state, unit, due, why, planned))
    return sorted(rows, key=lambda it: -len(it.reasons))
