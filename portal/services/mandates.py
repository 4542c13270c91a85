"""Mandates to sign (委托签批): given, taken back, and who may sign a slip in whose place on a day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken, refuse
from portal.domain.mandates import InOffice, MandateDays, MandateState, mandate_problems, mandate_state
from portal.domain.people import Action, Actor, Role, must
from portal.domain.workdays import day_text
from portal.store.audit_trail import record
from portal.store.models.people import Leader
from portal.store.models.signing import Mandate

LONGEST_BASIS = 200
CHANGED = "您打开页面之后，这项委托已有变化，请核对最新情况。"


@dataclass(frozen=True, slots=True)
class Authority:
    """In whose name somebody signs (`leader_id`), and who it is (`by_leader_id`, `name`, `post`)."""

    leader_id: int
    by_leader_id: int
    name: str
    post: str = ""
    mandate_id: int | None = None


@dataclass(frozen=True, slots=True)
class MandateOrder:
    """Who is to sign in whose place, on which days, and by which paper if it is entered from one."""

    leader_id: int
    delegate_id: int
    from_on: date
    until_on: date
    basis: str = ""


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


def give_mandate(session: Session, order: MandateOrder, *, actor: Actor, now: datetime) -> Mandate:
    """Let another leader sign slips for some days: a leader for him- or herself, the office from a paper with its basis."""
    must(actor, Action.GIVE_MANDATE)
    from_paper = actor.role is Role.OFFICE
    if not from_paper and order.leader_id not in actor.leader_ids:
        raise NotAllowed("只能委托他人代本人签批。代其他领导登记的，请联系工商联办公室。")
    leader, delegate = _both(session, order)
    wanted = MandateDays(order.leader_id, order.delegate_id, order.from_on, order.until_on)
    refuse(
        mandate_problems(
            wanted,
            _in_office(leader),
            _in_office(delegate),
            _standing(session, {leader.id, delegate.id}),
            from_paper=from_paper,
            basis=order.basis,
            today=now.date(),
        )[:1]
    )
    mandate = Mandate(
        leader_id=leader.id,
        delegate_id=delegate.id,
        from_on=order.from_on,
        until_on=order.until_on,
        basis=order.basis.strip()[:LONGEST_BASIS],
        made_by=actor.name,
        made_at=now,
    )
    session.add(mandate)
    session.flush()
    days = f"{day_text(order.from_on)}至{day_text(order.until_on)}"
    record(
        session, actor, now, "mandate_given", mandate,
        summary=f"{leader.name}委托{delegate.name}签批（{days}）", leader=leader.id, delegate=delegate.id,
    )  # fmt: skip
    return mandate


def revoke_mandate(
    session: Session, mandate_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Mandate:
    """Take a mandate back from now on; what was signed under it stays signed."""
    must(actor, Action.GIVE_MANDATE)
    mandate = session.scalar(
        select(Mandate)
        .where(Mandate.id == mandate_id)
        .options(joinedload(Mandate.leader), joinedload(Mandate.delegate))
        .with_for_update(of=Mandate)
        .execution_options(populate_existing=True)
    )
    if mandate is None or (actor.role is not Role.OFFICE and mandate.leader_id not in actor.leader_ids):
        raise NotFound("没有找到这项委托，或不是您可以收回的。")
    if version is not None and version != mandate.version:
        raise Conflict(CHANGED)
    revoked = mandate.revoked_at is not None
    state = mandate_state(mandate.from_on, mandate.until_on, revoked=revoked, today=now.date())
    if state in (MandateState.REVOKED, MandateState.OVER):
        raise Conflict(f"这项委托{state.label}，不必再收回。")
    mandate.revoked_at, mandate.revoked_by = now, actor.name
    record(
        session, actor, now, "mandate_revoked", mandate,
        summary=f"收回{mandate.leader.name}对{mandate.delegate.name}的签批委托",
    )  # fmt: skip
    return mandate


def _both(session: Session, order: MandateOrder) -> tuple[Leader, Leader]:
    """The two leaders, locked in the order of their ids, so that two mandates of one leader cannot be given at once."""
    ids = {order.leader_id, order.delegate_id}
    found = {
        it.id: it
        for it in session.scalars(select(Leader).where(Leader.id.in_(ids)).order_by(Leader.id).with_for_update())
    }
    for field in ("leader_id", "delegate_id"):
        if getattr(order, field) not in found:
            raise RuleBroken("所选的领导不存在，请重新选择。", field=field)
    return found[order.leader_id], found[order.delegate_id]


def _in_office(leader: Leader) -> InOffice:
    return InOffice(leader.name, leader.serves_from, leader.serves_until)


def _standing(session: Session, leader_ids: set[int]) -> list[MandateDays]:
    """The mandates that were not taken back in which one of these leaders has a part."""
    rows = session.execute(
        select(Mandate.leader_id, Mandate.delegate_id, Mandate.from_on, Mandate.until_on)
        .where(
            Mandate.revoked_at.is_(None),
            or_(Mandate.leader_id.in_(leader_ids), Mandate.delegate_id.in_(leader_ids)),
        )
        .order_by(Mandate.id)
    )
    return [MandateDays(*row) for row in rows]
