"""Drafting a slip for one matter or several, in either order of events (NX-12, NX-14, NX-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.signing import MOST_COUNTERSIGNERS
from portal.domain.slips import SlipState
from portal.services.slip_orders import SlipOrder, count_limit, known, locked_slip, usual_limit, write_order
from portal.services.slip_texts import prior_check_text, proposal_text
from portal.store.audit_trail import record
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn
from portal.store.models.slips import Countersigner, Slip, SlipMatter
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_pages import standing_slips


@dataclass(frozen=True, slots=True)
class SlipDraft:
    """Everything the office may write on a slip before it gets its number; signer and receiver may differ."""

    matter_ids: tuple[int, ...]
    receiver_id: int | None = None
    signer_id: int | None = None
    order: SlipOrder = field(default_factory=SlipOrder)
    prior_check: str = ""
    proposal: str = ""
    requirements: str = ""
    copies_to: str = ""
    countersigner_ids: tuple[int, ...] = ()


def proposed_draft(session: Session, matter_ids: Sequence[int], *, today: date) -> SlipDraft:
    """What a slip for these matters would say if nobody changed anything.

    Receiver and signer are the main leader of the day, the date is the office's handling days (working days) after it,
    or after today when the slip is drafted so late that this would be over.
    Raises what `draft_slip` raises for matters that cannot be put on one slip.
    """
    matters = _waiting(session, matter_ids)
    day = matters[0].reception_day
    if day is None:
        raise RuleBroken("这项诉求不属于任何接待日，不能交办。请先登记到接待日。", field="matters")
    rules = office_rules(session)
    due = usual_limit(session, day.day, today).due
    main = session.scalar(
        select(DutyTurn.leader_id)
        .where(DutyTurn.reception_day_id == day.id, DutyTurn.seat == "main")
        .order_by(DutyTurn.position)
        .limit(1)
    )
    bookings = {it.booking_id for it in matters if it.booking_id is not None}
    approach = session.scalars(
        select(Reception.approach).where(Reception.booking_id.in_(bookings), Reception.approach != "")
    )
    return SlipDraft(
        matter_ids=tuple(it.id for it in matters),
        receiver_id=main,
        signer_id=main,
        order=SlipOrder(due_on=due),
        prior_check=prior_check_text(matters),
        proposal=proposal_text(len(matters), due, "\n".join(approach)),
        requirements=rules.slip_requirements,
        copies_to=rules.slip_copies_to,
    )


def draft_slip(
    session: Session, matter_ids: Sequence[int], draft: SlipDraft | None = None, *, actor: Actor, now: datetime
) -> Slip:
    """Draft a slip for one or several matters of one enterprise on one day (NX-14, NX-15).

    Without `draft` it says what `proposed_draft` proposes. Raises RuleBroken for matters that do not wait for a slip or
    do not belong together, Conflict for a matter that somebody else has just put on another slip.
    """
    must(actor, Action.DRAFT_SLIP)
    draft = replace(draft or proposed_draft(session, matter_ids, today=now.date()), matter_ids=tuple(matter_ids))
    matters = _waiting(session, draft.matter_ids)
    bookings = {it.booking_id for it in matters}
    slip = Slip(
        organ=office_rules(session).slip_organ,
        state=SlipState.DRAFT,
        booking_id=bookings.pop() if len(bookings) == 1 else None,
        reception_day_id=matters[0].reception_day_id,
        drafted_by=actor.name,
        drafted_at=now,
        entries=[],
        assisting=[],
        receipts=[],
        countersigners=[],
        retention=office_rules(session).retention,
    )
    session.add(slip)
    _write_draft(session, slip, draft, matters, now.date())
    numbers = "、".join(it.number for it in matters)
    record(session, actor, now, "slip_drafted", slip, summary=f"草拟交办单（事项 {numbers}）")
    return slip


def edit_draft(
    session: Session, slip_id: int, draft: SlipDraft, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Change a draft; `version` is the one the person saw, None when nobody looked at a page."""
    must(actor, Action.DRAFT_SLIP)
    slip = locked_slip(session, slip_id, version)
    if slip.state is not SlipState.DRAFT:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，不能再修改。待签批的单可先退回修改。", field="state")
    _write_draft(session, slip, draft, _waiting(session, draft.matter_ids, slip), now.date())
    record(session, actor, now, "slip_changed", slip, summary=f"修改{slip.number or '交办单草稿'}")
    return slip


