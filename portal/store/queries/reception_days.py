"""Reception days: what is planned, who serves, how full they are."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.reception_days import DayState
from portal.store.models.reception import ReceptionDay


def next_reception_day(session: Session, today: date) -> date | None:
    """The coming reception day, today included, that has not been cancelled."""
    return session.scalar(
        select(ReceptionDay.day)
        .where(ReceptionDay.day >= today, ReceptionDay.state != DayState.CANCELLED)
        .order_by(ReceptionDay.day)
        .limit(1)
    )
