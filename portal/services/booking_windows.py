"""Whether a day takes bookings now (domain 2.2, 9; NX-20)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.booking_window import walk_in_problems, window_of, window_problems
from portal.domain.bookings import Origin
from portal.domain.errors import Problem
from portal.domain.list_lock import ListFacts, list_is_locked
from portal.domain.office import OfficeRules
from portal.services.calendars import calendar_now
from portal.store.models.reception import ReceptionDay

FAR_AHEAD = timedelta(days=30)
"""Beyond the longest row of rest days: what may not happen some working days before a day need not be counted so early."""


def booking_window_problems(
    session: Session, day: ReceptionDay, rules: OfficeRules, origin: Origin, reason: str, *, now: datetime
) -> list[Problem]:
    """Why a day takes no bookings now although it is neither over nor off: too early, closed, its list confirmed."""
    at = now.astimezone(ZONE)
    days = timedelta(days=2 * max(rules.booking_close_days, rules.list_lock_days))
    if not (rules.booking_open_days or day.list_locked_at) and day.day - at.date() > FAR_AHEAD + days:
        return [] if origin is not Origin.WALK_IN else walk_in_problems(day.day, rules, at)
    calendar = calendar_now(session)
    facts = ListFacts(day.day, day.list_locked_at, day.list_opened_at)
    window, locked = window_of(day.day, rules, calendar, at), list_is_locked(facts, rules, calendar, at)
    return window_problems(day.day, window, rules, at, origin=origin, reason=reason, locked=locked)
