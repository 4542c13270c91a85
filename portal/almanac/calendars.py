"""The working calendar, put together from everything that knows about days."""

from collections.abc import Mapping

from portal.almanac.official import official_days
from portal.almanac.statutory import predicted_days
from portal.domain.workdays import Days, WorkingCalendar


def working_calendar(office_days: Days, announced: Mapping[int, Days]) -> WorkingCalendar:
    """The calendar to count with (domain 6): the strongest word on a day holds.

    The office's own days stand over what it imported of a year (`announced`, by year), that over what the package knows,
    that over what the law lets foresee. A year that was imported is the imported one wholly.
    """

    def official(year: int) -> Days | None:
        imported = announced.get(year)
        return official_days(year) if imported is None else imported

    return WorkingCalendar(office_days, official, predicted_days)
