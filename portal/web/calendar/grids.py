"""A month and a year as the calendar macros draw them."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from portal.almanac.lunar import lunar_day
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import DayFact, DayKind, WorkingCalendar, day_text
from portal.store.queries.reception_days import DayRow

WEEKS = Calendar()
STANDBY = DutySeat.STANDBY.label


@dataclass(frozen=True, slots=True)
class Event:
    """A reception day inside a month's cell."""

    time: str
    venue: str
    leaders: tuple[tuple[str, str], ...]
    booked: int
    capacity: int
    missing: tuple[str, ...]
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month."""

    day: int
    label: str
    in_month: bool
    lunar: str
    badge: str | None
    is_today: bool
    url: str | None
    reception: Event | None


@dataclass(frozen=True, slots=True)
class SmallCell:
    """One day of a year."""

    day: int
    label: str
    badge: str | None
    is_today: bool
    url: str | None
    missing: bool


@dataclass(frozen=True, slots=True)
class SmallMonth:
    """One month of a year; days of its neighbours are None."""

    label: str
    url: str
    weeks: Sequence[Sequence[SmallCell | None]]


def days_of_month(year: int, month: int) -> list[list[date]]:
    """The weeks that touch a month, each from Monday to Sunday."""
    return WEEKS.monthdatescalendar(year, month)


def month_weeks(
    year: int, month: int, rows: Sequence[DayRow], calendar: WorkingCalendar, seats: Sequence[str], today: date
) -> list[list[Cell]]:
    """The cells of a month with lunar days, rest and make-up days, and what is known of its reception days."""
    by_day = {row.day: row for row in rows}
    return [
        [_cell(day, month, by_day.get(day), calendar.fact(day), seats, today) for day in week]
        for week in days_of_month(year, month)
    ]


def _cell(day: date, month: int, row: DayRow | None, fact: DayFact, seats: Sequence[str], today: date) -> Cell:
    url = url_for("reception_days.show", day=day) if row is not None else None
    standing = row is not None and row.state is not DayState.CANCELLED
    return Cell(
        day=day.day,
        label=day_text(day),
        in_month=day.month == month,
        lunar=fact.name if fact.name and not fact.is_working else lunar_day(day).label,
        badge=_badge(fact),
        is_today=day == today,
        url=url,
        reception=_event(row, url, seats, today) if row is not None and url is not None and standing else None,
    )


def _badge(fact: DayFact) -> str | None:
    if fact.kind is DayKind.MAKE_UP:
        return "班"
    return None if fact.is_working else "休"


def _event(row: DayRow, url: str, seats: Sequence[str], today: date) -> Event:
    unsaid = "" if row.state is DayState.PUBLISHED else f" {row.state.label}"
    return Event(
        time=f"{row.starts_at:%H:%M}{unsaid}",
        venue=row.venue,
        leaders=tuple((turn.leader, STANDBY if turn.seat is DutySeat.STANDBY else turn.post) for turn in row.turns),
        booked=row.booked,
        capacity=row.capacity,
        missing=row.missing(seats) if row.day >= today else (),
        url=url,
        state=row.state.label,
    )


def year_months(
    year: int, rows: Sequence[DayRow], calendar: WorkingCalendar, seats: Sequence[str], today: date
) -> list[SmallMonth]:
    """The twelve months of a year; reception days lead to their page, holidays and make-up days are marked."""
    by_day = {row.day: row for row in rows if row.state is not DayState.CANCELLED}
    return [
        SmallMonth(
            f"{month}月",
            url_for("calendar.month", year=year, month=month),
            [
                [
                    _small_cell(day, by_day, calendar.fact(day), seats, today) if day.month == month else None
                    for day in week
                ]
                for week in days_of_month(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _small_cell(
    day: date, by_day: Mapping[date, DayRow], fact: DayFact, seats: Sequence[str], today: date
) -> SmallCell:
    row = by_day.get(day)
    return SmallCell(
        day=day.day,
        label=day_text(day),
        badge=_badge(fact),
        is_today=day == today,
        url=url_for("reception_days.show", day=day) if row else None,
        missing=row is not None and day >= today and bool(row.missing(seats)),
    )
