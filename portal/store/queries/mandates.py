"""Mandates to sign, as lists show them, and for whom somebody may sign today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.mandates import MandateState, mandate_state
from portal.domain.people import Actor, Role
from portal.store.models.people import AccountLeader, Leader
from portal.store.models.signing import Mandate, SlipSignature

_LEADER, _DELEGATE = aliased(Leader), aliased(Leader)


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate with both names, and how many slips were signed under it."""

    id: int
    version: int
    leader_id: int
    leader: str
    delegate_id: int
    delegate: str
    from_on: date
    until_on: date
    basis: str
    made_by: str
    made_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    signed: int
    today: date = date.min

    @property
    def state(self) -> MandateState:
        """Where it stands on the day it was asked for."""
        return mandate_state(self.from_on, self.until_on, revoked=self.revoked_at is not None, today=self.today)

    @property
    def can_be_revoked(self) -> bool:
        """Whether there is anything left to take back."""
        return self.state in (MandateState.COMING, MandateState.STANDING)


def mandate_rows(session: Session, actor: Actor, today: date) -> Sequence[MandateRow]:
    """The mandates somebody may see, the latest first: the office all, others those of their own leaders."""
    rows = session.execute(_rows().where(_seen_by(actor)).order_by(Mandate.from_on.desc(), Mandate.id.desc()))
    return [replace(MandateRow(*row), today=today) for row in rows]


def mandate_row(session: Session, actor: Actor, mandate_id: int, today: date) -> MandateRow:
    """One of them. Raises NotFound."""
    row = session.execute(_rows().where(_seen_by(actor), Mandate.id == mandate_id)).first()
    if row is None:
        raise NotFound("没有找到这项委托，或不在您可见的范围内。")
    return replace(MandateRow(*row), today=today)


def own_and_others(session: Session, account_id: int, today: date) -> tuple[frozenset[int], frozenset[int]]:
    """The leaders an account belongs to or serves, and those who let one of them sign in their place on a day."""
    own = select(AccountLeader.leader_id, literal(0)).where(AccountLeader.account_id == account_id)
    others = (
        select(Mandate.leader_id, literal(1))
        .join(AccountLeader, AccountLeader.leader_id == Mandate.delegate_id)
        .where(
            AccountLeader.account_id == account_id,
            Mandate.from_on <= today,
            Mandate.until_on >= today,
            Mandate.revoked_at.is_(None),
        )
    )
    found = session.execute(union_all(own, others)).tuples().all()
    return frozenset(it for it, other in found if not other), frozenset(it for it, other in found if other)


def _rows() -> Select[tuple[object, ...]]:
    signed = select(func.count()).where(SlipSignature.mandate_id == Mandate.id, SlipSignature.void_at.is_(None))
    return (
        select(
            Mandate.id,
            Mandate.version,
            Mandate.leader_id,
            _LEADER.name,
            Mandate.delegate_id,
            _DELEGATE.name,
            Mandate.from_on,
            Mandate.until_on,
            Mandate.basis,
            Mandate.made_by,
            Mandate.made_at,
            Mandate.revoked_at,
            Mandate.revoked_by,
            signed.correlate(Mandate).scalar_subquery(),
        )
        .join(_LEADER, _LEADER.id == Mandate.leader_id)
        .join(_DELEGATE, _DELEGATE.id == Mandate.delegate_id)
    )


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    if actor.role in (Role.OFFICE, Role.SUPERVISOR):
        return true()
    return or_(Mandate.leader_id.in_(actor.leader_ids), Mandate.delegate_id.in_(actor.leader_ids))
