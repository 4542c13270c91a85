"""The end of closing a matter (销号): the office reviews a result, the leader approves.

The steps before: results.py, result_opinions.py. Explained is not solved, and nobody closes what he or she proposed (domain 9).
Whatever is sent back begins another round with a new last day.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.matter_course import MatterAct, Party
from portal.domain.people import Action, Actor, Role, must
from portal.domain.results import SHORTEST_REASON, ReviewPoint
from portal.services.closing_rounds import LONGEST, begin_again, end_round, round_now
from portal.services.handling import Handling, move
from portal.services.mandates import authority_to_sign
from portal.store.audit_trail import record
from portal.store.models.handling import Closing
from portal.store.models.people import Leader
from portal.store.queries.office import office_rules

EVERY_POINT = frozenset(ReviewPoint)


def review(
    session: Session,
    matter_id: int,
    *,
    passed: bool,
    points: Collection[ReviewPoint] = EVERY_POINT,
    remark: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Closing:
    """The federation's office checks facts, result, law and form; what does not stand is handled again.

    Only what holds in every point passes; what was sent back says in which points it does not hold.
    """
    must(actor, Action.OVERSEE_MATTER)
    handling, closing = round_now(session, matter_id, version, actor)
    failed = [it for it in ReviewPoint if it not in points]
    if passed and failed:
        named = "、".join(it.short for it in failed)
        raise RuleBroken(f"还没有核对：{named}。逐项核对无误才能通过；不符合的，请选择退回重办。", field="points")
    if not passed and len(remark.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"退回重办的，请写明理由，不少于 {SHORTEST_REASON} 个字。", field="remark")
    if not passed and failed:
        remark = f"{remark.strip()}（不符合：{'、'.join(it.short for it in failed)}）"
    move(session, handling, MatterAct.PASS_REVIEW if passed else MatterAct.FAIL_REVIEW, now=now)
    closing.review_remark = remark.strip()[:LONGEST]
    if passed:
        closing.reviewed_by, closing.reviewed_at = actor.name, now
    else:
        end_round(closing, f"审核退回：{remark.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    record(
        session, actor, now, "review_passed" if passed else "review_failed", handling.matter,
        summary="审核通过，报请销号" if passed else f"审核退回重办：{remark.strip()[:60]}", closing=closing.id,
    )  # fmt: skip
    return closing


def approve_closing(
    session: Session,
    matter_id: int,
    *,
    approved: bool,
    remark: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Closing:
    """The leader approves or refuses the closing; the office only where its rules let it, and not who reviewed it.

    Another leader does it in the signer's place while a mandate lasts; the record says in whose.
    """
    must(actor, Action.OVERSEE_MATTER)
    handling, closing = round_now(session, matter_id, version, actor)
    for_whom = _in_whose_place(session, handling, actor, now.date())
    if actor.role is Role.OFFICE and not office_rules(session).office_approves:
        raise RuleBroken("销号由签批领导或牵头领导批准，本单位没有授权办公室代批。", field="state")
    if actor.name in {closing.reviewed_by, closing.proposed_by}:
        raise RuleBroken("报送或审核的人不能再批准销号，请由他人批准。", field="state")
    if not approved and len(remark.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"不予销号的，请写明理由，不少于 {SHORTEST_REASON} 个字。", field="remark")
    move(session, handling, MatterAct.APPROVE if approved else MatterAct.REFUSE_CLOSING, now=now)
    closing.approval_remark = f"{for_whom}{remark.strip()}"[:LONGEST]
    if approved:
        closing.approved_by, closing.approved_at = actor.name, now
    else:
        end_round(closing, f"不予销号：{remark.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    record(
        session, actor, now, "matter_closed" if approved else "closing_refused", handling.matter,
        summary=f"{for_whom}批准销号" if approved else f"{for_whom}不予销号：{remark.strip()[:60]}", closing=closing.id,
    )  # fmt: skip
    return closing


def _in_whose_place(session: Session, handling: Handling, actor: Actor, today: date) -> str:
    """（受…委托）for a leader who signs in another's place; he or she is the signer to this matter then."""
    if actor.role is not Role.LEADER or handling.parties & {Party.SIGNER, Party.LEAD_OFFICIAL}:
        return ""
    authority = authority_to_sign(session, handling.slip.signer_id, actor, today)
    if authority is None:
        return ""
    handling.parties |= {Party.SIGNER}
    return f"（受{session.get_one(Leader, authority.leader_id).name}委托）"
