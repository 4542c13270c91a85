"""The office's own word on a day, over the official arrangement (domain 6)."""

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.almanac.calendars import working_calendar
from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR
from portal.domain.errors import Conflict, NotFound, Problem, refuse
from portal.domain.people import Action, Actor, must
from portal.domain.workdays import WORKING_KINDS, DayFact, DayKind, Days, DaySource, day_text
from portal.services.calendars import calendar_now
from portal.services.recounts import Moves, hold_records, keep_moves, proposed_moves
from portal.store.audit_trail import record
from portal.store.models.calendar import CalendarDay
from portal.store.queries.calendar_days import announced_years, office_days

NAMELESS = WORKING_KINDS | {DayKind.WEEKEND}
"""Kinds of day that need no holiday's name."""


def proposed_setting(session: Session, day: date, kind: DayKind, name: str, source: str, *, today: date) -> Moves:
    """What saying so of a day would move, without saying it. Raises what `set_day` raises for its words."""
    refuse(_problems(day, kind, name.strip(), source.strip()))
    own = office_days(session)
    return _moves(session, own | {day: DayFact(day, kind, name.strip(), DaySource.OFFICE)}, today=today)


def proposed_clearing(session: Session, day: date, *, today: date) -> Moves:
    """What taking the office's word on a day back would move, without taking it back."""
    own = office_days(session)
    return _moves(session, {it: fact for it, fact in own.items() if it != day}, today=today)


def _moves(session: Session, own: Days, *, today: date) -> Moves:
    after = working_calendar(own, announced_years(session))
    return proposed_moves(session, calendar_now(session), after, today=today)


def set_day(
    session: Session,
    day: date,
    kind: DayKind,
    name: str,
    source: str,
    *,
    seen: str | None = None,
    actor: Actor,
    now: datetime,
) -> CalendarDay:
    """Say what a day is, on the word of a paper; a second word replaces the first (domain 6).

    Every count of working days follows at once, open limits and coming days move (domain 11.10). `seen` is the mark of the moves
    the person looked at, None when nobody looked at a page. Raises RuleBroken on `source` without a paper, on `name` for a
    holiday without a name, on `day` outside the years of the calendar, and Conflict when something has changed since.
    """
    must(actor, Action.KEEP_CALENDAR)
    name, source = name.strip(), source.strip()
    hold_records(session, today=now.date())
    moves = proposed_setting(session, day, kind, name, source, today=now.date())
    _as_seen(moves, seen)
    kept = session.get(CalendarDay, day)
    if kept is None:
        kept = CalendarDay(day=day)
        session.add(kept)
    kept.kind, kept.name, kept.source = kind, name, source
    kept.entered_by_id = None if actor.is_portal else actor.account_id
    kept.entered_at = now
    what = f"{name}（{kind.label}）" if name else kind.label
    try:
        session.flush()
    except IntegrityError:
        message = f"{day_text(day, now.date())}刚刚由别人设定，本次没有改动。请重新打开页面查看，再作设定。"
        raise Conflict(message, field="day") from None
    record(
        session, actor, now, "calendar_day_set", kept, summary=f"设定{day_text(day, now.date())}为{what}", source=source
    )
    keep_moves(session, moves, actor=actor, now=now)
    return kept


def clear_day(session: Session, day: date, *, seen: str | None = None, actor: Actor, now: datetime) -> None:
    """Take the office's word on a day back, so that the official arrangement holds again.

    What follows is as in `set_day`. Raises NotFound when there is no such word, Conflict when something has changed since.
    """
    must(actor, Action.KEEP_CALENDAR)
    hold_records(session, today=now.date())
    kept = session.get(CalendarDay, day, with_for_update=True, populate_existing=True)
    if kept is None:
        raise NotFound(f"{day_text(day, now.date())}没有本单位的设定，无需清除。")
    moves = proposed_clearing(session, day, today=now.date())
    _as_seen(moves, seen)
    session.delete(kept)
    record(
        session,
        actor,
        now,
        "calendar_day_cleared",
        kept,
        summary=f"清除对{day_text(day, now.date())}的设定，恢复官方安排",
    )
    keep_moves(session, moves, actor=actor, now=now)


def _as_seen(moves: Moves, seen: str | None) -> None:
    if seen is not None and seen != moves.mark:
        raise Conflict("您查看之后，有关的时限或接待日有了变化，本次没有改动。请看过新的影响再确认。")


def _problems(day: date, kind: DayKind, name: str, source: str) -> list[Problem]:
    problems = []
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        problems.append(Problem("day", f"年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，请检查。"))
    if not name and kind not in NAMELESS:
        problems.append(Problem("name", f"{kind.label}须写明名称，例如“国庆节”。"))
    if len(name) > 40:
        problems.append(Problem("name", "名称最多 40 个字，请精简。"))
    if not source:
        problems.append(Problem("source", "请写明依据，例如放假通知的名称和文号。"))
    if len(source) > 200:
        problems.append(Problem("source", "依据最多 200 个字，请精简。"))
    return problems
