"""How slips hang together: those that share a matter (分办), and a void one with the one that stands in for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.signing import SIGNED_STATES
from portal.domain.slips import SlipState
from portal.store.models.people import Unit
from portal.store.models.slips import Slip, SlipMatter


@dataclass(frozen=True, slots=True)
class Carrier:
    """A slip that stands and carries a matter; `root` is the first of the slips that share it."""

    matter_id: int
    slip_id: int
    number: str | None
    state: SlipState
    lead_unit_id: int | None
    due_on: date | None
    root: int

    @property
    def name(self) -> str:
        """What the office calls it."""
        return self.number or "另一张交办单草稿"

    @property
    def is_signed(self) -> bool:
        """Whether its matters are assigned by it."""
        return self.state in SIGNED_STATES


@dataclass(frozen=True, slots=True)
class LinkedSlip:
    """Another slip that this one has to do with."""

    id: int
    number: str | None
    state: SlipState
    lead_unit: str | None
    split_reason: str

    @property
    def name(self) -> str:
        """What the office calls it."""
        return self.number or "交办单草稿"


@dataclass(frozen=True, slots=True)
class SlipLinks:
    """The other slips of one: which it replaces, which replaces it, which share a matter with it; `reason` says why.

    It `follows` the slip its matters were on before they were sent back or instructed on anew.
    """

    replaces: LinkedSlip | None = None
    replaced_by: LinkedSlip | None = None
    follows: LinkedSlip | None = None
    followed_by: tuple[LinkedSlip, ...] = ()
    shared_with: tuple[LinkedSlip, ...] = ()
    reason: str = ""


def carriers(session: Session, matter_ids: Collection[int]) -> Sequence[Carrier]:
    """The slips that stand and carry any of these matters, whoever asks; the first signed first, then the first drafted."""
    found = session.execute(
        select(
            SlipMatter.matter_id,
            Slip.id,
            Slip.number,
            Slip.state,
            Slip.lead_unit_id,
            Slip.due_on,
            func.coalesce(Slip.split_from_id, Slip.id),
        )
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_(None), Slip.state != SlipState.VOID)
        .order_by(Slip.signed_on.is_(None), Slip.signed_on, Slip.id)
    )
    return [Carrier(*row) for row in found]


def slip_links(session: Session, slip_id: int) -> SlipLinks:
    """What one slip has to do with others; only for those who may see the slip itself."""
    own = session.execute(
        select(Slip.replaces_id, Slip.follows_id, func.coalesce(Slip.split_from_id, Slip.id), Slip.split_reason).where(
            Slip.id == slip_id
        )
    ).first()
    if own is None:
        return SlipLinks()
    replaces_id, follows_id, root, reason = own
    same = or_(Slip.split_from_id == root, Slip.id == root)
    rows = session.execute(
        select(Slip.id, Slip.number, Slip.state, Unit.name, Slip.split_reason, Slip.replaces_id, Slip.follows_id)
        .outerjoin(Unit, Unit.id == Slip.lead_unit_id)
        .where(
            or_(
                Slip.id.in_((replaces_id, follows_id)),
                Slip.replaces_id == slip_id,
                Slip.follows_id == slip_id,
                and_(same, Slip.id != slip_id),
            )
        )
        .order_by(Slip.id)
    ).all()
    linked = {row.id: LinkedSlip(*row[:5]) for row in rows}
    by = [row.id for row in rows if row.replaces_id == slip_id]
    after = [row.id for row in rows if row.follows_id == slip_id]
    aside = {replaces_id, follows_id, *by, *after}
    shared = tuple(it for it in linked.values() if it.id not in aside and it.state is not SlipState.VOID)
    return SlipLinks(
        replaces=linked.get(replaces_id or 0),
        replaced_by=linked[by[-1]] if by else None,
        follows=linked.get(follows_id or 0),
        followed_by=tuple(linked[it] for it in after if linked[it].state is not SlipState.VOID),
        shared_with=shared,
        reason=reason or next((it.split_reason for it in shared if it.split_reason), "") if shared else "",
    )
