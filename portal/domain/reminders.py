"""Reminders: what one is, and when people may be told: never at night or on a rest day (domain 2.1, 6).

What is reminded of stands by its subject in the modules beside: days, requests, units, contacts, matters.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.messages import DAYTIME, Daytime, by_day
from portal.domain.people import Role
from portal.domain.workdays import ONE_DAY, WorkingCalendar

KINDS = frozenset(
    {
        "duty-reminder",
        "day-ahead",
        "notice-due",
        "notice-late",
        "leave-waiting",
        "swap-waiting",
        "change-waiting",
        "consult-ending",
        "consult-ended",
        "opinion-due",
        "opinion-overdue",
        "receipt-due",
        "receipt-overdue",
        "receipt-late",
        "contact-due",
        "contact-over",
        "contact-late",
        "matter-half",
        "matter-due",
        "matter-over",
        "matter-late",
        "matter-official",
        "helper-due",
        "helper-over",
        "step-due",
        "step-over",
        "step-late",
    }
)
"""What a reminder's key begins with; no other message's does."""

MOST_NAMED = 5
"""Matters that a reminder names; the page lists the rest."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to tell to the people of some leaders or units and to everybody in some roles, from a moment on.

    Of `head_unit_ids` the heads of the units are told, or everybody there where no account is marked as the head's.
    """

    key: str
    subject: str
    url: str
    due_at: datetime
    body: str = ""
    leader_ids: tuple[int, ...] = ()
    roles: tuple[Role, ...] = ()
    unit_ids: tuple[int, ...] = ()
    head_unit_ids: tuple[int, ...] = ()
    account_ids: tuple[int, ...] = ()


def waking_moment(calendar: WorkingCalendar, at: datetime, daytime: Daytime = DAYTIME) -> datetime:
    """The moment itself in the daytime of a working day, otherwise the morning of the next one."""
    at = by_day(at, daytime)
    working = calendar.next_working(at.date())
    return at if working == at.date() else datetime.combine(working, daytime.begins, at.tzinfo)


def reached(
    calendar: WorkingCalendar, day: date, before: Collection[int], now: datetime, daytime: Daytime = DAYTIME
) -> int | None:
    """Which of the reminders `before` (working days before the day) is the last whose morning has come, if any.

    So a day planned late is reminded of once, not of everything that was missed.
    """
    come = [n for n in before if datetime.combine(calendar.before(day, n), daytime.begins, now.tzinfo) <= now]
    return min(come, default=None)


def how_soon(day: date, seen_on: date, calendar: WorkingCalendar) -> str:
    """今天, 明天, or how many working days on, as the reader counts who sees it on `seen_on`."""
    if day == seen_on:
        return "今天"
    if day == seen_on + ONE_DAY:
        return "明天"
    return f"{calendar.between(seen_on, day)}个工作日后"
