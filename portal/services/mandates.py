"""Mandates to sign (委托签批): who may sign a slip in whose place, on a day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.people import Actor
from portal.store.models.people import Leader
from portal.store.models.signing import Mandate


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name somebody signs (`leader_id`), and who it is (`by_leader_id`, `name`, `post`)."""

    leader_id: int
    by_leader_id: int
    name: str
    post: str = ""
    mandate_id: int | None = None


def authority_to_sign(session: Session, signer_id: int | None, actor: Actor, on: date) -> Authority | None:
    """Why this actor may sign for that leader on that day: it is him or her, or there is a mandate; None otherwise."""
    if signer_id is None:
        return None
    if signer_id in actor.leader_ids:
        return Authority(signer_id, signer_id, session.get_one(Leader, signer_id).name)
    mandate = session.scalar(
        select(Mandate)
        .where(
            Mandate.leader_id == signer_id,
            Mandate.delegate_id.in_(actor.leader_ids),
            Mandate.from_on <= on,
            Mandate.until_on >= on,
            Mandate.revoked_at.is_(None),
        )
        .order_by(Mandate.id)
        .limit(1)
    )
    if mandate is None:
        return None
    return Authority(signer_id, mandate.delegate_id, session.get_one(Leader, mandate.delegate_id).name, "", mandate.id)
