"""The confirmed list of a day, locked and opened again by hand (NX-20)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.reception_days import ENDED
from portal.domain.workdays import day_text
from portal.services import group_news
from portal.services.list_locks import lock_of_list
from portal.services.messages import accounts_of_leaders, tell
from portal.services.reception_days import day_to_change
from portal.store.audit_trail import record
from portal.store.models.reception import DutyTurn, ReceptionDay

SHORTEST_REASON = 4
LONGEST_REASON = 150


def lock_list(session: Session, day_id: int, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Fix by hand who will be received, and tell those on duty that the list is confirmed."""
    must(actor, Action.REVIEW_BOOKING)
    day = _open_day(session, day_id, version, "锁定名单")
    if lock_of_list(session, day.id, now=now).is_locked:
        raise RuleBroken("名单已经锁定，不必重复。", field="state")
    day.list_locked_at, day.list_opened_at = now, None
    record(session, actor, now, "list_locked", day, summary=f"锁定{day_text(day.day)}接待日的名单")
    on_duty = session.scalars(select(DutyTurn.leader_id).where(DutyTurn.reception_day_id == day_id)).all()
    tell(
        session,
        accounts_of_leaders(session, on_duty),
        f"list-locked:{day_id}:{now.isoformat()}",
        f"{day_text(day.day)}接待日名单已确认",
        body="接待企业名单已经确定，可以查看当日准备情况。",
        url=f"/reception-days/{day.day.isoformat()}",
        now=now,
    )
    group_news.list_is_locked(session, day, now=now)
    return day


def open_list(session: Session, day_id: int, reason: str, *, version: int, actor: Actor, now: datetime) -> ReceptionDay:
    """Open a locked list again, saying why; the reason stands in the audit trail."""
    must(actor, Action.REVIEW_BOOKING)
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(
            f"解除锁定须写明理由，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字，现为 {len(reason)} 个字。", field="reason"
        )
    day = _open_day(session, day_id, version, "解除锁定")
    if not lock_of_list(session, day.id, now=now).is_locked:
        raise RuleBroken("名单没有锁定，可以直接登记预约或改约。", field="reason")
    day.list_locked_at, day.list_opened_at = None, now
    summary = f"解除{day_text(day.day)}接待日的名单锁定：{reason}"
    record(session, actor, now, "list_opened", day, summary=summary)
    return day


def _open_day(session: Session, day_id: int, version: int, wish: str) -> ReceptionDay:
    day = day_to_change(session, day_id, version)
    if day.state in ENDED:
        raise RuleBroken(f"接待日{day.state.label}，不能再{wish}。", field="state")
    return day
