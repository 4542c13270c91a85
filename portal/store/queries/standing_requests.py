"""What waits on a matter, or was decided for good: asked before acts are offered."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from portal.domain.extensions import ExtensionState
from portal.store.models.handling import Extension, Objection


@dataclass(frozen=True, slots=True)
class StandingRequests:
    """Until when more time is asked for, and whether the lead unit has sent the matter back on this slip already."""

    extension_until: date | None = None
    objected: bool = False


def standing_requests(session: Session, matter_id: int, slip_id: int | None) -> StandingRequests:
    """What stands on a matter in hand, in one statement."""
    asked = select(Extension.until_on).where(Extension.matter_id == matter_id, Extension.state == ExtensionState.ASKED)
    objected = select(literal(1)).where(Objection.matter_id == matter_id, Objection.slip_id == slip_id).limit(1)
    until, sent_back = session.execute(select(asked.scalar_subquery(), objected.scalar_subquery())).one()
    return StandingRequests(until, sent_back is not None)
