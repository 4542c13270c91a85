"""Until when what was said on a reception day may be written down, and from when on only with a reason (domain 2.2)."""

from datetime import date, datetime

from portal.domain.errors import Problem
from portal.domain.office import OfficeRules
from portal.domain.workdays import WorkingCalendar

SHORTEST_REASON = 4
LONGEST_REASON = 200


def entry_limit(day: date, rules: OfficeRules, calendar: WorkingCalendar, now: datetime) -> datetime:
    """The last moment at which an entry needs no reason, in the zone of `now`: an hour so many working days after the day."""
    return datetime.combine(calendar.after(day, rules.entry_days), rules.entry_until, now.tzinfo)


def may_be_late(day: date, now: datetime, *, is_closed: bool) -> bool:
    """Whether the limit holds at all: while a day is held, nobody asks what hour it is. `now` is local."""
    return is_closed or now.date() > day


def reason_problems(limit: datetime, reason: str) -> list[Problem]:
    """What is wrong with the reason of an entry after the limit."""
    length = len(reason.strip())
    if length < SHORTEST_REASON:
        until = f"{limit.month}月{limit.day}日 {limit:%H:%M}"
        told = f"补录时限（{until}）已过，请写明补录原因，不少于 {SHORTEST_REASON} 个字。"
        return [Problem("late_reason", told)]
    if length > LONGEST_REASON:
        return [Problem("late_reason", f"补录原因最多 {LONGEST_REASON} 个字，请精简。")]
    return []
