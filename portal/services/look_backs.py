"""Looking back (回头看) at what was closed: a sample and everything an enterprise was not content with (JY-24, JY-35)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.clocks import Stage, ends_on
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.matter_course import MatterAct
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.closing import begin_again
from portal.services.handling import handling_of, move
from portal.services.progress import attach
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Closing, LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Account
from portal.store.queries.office import office_rules

LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody found who looked at a closed matter again."""

    finding: Finding
    told: str
    done_on: date
    met_whom: str = ""
    files: tuple[AcceptedFile, ...] = ()


def plan_look_backs(session: Session, *, now: datetime) -> Sequence[LookBack]:
    """Plan what has come due: the sample of the closed, and whatever an enterprise was not content with; each round once.

    The sample is drawn by a fingerprint of the matter's number, so that nobody can choose it and every run draws the same.
    """
    rules, today = office_rules(session), now.date()
    clock, calendar = clocks_in_force(session)[Stage.LOOK_BACK], calendar_now(session)
    length = ends_on(clock, today, calendar) - today
    horizon = now - length - timedelta(days=372)
    rows = session.execute(
        select(Matter, Closing)
        .join(
            Closing, (Closing.matter_id == Matter.id) & (Closing.approved_at.is_not(None)) & Closing.ended_at.is_(None)
        )
        .where(Matter.state == MatterState.CLOSED, Matter.closed_at >= horizon)
        .order_by(Matter.id)
    ).all()
    known = set(session.execute(select(LookBack.matter_id, LookBack.round)).tuples())
    planned = []
    for matter, closing in rows:
        planned_on = ends_on(clock, closing.approved_at.date(), calendar)
        if (matter.id, closing.round) in known or planned_on > today + timedelta(days=31):
            continue
        content = closing.grade is None or closing.grade.is_content
        if content and not is_drawn(matter.number, closing.round, rules.look_back_percent):
            continue
        why = LookBackWhy.SAMPLE if content else LookBackWhy.DISCONTENT
        planned.append(LookBack(matter_id=matter.id, round=closing.round, why=why, planned_on=planned_on))
    session.add_all(planned)
    session.flush()
    for it in planned:
        record(
            session, Actor.system(), now, "look_back_planned", it, summary=f"列入回头看（{it.why.label}）",
            matter=it.matter_id,
        )  # fmt: skip
    return planned


def is_drawn(number: str, round_: int, percent: int) -> bool:
    """Whether a closed matter falls into the sample of so many per cent."""
    drawn = int(hashlib.sha256(f"{number}/{round_}".encode()).hexdigest()[:8], 16) % 10_000
    return drawn < percent * 100


def order_look_back(session: Session, matter_id: int, planned_on: date, *, actor: Actor, now: datetime) -> LookBack:
    """Look at this matter again whatever the sample says."""
    must(actor, Action.URGE)
    handling = handling_of(session, matter_id, actor=actor)
    move(session, handling, MatterAct.LOOK_BACK, now=now)
    if planned_on < now.date():
        raise RuleBroken("回头看的日期不能早于今天。", field="planned_on")
    ordered = LookBack(matter_id=matter_id, round=handling.matter.round, why=LookBackWhy.ORDERED, planned_on=planned_on)
    session.add(ordered)
    session.flush()
    record(session, actor, now, "look_back_planned", ordered, summary="指定回头看", matter=matter_id)
    return ordered


def assign_look_back(session: Session, look_back_id: int, account_id: int, *, actor: Actor, now: datetime) -> LookBack:
    """Say who looks: somebody of the office or of supervision, never of a unit that handled the matter (JY-35)."""
    must(actor, Action.URGE)
    look_back = _open(session, look_back_id)
    account = session.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise RuleBroken("所选的人不存在或已停用，请重新选择。", field="assignee_id")
    if account.role not in (Role.OFFICE, Role.SUPERVISOR):
        raise RuleBroken("回头看由没有经办这件事的人去做，请选择工商联或督查室的人员。", field="assignee_id")
    look_back.assignee_id = account_id
    record(session, actor, now, "look_back_assigned", look_back, summary=f"回头看交由{account.display_name}")
    return look_back


def record_look_back(
    session: Session, look_back_id: int, found: Found, *, version: int | None = None, actor: Actor, now: datetime
) -> LookBack:
    """Put down what was found; what was not done, or closed falsely, is taken up again with a new last day."""
    must(actor, Action.URGE)
    look_back = _open(session, look_back_id)
    if version is not None and version != look_back.version:
        raise Conflict("您打开页面之后，这份回头看记录已有变化，请核对后再提交。")
    told = found.told.strip()
    if not 10 <= len(told) <= LONGEST:
        raise RuleBroken(f"请写明回头看的情况，10 至 {LONGEST} 个字。", field="told")
    if found.done_on > now.date():
        raise RuleBroken("回头看的日期不能晚于今天。", field="done_on")
    handling = handling_of(session, look_back.matter_id, actor=actor)
    if actor.name in _handlers(session, look_back.matter_id):
        raise RuleBroken("经办这件事的人不能做回头看，请由他人记录。", field="told")
    look_back.finding, look_back.told = found.finding, told
    look_back.done_on, look_back.done_by = found.done_on, actor.name
    look_back.met_whom, look_back.recorded_at = found.met_whom.strip()[:80], now
    attach(session, look_back.matter_id, found.files, look_back_id=look_back.id, now=now)
    record(
        session, actor, now, "look_back_done", look_back, summary=f"回头看：{found.finding.label}",
        matter=look_back.matter_id,
    )  # fmt: skip
    if found.finding.reopens and handling.matter.state is MatterState.CLOSED:
        move(session, handling, MatterAct.REOPEN, now=now)
        begin_again(session, handling, now=now)
        look_back.reopened = True
        record(
            session, actor, now, "matter_reopened", handling.matter,
            summary=f"回头看{found.finding.label}，重新办理", look_back=look_back.id,
        )  # fmt: skip
    return look_back


def _open(session: Session, look_back_id: int) -> LookBack:
    found = session.scalars(
        select(LookBack).where(LookBack.id == look_back_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有找到这份回头看记录。")
    if found.done_on is not None:
        raise Conflict("这份回头看已有记录，不能重复填写。")
    return found


def _handlers(session: Session, matter_id: int) -> set[str]:
    """Everybody who had a hand in the closing."""
    names: set[str] = set()
    for it in session.scalars(select(Closing).where(Closing.matter_id == matter_id)):
        names |= {it.proposed_by, it.head_by}
    return names - {""}
