"""What marking a matter as a petition does to the slips it is on (docs/decisions/0004).

The date a draft proposes is counted again by the clock its matters have now; one set by hand stays, and so does the paper of
a slip that is out for its signature or signed: that one is drafted anew where it has to say the new date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.documents.words import day as dated
from portal.domain.clocks import PETITION_CLOCKS, Counted, Stage
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.people import Actor
from portal.domain.slips import SlipState
from portal.services.counted_dates import count_due, counted_due
from portal.services.slip_orders import assisting_date, has_petition, usual_limit
from portal.services.slip_texts import proposal_for
from portal.store.audit_trail import record
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.recounts import slips_carrying
from portal.store.queries.slip_records import slip_records


class Remedy(Labelled):
    """What the office does so that the paper says the new date."""

    FOLLOWS = "follows", "不必另办"
    EDIT = "edit", "修改草稿"
    SEND_BACK = "send_back", "退回修改"
    REPLACE = "replace", "作废并重拟"
    NOTHING = "nothing", "以事项的时限为准"


@dataclass(frozen=True, slots=True)
class SlipEffect:
    """What becomes of one slip, in words, and what to do about it."""

    slip_id: int
    said: str
    remedy: Remedy


@dataclass(frozen=True, slots=True)
class _AsMarked:
    """A matter as it would be."""

    matter_class: MatterClass | None
    level: MatterLevel | None
    is_petition: bool


def slip_effects(session: Session, matter: Matter, *, marked: bool, moves: bool, today: date) -> list[SlipEffect]:
    """What marking or unmarking a matter would do to the slips that carry it; reads only.

    Of a signed paper there is only something to say where the matter's own date `moves`.
    """
    slips = slip_records(session, sorted(slips_carrying(session, [matter.id])))
    before_signing = (SlipState.DRAFT, SlipState.AWAITING_SIGNATURE)
    said = (
        _effect(session, it, matter, marked=marked, today=today) for it in slips if moves or it.state in before_signing
    )
    return [it for it in said if it is not None]


def recount_draft(
    session: Session, slip: Slip, why: str, *, as_on: Slip | None = None, actor: Actor, now: datetime
) -> bool:
    """Count the date a draft proposes again where another clock holds for its matters now; answers whether it moved.

    `as_on` is the slip whose date it has, which says how that was counted, where it stands in for one. What is said of the old
    date on it, and dates of assisting units that were counted back from it, follow.
    """
    matters = [it.matter for it in slip.entries]
    before, limit = slip.due_on, _proposed(session, as_on or slip, matters, now.date())
    if slip.state is not SlipState.DRAFT or limit is None or before is None or limit.due == before:
        return False
    counted_back = assisting_date(session, before, now.date())
    for line in slip.assisting:
        if line.due_on is not None and (line.due_on == counted_back or line.due_on > limit.due):
            line.due_on = assisting_date(session, limit.due, now.date())
    slip.requirements = slip.requirements.replace(dated(before), dated(limit.due))
    slip.due_on, slip.proposal = limit.due, proposal_for(slip.proposal, limit.due)
    count_due(slip, limit)
    summary = f"{why}，{_name(slip)}的办结时限由{dated(before)}改为{dated(limit.due)}"
    record(session, actor, now, "slip_changed", slip, summary=summary)
    return True


def recount_drafts(session: Session, matter: Matter, why: str, *, actor: Actor, now: datetime) -> None:
    """The same for every draft that carries a matter; the caller holds the slips."""
    for slip in slip_records(session, sorted(slips_carrying(session, [matter.id]))):
        recount_draft(session, slip, why, actor=actor, now=now)


def _effect(session: Session, slip: Slip, matter: Matter, *, marked: bool, today: date) -> SlipEffect | None:
    name = _name(slip)
    if slip.due_on is None or slip.state in (SlipState.VOID, SlipState.RETURNED, SlipState.CLOSED):
        return None
    if slip.state is SlipState.DRAFT:
        matters = [_as_marked(it.matter, matter, marked=marked) for it in slip.entries]
        limit = _proposed(session, slip, matters, today)
        if limit is None:
            said = f"{name}的时限{dated(slip.due_on)}是人工设定的，不变，请核对"
            return SlipEffect(slip.id, said, Remedy.EDIT)
        if limit.due == slip.due_on:
            return None
        said = f"{name}的办结时限由{dated(slip.due_on)}改为{dated(limit.due)}"
        return SlipEffect(slip.id, said, Remedy.FOLLOWS)
    if slip.state is SlipState.AWAITING_SIGNATURE:
        said = f"{name}正在送签，纸面的时限{dated(slip.due_on)}不变；要按新的时限送签，请退回修改，退回后时限重新计算"
        return SlipEffect(slip.id, said, Remedy.SEND_BACK)
    if slip.state is SlipState.SIGNED:
        said = f"{name}已经签批，纸面的时限不改，以事项的时限为准；纸面也要改的，请退回修改，重新签批"
        return SlipEffect(slip.id, said, Remedy.SEND_BACK)
    if slip.state is SlipState.ISSUED:
        said = f"{name}已经印发，纸面的时限不改，以事项的时限为准；纸面也要改的，请作废并重拟，重新签批"
        return SlipEffect(slip.id, said, Remedy.REPLACE)
    said = f"{name}已由单位签收，纸面的时限不改，以事项的时限为准，并告知单位"
    return SlipEffect(slip.id, said, Remedy.NOTHING)


def _proposed(session: Session, slip: Slip, matters: Sequence[Matter | _AsMarked], today: date) -> Counted | None:
    """The date the matters of a slip have by their clock; its own while that clock is the same; None when it was set by hand."""
    held = counted_due(slip)
    if held is None:
        return None
    law = PETITION_CLOCKS[Stage.HANDLING]
    by_law = (held.measure, held.days) == (law.measure, law.length)
    if by_law is has_petition(matters):
        return held
    return usual_limit(session, slip.reception_day.day, today, matters)


def _as_marked(it: Matter, matter: Matter, *, marked: bool) -> _AsMarked:
    return _AsMarked(it.matter_class, it.level, marked if it.id == matter.id else it.is_petition)


def _name(slip: Slip) -> str:
    return slip.number or "交办单草稿"
