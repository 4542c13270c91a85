"""Reading a calendar feed back with two programs' libraries; what they say must be the same."""

from dataclasses import dataclass
from datetime import datetime

import icalendar
import vobject


@dataclass(frozen=True)
class Read:
    """One event as somebody outside reads it."""

    uid: str
    title: str
    place: str
    description: str
    status: str
    sequence: int
    starts: datetime
    ends: datetime


def by_icalendar(data: bytes) -> dict[str, Read]:
    """The events by their UID, as `icalendar` reads them."""
    calendar = icalendar.Calendar.from_ical(data)
    return {
        str(it["UID"]): Read(
            str(it["UID"]), str(it["SUMMARY"]), str(it.get("LOCATION", "")), str(it.get("DESCRIPTION", "")),
            str(it["STATUS"]), int(it["SEQUENCE"]), it["DTSTART"].dt, it["DTEND"].dt,
        )
        for it in calendar.walk("VEVENT")
    }  # fmt: skip


def by_vobject(data: bytes) -> dict[str, Read]:
    """The events by their UID, as `vobject` reads them."""
    calendar = vobject.readOne(data.decode())

    def said(event: object, name: str) -> str:
        return getattr(event, name).value if hasattr(event, name) else ""

    return {
        it.uid.value: Read(
            it.uid.value, it.summary.value, said(it, "location"), said(it, "description"),
            it.status.value, int(it.sequence.value), it.dtstart.value, it.dtend.value,
        )
        for it in calendar.contents.get("vevent", [])
    }  # fmt: skip


def events(data: bytes) -> dict[str, Read]:
    """The events of a feed, after making sure that both libraries read the same."""
    one, other = by_icalendar(data), by_vobject(data)
    assert one == other
    return one
