"""What an enterprise says by itself of a matter that was settled in the room or closed: a grade, and whether it helped (QD-22)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.following import may_rate
from portal.domain.people import Action, must
from portal.domain.results import AskedHow, Grade, Resolved, contests_result
from portal.services.call_backs import look_in_on
from portal.services.following import VISITOR, hold_window, must_have_room_today, own_matter
from portal.store.audit_trail import record
from portal.store.models.voices import CallBack

LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Rating:
    """A grade and whether the matter was resolved, with the words somebody likes to add; `by` as he calls himself."""

    grade: Grade
    resolved: Resolved
    told: str = ""
    by: str = ""
    form_token: str | None = None


def rate_by_code(session: Session, booking_id: int, matter_id: int, given: Rating, *, now: datetime) -> CallBack:
    """Keep the rating an enterprise gave in its own window; once a round, and the same form sent twice is one rating.

    Who is not content is looked in on (回头看) as after a call.
    """
    must(VISITOR, Action.RATE)
    hold_window(session, booking_id)
    matter = own_matter(session, booking_id, matter_id)
    if given.form_token:
        earlier = session.scalar(select(CallBack).where(CallBack.form_token == given.form_token))
        if earlier is not None:
            return earlier
    if not may_rate(matter.state):
        raise Conflict(f"这项诉求现为“{matter.state.label}”，现在不能评价。请重新打开查询页查看最新情况。")
    if len(given.told) > LONGEST:
        raise RuleBroken(f"最多 {LONGEST} 个字，请精简。", field="told")
    must_be_printable(given.told, field="told")
    rated = session.scalar(
        select(CallBack.id).where(
            CallBack.matter_id == matter_id, CallBack.round == matter.round, CallBack.how == AskedHow.LINK
        )
    )
    if rated is not None:
        raise Conflict("这项诉求已经评价过，不能重复评价。还有话要说的，可以补充说明或者提出异议。")
    must_have_room_today(session, booking_id, now=now)
    rating = CallBack(
        matter_id=matter_id,
        round=matter.round,
        grade=given.grade,
        resolved=given.resolved,
        told=given.told.strip(),
        how=AskedHow.LINK,
        by=given.by.strip()[:40] or VISITOR.name,
        at=now,
        form_token=given.form_token,
    )
    session.add(rating)
    said = f"{given.grade.label}、{given.resolved.label}"
    record(session, VISITOR, now, "enterprise_rated", matter, summary=f"企业评价（扫码）：{said}", round=matter.round)
    if contests_result(given.grade, given.resolved):
        look_in_on(session, matter, actor=VISITOR, now=now)
    return rating
