"""Events for calendar programs: an iCalendar file after RFC 5545 with the properties of RFC 7986.

`icalendar` is imported on first use, because a portal that nobody subscribes to need not load it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from portal.domain.feeds import EventStatus

if TYPE_CHECKING:
    from icalendar import Calendar, Event, Timezone

ZONE_NAME = "Asia/Shanghai"
PRODUCT = "-//reception-portal//calendar feed//ZH"
REFRESH = timedelta(hours=1)
COLOUR = "firebrick"
"""A colour of CSS3 by name, as RFC 7986 5.9 wants it; the nearest to the portal's red."""

_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters no text of an iCalendar file may hold (RFC 5545 3.3.11), and halves of characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One event. `uid` stays for ever, `sequence` rises with every change that matters; moments carry their zone."""

    uid: str
    title: str
    status: EventStatus
    starts: datetime
    ends: datetime
    place: str = ""
    description: str = ""
    url: str = ""
    sequence: int = 0
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSheet:
    """A calendar of events; `source` is where it is read, `url` a page for people."""

    uid: str
    name: str
    description: str = ""
    source: str
    url: str
    events: tuple[FeedEvent, ...] = ()
    changed_at: datetime


def calendar_feed(sheet: FeedSheet) -> bytes:
    """Write a calendar; the same sheet always gives the same bytes, as nothing in it is the present moment."""
    from icalendar import Calendar, vText  # noqa: PLC0415 - only for those who subscribe

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("uid", sheet.uid)
    for name in ("name", "x-wr-calname"):
        calendar.add(name, vText(as_text(sheet.name)))
    for name in ("description", "x-wr-caldesc"):
        calendar.add(name, vText(as_text(sheet.description)))
    calendar.add("x-wr-timezone", ZONE_NAME)
    calendar.add("url", sheet.url)
    calendar.add("source", sheet.source, parameters={"VALUE": "URI"})
    calendar.add("color", COLOUR)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add("last-modified", sheet.changed_at.astimezone(UTC))
    calendar.add_component(_china())
    for event in sheet.events:
        calendar.add_component(_event(event))
    return _bytes(calendar)


def as_text(text: str) -> str:
    """A text as a calendar program gets it back: every line end is the one it knows, what is not text is left out."""
    return _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", text))


def _event(sheet: FeedEvent) -> "Event":
    from icalendar import Event  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", sheet.uid)
    event.add("dtstamp", sheet.changed_at.astimezone(UTC))
    event.add("last-modified", sheet.changed_at.astimezone(UTC))
    event.add("sequence", sheet.sequence)
    event.add("status", sheet.status.name)
    event.add("summary", as_text(sheet.title))
    event.add("dtstart", sheet.starts.astimezone(ZoneInfo(ZONE_NAME)))
    event.add("dtend", sheet.ends.astimezone(ZoneInfo(ZONE_NAME)))
    event.add("transp", "TRANSPARENT" if sheet.status is EventStatus.CANCELLED else "OPAQUE")
    event.add("class", "PRIVATE")
    optional: dict[str, Any] = {"location": as_text(sheet.place), "description": as_text(sheet.description)}
    for name, value in (optional | {"url": sheet.url}).items():
        if value:
            event.add(name, value)
    return event


def _china() -> "Timezone":
    """The one zone of all events: eight hours ahead all the year; no event lies in the summer times before 1992."""
    from icalendar import Timezone, TimezoneStandard  # noqa: PLC0415 - as above

    ahead = timedelta(hours=8)
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1992, 1, 1))  # noqa: DTZ001 - a zone is defined in its own local time
    standard.add("tzoffsetfrom", ahead)
    standard.add("tzoffsetto", ahead)
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", ZONE_NAME)
    zone.add_component(standard)
    return zone


def _bytes(calendar: "Calendar") -> bytes:
    return bytes(calendar.to_ical(sorted=False))
