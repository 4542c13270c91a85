"""Dates on which a leader cannot come, marked before the rota is published by the leader, a secretary or the office."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Action, Actor, Role, must
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.messages import accounts_in_role, tell
from portal.services.reception_days import dated
from portal.store.audit_trail import record
from portal.store.models.duty import UnsuitableDay
from portal.store.models.people import Leader
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty_plans import PlanRow, open_plan

MARKABLE = (DayState.PLANNED, DayState.PUBLISHED)


def mark_unsuitable(
    session: Session, leader_id: int, day_ids: Collection[int], reason: str, *, actor: Actor, now: datetime
) -> list[UnsuitableDay]:
    """Mark coming reception days on which a leader cannot come; one that is marked already stays as it is.

    Raises RuleBroken on `days` for a day that is over or on which the leader has been seated for good.
    """
    leader = _own(session, leader_id, actor)
    held = select(ReceptionDay).where(ReceptionDay.id.in_(list(day_ids))).order_by(ReceptionDay.id).with_for_update()
    days = sorted(session.scalars(held.execution_options(populate_existing=True)), key=lambda it: it.day)
    marked = set(session.scalars(select(UnsuitableDay.reception_day_id).where(UnsuitableDay.leader_id == leader_id)))
    plan, made = open_plan(session), []
    for day in days:
        if day.id in marked:
            continue
        _check(session, leader, day, plan, today=now.date())
        mark = UnsuitableDay(
            reception_day_id=day.id, leader_id=leader_id, reason=reason.strip(), marked_by=actor.name, marked_at=now
        )
        session.add(mark)
        made.append(mark)
        summary = f"{leader.name}标记{dated(day.day)}不便"
        record(session, actor, now, "unsuitable_marked", mark, summary=summary)
    session.flush()
    if made and actor.role is not Role.OFFICE and plan is not None:
        tell(
            session,
            accounts_in_role(session, Role.OFFICE),
            f"unsuitable-marked:{leader_id}:{max(it.id for it in made)}",
            f"{leader.name}标记了 {len(made)} 个不便的日期",
            body="请打开排班方案，重新计算后再发布。",
            url=f"/duty/plans/{plan.id}",
            now=now,
        )
    return made


def unmark(session: Session, mark_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a mark back. Raises NotFound."""
    mark = session.get(UnsuitableDay, mark_id)
    if mark is None:
        raise NotFound("没有找到这个标记，可能已撤销。")
    leader = _own(session, mark.leader_id, actor)
    day = session.get_one(ReceptionDay, mark.reception_day_id)
    summary = f"{leader.name}撤销{dated(day.day)}不便的标记"
    record(session, actor, now, "unsuitable_unmarked", mark, summary=summary)
    session.delete(mark)


def _own(session: Session, leader_id: int, actor: Actor) -> Leader:
    """The leader, if the actor may speak for him or her."""
    must(actor, Action.MARK_UNSUITABLE)
    leader = session.get(Leader, leader_id)
    if leader is None:
        raise NotFound("没有找到这位领导。")
    if actor.role in (Role.LEADER, Role.SECRETARY) and leader_id not in actor.leader_ids:
        raise NotAllowed("您只能为自己或所服务的领导标记日期。")
    return leader


def _check(session: Session, leader: Leader, day: ReceptionDay, plan: PlanRow | None, *, today: date) -> None:
    if day.day < today or day.state not in MARKABLE:
        raise RuleBroken(f"{dated(day.day)}接待日{day.state.label}或已过，不能再标记。", field="days")
    planned = plan is not None and plan.first_day <= day.day <= plan.last_day
    turn = session.scalar(select(DutyTurn).where(DutyTurn.reception_day_id == day.id, DutyTurn.leader_id == leader.id))
    if turn is not None and not planned:
        seat = DutySeat(turn.seat).label
        raise RuleBroken(f"{dated(day.day)}已正式排定{leader.name}任{seat}。不能到场请办理请假或调换。", field="days")
