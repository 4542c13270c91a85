"""The office's own days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.workdays import DayFact, DayKind, DaySource
from portal.store.models.calendar import CalendarDay
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


def office_days(session: Session) -> dict[date, DayFact]:
    """Every day the office has spoken about, as the working calendar wants them."""
    rows = session.execute(select(CalendarDay.day, CalendarDay.kind, CalendarDay.name).order_by(CalendarDay.day))
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
