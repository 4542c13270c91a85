"""Slips: drafted, numbered, signed, issued, received, voided (NX-12, NX-14, domain 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain import matters as matter_rules
from portal.domain.deadlines import CountedLimit, counted_limit
from portal.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.numbering import NumberRule, number_text
from portal.domain.people import Action, Actor, may, must
from portal.domain.signing import SignedHow
from portal.domain.slips import (
    SlipFacts,
    SlipState,
    advance,
    issuing_problems,
    numbering_problems,
    signing_problems,
    voiding_problems,
)
from portal.services.calendars import calendar_now
from portal.services.serials import next_number
from portal.services.slip_sheets import freeze
from portal.services.slip_texts import prior_check_text, proposal_text
from portal.store.audit_trail import record
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import DutyTurn
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_pages import UNSEEN, slip_records, standing_slips

PAPER = "slip"
SHORTEST_REMARK = 4
LONGEST_REMARK = 200
CHANGED = "您打开页面之后，别人已修改了这张交办单。您填写的内容仍在，请核对最新内容后再提交。"


@dataclass(frozen=True, slots=True)
class Helper:
    """An assisting unit with its own, earlier date if it has one."""

    unit_id: int
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class SlipOrder:
    """What a leader decides on a slip (NX-12): the instruction, who leads, who handles, until when."""

    instruction: str = ""
    lead_official_id: int | None = None
    lead_unit_id: int | None = None
    assisting: tuple[Helper, ...] = ()
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class SlipDraft:
    """Everything the office may write on a slip before it gets its number; signer and receiver may differ."""

    matter_ids: tuple[int, ...]
    receiver_id: int | None = None
    signer_id: int | None = None
    order: SlipOrder = SlipOrder()
    prior_check: str = ""
    proposal: str = ""
    requirements: str = ""
    copies_to: str = ""


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
    due = _usual_limit(session, day.day, today).due
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


def _usual_limit(session: Session, day: date, today: date) -> CountedLimit:
    """The office's handling days, counted from the reception day, or from today when that would be over."""
    return counted_limit(calendar_now(session), day, office_rules(session).handling_days, today)


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
    slip = _slip(session, slip_id, version)
    if slip.state is not SlipState.DRAFT:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，不能再修改。待签批的单可先退回修改。", field="state")
    _write_draft(session, slip, draft, _waiting(session, draft.matter_ids, slip), now.date())
    record(session, actor, now, "slip_changed", slip, summary=f"修改{slip.number or '交办单草稿'}")
    return slip


