"""A slip that comes from another: its matters led by a second unit as well (分办), or a void one drafted anew."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Problem, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.slip_matters import splitting_problems
from portal.domain.slips import SlipState
from portal.services.petition_slips import recount_draft
from portal.services.slip_drafts import Origin, SlipDraft, draft_from
from portal.services.slip_orders import Helper, SlipOrder, known, locked_slip
from portal.services.slips import void_slip
from portal.store.audit_trail import record
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.queries.slip_links import carriers

LONGEST_REASON = 200


def split_slip(
    session: Session,
    slip_id: int,
    matter_ids: Sequence[int],
    lead_unit_id: int | None,
    reason: str,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Slip:
    """Draft a second slip for matters of one that stands, led by another unit (分办); both say so and why.

    The matters keep the lead unit that was signed for first.
    """
    must(actor, Action.DRAFT_SLIP)
    slip = locked_slip(session, slip_id, version)
    if slip.state is SlipState.VOID:
        raise RuleBroken("这张交办单已作废，不能分办。请从事项另拟一张。", field="state")
    carried = [entry.matter_id for entry in slip.entries]
    chosen = [it for it in carried if it in set(matter_ids)]
    leads = {it.name: it.lead_unit_id for it in carriers(session, chosen or carried)}
    problems = splitting_problems(reason, leads, lead_unit_id)
    if not chosen:
        problems.insert(0, Problem("matters", "请选择要分办的事项，至少一项。"))
    refuse(problems)
    known(session, Unit, lead_unit_id, "lead_unit_id")
    drafted = draft_of_record(slip)
    draft = replace(drafted, order=SlipOrder(lead_unit_id=lead_unit_id, due_on=slip.due_on))
    root = slip.split_from_id or slip.id
    origin = Origin(split_from_id=root, split_reason=reason.strip())
    made = draft_from(session, chosen, draft, origin, actor=actor, now=now)
    name = slip.number or "交办单草稿"
    record(session, actor, now, "slip_split", slip, summary=f"分办 {name}：{origin.split_reason}", slip=made.id)
    return made


def replace_slip(
    session: Session, slip_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Make a slip void and draft one that stands in for it, saying the same (作废并重拟); a void one is only drafted anew.

    Matters that are on another slip meanwhile stay there. Raises RuleBroken when nothing is left, or it was replaced before.
    """
    must(actor, Action.DRAFT_SLIP)
    slip = locked_slip(session, slip_id, version)
    if slip.number is None:
        raise RuleBroken("草稿还没有编号，直接修改即可，不必作废重拟。", field="state")
    if slip.state is not SlipState.VOID:
        void_slip(session, slip_id, reason, actor=actor, now=now)
        session.flush()
    other = session.scalar(select(Slip).where(Slip.replaces_id == slip_id, Slip.state != SlipState.VOID))
    if other is not None:
        raise RuleBroken(f"这张单已由{other.number or '一张草稿'}替代，请直接办理那一张。", field="state")
    carried = [entry.matter_id for entry in slip.entries]
    others = carriers(session, carried)
    root = slip.split_from_id or slip.id
    taken = {it.matter_id for it in others if it.root != root}
    left = [entry.matter_id for entry in slip.entries if entry.matter_id not in taken and _is_open(entry.matter.state)]
    if not left:
        raise RuleBroken("所列事项都已另行交办或另作处置，没有可以重拟的事项。", field="matters")
    shared = [it for it in others if it.root == root and it.matter_id in left]
    why = slip.split_reason or (session.get_one(Slip, shared[0].slip_id).split_reason if shared else "")
    origin = Origin(replaces_id=slip.id, split_from_id=root if shared else None, split_reason=why if shared else "")
    made = draft_from(session, left, draft_of_record(slip), origin, actor=actor, now=now)
    recount_draft(session, made, "重拟时按事项现在的办理方式重新计算", as_on=slip, actor=actor, now=now)
    record(session, actor, now, "slip_replaced", slip, summary=f"重拟交办单，替代 {slip.number}", slip=made.id)
    return made


def draft_of_record(slip: Slip) -> SlipDraft:
    """What a slip says, as a draft that says the same."""
    return SlipDraft(
        matter_ids=tuple(entry.matter_id for entry in slip.entries),
        receiver_id=slip.receiver_id,
        signer_id=slip.signer_id,
        order=SlipOrder(
            slip.instruction,
            slip.lead_official_id,
            slip.lead_unit_id,
            tuple(Helper(it.unit_id, it.due_on) for it in slip.assisting),
            slip.due_on,
        ),
        prior_check=slip.prior_check,
        proposal=slip.proposal,
        requirements=slip.requirements,
        copies_to=slip.copies_to,
        countersigner_ids=tuple(it.leader_id for it in slip.countersigners),
        proposal_handler=slip.proposal_handler,
        proposal_head=slip.proposal_head,
    )


def _is_open(state: MatterState) -> bool:
    return state in (MatterState.AWAITING_ASSIGNMENT, MatterState.ASSIGNED)
