"""Contacts with enterprises that are still to be made, by unit: one clause for lists, reminders and counts (domain 2.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.progress import ProgressKind
from portal.domain.signing import ISSUED_STATES
from portal.store.models.handling import Progress
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter, SlipReceipt
from portal.store.queries.overdue import start_of


@dataclass(frozen=True, slots=True)
class OpenContact:
    """A contact nobody has made: of which matter by which unit, and from when its clock runs."""

    matter_id: int
    number: str
    title: str
    unit_id: int
    unit: str
    is_petition: bool
    urgent: bool
    received_at: datetime
    reception_day: date


def open_contacts(session: Session, since: date) -> Iterator[OpenContact]:
    """Those of all units, by unit and receipt; of a receipt before `since` only where the matter came into hand again after."""
    columns = select(
        Matter.id, Matter.number, Matter.title, Unit.id, Unit.short_name, Matter.is_petition, Matter.urgent,
        SlipReceipt.received_at, ReceptionDay.day,
    )  # fmt: skip
    statement = (
        uncontacted(columns)
        .join(Unit, Unit.id == Slip.lead_unit_id)
        .where(or_(SlipReceipt.received_on >= since, Matter.state_since >= start_of(since)))
        .order_by(Unit.id, SlipReceipt.received_at, Matter.id)
    )
    for row in session.execute(statement):
        yield OpenContact(*row)


def contact_starts(session: Session, actor: Actor) -> tuple[set[date], set[date]]:
    """The days from which a contact the actor's unit has not made counts: of receipts, and of receptions of petitions."""
    columns = select(Matter.is_petition, SlipReceipt.received_on, ReceptionDay.day)
    rows = session.execute(uncontacted(columns, actor.unit_id or 0).distinct()).all()
    return {row[1] for row in rows if not row[0]}, {row[2] for row in rows if row[0]}


def uncontacted(statement: Select[Any], unit_id: int | None = None) -> Select[Any]:
    """Matters in hand whose enterprise the lead unit, or this one, has not spoken with since it signed for them."""
    spoken = select(Progress.id).where(
        Progress.matter_id == Matter.id, Progress.unit_id == Slip.lead_unit_id, Progress.kind == ProgressKind.CONTACT
    )
    own = [] if unit_id is None else [Matter.lead_unit_id == unit_id, Slip.lead_unit_id == unit_id]
    return (
        statement.select_from(Matter)
        .join(SlipMatter, and_(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None)))
        .join(Slip, and_(Slip.id == SlipMatter.slip_id, Slip.state.in_(ISSUED_STATES)))
        .join(SlipReceipt, and_(SlipReceipt.slip_id == Slip.id, SlipReceipt.unit_id == Slip.lead_unit_id))
        .join(ReceptionDay, ReceptionDay.id == Slip.reception_day_id)
        .where(
            Matter.lead_unit_id == Slip.lead_unit_id,
            Matter.state == MatterState.HANDLING,
            Matter.enterprise_id.is_not(None),
            ~spoken.exists(),
            *own,
        )
    )
