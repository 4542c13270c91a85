"""The one clock: every `now` and `today` of the portal is read here and handed down as an argument."""

from datetime import date, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one zone without summer time, so a fixed offset is exact for every date the office records."""

_standing: datetime | None = None


def now() -> datetime:
    """The present instant in China's zone, or the instant the clock was told to stand at."""
    return _standing if _standing is not None else datetime.now(ZONE)


def today() -> date:
    """The present calendar day in China."""
    return now().date()


def running() -> datetime:
    """The present instant even while the clock stands: for leases, pauses, and whether a process still works."""
    return datetime.now(ZONE)


def stand_at(instant: datetime | None) -> None:
    """Stop the clock at an instant (`PORTAL_TODAY`; without a zone it means China's), or let it run again with None."""
    global _standing  # noqa: PLW0603 - a process has one clock, set once by the composition root
    if instant is None:
        _standing = None
    else:
        _standing = instant.replace(tzinfo=ZONE) if instant.tzinfo is None else instant.astimezone(ZONE)
