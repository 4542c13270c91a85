"""What groups hear of a reception day through their robots: dates, places and counts, no enterprise and no person."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.bookings import BookingState
from portal.domain.workdays import day_text
from portal.services.telling import tell_groups
from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay


def day_is_published(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """A day was published: when and where."""
    body = f"时间：{day.starts_at:%H:%M} 开始；地点：{day.venue}。"
    _tell(session, day, "published", f"{day_text(day.day, now.date())}接待日已发布", body, now=now)


def day_is_moved(session: Session, day: ReceptionDay, from_day: date, *, now: datetime) -> None:
    """A day was put on another date."""
    today = now.date()
    subject = f"接待日改期：{day_text(from_day, today)}改到{day_text(day.day, today)}"
    _tell(session, day, "moved", subject, f"时间：{day.starts_at:%H:%M} 开始；地点：{day.venue}。", now=now)


def day_is_changed(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """A day begins at another hour, or is held elsewhere."""
    body = f"时间：{day.starts_at:%H:%M} 开始；地点：{day.venue}。"
    _tell(session, day, "changed", f"{day_text(day.day, now.date())}接待日的时间或地点有变", body, now=now)


def day_is_cancelled(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """A day will not take place."""
    _tell(session, day, "cancelled", f"{day_text(day.day, now.date())}接待日已取消", "", now=now)


def list_is_locked(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """The list of a day stands: how many enterprises come with how many matters."""
    confirmed = (Booking.reception_day_id == day.id, Booking.state == BookingState.CONFIRMED)
    groups = session.scalar(select(func.count()).select_from(Booking).where(*confirmed)) or 0
    told = select(func.count()).select_from(Matter).join(Booking, Booking.id == Matter.booking_id).where(*confirmed)
    body = f"企业 {groups} 家，诉求 {session.scalar(told) or 0} 项。请参加接待的单位按通知到场。"
    mark = f"{day.list_locked_at:%Y%m%d%H%M%S}" if day.list_locked_at else f"{day.day}"
    subject = f"{day_text(day.day, now.date())}接待日名单已确定"
    _tell(session, day, "listed", subject, body, mark=mark, now=now)


def day_is_closed(session: Session, day: ReceptionDay, *, now: datetime) -> None:
    """A day is over: how many enterprises were received, and what they raised."""
    received = (Booking.reception_day_id == day.id, Booking.state == BookingState.FINISHED)
    groups = session.scalar(select(func.count()).select_from(Booking).where(*received)) or 0
    told = session.execute(
        select(Matter.kind, func.count())
        .join(Booking, Booking.id == Matter.booking_id)
        .where(*received)
        .group_by(Matter.kind)
        .order_by(func.count().desc(), Matter.kind)
    ).all()
    kinds = "、".join(f"{kind.label} {number}" for kind, number in told)
    total = sum(number for _, number in told)
    body = f"接待企业 {groups} 家，诉求 {total} 项" + (f"（{kinds}）。" if kinds else "。")
    _tell(session, day, "closed", f"{day_text(day.day, now.date())}接待日已结束", body, now=now)


def _tell(
    session: Session, day: ReceptionDay, word: str, subject: str, body: str, *, mark: str = "", now: datetime
) -> None:
    key, url = f"group-day-{word}:{day.id}:{mark or day.sequence}", f"/reception-days/{day.day.isoformat()}"
    tell_groups(session, key, subject, body=body, url=url, now=now)
