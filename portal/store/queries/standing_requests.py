"""What waits on a matter, or was decided for good: asked before acts are offered."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.extensions import ExtensionState
from portal.domain.objections import ObjectionReason, Ruling
from portal.store.models.handling import Extension, LookBack, Objection
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.slips import SlipReceipt


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """A request for more time that waits for its decision."""

    before_on: date
    until_on: date
    reason: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class ObjectionMade:
    """What the lead unit said when it sent the matter back on this slip, and what was ruled."""

    reasons: str
    told: str
    basis: str
    proposed_unit: str | None
    made_by: str
    ruling: Ruling | None

    @property
    def labels(self) -> str:
        """The coded reasons in words."""
        return "、".join(ObjectionReason(it).label for it in self.reasons.split())


@dataclass(frozen=True, slots=True)
class StandingRequests:
    """What was asked for on a matter, and the day on which its lead unit signed for it.

    `granted` is how often it was given more time, `looked_for` whether the round that stands is on the list of look-backs and
    not yet looked at.
    """

    extension: ExtensionAsked | None = None
    objection: ObjectionMade | None = None
    received_on: date | None = None
    granted: int = 0
    looked_for: bool = False

    @property
    def objected(self) -> bool:
        """Whether the lead unit has sent the matter back on this slip already."""
        return self.objection is not None


def standing_requests(session: Session, matter_id: int, slip_id: int | None) -> StandingRequests:
    """What stands on a matter in hand, in one statement."""
    granted = (
        select(func.count(Extension.id))
        .where(Extension.matter_id == Matter.id, Extension.state == ExtensionState.GRANTED)
        .correlate(Matter)
    )
    looked_for = (
        select(LookBack.id)
        .where(LookBack.matter_id == Matter.id, LookBack.round == Matter.round, LookBack.done_on.is_(None))
        .correlate(Matter)
    )
    row = session.execute(
        select(
            Extension.before_on,
            Extension.until_on,
            Extension.reason,
            Extension.asked_by,
            Objection.reasons,
            Objection.told,
            Objection.basis,
            Unit.short_name,
            Objection.made_by,
            Objection.ruling,
            SlipReceipt.received_on,
            granted.scalar_subquery(),
            looked_for.exists(),
        )
        .select_from(Matter)
        .outerjoin(Extension, (Extension.matter_id == Matter.id) & (Extension.state == ExtensionState.ASKED))
        .outerjoin(Objection, (Objection.matter_id == Matter.id) & (Objection.slip_id == slip_id))
        .outerjoin(SlipReceipt, (SlipReceipt.slip_id == slip_id) & (SlipReceipt.unit_id == Matter.lead_unit_id))
        .outerjoin(Unit, Unit.id == Objection.proposed_unit_id)
        .where(Matter.id == matter_id)
    ).one()
    return StandingRequests(
        ExtensionAsked(*row[:4]) if row[1] is not None else None,
        ObjectionMade(*row[4:10]) if row[4] is not None else None,
        *row[10:],
    )
