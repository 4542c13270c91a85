"""The working calendar as the records stand, for whoever counts days."""

from sqlalchemy.orm import Session

from portal.almanac.calendars import working_calendar
from portal.almanac.statutory import predicted_days
from portal.domain.workdays import WorkingCalendar
from portal.store.queries.calendar_days import announced_years, office_days


def calendar_now(session: Session) -> WorkingCalendar:
    """The calendar every deadline and plan counts with: the office's days over imported and known arrangements."""
    return working_calendar(office_days(session), announced_years(session))


def foreseen_calendar(session: Session) -> WorkingCalendar:
    """The calendar as it looked while no year was announced: what was planned early was planned with it."""
    return WorkingCalendar(office_days(session), lambda _: None, predicted_days)
