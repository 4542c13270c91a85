"""The working calendar of this data version: the office's own days over the official arrangement."""

from flask import current_app

from portal.domain.workdays import WorkingCalendar
from portal.services.calendars import calendar_now
from portal.store.extension import read
from portal.web.office import version


def working_calendar_now() -> WorkingCalendar:
    """The calendar every deadline and plan of this request counts with."""
    kept = current_app.extensions.setdefault("working_calendar", {})
    if kept.get("version") != version():
        calendar = calendar_now(read())
        current_app.extensions["working_calendar"] = kept = {"version": version(), "calendar": calendar}
    found = kept["calendar"]
    assert isinstance(found, WorkingCalendar)  # noqa: S101 - tells mypy what the extension slot holds
    return found
