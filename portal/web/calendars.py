"""The working calendar of this data version, and the warning over pages that count with a year nobody has announced."""

from collections.abc import Iterable
from datetime import date

from flask import current_app

from portal.almanac.calendars import working_calendar
from portal.domain.workdays import WorkingCalendar
from portal.store.extension import read
from portal.store.queries.calendar_days import announced_years, office_days
from portal.web.office import version


def working_calendar_now() -> WorkingCalendar:
    """The calendar every deadline and plan of this request counts with.

    Most changes of the data are none of the calendar's: then what it has worked out of its days so far is kept.
    """
    kept = current_app.extensions.setdefault("working_calendar", {})
    if kept.get("version") != version():
        stated = office_days(read()), announced_years(read())
        calendar = kept["calendar"] if kept.get("stated") == stated else working_calendar(*stated)
        kept = {"version": version(), "stated": stated, "calendar": calendar}
        current_app.extensions["working_calendar"] = kept
    found = kept["calendar"]
    assert isinstance(found, WorkingCalendar)  # noqa: S101 - tells mypy what the extension slot holds
    return found


def calendar_warning(days: Iterable[date | None], what: str = "有关日期") -> str | None:
    """The amber strip over a page that depends on these days, None when all their years are announced (domain 6).

    `what` names what may have to change once they are.
    """
    years = working_calendar_now().unofficial_years(day for day in days if day is not None)
    if not years:
        return None
    named = "、".join(f"{year}年" for year in years)
    return f"{named}放假安排尚未公布，节假日按法定节日推算，调休无法预知；公布后{what}可能需要调整。"
