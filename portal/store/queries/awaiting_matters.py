"""Matters that wait for a slip, and the slips that others stand on already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.domain.matters import Check, MatterClass, MatterKind, MatterLevel, MatterState
from portal.domain.slip_matters import Raised
from portal.domain.slips import SlipState
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Category, Matter
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip, SlipMatter


@dataclass(frozen=True, slots=True)
class AwaitingMatter:
    """A matter that can be put on a slip."""

    id: int
    number: str
    title: str
    kind: MatterKind
    category: str
    enterprise: str | None
    enterprise_id: int | None
    booking_id: int | None
    reception_day_id: int | None
    day: date | None
    is_true: Check
    is_lawful: Check
    is_reasonable: Check
    matter_class: MatterClass | None
    level: MatterLevel | None
    is_common: bool

    @property
    def raised(self) -> Raised:
        """What decides with which others it may share a slip."""
        return Raised(self.id, self.reception_day_id, self.enterprise_id, self.is_common)


def standing_slips(session: Session, matter_ids: Sequence[int]) -> Mapping[int, tuple[int, str | None]]:
    """For each matter that stands on a slip which is not void: that slip's id and number, the first of several, whoever asks."""
    rows = session.execute(
        select(SlipMatter.matter_id, Slip.id, Slip.number)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
        .order_by(Slip.id.desc())
    )
    return {matter: (slip, number) for matter, slip, number in rows}


def awaiting_matters(
    session: Session, *, matter_id: int | None = None, booking_id: int | None = None, day: date | None = None
) -> Sequence[AwaitingMatter]:
    """Matters waiting for a slip: those of a booking, of a day, or those that may share one with a matter; else all.

    A matter may share a slip with others of its enterprise and day, a common one with all common ones of that day (PT-27).

    A matter that already is on a slip that stands does not wait any more; one that was sent back or instructed on anew does
    again. For the office only.
    """
    waiting = (
        select(
            Matter.id,
            Matter.number,
            Matter.title,
            Matter.kind,
            Category.name,
            Enterprise.name,
            Matter.enterprise_id,
            Matter.booking_id,
            Matter.reception_day_id,
            ReceptionDay.day,
            Matter.is_true,
            Matter.is_lawful,
            Matter.is_reasonable,
            Matter.matter_class,
            Matter.level,
            Matter.is_common,
        )
        .join(Category, Category.code == Matter.category_code)
        .join(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(
            Matter.state == MatterState.AWAITING_ASSIGNMENT,
            ~select(SlipMatter.slip_id)
            .join(Slip, Slip.id == SlipMatter.slip_id)
            .where(SlipMatter.matter_id == Matter.id, SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
            .correlate(Matter)
            .exists(),
        )
        .order_by(ReceptionDay.day, Matter.enterprise_id, Matter.position, Matter.id)
    )
    if day is not None:
        waiting = waiting.where(ReceptionDay.day == day)
    if booking_id is not None:
        waiting = waiting.where(Matter.booking_id == booking_id)
    elif matter_id is not None:
        chosen = aliased(Matter)
        same = and_(
            chosen.id == matter_id,
            chosen.reception_day_id == Matter.reception_day_id,
            or_(
                chosen.enterprise_id == Matter.enterprise_id,
                chosen.id == Matter.id,
                and_(chosen.is_common, Matter.is_common),
            ),
        )
        waiting = waiting.where(select(chosen.id).where(same).correlate(Matter).exists())
    return [AwaitingMatter(*row) for row in session.execute(waiting)]
