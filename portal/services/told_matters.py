"""Matters told in the room, one by one and numbered as they are told (NX-09, NX-11)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import RECEIVED_STATES
from portal.domain.errors import Problem, RuleBroken, refuse
from portal.domain.matters import MatterState
from portal.domain.merging import merged_text
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import DayState
from portal.services.booking_orders import MatterTold, matter_problems
from portal.services.dispositions import matter_to_dispose
from portal.services.late_entries import leave_to_change, leave_to_enter
from portal.services.numbered_matters import register_matter
from portal.services.records import keep_late_reason
from portal.services.standing_bookings import booking_to_change
from portal.store.audit_trail import record
from portal.store.models.matters import Matter

LONGEST_TITLE = 120


def add_matter(
    session: Session,
    booking_id: int,
    told: MatterTold,
    *,
    form_token: str | None = None,
    late_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Matter:
    """Register a matter that was only told in the room (NX-09); the same `form_token` answers the first one.

    Two who add one at the same moment each get theirs, one behind the other. One entered after the day has been closed is to
    be assigned, because a closed day has no matter without a disposition; it can be disposed of otherwise.
    """
    must(actor, Action.RECORD_RECEPTION)
    booking = booking_to_change(session, booking_id, None)  # holds the day: the others come one behind the other
    if form_token:
        first = session.scalar(select(Matter).where(Matter.form_token == form_token))
        if first is not None:
            return first
    reason = leave_to_enter(session, booking.reception_day, late_reason, now=now)
    if booking.state not in RECEIVED_STATES:
        raise RuleBroken("企业签到以后才能补记当场提出的诉求。", field="state")
    refuse(_problems(session, told))
    matter = register_matter(session, booking, told, now=now)
    matter.form_token = form_token or None
    if booking.reception_day.state is DayState.CLOSED:
        matter.state = MatterState.AWAITING_ASSIGNMENT
    record(session, actor, now, "matter_told", matter, summary=f"现场补记诉求 {matter.number}", **reason)
    keep_late_reason(session, booking_id, reason)
    return matter


def edit_matter(
    session: Session,
    matter_id: int,
    told: MatterTold,
    *,
    base: MatterTold | None = None,
    late_reason: str = "",
    actor: Actor,
    now: datetime,
) -> Matter:
    """Correct or complete a matter as long as it has no disposition, or, once its day is closed, is on no slip.

    What somebody else has written in it since `base` (None: since just now) is kept: title and detail are merged; of kind and
    category the one that was changed is taken, the later if both were.
    """
    must(actor, Action.RECORD_RECEPTION)
    matter = matter_to_dispose(session, matter_id, wish="修改")
    day = matter.reception_day
    is_closed = day is not None and day.state is DayState.CLOSED
    if matter.state is not MatterState.REGISTERED and not is_closed:
        raise RuleBroken(f"诉求现为“{matter.state.label}”，请先点“重新处置”，再修改内容。", field="state")
    reason = leave_to_change(session, day, late_reason, now=now)
    stands = MatterTold(matter.kind, matter.category_code, matter.title, matter.detail)
    merged = _merged(base or stands, told, stands, actor.name)
    refuse(_problems(session, merged))
    changed = {
        "kind": merged.kind, "category_code": merged.category_code, "title": merged.title, "detail": merged.detail,
    }  # fmt: skip
    changed = {name: value for name, value in changed.items() if getattr(matter, name) != value}
    for name, value in changed.items():
        setattr(matter, name, value)
    if changed:
        summary = f"修改诉求 {matter.number}"
        record(session, actor, now, "matter_edited", matter, summary=summary, fields=sorted(changed), **reason)
        if matter.booking_id is not None:
            keep_late_reason(session, matter.booking_id, reason)
    return matter


def _merged(base: MatterTold, mine: MatterTold, theirs: MatterTold, name: str) -> MatterTold:
    merged = {
        part: merged_text(*(getattr(it, part).strip().replace("\r\n", "\n") for it in (base, mine, theirs)), name=name)
        for part in ("title", "detail")
    }
    kind = theirs.kind if mine.kind == base.kind else mine.kind
    category = theirs.category_code if mine.category_code == base.category_code else mine.category_code
    return replace(
        mine, kind=kind, category_code=category, title=merged["title"].replace("\n", " "), detail=merged["detail"]
    )


def _problems(session: Session, told: MatterTold) -> list[Problem]:
    problems = [Problem("title", it.message) for it in matter_problems(session, told)]
    if len(told.title) > LONGEST_TITLE:
        both = f"标题最多 {LONGEST_TITLE} 个字，与别人同时写的合起来是：{told.title}。请改短后再保存。"
        problems.append(Problem("title", both))
    return problems
