"""How a matter leaves the room: settled with its answer, to be assigned, or refused and shown elsewhere (NX-11, QD-11)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, Problem, RuleBroken, refuse
from portal.domain.matters import Disposition, MatterState, advance, disposition_problems
from portal.domain.people import Action, Actor, must
from portal.domain.refusals import RefusalGround, reason_in_words, way_on
from portal.services.booking_orders import channel_problems, refusal_text
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.queries.slip_pages import standing_slips

CHANGED = "您打开页面之后，别人已修改了这项诉求。您填写的内容仍在，请核对最新内容后再提交。"
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
    session: Session, matter_id: int, decision: Decision, *, version: int | None = None, actor: Actor, now: datetime
) -> Matter:
    """Say how a matter leaves the room; one disposed of otherwise before is taken up again first.

    Raises RuleBroken for what is missing, and for a matter that is on a slip: it stays as it is.
    """
    must(actor, Action.DISPOSE_MATTER)
    matter = _matter(session, matter_id, version)
    _must_be_free(session, matter)
    refuse(decision_problems(decision))
    target = decision.disposition.state
    if matter.state is not target:
        if matter.state in (MatterState.SETTLED, MatterState.REFUSED):
            matter.state = advance(matter.state, MatterState.REGISTERED)
        target = advance(matter.state, target)
    refused = decision.disposition is Disposition.REFUSE
    matter.on_site_answer = "" if refused else decision.answer.strip()
    matter.answered_by = decision.answered_by.strip() if matter.on_site_answer else ""
    matter.refusal_ground = decision.ground if refused else None
    matter.ended_reason = refusal_text(decision.reason, decision.way_on) if refused else ""
    matter.state = target
    summary = f"{decision.disposition.label}：诉求 {matter.number}"
    record(session, actor, now, "matter_disposed", matter, summary=summary, disposition=decision.disposition.value)
    return matter


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
    """Take a decision back while no slip carries the matter."""
    must(actor, Action.DISPOSE_MATTER)
    matter = _matter(session, matter_id, version)
    _must_be_free(session, matter)
    matter.state = advance(matter.state, MatterState.REGISTERED)
    matter.ended_reason, matter.refusal_ground = "", None
    record(session, actor, now, "matter_reopened", matter, summary=f"重新处置：诉求 {matter.number}")
    return matter


def _matter(session: Session, matter_id: int, version: int | None) -> Matter:
    chosen = select(Matter).where(Matter.id == matter_id).with_for_update()
    matter = session.scalar(chosen.execution_options(populate_existing=True))
    if matter is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    if version is not None and version != matter.version:
        raise Conflict(CHANGED)
    return matter


def _must_be_free(session: Session, matter: Matter) -> None:
    on_it = standing_slips(session, [matter.id]).get(matter.id)
    if on_it is not None:
        raise RuleBroken(
            f"事项已列入{on_it[1] or '交办单草稿'}，不能再变更处置方式。如确需变更，请先作废该单。", field="state"
        )