def number_slip(session: Session, slip_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Slip:
    """Give a draft its gap-free number of this year and freeze the paper for the signature (编号送签, NX-12).

    A draft that was sent back keeps the number it has. Instruction and units may still be blank, for the leader's pen.
    """
    must(actor, Action.NUMBER_SLIP)
    slip = _slip(session, slip_id, version)
    state = advance(slip.state, SlipState.AWAITING_SIGNATURE)
    refuse(numbering_problems(_facts(slip)))
    if slip.number is None:
        rule = NumberRule(office_rules(session).slip_organ)
        serial = next_number(session, PAPER, rule.organ, now.year)
        slip.organ, slip.year, slip.serial = rule.organ, now.year, serial
        slip.number = number_text(rule, now.year, serial)
    slip.state, slip.numbered_at = state, now
    freeze(session, slip, "编号送签", now=now)
    record(session, actor, now, "slip_numbered", slip, summary=f"编号送签 {slip.number}", number=slip.number)
    return slip


def sign_slip(
    session: Session, slip_id: int, order: SlipOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Sign a slip on the screen: only the leader it was submitted to can (NX-12)."""
    must(actor, Action.SIGN_SLIP)
    slip = _slip(session, slip_id, version)
    if slip.signer_id not in actor.leader_ids:
        name = slip.signer.name if slip.signer else "指定的签批领导"
        raise NotAllowed(f"这张交办单由{name}签批，您不能代签。如需变更签批领导，请联系工商联办公室退回修改。")
    return _sign(session, slip, order, SignedHow.SCREEN, now.date(), actor=actor, now=now)


def record_signature(
    session: Session,
    slip_id: int,
    order: SlipOrder,
    signed_on: date,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Slip:
    """Enter what a leader wrote and signed by hand on the printed slip, and the day written there (domain 7.3)."""
    must(actor, Action.RECORD_SIGNATURE)
    slip = _slip(session, slip_id, version)
    if signed_on > now.date():
        raise RuleBroken("签批日期不能晚于今天，请核对。", field="signed_on")
    if signed_on < slip.reception_day.day:
        raise RuleBroken("签批日期不能早于接待日，请核对。", field="signed_on")
    return _sign(session, slip, order, SignedHow.HAND, signed_on, actor=actor, now=now)


def issue_slip(session: Session, slip_id: int, *, version: int | None = None, actor: Actor, now: datetime) -> Slip:
    """Send a signed slip to its units (印发, NX-14): they see it from now on."""
    must(actor, Action.ISSUE_SLIP)
    slip = _slip(session, slip_id, version)
    slip.state = advance(slip.state, SlipState.ISSUED)
    refuse(issuing_problems(_facts(slip), now.date()))
    slip.issued_at = now
    freeze(session, slip, "印发", now=now)
    record(session, actor, now, "slip_issued", slip, summary=f"印发 {slip.number}", number=slip.number)
    return slip


def receive_slip(session: Session, slip_id: int, *, actor: Actor, now: datetime) -> Slip:
    """Sign for a slip in the name of one's unit (签收); the lead unit's signature makes it 已签收."""
    must(actor, Action.RECEIVE_SLIP)
    slip = _slip(session, slip_id, None)
    units = {slip.lead_unit_id, *(it.unit_id for it in slip.assisting)}
    if actor.unit_id is None or actor.unit_id not in units or slip.issued_at is None:
        raise NotFound(UNSEEN)
    if slip.state is SlipState.VOID:
        raise RuleBroken(f"{slip.number}已作废，不必签收。作废原因：{slip.void_reason}", field="state")
    earlier = next((it for it in slip.receipts if it.unit_id == actor.unit_id), None)
    if earlier is not None:
        raise Conflict(f"本单位已由{earlier.received_by}签收{slip.number}，不必重复签收。")
    if actor.unit_id == slip.lead_unit_id:
        slip.state = advance(slip.state, SlipState.RECEIVED)
    receipt = SlipReceipt(unit_id=actor.unit_id, received_at=now, received_by=actor.name)
    slip.receipts.append(receipt)
    unit = session.get_one(Unit, actor.unit_id)
    record(session, actor, now, "slip_received", slip, summary=f"{unit.short_name}签收 {slip.number}", unit=unit.id)
    return slip


def return_to_draft(
    session: Session, slip_id: int, remark: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Send a slip that awaits its signature back for changes, by the office or the leader who should sign (退回修改)."""
    slip = _slip(session, slip_id, version)
    if slip.signer_id not in actor.leader_ids or not may(actor, Action.SIGN_SLIP):
        must(actor, Action.NUMBER_SLIP)
    slip.state = advance(slip.state, SlipState.DRAFT)
    remark = remark.strip()
    if not SHORTEST_REMARK <= len(remark) <= LONGEST_REMARK:
        raise RuleBroken(f"请写明退回意见，{SHORTEST_REMARK} 至 {LONGEST_REMARK} 个字。", field="remark")
    record(session, actor, now, "slip_returned", slip, summary=f"退回修改 {slip.number}：{remark}")
    return slip


def void_slip(
    session: Session, slip_id: int, reason: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Make a slip void (作废): its number stays used, its matters wait for a slip again (domain 3.2)."""
    must(actor, Action.VOID_SLIP)
    slip = _slip(session, slip_id, version)
    slip.state = advance(slip.state, SlipState.VOID)
    refuse(voiding_problems(reason))
    slip.void_reason = reason.strip()
    for matter in (entry.matter for entry in slip.entries):
        if matter.state is MatterState.ASSIGNED:
            matter.state = matter_rules.advance(matter.state, MatterState.AWAITING_ASSIGNMENT)
            matter.lead_unit_id = matter.due_on = None
    name = slip.number or "交办单草稿"
    record(session, actor, now, "slip_voided", slip, summary=f"作废 {name}：{slip.void_reason}")
    return slip


def _slip(session: Session, slip_id: int, version: int | None) -> Slip:
    """The slip, locked; Conflict when somebody changed it after the page with `version` was shown."""
    found = slip_records(session, [slip_id], lock=True)
    if not found:
        raise NotFound(UNSEEN)
    if version is not None and version != found[0].version:
        raise Conflict(CHANGED)
    return found[0]


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
    slip.receiver_id = _known(session, Leader, draft.receiver_id, "receiver_id")
    slip.signer_id = _known(session, Leader, draft.signer_id, "signer_id")
    slip.prior_check, slip.proposal = draft.prior_check.strip(), draft.proposal.strip()
    slip.requirements, slip.copies_to = draft.requirements.strip(), draft.copies_to.strip()
    _count_limit(session, slip, draft.order.due_on, day.day, today)
    _write_order(session, slip, draft.order, day.day)
    kept = {entry.matter_id: entry for entry in slip.entries}
    slip.entries = [kept.get(it.id) or SlipMatter(matter_id=it.id, matter=it) for it in matters]
    for place, entry in enumerate(slip.entries, start=1):
        entry.position = place
    session.flush()


def _count_limit(session: Session, slip: Slip, due: date | None, start: date, today: date) -> None:
    """Keep how a date was counted as long as it is that date; one set by hand does not move with the calendar."""
    if due == slip.due_on and due is not None:
        return
    usual = _usual_limit(session, start, today)
    slip.due_from, slip.due_days = (usual.start, usual.days) if due == usual.due else (None, None)


def _write_order(session: Session, slip: Slip, order: SlipOrder, on: date) -> None:
    """Write the leader's decisions on the slip, each leader with the post held on that day (domain 11.2)."""
    refuse(_order_problems(order))
    slip.instruction = order.instruction.strip()
    slip.lead_official_id = _known(session, Leader, order.lead_official_id, "lead_official_id")
    slip.lead_unit_id = _known(session, Unit, order.lead_unit_id, "lead_unit_id")
    slip.due_on = order.due_on
    kept = {it.unit_id: it for it in slip.assisting}
    slip.assisting = [
        kept.get(it.unit_id) or AssistingUnit(unit_id=_known(session, Unit, it.unit_id, "assisting"))
        for it in order.assisting
    ]
    for place, (line, helper) in enumerate(zip(slip.assisting, order.assisting, strict=True), start=1):
        line.position, line.due_on = place, helper.due_on
    leaders = {it for it in (slip.receiver_id, slip.signer_id, slip.lead_official_id) if it is not None}
    posts = posts_held(session, leaders, on)
    if slip.state is SlipState.DRAFT:
        slip.receiver_post = posts.get(slip.receiver_id or 0, "")
    slip.signer_post = posts.get(slip.signer_id or 0, "")
    slip.lead_official_post = posts.get(slip.lead_official_id or 0, "")


def _order_problems(order: SlipOrder) -> list[Problem]:
    """What is wrong with a decision as it stands, whatever is still to be added to it."""
    units = [it.unit_id for it in order.assisting]
    problems = []
    if order.lead_unit_id is not None and order.lead_unit_id in units:
        problems.append(Problem("assisting", "配合单位中不能再选牵头单位，请去掉其中一个。"))
    if len(units) != len(set(units)):
        problems.append(Problem("assisting", "同一个配合单位选了两次，请去掉重复的一个。"))
    if order.due_on and any(it.due_on and it.due_on > order.due_on for it in order.assisting):
        problems.append(Problem("assisting", "配合单位的时限不能晚于办结时限，请改早或留空。"))
    return problems


def _sign(
    session: Session, slip: Slip, order: SlipOrder, how: SignedHow, day: date, *, actor: Actor, now: datetime
) -> Slip:
    state = advance(slip.state, SlipState.SIGNED)
    _count_limit(session, slip, order.due_on, slip.reception_day.day, now.date())
    _write_order(session, slip, order, day)
    refuse(signing_problems(_facts(slip)))
    slip.state, slip.signed_on, slip.signed_how = state, day, how
    slip.signed_by = slip.signer.name if slip.signer else ""
    for matter in (entry.matter for entry in slip.entries):
        matter.state = matter_rules.advance(matter.state, MatterState.ASSIGNED)
        matter.lead_unit_id, matter.due_on = slip.lead_unit_id, slip.due_on
    on_screen = how is SignedHow.SCREEN
    act, word = ("slip_signed", "签批") if on_screen else ("slip_signature_recorded", "登记手写签批")
    freeze(session, slip, word, now=now)
    record(session, actor, now, act, slip, summary=f"{word} {slip.number}", number=slip.number, signed_on=day)
    return slip


def _facts(slip: Slip) -> SlipFacts:
    return SlipFacts(
        matters=len(slip.entries),
        signer_id=slip.signer_id,
        lead_official_id=slip.lead_official_id,
        lead_unit_id=slip.lead_unit_id,
        assisting_unit_ids=frozenset(it.unit_id for it in slip.assisting),
        instruction=slip.instruction,
        due_on=slip.due_on,
        signed_on=slip.signed_on,
    )


def _known(session: Session, kind: type[Leader] | type[Unit], record_id: int | None, field: str) -> int | None:
    if record_id is not None and session.get(kind, record_id) is None:
        raise RuleBroken("所选的领导或单位不存在，请重新选择。", field=field)
    return record_id
