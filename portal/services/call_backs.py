"""Calling an enterprise back after its matter has come to an end, and what follows when it is not content (回访, domain 5.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.call_backs import CALLED_BACK_ON
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.look_backs import LookBackWhy
from portal.domain.people import Action, Actor, must
from portal.domain.results import SHORTEST_REASON, AskedHow, Grade, Resolved, contests_result
from portal.services.look_backs import keep_planned
from portal.store.audit_trail import record
from portal.store.models.handling import LookBack
from portal.store.models.matters import Matter
from portal.store.models.voices import CallBack
from portal.store.queries.office import office_rules
from portal.store.queries.visibility import visible_matters

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call: a grade and whether it was resolved, or neither when nobody was reached, and then why."""

    how: AskedHow
    grade: Grade | None = None
    resolved: Resolved | None = None
    told: str = ""
    by: str = ""
    form_token: str | None = None

    @property
    def is_discontent(self) -> bool:
        """Whether the enterprise is not content with what was done."""
        return contests_result(self.grade, self.resolved)


def record_call_back(session: Session, matter_id: int, called: Called, *, actor: Actor, now: datetime) -> CallBack:
    """Put a call on record; the same form sent twice is one call. Who is not content is looked in on (回头看) from today on.

    Raises Conflict when the enterprise was called back in this round already, or could not be reached as often as the rules say.
    """
    must(actor, Action.RATE)
    matter = session.scalars(
        select(Matter)
        .where(Matter.id == matter_id, visible_matters(actor))
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if matter is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    if called.form_token:
        earlier = session.scalar(select(CallBack).where(CallBack.form_token == called.form_token))
        if earlier is not None:
            return earlier
    _may_be_called(session, matter)
    _must_be_whole(called, actor)
    must_be_printable(called.told, field="told")
    made = CallBack(
        matter_id=matter_id, round=matter.round, grade=called.grade, resolved=called.resolved,
        told=called.told.strip(), how=called.how, by=called.by.strip()[:40], recorded_by=actor.name, at=now,
        form_token=called.form_token,
    )  # fmt: skip
    session.add(made)
    session.flush()
    said = "、".join(it.label for it in (called.grade, called.resolved) if it is not None)
    record(
        session, actor, now, "called_back", matter,
        summary=f"回访企业（{called.how.label}）：{said or '未联系上'}", call_back=made.id,
    )  # fmt: skip
    if called.is_discontent:
        look_in_on(session, matter, actor=actor, now=now)
    return made


def _may_be_called(session: Session, matter: Matter) -> None:
    if matter.state not in CALLED_BACK_ON:
        raise RuleBroken(f"事项现为“{matter.state.label}”，销号或现场办结以后才回访。")
    if matter.enterprise_id is None:
        raise RuleBroken("这项诉求没有登记企业，无从回访。")
    of_round = select(func.count(CallBack.id), func.count(CallBack.grade)).where(
        CallBack.matter_id == matter.id, CallBack.round == matter.round
    )
    calls, rated = session.execute(of_round).one()
    if rated:
        raise Conflict("这项诉求已有回访或评价，不必再登记。")
    most = office_rules(session).call_back_attempts
    if calls >= most:
        raise Conflict(f"已 {calls} 次未联系上企业，按规定不再回访。")


def _must_be_whole(called: Called, actor: Actor) -> None:
    if len(called.told) > LONGEST:
        raise RuleBroken(f"最多 {LONGEST} 个字，请缩短。", field="told")
    if called.how is AskedHow.LINK and not actor.is_enterprise:
        raise RuleBroken("请选择是通过什么方式回访的。", field="how")
    if (called.grade is None) != (called.resolved is None):
        missing = "grade" if called.grade is None else "resolved"
        raise RuleBroken("满意程度和是否解决要一并登记。", field=missing)
    if called.grade is None:
        if len(called.told.strip()) < SHORTEST_REASON:
            raise RuleBroken("没有联系上的，请写明情况，例如“两次拨打无人接听”。", field="told")
        return
    if not called.by.strip():
        raise RuleBroken("请填写接受回访的是谁。", field="by")
    if called.is_discontent and len(called.told.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"企业不满意的，请写明哪里没有解决，不少于 {SHORTEST_REASON} 个字。", field="told")


def look_in_on(session: Session, matter: Matter, *, actor: Actor, now: datetime) -> None:
    """Look at a matter again at once and not in some months; a look-back that waits already comes forward instead."""
    session.execute(select(Matter.id).where(Matter.id == matter.id).with_for_update(of=Matter))
    standing = session.scalars(
        select(LookBack)
        .where(LookBack.matter_id == matter.id, LookBack.round == matter.round, LookBack.done_on.is_(None))
        .order_by(LookBack.planned_on)
    ).first()
    if standing is not None:
        standing.planned_on = min(standing.planned_on, now.date())
        record(session, actor, now, "look_back_planned", standing, summary="企业不满意，回头看提前", matter=matter.id)
        return
    known = select(LookBack.id).where(
        LookBack.matter_id == matter.id, LookBack.round == matter.round, LookBack.why == LookBackWhy.DISCONTENT
    )
    if session.scalar(known) is None:
        planned = LookBack(matter_id=matter.id, round=matter.round, why=LookBackWhy.DISCONTENT, planned_on=now.date())
        keep_planned(session, planned, actor=actor, now=now)
