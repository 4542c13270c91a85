"""The office's own days."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.workdays import DayFact, DaySource
from portal.store.models.calendar import CalendarDay


def office_days(session: Session) -> dict[date, DayFact]:
    """Every day the office has spoken about, as the working calendar wants them."""
    rows = session.execute(select(CalendarDay.day, CalendarDay.kind, CalendarDay.name).order_by(CalendarDay.day))
    return {day: DayFact(day, kind, name, DaySource.OFFICE) for day, kind, name in rows}
