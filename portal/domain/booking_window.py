"""When one can book for a day, and until when an offered place waits (domain 2.2, 9)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.domain.bookings import Origin
from portal.domain.errors import Problem
from portal.domain.messages import EVENING, MORNING
from portal.domain.office import OfficeRules
from portal.domain.receiving import WalkIns
from portal.domain.workdays import WorkingCalendar, day_text

SHORTEST_REASON = 4


@dataclass(frozen=True, slots=True)
class BookingWindow:
    """From which day on one can book for a day, and until which moment; None: no limit on that side."""

    opens_on: date | None
    closes_at: datetime | None


def window_of(day: date, rules: OfficeRules, calendar: WorkingCalendar, at: datetime) -> BookingWindow:
    """When booking for a day opens (calendar days before it) and closes (working days before it, at an hour).

    `at` is any moment in the office's zone.
    """
    opens = day - timedelta(days=rules.booking_open_days) if rules.booking_open_days else None
    if not rules.booking_close_days:
        return BookingWindow(opens, None)
    last = calendar.before(day, rules.booking_close_days)
    return BookingWindow(opens, datetime.combine(last, rules.booking_close_at, at.tzinfo))


def window_problems(
    day: date, window: BookingWindow, rules: OfficeRules, now: datetime, *, origin: Origin, reason: str, locked: bool
) -> list[Problem]:
    """Why nobody may be booked for a day now; a reason opens what has closed, if the office works that way.

    Whoever walks in on the day itself comes under the rule for walk-ins instead. `locked` tells whether the list of the
    day is confirmed already (NX-20); `now` is in the office's zone.
    """
    if origin is Origin.WALK_IN:
        return walk_in_problems(day, rules, now)
    if window.opens_on is not None and now.date() < window.opens_on:
        message = f"{day_text(day)}的预约从{day_text(window.opens_on)}开始受理，请届时再登记，或另选接待日。"
        return [Problem("slot", message)]
    closed = window.closes_at is not None and now >= window.closes_at
    if not closed and not locked:
        return []
    said = "名单已经确认锁定" if locked else f"预约已于{day_text(_last(window))} {_last(window):%H:%M} 截止"
    if not rules.urgent_bookings:
        return [Problem("slot", f"{day_text(day)}接待日{said}，请另选接待日。")]
    if len(reason.strip()) >= SHORTEST_REASON:
        return []
    return [
        Problem(
            "urgent_reason", f"{day_text(day)}接待日{said}；确有急事的，请写明理由（不少于 {SHORTEST_REASON} 个字）。"
        )
    ]


def _last(window: BookingWindow) -> datetime:
    assert window.closes_at is not None  # noqa: S101 - only asked of a window that has closed
    return window.closes_at


def walk_in_problems(day: date, rules: OfficeRules, now: datetime) -> list[Problem]:
    """Why nobody may walk in on a day: it is not today, or the office does not receive walk-ins."""
    if day != now.date():
        return [Problem("origin", "“现场”只用于接待日当天到场的企业；提前登记请选企业申请或工商联邀请。")]
    if rules.walk_ins is WalkIns.NEVER:
        message = "按本单位的规定，未预约的企业不安排领导接待。请为企业登记另一个接待日，或登记诉求后由办公室转办。"
        return [Problem("origin", message)]
    return []


def daytime_later(now: datetime, minutes: int) -> datetime:
    """The moment so many minutes later, counting only the daytime: nobody is asked to answer at night.

    `now` is in the office's zone.
    """
    left, at = timedelta(minutes=minutes), _in_daytime(now)
    while at + left > (evening := datetime.combine(at.date(), EVENING, at.tzinfo)):
        left -= evening - at
        at = datetime.combine(at.date() + timedelta(days=1), MORNING, at.tzinfo)
    return at + left


def _in_daytime(now: datetime) -> datetime:
    if now.time() < MORNING:
        return datetime.combine(now.date(), MORNING, now.tzinfo)
    if now.time() >= EVENING:
        return datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)
    return now


def offer_deadline(now: datetime, minutes: int, day: date, starts_at: time) -> datetime | None:
    """Until when a free place waits for an answer: some daytime minutes, never beyond the beginning of its slot.

    None when the slot has begun: there is nothing left to offer.
    """
    begins = datetime.combine(day, starts_at, now.tzinfo)
    return None if now >= begins else min(daytime_later(now, minutes), begins)
