"""What is late, computed whenever it is asked and never stored (domain 9): one clause for every list, count and figure.

A limit counted in hours is over at its moment, every other when its day has passed.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from portal.clock import ZONE
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import ON_THE_WAY
from portal.store.models.matters import Matter

OVERDUE_IN, SLOW_IN = CLOCK_RUNS, frozenset(ON_THE_WAY)
"""The states in which the one and the other clock runs."""


def handling_is_overdue(today: date) -> ColumnElement[bool]:
    """The lead unit has not handed in a signed result by the last day of its handling clock, which is never counted in hours."""
    return and_(Matter.state.in_(OVERDUE_IN), Matter.due_on < today)


def step_is_overdue(now: datetime) -> ColumnElement[bool]:
    """Whoever owes the next step on the way to closing has not taken it in time; a paused matter was not looked at again."""
    return and_(Matter.state.in_(SLOW_IN), is_over(Matter.step_due_on, Matter.step_due_at, now))


def is_late(now: datetime) -> ColumnElement[bool]:
    """Either of both: something on this matter is late."""
    return or_(handling_is_overdue(day_at(now)), step_is_overdue(now))


def is_over(day: Any, moment: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a limit has passed: its moment where it has one, else its day; the day alone narrows it, as an index needs."""
    today = day_at(now)
    return and_(day <= today, or_(day < today, moment < now))


def in_time(done: tuple[Any, Any], limit: tuple[Any, Any]) -> ColumnElement[bool]:
    """Whether what was done on a day, at a moment, kept a limit, which has a moment only where it was counted in hours."""
    return and_(done[0] <= limit[0], or_(limit[1].is_(None), done[1] <= limit[1]))


def day_at(now: datetime) -> date:
    """The day here in China at a moment."""
    return now.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """The moment a day begins: for figures that judge by days."""
    return datetime.combine(day, time(), ZONE)
