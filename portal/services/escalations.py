"""A matter taken to the level above with its whole file, and what comes back (上报, QD-21, SD-11, SD-12)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.chasing import EscalatedTo
from portal.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleBroken, refuse
from portal.domain.matter_course import MatterAct
from portal.domain.people import Action, Actor, Role, must
from portal.services.handling import Handling, handling_of, move
from portal.services.matter_news import escalation_is_answered, matter_is_escalated
from portal.store.audit_trail import record
from portal.store.models.chasing import Escalation
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.queries.escalations import UNSEEN, visible_escalations

SHORTEST, SHORTEST_ANSWER, LONGEST = 10, 2, 2_000
LONGEST_ORGAN, LONGEST_NAME, FARTHEST_DAYS = 80, 40, 366


@dataclass(frozen=True, slots=True)
class EscalationOrder:
    """To whom a matter is taken, why, and until when an answer is wanted; a chief leader is named, a level above by its organ."""

    to: EscalatedTo
    why: str
    answer_by: date | None = None
    leader_id: int | None = None
    organ: str = ""


def escalate(
    session: Session, matter_id: int, order: EscalationOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> Escalation:
    """Take a matter to the level above; to the same place only once while no answer came."""
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    move(session, handling, MatterAct.ESCALATE, now=now)
    refuse(_problems(order, now.date()))
    for field in ("why", "organ"):
        must_be_printable(getattr(order, field), field=field)
    leader, organ = _leader(session, handling, order), order.organ.strip()
    standing = session.scalar(
        select(Escalation.id).where(
            Escalation.matter_id == matter_id,
            Escalation.answered_at.is_(None),
            Escalation.to == order.to,
            Escalation.organ == (organ if order.to is EscalatedTo.UPPER_LEVEL else ""),
            Escalation.leader_id == leader.id if leader else Escalation.leader_id.is_(None),
        )
    )
    if standing is not None:
        raise Conflict("已上报同一对象，正在等待答复，不重复上报。")
    escalation = Escalation(
        matter_id=matter_id, to=order.to, leader_id=leader.id if leader else None,
        organ=organ if order.to is EscalatedTo.UPPER_LEVEL else "", why=order.why.strip(), answer_by=order.answer_by,
        by=actor.name, at=now,
    )  # fmt: skip
    session.add(escalation)
    session.flush()
    matter_is_escalated(session, escalation, handling.matter, handling.slip, now=now)
    whom = leader.name if leader else organ
    record(
        session, actor, now, "matter_escalated", handling.matter, summary=f"上报{order.to.label}{whom}：{order.why[:60]}",
        escalation=escalation.id, slip=handling.slip.id,
    )  # fmt: skip
    return escalation


def answer_escalation(
    session: Session,
    escalation_id: int,
    answer: str,
    *,
    by: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Escalation:
    """Put the answer on record: the leader's own, or keyed in by the office or the supervision office with who gave it."""
    must(actor, Action.OVERSEE_MATTER)
    escalation = session.scalars(
        select(Escalation)
        .where(Escalation.id == escalation_id, visible_escalations(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if escalation is None:
        raise NotFound(UNSEEN)
    own = actor.role is Role.LEADER and escalation.leader_id in actor.leader_ids
    if not own and actor.role not in (Role.OFFICE, Role.SUPERVISOR):
        raise NotAllowed("由被报送的领导答复，或由工商联办公室、督查室登记答复。")
    if escalation.answered_at is not None or (version is not None and version != escalation.version):
        raise Conflict("您打开页面之后，这件上报事项已有答复，请核对后再提交。")
    answer = answer.strip()
    if not SHORTEST_ANSWER <= len(answer) <= LONGEST:
        raise RuleBroken(f"请填写答复意见，{SHORTEST_ANSWER} 至 {LONGEST} 个字。", field="answer")
    if not own and not 0 < len(by.strip()) <= LONGEST_NAME:
        raise RuleBroken("请填写是谁作出的答复。", field="by")
    must_be_printable(answer, field="answer")
    escalation.answer, escalation.answered_at = answer, now
    escalation.answered_by = actor.name if own else by.strip()
    matter = session.get_one(Matter, escalation.matter_id)
    escalation_is_answered(session, escalation, matter, now=now)
    record(
        session, actor, now, "escalation_answered", matter,
        summary=f"{escalation.to.label}{escalation.answered_by}答复：{answer[:60]}", escalation=escalation.id,
    )  # fmt: skip
    return escalation


def _leader(session: Session, handling: Handling, order: EscalationOrder) -> Leader | None:
    """Which leader it goes to; none for the level above. Raises RuleBroken where there is none to go to."""
    if order.to is EscalatedTo.UPPER_LEVEL:
        return None
    if order.to is EscalatedTo.CHIEF:
        leader = session.get(Leader, order.leader_id) if order.leader_id is not None else None
        if leader is None or not leader.is_chief:
            raise RuleBroken("请选择报哪位主要领导。", field="leader_id")
        return leader
    leader_id = handling.slip.lead_official_id if order.to is EscalatedTo.LEAD_OFFICIAL else handling.slip.signer_id
    if leader_id is None:
        raise RuleBroken(f"交办单上没有{order.to.label}，请选择其他上报对象。", field="to")
    return session.get_one(Leader, leader_id)


def _problems(order: EscalationOrder, today: date) -> list[Problem]:
    problems = []
    if not SHORTEST <= len(order.why.strip()) <= LONGEST:
        problems.append(Problem("why", f"请写明上报理由和需要解决的问题，{SHORTEST} 至 {LONGEST} 个字。"))
    if order.to is EscalatedTo.UPPER_LEVEL and not 2 <= len(order.organ.strip()) <= LONGEST_ORGAN:
        problems.append(Problem("organ", "请填写上级单位名称。"))
    if order.answer_by is not None and not 0 <= (order.answer_by - today).days <= FARTHEST_DAYS:
        problems.append(Problem("answer_by", "希望答复的日期应在今天至一年以内。"))
    return problems
