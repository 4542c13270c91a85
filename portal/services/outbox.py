"""The outbox: mails are claimed before they are sent and marked afterwards, so that a killed process loses none."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.messages import MESSAGE_STEPS, PAUSES, Channel, MessageState, next_attempt
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.messages import Message
from portal.store.models.people import Account

BY_HAND = "办公室决定不再发送"
NOBODY_THERE = "账号已停用，或没有登记邮箱"
NO_RESULT = "多次发送都没有得到结果"
MOST_AT_ONCE = 500
NO_MAIL = "没有设置邮件服务，只在站内提醒"
REHEARSED = "预演，没有发出"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell in a mail."""

    id: int
    subject: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that waits to be mailed to one account, claimed for this attempt."""

    email: str
    name: str
    items: tuple[Item, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages in it."""
        return tuple(item.id for item in self.items)


def waiting_accounts(session: Session, *, now: datetime) -> list[int]:
    """The accounts with mail to be sent by now, those that have waited longest first."""
    rows = session.execute(
        select(Message.account_id).where(*due(now, Channel.MAIL)).order_by(Message.due_at, Message.id)
    )
    return list(dict.fromkeys(row.account_id for row in rows))


def claim(session: Session, account_id: int, *, now: datetime) -> tuple[Bundle | None, int]:
    """Take what waits to be mailed to an account, counting the attempt, and say how many were given up instead.

    The next attempt is put off at once: if this process ends before it can say what came of this one, the mail goes out then.
    """
    found = session.scalars(
        select(Message)
        .where(Message.account_id == account_id, *due(now, Channel.MAIL))
        .order_by(Message.due_at, Message.id)
        .with_for_update(skip_locked=True)
    ).all()
    account = session.get_one(Account, account_id)
    if account.email is None or account.state is not AccountState.ACTIVE:
        for message in found:
            message.state, message.error = MessageState.DROPPED, NOBODY_THERE
        return None, len(found)
    taken = [Item(it.id, it.subject, it.body, it.url) for it in found if is_attempted(it, now)]
    bundle = Bundle(account.email, account.display_name, tuple(taken)) if taken else None
    return bundle, len(found) - len(taken)


def is_attempted(message: Message, now: datetime) -> bool:
    """Count an attempt and put the next one off, or give the message up when there have been enough."""
    if message.attempts > len(PAUSES):
        message.state, message.error = MessageState.FAILED, message.error or NO_RESULT
        return False
    message.attempts += 1
    message.due_at = next_attempt(message.attempts, now) or now + PAUSES[-1]
    return True


def mark_sent(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Note that the server has accepted these."""
    session.execute(update(Message).where(Message.id.in_(ids)).values(state=MessageState.SENT, sent_at=now, error=""))


def mark_failed(session: Session, ids: Collection[int], why: str, *, for_good: bool) -> int:
    """Note that an attempt failed: for good, or until the next one while there are attempts left; how many for good.

    What the office has given up in the meantime stays given up.
    """
    failed = 0
    for message in session.scalars(
        select(Message).where(Message.id.in_(ids), Message.state == MessageState.WAITING).with_for_update()
    ):
        message.error = why[:300]
        if for_good or message.attempts > len(PAUSES):
            message.state = MessageState.FAILED
            failed += 1
    return failed


def drop_waiting_mail(session: Session, *, now: datetime) -> int:
    """Give up the mails due by now, where no mail server is set up; answers how many."""
    dropped = session.scalars(
        update(Message)
        .where(*due(now, Channel.MAIL))
        .values(state=MessageState.DROPPED, error=NO_MAIL)
        .returning(Message.id)
    )
    return len(dropped.all())


def retry(session: Session, message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Send again what failed or was given up. Raises RuleBroken, NotFound."""
    message = _leaving(session, message_id, actor)
    message.state = MESSAGE_STEPS.advance(message.state, MessageState.WAITING)
    message.attempts, message.due_at, message.error = 0, now, ""
    record(
        session, actor, now, "message_retried", message, summary=f"重新发送{message.channel.label}“{message.subject}”"
    )
    return message


def drop(session: Session, message_id: int, *, actor: Actor, now: datetime) -> Message:
    """Give up what waits or has failed. Raises RuleBroken, NotFound."""
    message = _leaving(session, message_id, actor)
    message.state = MESSAGE_STEPS.advance(message.state, MessageState.DROPPED)
    message.error = BY_HAND
    record(
        session, actor, now, "message_dropped", message, summary=f"不再发送{message.channel.label}“{message.subject}”"
    )
    return message


def each_of(session: Session, ids: Collection[int], act: Callable[..., Message], *, actor: Actor, now: datetime) -> int:
    """Send again, or give up, all of these for which that is possible; answers how many."""
    done = 0
    for message_id in sorted(ids)[:MOST_AT_ONCE]:
        try:
            act(session, message_id, actor=actor, now=now)
        except (RuleBroken, NotFound):
            continue
        done += 1
    return done


def _leaving(session: Session, message_id: int, actor: Actor) -> Message:
    must(actor, Action.KEEP_OUTBOX)
    message = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None or message.channel is Channel.IN_APP:
        raise NotFound("没有找到这条消息。")
    return message


def due(now: datetime, *channels: Channel) -> tuple[Any, ...]:
    """What is to leave the portal over some channels by now."""
    return Message.state == MessageState.WAITING, Message.channel.in_(channels), Message.due_at <= now


def set_aside(session: Session, *, now: datetime) -> int:
    """A rehearsal sends nothing, and leaves nothing to be sent when it is over; answers how many would have gone out."""
    waiting = [*due(now, *(it for it in Channel if it not in (Channel.IN_APP, Channel.CALL)))]
    done = session.scalars(
        update(Message).where(*waiting).values(state=MessageState.DROPPED, error=REHEARSED).returning(Message.id)
    )
    return len(done.all())
