"""Drafting a slip for one matter or several, in either order of events (NX-12, NX-14, NX-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.paper_texts import Value
from portal.domain.errors import RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Action, Actor, must
from portal.domain.signing import MOST_COUNTERSIGNERS
from portal.domain.slips import SlipState
from portal.services.paper_texts import worded_for
from portal.services.slip_contents import NO_DAY, matters_for_slip
from portal.services.slip_orders import SlipOrder, count_limit, known, locked_slip, usual_limit, write_order
from portal.services.slip_texts import prior_check_text, proposal_for, proposal_text
from portal.store.audit_trail import record
from portal.store.models.bookings import Reception
from portal.store.models.matters import Matter
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.models.slips import Countersigner, Slip, SlipMatter
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held


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
    proposal_handler: str = ""
    proposal_head: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which other slip a new one comes from: a void one it replaces, one whose matters it shares and why (分办)."""

    replaces_id: int | None = None
    split_from_id: int | None = None
    split_reason: str = ""
    follows_id: int | None = None


def proposed_draft(session: Session, matter_ids: Sequence[int], *, today: date) -> SlipDraft:
    """What a slip for these matters would say if nobody changed anything.

    Receiver and signer are the main leader of the day, the date is the working days of the matters' class or level after it,
    or after today when the slip is drafted so late that this would be over.
    Raises what `draft_slip` raises for matters that cannot be put on one slip.
    """
    return _proposed(session, matters_for_slip(session, matter_ids), today)


def _proposed(session: Session, matters: Sequence[Matter], today: date) -> SlipDraft:
    day = _day_of(matters)
    rules = office_rules(session)
    due = usual_limit(session, day.day, today, matters).due
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
        requirements=_usual_requirement(session, matters, due),
        copies_to=rules.slip_copies_to,
    )


def _usual_requirement(session: Session, matters: Sequence[Matter], due: date) -> str:
    """What is asked of the units, in the office's words; who they are is not known yet."""
    rules = office_rules(session)
    names = dict.fromkeys(it.enterprise.name for it in matters if it.enterprise)
    values: dict[str, Value] = {
        "区县": rules.district,
        "工商联": rules.issuing_organ,
        "联系方式": rules.office_contact,
        "企业": "、".join(names),
        "事项": "、".join(it.title for it in matters),
        "时限": due,
    }
    return dict(worded_for(session, PaperKind.SLIP, values))["requirement"]


def draft_slip(
    session: Session, matter_ids: Sequence[int], draft: SlipDraft | None = None, *, actor: Actor, now: datetime
) -> Slip:
    """Draft a slip for one or several matters of one day, of one enterprise unless they are common ones (NX-14, PT-27).

    Without `draft` it says what `proposed_draft` proposes. Raises RuleBroken for matters that do not wait for a slip or
    do not belong together, Conflict for a matter that somebody else has just put on another slip.
    """
    return draft_from(session, matter_ids, draft, Origin(), actor=actor, now=now)


def draft_from(
    session: Session, matter_ids: Sequence[int], draft: SlipDraft | None, origin: Origin, *, actor: Actor, now: datetime
) -> Slip:
    """Draft a slip that comes from another one, or from none."""
    must(actor, Action.DRAFT_SLIP)
    return _drafted(session, matter_ids, draft, origin, actor=actor, now=now)


def draft_following(
    session: Session, matter_ids: Sequence[int], origin: Origin, instruction: str, *, actor: Actor, now: datetime
) -> Slip:
    """Draft the slip a new instruction asks for (再次批示), with the words given; the caller has asked whether the actor may."""
    proposed = _proposed(session, matters_for_slip(session, matter_ids), now.date())
    draft = replace(proposed, order=replace(proposed.order, instruction=instruction))
    return _drafted(session, matter_ids, draft, origin, actor=actor, now=now)


def _drafted(
    session: Session, matter_ids: Sequence[int], draft: SlipDraft | None, origin: Origin, *, actor: Actor, now: datetime
) -> Slip:
    matters = matters_for_slip(session, matter_ids, sharing=origin.split_from_id)
    draft = replace(draft or _proposed(session, matters, now.date()), matter_ids=tuple(matter_ids))
    slip = Slip(
        organ=office_rules(session).slip_organ,
        state=SlipState.DRAFT,
        reception_day_id=matters[0].reception_day_id,
        replaces_id=origin.replaces_id,
        split_from_id=origin.split_from_id,
        split_reason=origin.split_reason,
        follows_id=origin.follows_id or _slip_before(session, matter_ids),
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


def _slip_before(session: Session, matter_ids: Sequence[int]) -> int | None:
    """The last slip these matters were on, until they were sent back or instructed on anew; None for matters on their first."""
    return session.scalar(
        select(SlipMatter.slip_id)
        .where(SlipMatter.matter_id.in_(matter_ids), SlipMatter.ended_at.is_not(None))
        .order_by(SlipMatter.ended_at.desc(), SlipMatter.slip_id.desc())
        .limit(1)
    )


def edit_draft(
    session: Session, slip_id: int, draft: SlipDraft, *, version: int | None = None, actor: Actor, now: datetime
) -> Slip:
    """Change a draft; `version` is the one the person saw, None when nobody looked at a page."""
    must(actor, Action.DRAFT_SLIP)
    slip = locked_slip(session, slip_id, version)
    if slip.state is not SlipState.DRAFT:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，不能再修改。待签批的单可先退回修改。", field="state")
    _write_draft(session, slip, draft, matters_for_slip(session, draft.matter_ids, slip), now.date())
    record(session, actor, now, "slip_changed", slip, summary=f"修改{slip.number or '交办单草稿'}")
    return slip


def _day_of(matters: Sequence[Matter]) -> ReceptionDay:
    day = matters[0].reception_day
    if day is None:
        raise RuleBroken(NO_DAY, field="matters")
    return day


def _write_draft(session: Session, slip: Slip, draft: SlipDraft, matters: Sequence[Matter], today: date) -> None:
    day = _day_of(matters)
    slip.receiver_id = known(session, Leader, draft.receiver_id, "receiver_id")
    slip.signer_id = known(session, Leader, draft.signer_id, "signer_id")
    slip.prior_check = draft.prior_check.strip()
    slip.proposal = proposal_for(draft.proposal.strip(), draft.order.due_on)
    slip.requirements, slip.copies_to = draft.requirements.strip(), draft.copies_to.strip()
    slip.proposal_handler, slip.proposal_head = draft.proposal_handler.strip(), draft.proposal_head.strip()
    count_limit(session, slip, draft.order.due_on, day.day, today, matters)
    kept = {entry.matter_id: entry for entry in slip.entries}
    slip.entries = [kept.get(it.id) or SlipMatter(matter_id=it.id, matter=it) for it in matters]
    for place, entry in enumerate(slip.entries, start=1):
        entry.position = place
    bookings = {it.booking_id for it in matters}
    slip.booking_id = bookings.pop() if len(bookings) == 1 else None
    write_order(session, slip, draft.order, day.day)
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
