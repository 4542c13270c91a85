"""The meetings of the sample district: one that decided, two that are being prepared (JY-05)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.matters import MatterState
from portal.domain.meetings import Decided, MeetingKind
from portal.domain.people import Actor, Role
from portal.services.calendars import calendar_now
from portal.services.meeting_decisions import hold_meeting
from portal.services.meetings import MeetingPlan, plan_meeting
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip, SlipMatter
from portal.store.queries.overdue import handling_is_overdue

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
VENUE = "区政府第二会议室"
SAID = "由牵头单位每周调度一次，逐项明确责任人和完成时间，办理情况书面报区工商联办公室，并当面向企业说明。"
MINUTES = "会议听取了有关单位关于企业诉求办理情况的汇报，对久拖未决的事项逐项研究。\n会议要求，各单位主要负责人要亲自过问，不得推诿。"


def meet(session: Session, unit_id: int, leader_id: int, *, now: datetime) -> None:
    """A dispatch meeting took up what was late a week ago; another is planned, and a consultation is held today."""
    late = _late(session, unit_id, leader_id, now)
    if not late:
        return
    calendar = calendar_now(session)
    day = calendar.before(now.date(), 4)
    at = datetime.combine(day, time(15), ZONE)
    plan = MeetingPlan(MeetingKind.DISPATCH, f"{day.month}月企业诉求调度会", day, VENUE, leader_id)
    held = plan_meeting(session, plan, late[:4], actor=OFFICE, now=at - timedelta(days=3))
    decided = {it: Decided(SAID, unit_id if place == 0 else None) for place, it in enumerate(late[:4])}
    hold_meeting(session, held.id, MINUTES, decided, actor=OFFICE, now=at)
    coming = calendar.after(now.date(), 6)
    plan = MeetingPlan(MeetingKind.PUSH, "重点企业项目手续问题推进会", coming, VENUE, leader_id)
    plan_meeting(session, plan, late[2:5], actor=OFFICE, now=now - timedelta(hours=4))
    plan = MeetingPlan(MeetingKind.CONSULTATION, "疑难诉求承办单位会商", now.date(), VENUE)
    plan_meeting(session, plan, [*late[5:7], *_waiting(session)], actor=OFFICE, now=now - timedelta(hours=3))


def _late(session: Session, unit_id: int, leader_id: int, now: datetime) -> Sequence[int]:
    """Matters in hand that are late: one of the unit's, one of the leader's, then the others, the latest first."""
    own = Matter.lead_unit_id == unit_id
    found = session.execute(
        select(Matter.id, own, Slip.receiver_id == leader_id)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(Matter.state == MatterState.HANDLING, handling_is_overdue(now.date()), SlipMatter.ended_at.is_(None))
        .where(or_(own, Slip.receiver_id == leader_id, Matter.hard, Matter.grave))
        .order_by(Matter.due_on.desc(), Matter.id)
    ).all()
    first = [next((it.id for it in found if it[place]), None) for place in (1, 2)]
    return list(dict.fromkeys([*(it for it in first if it is not None), *(it.id for it in found)]))


def _waiting(session: Session) -> Sequence[int]:
    waiting = select(Matter.id).where(Matter.state == MatterState.AWAITING_ASSIGNMENT)
    return session.scalars(waiting.order_by(Matter.id).limit(1)).all()
