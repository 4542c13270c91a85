"""Text messages that wait: claimed one by one, the number looked up only then; whoever cannot be texted is called."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from portal.domain.bookings import is_mobile
from portal.domain.messages import PAUSES, Channel, MessageState
from portal.notify.sms import Text
from portal.services.outbox import due, is_attempted
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message
from portal.store.models.reception import ReceptionDay
from portal.store.queries.office import office_rules
from portal.store.upserts import insert_into

NO_GATEWAY = "没有设置短信网关，改为电话通知"
NO_MOBILE = "登记的不是手机号码，改为电话通知"
DAY_IS_OVER = "接待日已过，不再通知"
WAS_TEXTED = "短信已发出"


@dataclass(frozen=True, slots=True)
class ClaimedText:
    """One text message, claimed for this attempt."""

    id: int
    text: Text


def waiting_texts(session: Session, *, now: datetime) -> list[int]:
    """The text messages to be sent by now, those that have waited longest first."""
    waiting = select(Message.id).where(*due(now, Channel.SMS)).order_by(Message.due_at, Message.id)
    return list(session.scalars(waiting))


def claim_text(session: Session, message_id: int, *, now: datetime) -> tuple[ClaimedText | None, int]:
    """Take a text message for one attempt, with the number of the visitor; and say how many were given up instead."""
    message = session.scalar(
        select(Message).where(Message.id == message_id, *due(now, Channel.SMS)).with_for_update(skip_locked=True)
    )
    if message is None:
        return None, 0
    booking = session.get_one(Booking, message.booking_id)
    if not is_mobile(booking.visitor_phone):
        _give_up(session, message, NO_MOBILE, now=now)
        return None, 1
    if not is_attempted(message, now):
        list_call(session, message, now=now)
        return None, 1
    rules = office_rules(session)
    mark = "【示例】" if rules.sample else ""
    text = f"{mark}{message.body}（{rules.issuing_organ}）"
    return ClaimedText(message.id, Text(booking.visitor_phone, text, booking.code)), 0


def text_sent(session: Session, message_id: int, *, now: datetime) -> None:
    """Note that the gateway has taken it; a call for the same news is spared, unless the office wants both."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.state, message.sent_at, message.error = MessageState.SENT, now, ""
    if not office_rules(session).call_also:
        session.execute(
            update(Message)
            .where(
                Message.key == message.key,
                Message.booking_id == message.booking_id,
                Message.channel == Channel.CALL,
                Message.state == MessageState.WAITING,
                Message.attempts == 0,
            )
            .values(state=MessageState.DROPPED, error=WAS_TEXTED)
            .execution_options(synchronize_session=False)
        )


def text_failed(session: Session, message_id: int, why: str, *, for_good: bool, now: datetime) -> int:
    """Note that an attempt failed; the last one puts the enterprise on the list of calls. Answers how many for good.

    What the office has given up in the meantime, or newer news has overtaken, stays given up.
    """
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.state is not MessageState.WAITING:
        return 0
    message.error = why[:300]
    if not for_good and message.attempts <= len(PAUSES):
        return 0
    message.state = MessageState.FAILED
    list_call(session, message, now=now)
    return 1


def give_up_texts(session: Session, *, now: datetime) -> int:
    """Turn the text messages due by now into calls, where no gateway is set up; answers how many."""
    found = session.scalars(select(Message).where(*due(now, Channel.SMS)).with_for_update(skip_locked=True)).all()
    for message in found:
        _give_up(session, message, NO_GATEWAY, now=now)
    return len(found)


def is_over_for_some(session: Session, today: date) -> bool:
    """Whether news waits for enterprises whose day is over; reads only."""
    return session.scalar(_over(today).limit(1)) is not None


def drop_what_is_over(session: Session, today: date) -> int:
    """Give up what was still to be told about days that are over; answers how many."""
    gone = (
        update(Message)
        .where(Message.id.in_(_over(today)))
        .values(state=MessageState.DROPPED, error=DAY_IS_OVER)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(gone).all())


def list_call(session: Session, message: Message, *, now: datetime) -> None:
    """Put the enterprise of a text message on the list of calls, once."""
    row = {
        "key": message.key, "booking_id": message.booking_id, "channel": Channel.CALL, "subject": message.subject,
        "body": message.body, "url": "", "made_at": now, "due_at": now, "state": MessageState.WAITING, "attempts": 0,
        "error": "", "done_by": "", "remark": "",
    }  # fmt: skip
    insert = insert_into(session, Message)
    session.execute(insert.on_conflict_do_nothing(index_elements=["key", "booking_id", "channel"]), [row])


def _give_up(session: Session, message: Message, why: str, *, now: datetime) -> None:
    message.state, message.error = MessageState.DROPPED, why
    list_call(session, message, now=now)


def _over(today: date) -> Select[tuple[int]]:
    return (
        select(Message.id)
        .join(Booking, Booking.id == Message.booking_id)
        .join(ReceptionDay, ReceptionDay.id == Booking.reception_day_id)
        .where(
            Message.channel.in_((Channel.SMS, Channel.CALL)),
            Message.state == MessageState.WAITING,
            ReceptionDay.day < today,
        )
    )
