"""Who hears of a new place or new hours of a reception day: the enterprises booked, those on duty, the units that sit in."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.reception_days import DayState
from portal.domain.visitor_news import Occasion, visit_time
from portal.domain.workdays import day_text
from portal.services import group_news
from portal.services.messages import accounts_of_leaders, accounts_of_units, tell
from portal.services.telling import tell_visitor
from portal.store.models.bookings import Booking
from portal.store.models.reception import DutyTurn, ReceptionDay, Slot
from portal.store.queries.day_changes import units_invited_on

EXPECTED = (BookingState.OFFERED, BookingState.PENDING, BookingState.CONFIRMED)


def times_told(session: Session, day: ReceptionDay, *, now: datetime) -> dict[int, str]:
    """When the enterprises expected on a day were told to come, by booking; asked before the hours change."""
    rows = session.execute(
        select(Booking.id, Slot.starts_at)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.reception_day_id == day.id, Booking.state.in_(EXPECTED))
        .order_by(Booking.id)
    )
    today = now.astimezone(ZONE).date()
    return {it.id: visit_time(day.day, it.starts_at, today) for it in rows}


def tell_of_change(
    session: Session, day: ReceptionDay, before: Mapping[int, str], *, later: bool, now: datetime
) -> None:
    """Tell everybody whom a new place concerns, or new hours if it begins `later` or earlier; nobody of a day that is over."""
    today = now.astimezone(ZONE).date()
    if day.day < today:
        return
    occasion = Occasion.CHANGED if later else Occasion.PLACE_CHANGED
    for booking_id, told in before.items():
        tell_visitor(session, booking_id, occasion, before=told, now=now)
    on_duty = session.scalars(select(DutyTurn.leader_id).where(DutyTurn.reception_day_id == day.id)).all()
    concerned = [*accounts_of_leaders(session, on_duty), *accounts_of_units(session, units_invited_on(session, day.id))]
    tell(
        session,
        concerned,
        f"day-changed:{day.id}:{day.sequence}",
        f"{day_text(day.day, today)}接待日的时间或地点有变",
        body=f"{day.starts_at:%H:%M} 开始，地点：{day.venue}。",
        url=f"/reception-days/{day.day.isoformat()}",
        now=now,
    )
    if day.state is DayState.PUBLISHED:
        group_news.day_is_changed(session, day, now=now)
