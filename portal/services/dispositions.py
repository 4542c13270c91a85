"""How a matter leaves the room: settled with its answer, to be assigned, or refused and shown elsewhere (NX-11, QD-11)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.matters import Disposition, MatterState, advance, disposition_problems
from portal.domain.merging import merged_text, merged_words
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.domain.refusals import RefusalGround, reason_in_words, way_on
from portal.services.booking_orders import channel_problems, refusal_text
from portal.services.late_entries import leave_to_change
from portal.services.places import lock_days
from portal.services.records import keep_late_reason
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.models.slips import SlipMatter
from portal.store.queries.awaiting_matters import standing_slips

CHANGED = "您打开页面之后，别人已把这项诉求处置为“{state}”。您填写的内容仍在，请核对后再提交。"
WENT_TO_A_UNIT = "这项诉求已经交办过单位，不能再登记为现场办结。请重新交办；企业不再要求办理的，请登记企业撤回。"
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Decision:
    """How a matter leaves the room: the answer given, or why it is refused and where the enterprise should turn.

    A ground says both in general; `answer` and `channel` then say more, or otherwise.
    """

    disposition: Disposition
    answer: str = ""
    answered_by: str = ""
    channel: str = ""
    ground: RefusalGround | None = None

    @property
    def reason(self) -> str:
        """Why it is refused, in words."""
        return reason_in_words(self.ground, self.answer)

    @property
    def way_on(self) -> str:
        """Where the enterprise should turn instead."""
        return way_on(self.ground, self.channel)


def dispose_matter(
    session: Session,
    matter_id: int,
    decision: Decision,
    *,
    base_answer: str = "",
    version: int | None = None,
    late_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Matter:
    """Say how a matter leaves the room; one disposed of otherwise before is taken up again first.

    When somebody else has disposed of it in the same way since `version`, the answers of both are kept. Raises Conflict when
    somebody disposed of it otherwise meanwhile, RuleBroken for what is missing and for a matter that is on a slip.
    """
    must(actor, Action.DISPOSE_MATTER)
    matter = matter_to_dispose(session, matter_id, wish="变更处置方式")
    target, refused = decision.disposition.state, decision.disposition is Disposition.REFUSE
    if version is not None and version != matter.version and matter.state is not MatterState.REGISTERED:
        if refused or matter.state is not target:
            raise Conflict(CHANGED.format(state=matter.state.label))
        decision = _with_their_answer(decision, base_answer, matter, actor.name)
    refuse(decision_problems(decision))
    if target is MatterState.SETTLED and _was_with_a_unit(session, matter_id):
        raise RuleBroken(WENT_TO_A_UNIT, field="disposition")
    reason = leave_to_change(session, matter.reception_day, late_reason, now=now)
    if matter.state is not target:
        if matter.state in (MatterState.SETTLED, MatterState.REFUSED):
            matter.state = advance(matter.state, MatterState.REGISTERED)
        target, matter.state_since = advance(matter.state, target), now
    matter.on_site_answer = "" if refused else decision.answer.strip()
    matter.answered_by = decision.answered_by.strip() if matter.on_site_answer else ""
    matter.refusal_ground = decision.ground if refused else None
    matter.ended_reason = refusal_text(decision.reason, decision.way_on) if refused else ""
    matter.state = target
    summary = f"{decision.disposition.label}：诉求 {matter.number}"
    chosen = decision.disposition.value
    record(session, actor, now, "matter_disposed", matter, summary=summary, disposition=chosen, **reason)
    if matter.booking_id is not None:
        keep_late_reason(session, matter.booking_id, reason)
    return matter


def _was_with_a_unit(session: Session, matter_id: int) -> bool:
    """Whether a unit has sent it back, or it was closed and instructed on anew: it ends by the steps of closing alone."""
    left = select(SlipMatter.slip_id).where(SlipMatter.matter_id == matter_id, SlipMatter.ended_at.is_not(None))
    return session.scalar(left.limit(1)) is not None


def _with_their_answer(decision: Decision, base: str, matter: Matter, name: str) -> Decision:
    answer = merged_text(base.strip(), decision.answer.strip(), matter.on_site_answer, name=name)
    by = merged_words("", decision.answered_by.strip(), matter.answered_by)
    return replace(decision, answer=answer, answered_by=by)


def decision_problems(decision: Decision) -> list[Problem]:
    """What is missing on a decision, by the fields of its form (QD-11, domain 11.11)."""
    if decision.disposition is not Disposition.REFUSE:
        return disposition_problems(decision.disposition, decision.answer)
    problems = disposition_problems(decision.disposition, decision.reason) + channel_problems(decision.way_on)
    if not problems and len(refusal_text(decision.reason, decision.way_on)) > LONGEST_REASON:
        problems.append(Problem("answer", f"理由和渠道合起来最多 {LONGEST_REASON} 个字，请精简。"))
    return problems


def refusal_parts(text: str) -> tuple[str, str]:
    """The reason and the channel a refused matter was given, to be changed."""
    reason, _, channel = text.partition("。应走渠道：")
    return reason.rstrip("。"), channel.rstrip("。")


def reopen_matter(
    session: Session, matter_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> Matter:
    """Take a decision back while the day is held and no slip carries the matter.

    The day is held first: nobody closes it at this moment over a matter that has no disposition any more.
    """
    must(actor, Action.DISPOSE_MATTER)
    day_id = session.scalar(select(Matter.reception_day_id).where(Matter.id == matter_id))
    if day_id is not None:
        lock_days(session, day_id)
    matter = matter_to_dispose(session, matter_id, wish="变更处置方式")
    if version is not None and version != matter.version:
        raise Conflict(CHANGED.format(state=matter.state.label))
    if matter.reception_day is not None and matter.reception_day.state is DayState.CLOSED:
        raise RuleBroken("接待日已结束，诉求不能没有处置。请直接改为另一种处置方式。", field="state")
    matter.state = advance(matter.state, MatterState.REGISTERED)
    matter.ended_reason, matter.refusal_ground = "", None
    record(session, actor, now, "matter_reopened", matter, summary=f"重新处置：诉求 {matter.number}")
    return matter


def matter_to_dispose(session: Session, matter_id: int, *, wish: str) -> Matter:
    """A matter with its day, held until the transaction ends. Raises NotFound, or RuleBroken when it is on a slip."""
    matter = session.scalar(
        select(Matter)
        .where(Matter.id == matter_id)
        .options(joinedload(Matter.reception_day))
        .with_for_update(of=Matter)
        .execution_options(populate_existing=True)
    )
    if matter is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    on_it = standing_slips(session, [matter.id]).get(matter.id)
    if on_it is not None:
        raise RuleBroken(
            f"事项已列入{on_it[1] or '交办单草稿'}，不能再{wish}。如确需变更，请先作废该单。", field="state"
        )
    return matter
