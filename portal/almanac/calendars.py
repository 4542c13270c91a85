"""The working calendar, put together from everything that knows about days."""

from portal.almanac.official import official_days
from portal.almanac.statutory import predicted_days
from portal.domain.workdays import Days, WorkingCalendar


def working_calendar(office_days: Days) -> WorkingCalendar:
    """The calendar to count with: the office's own days over the official ones over the predicted ones (domain 6)."""
    return WorkingCalendar(office_days, official_days, predicted_days)
