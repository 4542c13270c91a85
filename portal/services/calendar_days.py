"""The office's own word on a day, over the official arrangement (domain 6)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.errors import NotFound, Problem, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import WORKING_KINDS, DayKind, day_text
from portal.store.audit_trail import record
from portal.store.models.calendar import CalendarDay

NAMELESS = WORKING_KINDS | {DayKind.WEEKEND}
"""Kinds of day that need no holiday's name."""


def set_day(
    session: Session, day: date, kind: DayKind, name: str, source: str, *, actor: Actor, now: datetime
) -> CalendarDay:
    """Say what a day is, on the word of a paper; a second word replaces the first (domain 6).

    Every count of working days follows at once. Raises RuleBroken on `source` without a paper, and on `name` for a
    holiday without a name.
    """
    must(actor, Action.KEEP_CALENDAR)
    name, source = name.strip(), source.strip()
    refuse(_problems(kind, name, source))
    kept = session.get(CalendarDay, day)
    if kept is None:
        kept = CalendarDay(day=day)
        session.add(kept)
    kept.kind, kept.name, kept.source = kind, name, source
    kept.entered_by_id = None if actor.is_portal else actor.account_id
    kept.entered_at = now
    what = f"{name}（{kind.label}）" if name else kind.label
    session.flush()
    record(
        session, actor, now, "calendar_day_set", kept, summary=f"设定{day_text(day, now.date())}为{what}", source=source
    )
    return kept


def clear_day(session: Session, day: date, *, actor: Actor, now: datetime) -> None:
    """Take the office's word on a day back, so that the official arrangement holds again. Raises NotFound."""
    must(actor, Action.KEEP_CALENDAR)
    kept = session.get(CalendarDay, day)
    if kept is None:
        raise NotFound(f"{day_text(day, now.date())}没有本单位的设定，无需清除。")
    session.delete(kept)
    record(
        session,
        actor,
        now,
        "calendar_day_cleared",
        kept,
        summary=f"清除对{day_text(day, now.date())}的设定，恢复官方安排",
    )


def _problems(kind: DayKind, name: str, source: str) -> list[Problem]:
    problems = []
    if not name and kind not in NAMELESS:
        problems.append(Problem("name", f"{kind.label}须写明名称，例如“国庆节”。"))
    if len(name) > 40:
        problems.append(Problem("name", "名称最多 40 个字，请精简。"))
    if not source:
        problems.append(Problem("source", "请写明依据，例如放假通知的名称和文号。"))
    if len(source) > 200:
        problems.append(Problem("source", "依据最多 200 个字，请精简。"))
    return problems
