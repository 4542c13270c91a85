"""Enterprises are reminded of their visit some working days before, unless they were told of it since (domain 8)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.messages import by_day
from portal.domain.reception_days import DayState
from portal.domain.reminders import reached
from portal.domain.visitor_news import Occasion
from portal.services import group_news
from portal.services.calendars import calendar_now
from portal.services.list_locks import lock_of_list
from portal.services.places import lock_days
from portal.services.telling import VISITOR_CHANNELS, tell_visitor
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message, Robot
from portal.store.models.reception import ReceptionDay
from portal.store.queries.office import office_rules

FURTHEST = timedelta(days=75)
"""Thirty working days, the longest the settings allow, with every holiday there is."""


def visits_to_remind_of(session: Session, *, now: datetime) -> Sequence[int]:
    """Confirmed bookings whose enterprise is to be told now that its visit is near; reads only.

    Nobody is told at night, on the day itself, or of what was told since the morning of the reminder.
    """
    days_before, calendar = office_rules(session).remind_visitor_days, calendar_now(session)
    if not days_before or by_day(now) != now or not calendar.is_working(now.date()):
        return []
    found: list[int] = []
    for day_id, day in _coming(session, now.date()):
        n = reached(calendar, day, days_before, now)
        if n is None:
            continue
        since = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since -= timedelta(days=(now.date() - calendar.before(day, n)).days)
        told = select(Message.id).where(
            Message.booking_id == Booking.id, Message.channel.in_(VISITOR_CHANNELS), Message.made_at >= since
        )
        found += session.scalars(
            select(Booking.id).where(
                Booking.reception_day_id == day_id, Booking.state == BookingState.CONFIRMED, ~told.exists()
            )
        )
    return sorted(found)


def remind_visitors(session: Session, *, now: datetime) -> int:
    """Tell those enterprises; answers how many.

    Their days are held first, and looked at once more then: whoever is cancelled or moved at this moment is not told to come.
    """
    near = visits_to_remind_of(session, now=now)
    lock_days(session, *session.scalars(select(Booking.reception_day_id).where(Booking.id.in_(near)).distinct()))
    found = visits_to_remind_of(session, now=now)
    for booking_id in found:
        tell_visitor(session, booking_id, Occasion.REMINDER, now=now)
    return len(found)


def lists_to_announce(session: Session, *, now: datetime) -> Sequence[int]:
    """Published days whose list the hour has locked and of which no group has heard yet; reads only."""
    if session.scalar(select(Robot.id).where(Robot.active).limit(1)) is None:
        return []
    days = session.execute(
        select(ReceptionDay.id, ReceptionDay.list_locked_at).where(
            ReceptionDay.state == DayState.PUBLISHED, ReceptionDay.day.between(now.date(), now.date() + FURTHEST)
        )
    ).all()
    by_hour = [it.id for it in days if it.list_locked_at is None and not _is_announced(session, it.id)]
    return [day_id for day_id in by_hour if lock_of_list(session, day_id, now=now).is_locked]


def announce_lists(session: Session, *, now: datetime) -> int:
    """Tell the groups that those lists stand; answers for how many days."""
    found = lists_to_announce(session, now=now)
    for day in session.scalars(select(ReceptionDay).where(ReceptionDay.id.in_(found))).all():
        group_news.list_is_locked(session, day, now=now)
    return len(found)


def _is_announced(session: Session, day_id: int) -> bool:
    key = Message.key.startswith(f"group-day-listed:{day_id}:", autoescape=True)
    return session.scalar(select(Message.id).where(key).limit(1)) is not None


def _coming(session: Session, today: date) -> Sequence[tuple[int, date]]:
    rows = session.execute(
        select(ReceptionDay.id, ReceptionDay.day)
        .where(
            ReceptionDay.day > today,
            ReceptionDay.day <= today + FURTHEST,
            ReceptionDay.state.in_((DayState.PLANNED, DayState.PUBLISHED)),
        )
        .order_by(ReceptionDay.day)
    )
    return [(row.id, row.day) for row in rows]
