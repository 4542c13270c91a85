"""Tables, one aggregate a file; importing this package registers them all."""

from portal.store.models import (
    audit,
    bookings,
    calendar,
    duty,
    enterprises,
    files,
    matters,
    messages,
    office,
    papers,
    people,
    reception,
    signing,
    slips,
)

__all__ = [
    "audit",
    "bookings",
    "calendar",
    "duty",
    "enterprises",
    "files",
    "matters",
    "messages",
    "office",
    "papers",
    "people",
    "reception",
    "signing",
    "slips",
]
