"""The slips that carry a matter now, as far as it takes to say who is who to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.signing import ISSUED_STATES
from portal.domain.slips import SlipState
from portal.store.models.people import Unit
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter


@dataclass(frozen=True, slots=True)
class HelpingUnit:
    """A unit that assists, its own last day, and when it answered the lead unit."""

    unit_id: int
    name: str
    due_on: date | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CarryingSlip:
    """A slip that carries a matter, and who has a part in it."""

    id: int
    number: str | None
    state: SlipState
    lead_unit_id: int | None
    signer_id: int | None
    lead_official_id: int | None
    assisting: list[HelpingUnit] = field(default_factory=list)

    @property
    def is_issued(self) -> bool:
        """Whether units have it."""
        return self.state in ISSUED_STATES


def carrying_slips(session: Session, matter_id: int, lead_unit_id: int | None) -> Sequence[CarryingSlip]:
    """The slips a matter stands on, that of its lead unit first, in one statement; for whoever may see the matter."""
    rows = session.execute(
        select(
            Slip.id,
            Slip.number,
            Slip.state,
            Slip.lead_unit_id,
            Slip.signer_id,
            Slip.lead_official_id,
            AssistingUnit.unit_id,
            Unit.short_name,
            AssistingUnit.due_on,
            AssistingUnit.answered_at,
        )
        .join(SlipMatter, SlipMatter.slip_id == Slip.id)
        .outerjoin(AssistingUnit, AssistingUnit.slip_id == Slip.id)
        .outerjoin(Unit, Unit.id == AssistingUnit.unit_id)
        .where(SlipMatter.matter_id == matter_id, SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
        .order_by(Slip.id, AssistingUnit.position)
    )
    found: dict[int, CarryingSlip] = {}
    for row in rows:
        slip = found.setdefault(row[0], CarryingSlip(*row[:6]))
        if row[6] is not None:
            slip.assisting.append(HelpingUnit(*row[6:]))
    return sorted(found.values(), key=lambda it: it.lead_unit_id != lead_unit_id)
