"""Telling those who have no account: the enterprise by text message or by telephone, a group through its robot (domain 8)."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.messages import Channel, MessageState, by_day
from portal.domain.visitor_news import Occasion, Visit, news
from portal.notify import sms
from portal.store.base import table_of
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.messages import Message, Robot
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.office import office_rules

OVERTAKEN = "已由后一条通知代替"
"""Written on what an enterprise was still to be told when something newer came up: it hears the newer only."""

VISITOR_CHANNELS = (Channel.SMS, Channel.CALL)


def tell_visitor(session: Session, booking_id: int, occasion: Occasion, *, now: datetime, before: str = "") -> None:
    """Tell the enterprise of a booking something: by text message where a gateway is set up, else on the list of calls.

    The booking is told of as it stands now; `before` is the time, or the day, that no longer holds. Whatever of older news
    has not gone out is given up. The same occasion at the same version of the booking and its day is told once.
    """
    session.flush()
    visit, mark = _visit(session, booking_id)
    key = f"visit-{occasion.value}:{mark}"
    if occasion is Occasion.REMINDER:
        key += f":{now.date()}"
    forget_news(session, booking_id, but=key)
    _put_out(session, booking_id, key, news(occasion, visit, before=before, today=now.date()), now=now)


def tell_booked(session: Session, booking_id: int, occasion: Occasion, visit: Visit, *, now: datetime) -> None:
    """Tell the enterprise of a booking made this moment where it stands: nothing can have come before, and all is at hand."""
    key = f"visit-{occasion.value}:new"
    _put_out(session, booking_id, key, news(occasion, visit, today=now.date()), now=now)


def _put_out(session: Session, booking_id: int, key: str, told: tuple[str, str], *, now: datetime) -> None:
    """Write news for an enterprise over the channels there are, once."""
    channels = [Channel.CALL]
    if sms.gateway() is not None:
        channels = [Channel.SMS, Channel.CALL] if office_rules(session).call_also else [Channel.SMS]
    due_at = {Channel.SMS: by_day(now), Channel.CALL: now}
    rows = [_row(it, key, *told, now=now, due_at=due_at[it]) | {"booking_id": booking_id} for it in channels]
    once = _once(session.get_bind().dialect.name, ("key", "booking_id", "channel"))
    session.execute(once, rows if len(rows) > 1 else rows[0])


@cache
def _once(engine: str, recipient: tuple[str, ...]) -> Any:
    """An insert that does nothing where the same was told already, put together once an engine."""
    table = table_of(Message)
    insert = sqlite.insert(table) if engine == "sqlite" else postgresql.insert(table)
    return insert.on_conflict_do_nothing(index_elements=list(recipient))


def forget_news(session: Session, booking_id: int, *, but: str = "") -> None:
    """Give up what an enterprise has not been told yet, `but` the newest: that came up since, or it said so itself."""
    session.execute(
        update(Message)
        .where(
            Message.booking_id == booking_id,
            Message.channel.in_(VISITOR_CHANNELS),
            Message.state == MessageState.WAITING,
            Message.key != but,
        )
        .values(state=MessageState.DROPPED, error=OVERTAKEN)
        .execution_options(synchronize_session=False)
    )


def tell_visitors(
    session: Session, booking_ids: Iterable[int], occasion: Occasion, *, now: datetime, before: str = ""
) -> None:
    """Tell the enterprises of some bookings what became of their day."""
    for booking_id in sorted(booking_ids):
        tell_visitor(session, booking_id, occasion, now=now, before=before)


def tell_groups(session: Session, key: str, subject: str, *, body: str = "", url: str = "", now: datetime) -> None:
    """Tell every group that has a robot something about a day: counts at most, no enterprise and no person.

    `key` names the occasion, as with `tell`. Without a robot in use nothing is written.
    """
    robots = session.execute(select(Robot.id, Robot.channel).where(Robot.active).order_by(Robot.id)).all()
    if not robots:
        return
    due_at = by_day(now)
    rows = [
        _row(robot.channel, key, subject, body, now=now, due_at=due_at) | {"robot_id": robot.id, "url": url}
        for robot in robots
    ]
    session.execute(_once(session.get_bind().dialect.name, ("key", "robot_id")), rows)


def _row(channel: Channel, key: str, subject: str, body: str, *, now: datetime, due_at: datetime) -> dict[str, object]:
    return {
        "key": key,
        "channel": channel,
        "subject": subject[:120],
        "body": body,
        "url": "",
        "made_at": now,
        "due_at": due_at,
        "state": MessageState.WAITING,
        "attempts": 0,
        "error": "",
        "done_by": "",
        "remark": "",
    }


def _visit(session: Session, booking_id: int) -> tuple[Visit, str]:
    """What the enterprise is told of, and the mark of this version of it."""
    row = session.execute(
        select(
            Enterprise.name, ReceptionDay.day, Slot.starts_at, ReceptionDay.venue, Booking.code, Slot.room,
            Booking.offered_until, Booking.refusal_ground, Booking.version, ReceptionDay.sequence,
        )
        .join(Enterprise, Enterprise.id == Booking.enterprise_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(Booking.id == booking_id)
    ).first()  # fmt: skip
    if row is None:
        raise NotFound("没有找到这条预约。请从预约列表进入。")
    *told, version, sequence = row
    return Visit(*told), f"{version}.{sequence}"
