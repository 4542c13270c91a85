"""The office's own days, and the years it imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.arrangements import Origin
from portal.domain.workdays import DayFact, DayKind, DaySource
from portal.store.models.calendar import AnnouncedDay, Announcement, CalendarDay
from portal.store.models.people import Account


@dataclass(frozen=True, slots=True)
class CalendarDayRow:
    """One day the office has spoken about: on whose word, entered by whom (None: the portal's own command)."""

    day: date
    kind: DayKind
    name: str
    source: str
    entered_by: str | None
    entered_at: datetime


_OFFICE_DAYS = select(CalendarDay.day, CalendarDay.kind, CalendarDay.name).order_by(CalendarDay.day)
_ANNOUNCED = (
    select(Announcement.year, AnnouncedDay.day, AnnouncedDay.kind, AnnouncedDay.name)
    .join(AnnouncedDay, AnnouncedDay.year == Announcement.year)
    .order_by(Announcement.year, AnnouncedDay.day)
)
"""Both are asked after every change of the data, so they are put together only once."""


def office_days(session: Session) -> dict[date, DayFact]:
    """Every day the office has spoken about, as the working calendar wants them."""
    rows = session.execute(_OFFICE_DAYS)
    return {day: DayFact(day, kind, name, DaySource.OFFICE) for day, kind, name in rows}


def calendar_day_rows(session: Session, year: int) -> Sequence[CalendarDayRow]:
    """What the office has set for a year, in order of date, in one statement."""
    rows = session.execute(
        select(
            CalendarDay.day,
            CalendarDay.kind,
            CalendarDay.name,
            CalendarDay.source,
            Account.display_name,
            CalendarDay.entered_at,
        )
        .outerjoin(Account, Account.id == CalendarDay.entered_by_id)
        .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(CalendarDay.day)
    )
    return [CalendarDayRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """A year's arrangement as it was imported: on whose word, read from what, by whom and when."""

    year: int
    source: str
    papers: tuple[str, ...]
    origin: Origin
    entered_by: str | None
    entered_at: datetime


def announced_years(session: Session) -> dict[int, dict[date, DayFact]]:
    """Every year that was imported with its days, as the working calendar wants them, in one statement."""
    rows = session.execute(_ANNOUNCED)
    years: dict[int, dict[date, DayFact]] = {}
    for year, day, kind, name in rows:
        years.setdefault(year, {})[day] = DayFact(day, kind, name, DaySource.IMPORTED)
    return years


def announcement(session: Session, year: int) -> AnnouncementRow | None:
    """Where a year's arrangement comes from, None when it was not imported."""
    row = session.execute(
        select(
            Announcement.year,
            Announcement.source,
            Announcement.papers,
            Announcement.origin,
            Account.display_name,
            Announcement.entered_at,
        )
        .outerjoin(Account, Account.id == Announcement.entered_by_id)
        .where(Announcement.year == year)
    ).first()
    if row is None:
        return None
    year, source, papers, origin, entered_by, entered_at = row
    return AnnouncementRow(year, source, tuple(papers), Origin(origin), entered_by, entered_at)
