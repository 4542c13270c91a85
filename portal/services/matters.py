"""Matters, as they are disposed of in the room or after it (NX-11, QD-11)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken, refuse
from portal.domain.matters import Disposition, MatterState, advance, disposition_problems
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.queries.slip_pages import standing_slips

CHANGED = "您打开页面之后，别人已修改了这项诉求。您填写的内容仍在，请核对最新内容后再提交。"
LONGEST_REASON = 400


def dispose_matter(
    session: Session,
    matter_id: int,
    disposition: Disposition,
    answer: str = "",
    *,
    answered_by: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Matter:
    """Say how a matter leaves the room: settled with an answer, to be assigned, or refused with the reason (QD-11).

    A matter disposed of otherwise before is taken up again first; one that is on a slip stays as it is.
    """
    must(actor, Action.DISPOSE_MATTER)
    matter = _matter(session, matter_id, version)
    _must_be_free(session, matter, "变更处置方式")
    refuse(disposition_problems(disposition, answer))
    answer = answer.strip()
    if disposition is Disposition.REFUSE and len(answer) > LONGEST_REASON:
        raise RuleBroken(f"不予受理的理由最多 {LONGEST_REASON} 个字，请精简。", field="answer")
    if matter.state is not disposition.state:
        if matter.state in (MatterState.SETTLED, MatterState.REFUSED):
            matter.state = advance(matter.state, MatterState.REGISTERED)
        target = advance(matter.state, disposition.state)
    else:
        target = matter.state
    matter.on_site_answer = answer if disposition is not Disposition.REFUSE else ""
    matter.answered_by = answered_by.strip() if matter.on_site_answer else ""
    matter.ended_reason = answer if disposition is Disposition.REFUSE else ""
    matter.state = target
    summary = f"事项 {matter.number} {disposition.label}"
    record(session, actor, now, "matter_disposed", matter, summary=summary, disposition=disposition.value)
    return matter


def _matter(session: Session, matter_id: int, version: int | None) -> Matter:
    matter = session.scalar(select(Matter).where(Matter.id == matter_id).with_for_update())
    if matter is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    if version is not None and version != matter.version:
        raise Conflict(CHANGED)
    return matter


def _must_be_free(session: Session, matter: Matter, wish: str) -> None:
    on_it = standing_slips(session, [matter.id]).get(matter.id)
    if on_it is not None:
        raise RuleBroken(
            f"事项已列入{on_it[1] or '交办单草稿'}，不能再{wish}。如确需变更，请先作废该单。", field="state"
        )
