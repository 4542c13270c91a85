"""The course of a slip: numbered, issued, sent back, made void (NX-12, NX-14, domain 9)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken, refuse
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.slips import SlipState, advance, issuing_problems, numbering_problems, voiding_problems
from portal.services import slip_news
from portal.services.handling import await_receipt
from portal.services.mandates import authority_to_sign
from portal.services.paper_numbers import number_for
from portal.services.petition_slips import recount_draft
from portal.services.reserved_numbers import use_reserved
from portal.services.slip_orders import facts_of, locked_slip
from portal.services.slip_receipts import set_receipt_limit
from portal.services.slip_sheets import freeze
from portal.services.slip_signing import missing_countersigners, release_matters, void_signatures
from portal.store.audit_trail import record
from portal.store.models.slips import Slip

SHORTEST_REMARK = 4
LONGEST_REMARK = 200


def number_slip(
    session: Session,
    slip_id: int,
    *,
    reserved_id: int | None = None,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Slip:
    """Give a draft its gap-free number of this year and freeze the paper for the signature (编号送签, NX-12).

    `reserved_id` names a number that was set aside, whose blank paper has been written on: the record takes that number and
    the code printed there. A draft that was sent back keeps the number it has. Instruction and units may still be blank, for the leader's pen.
    """
    must(actor, Action.NUMBER_SLIP)
    slip = locked_slip(session, slip_id, version)
    state = advance(slip.state, SlipState.AWAITING_SIGNATURE)
    refuse(numbering_problems(facts_of(slip)))
    code = None
    if reserved_id is not None:
        reserved = use_reserved(session, reserved_id, slip, actor=actor, now=now)
        code = reserved.verify_code
    elif slip.number is None:
        given = number_for(session, PaperKind.SLIP, now)
        slip.organ, slip.year, slip.serial, slip.number = given.organ, given.year, given.serial, given.text
    slip.state, slip.numbered_at = state, now
    freeze(session, slip, "编号送签", now=now, code=code)
    record(session, actor, now, "slip_numbered", slip, summary=f"编号送签 {slip.number}", number=slip.number)
    return slip


def issue_slip(session: Session, slip_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Slip:
    """Send a signed slip to its units (印发, NX-14): they see it from now on. The paper stays the one that was signed."""
    must(actor, Action.ISSUE_SLIP)
    slip = locked_slip(session, slip_id, version)
    state = advance(slip.state, SlipState.ISSUED)
    refuse(issuing_problems(facts_of(slip), now.date()))
    missing = missing_countersigners(session, slip)
    if missing:
        raise RuleBroken(f"还缺{'、'.join(missing)}会签，暂不能印发。纸面会签的请先登记；不再需要的，请退回修改去掉。")
    _must_be_on_their_way(slip)
    slip.state, slip.issued_at = state, now
    set_receipt_limit(session, slip, now=now)
    for matter in (it.matter for it in slip.entries):
        if matter.state is MatterState.ASSIGNED and matter.step_due_on is None:
            matter.state_since = now
            await_receipt(matter, slip)
    slip_news.slip_is_issued(session, slip, now=now)
    record(session, actor, now, "slip_issued", slip, summary=f"印发 {slip.number}", number=slip.number)
    return slip


def _must_be_on_their_way(slip: Slip) -> None:
    """Raise RuleBroken for a matter shared with another slip (分办) that was sent back or came to its end there meanwhile."""
    gone = next((it.matter for it in slip.entries if it.matter.state not in ON_THE_WAY), None)
    if gone is not None:
        raise RuleBroken(
            f"事项“{gone.title}”现为“{gone.state.label}”，不能再印发。请退回修改，从单上去掉这项或重新签批。",
            field="state",
        )


def return_to_draft(
    session: Session, slip_id: int, remark: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Send a slip back for changes before it is issued (退回修改), by the office or whoever may sign it.

    Signatures it already has count no more: a changed slip is signed anew, under the number it has.
    """
    slip = locked_slip(session, slip_id, version)
    if authority_to_sign(session, slip.signer_id, actor, now.date()) is None:
        must(actor, Action.NUMBER_SLIP)
    state = advance(slip.state, SlipState.DRAFT)
    remark = remark.strip()
    if not SHORTEST_REMARK <= len(remark) <= LONGEST_REMARK:
        raise RuleBroken(f"请写明退回意见，{SHORTEST_REMARK} 至 {LONGEST_REMARK} 个字。", field="remark")
    voided = void_signatures(session, slip, f"退回修改：{remark}", now=now)
    slip.state = state
    record(
        session, actor, now, "slip_returned", slip,
        summary=f"退回修改 {slip.number}：{remark}", signatures_voided=voided,
    )  # fmt: skip
    recount_draft(session, slip, "退回修改，按事项现在的办理方式重新计算", actor=actor, now=now)
    return slip


def void_slip(
    session: Session, slip_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Make a slip void (作废): its number stays used, its matters wait for a slip again (domain 3.2)."""
    must(actor, Action.VOID_SLIP)
    slip = locked_slip(session, slip_id, version)
    slip.state = advance(slip.state, SlipState.VOID)
    refuse(voiding_problems(reason))
    slip.void_reason = reason.strip()
    release_matters(session, slip)
    slip_news.slip_is_void(session, slip, now=now)
    name = slip.number or "交办单草稿"
    record(session, actor, now, "slip_voided", slip, summary=f"作废 {name}：{slip.void_reason}")
    return slip