def _waiting(session: Session, matter_ids: Sequence[int], slip: Slip | None = None) -> list[Matter]:
    """The matters to put on a slip, locked, in the order they were raised; `slip` is the one they may already be on."""
    if not matter_ids:
        raise RuleBroken("交办单至少要有一项诉求事项，请先选择待交办的事项。", field="matters")
    found = session.scalars(
        select(Matter)
        .where(Matter.id.in_(matter_ids))
        .options(joinedload(Matter.reception_day), joinedload(Matter.enterprise))
        .order_by(Matter.position, Matter.id)
        .with_for_update(of=Matter)
    ).all()
    if len(found) != len(set(matter_ids)):
        raise NotFound("所选的诉求事项不存在，请重新选择。")
    others = standing_slips(session, matter_ids)
    for matter in found:
        other = others.get(matter.id)
        if other is not None and (slip is None or other[0] != slip.id):
            raise Conflict(
                f"事项“{matter.title}”已在{other[1] or '另一张交办单草稿'}上，不能重复交办。", field="matters"
            )
        if matter.state is not MatterState.AWAITING_ASSIGNMENT:
            raise RuleBroken(
                f"事项“{matter.title}”现为“{matter.state.label}”，只有待交办的事项可以交办。", field="matters"
            )
    if len({(it.reception_day_id, it.enterprise_id) for it in found}) > 1:
        raise RuleBroken("一张交办单只能交办同一家企业在同一个接待日提出的事项，请分开草拟。", field="matters")
    if slip is not None and found[0].reception_day_id != slip.reception_day_id:
        raise RuleBroken("所选事项不属于这张交办单的接待日，请另拟一张。", field="matters")
    return list(found)


def _write_draft(session: Session, slip: Slip, draft: SlipDraft, matters: Sequence[Matter], today: date) -> None:
    day = matters[0].reception_day
    if day is None:
        raise RuleBroken("这项诉求不属于任何接待日，不能交办。请先登记到接待日。", field="matters")
    slip.receiver_id = known(session, Leader, draft.receiver_id, "receiver_id")
    slip.signer_id = known(session, Leader, draft.signer_id, "signer_id")
    slip.prior_check, slip.proposal = draft.prior_check.strip(), draft.proposal.strip()
    slip.requirements, slip.copies_to = draft.requirements.strip(), draft.copies_to.strip()
    count_limit(session, slip, draft.order.due_on, day.day, today)
    write_order(session, slip, draft.order, day.day)
    kept = {entry.matter_id: entry for entry in slip.entries}
    slip.entries = [kept.get(it.id) or SlipMatter(matter_id=it.id, matter=it) for it in matters]
    for place, entry in enumerate(slip.entries, start=1):
        entry.position = place
    _write_countersigners(session, slip, draft.countersigner_ids, day.day)
    session.flush()


def _write_countersigners(session: Session, slip: Slip, leader_ids: Sequence[int], on: date) -> None:
    """Who is asked to sign as well, with the posts held on that day; never the signer, nobody twice."""
    if len(leader_ids) > MOST_COUNTERSIGNERS:
        raise RuleBroken(f"会签领导最多 {MOST_COUNTERSIGNERS} 位，请减少。", field="countersigner_ids")
    if len(set(leader_ids)) != len(leader_ids):
        raise RuleBroken("同一位会签领导选了两次，请去掉重复的一个。", field="countersigner_ids")
    if slip.signer_id in leader_ids:
        raise RuleBroken("会签领导中不能再选签批领导，请去掉。", field="countersigner_ids")
    for leader_id in leader_ids:
        known(session, Leader, leader_id, "countersigner_ids")
    posts = posts_held(session, set(leader_ids), on)
    kept = {it.leader_id: it for it in slip.countersigners}
    if [it.leader_id for it in slip.countersigners] == list(leader_ids):
        return
    slip.countersigners = []
    session.flush()
    slip.countersigners = [
        Countersigner(leader_id=it, position=place, post=posts.get(it, kept[it].post if it in kept else ""))
        for place, it in enumerate(leader_ids, start=1)
    ]
