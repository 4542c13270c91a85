"""Writing down what was said on a day after it: until the set hour, later only with a reason (domain 2.2)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.errors import RuleBroken, refuse
from portal.domain.late_entry import entry_limit, may_be_late, reason_problems
from portal.domain.reception_days import HELD, DayState
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.store.models.reception import ReceptionDay
from portal.store.queries.office import office_rules


def passed_limit(session: Session, day: date, *, is_closed: bool, now: datetime) -> datetime | None:
    """The hour that has passed, so that an entry needs a reason now; None while it needs none."""
    local = now.astimezone(ZONE)
    if not may_be_late(day, local, is_closed=is_closed):
        return None
    limit = entry_limit(day, office_rules(session), calendar_now(session), local)
    return limit if local > limit else None


def passed_limit_of_day(session: Session, day: date | None, *, now: datetime) -> datetime | None:
    """The same for whatever day it is; None for a matter that was raised on no reception day."""
    state = session.scalar(select(ReceptionDay.state).where(ReceptionDay.day == day))
    if day is None or state not in HELD:
        return None
    return passed_limit(session, day, is_closed=state is DayState.CLOSED, now=now)


def leave_to_enter(session: Session, day: ReceptionDay, reason: str, *, now: datetime) -> dict[str, str]:
    """What the audit line of an entry has to keep: its reason, when it comes late.

    Raises RuleBroken when the day has not begun, and for a late entry that does not say why.
    """
    if day.state not in HELD:
        advice = "接待日取消后不能记录。" if day.state is DayState.CANCELLED else "请先点“开始接待”。"
        raise RuleBroken(f"{day_text(day.day)}接待日{day.state.label}，{advice}", field="state")
    limit = passed_limit(session, day.day, is_closed=day.state is DayState.CLOSED, now=now)
    if limit is None:
        return {}
    refuse(reason_problems(limit, reason))
    return {"late_reason": reason.strip()}


def leave_to_change(session: Session, day: ReceptionDay | None, reason: str, *, now: datetime) -> dict[str, str]:
    """The same for what can also be done before the day has begun, or without any day."""
    return leave_to_enter(session, day, reason, now=now) if day is not None and day.state in HELD else {}
