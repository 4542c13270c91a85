"""Messages: a person's own list, and the fate of every one for the office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.messages import MESSAGE_STEPS, Channel, MessageState
from portal.domain.people import Role
from portal.store.models.bookings import Booking
from portal.store.models.enterprises import Enterprise
from portal.store.models.messages import Message, Robot
from portal.store.models.people import Account
from portal.store.paging import Page, Wanted, page_of

EXPORTED = 5_000
OWN_SORTS = ("unread", "at")
FATE_SORTS = ("at", "to", "subject")
_UNREAD_FIRST = case((Message.read_at.is_(None), "1"), else_="0").concat(cast(Message.due_at, String))
"""What is unread comes after what was read, and each in order of time: a text, so that both engines page by it."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as its reader sees it; `at` is when it came to be seen."""

    id: int
    subject: str
    body: str
    url: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class FateRow:
    """One message over one channel as the office sees it: to whom, and what became of it.

    `to` is a person's name, a group or an enterprise; only a person has a role.
    """

    id: int
    to: str
    role: Role | None
    channel: Channel
    subject: str
    made_at: datetime
    due_at: datetime
    state: MessageState
    sent_at: datetime | None
    read_at: datetime | None
    attempts: int
    error: str
    done_by: str
    remark: str

    def is_on_its_way(self, now: datetime) -> bool:
        """Whether it is in the person's list, but for a later hour."""
        return self.channel is Channel.IN_APP and self.state is MessageState.SENT and self.due_at > now

    @property
    def state_label(self) -> str:
        """What became of it, in the words of its channel."""
        return _CALL_WORDS.get(self.state, self.state.label) if self.channel is Channel.CALL else self.state.label

    @property
    def kind(self) -> str:
        """Who it is for: a role, a group, an enterprise."""
        if self.role is not None:
            return self.role.label
        return "企业" if self.channel in (Channel.SMS, Channel.CALL) else "群"

    @property
    def can(self) -> frozenset[MessageState]:
        """The states the office may put it into."""
        if self.channel is Channel.IN_APP:
            return frozenset()
        return frozenset(step.to for step in MESSAGE_STEPS.possible(self.state))


_CALL_WORDS = {MessageState.WAITING: "待通知", MessageState.SENT: "已通知", MessageState.DROPPED: "不再通知"}


@dataclass(frozen=True, slots=True)
class FateFilter:
    """Which messages are asked for: over a channel, in a state, made on a day, with a text in recipient or subject."""

    channel: Channel | None = None
    state: MessageState | None = None
    day: date | None = None
    q: str = ""


def own_messages(session: Session, account_id: int, wanted: Wanted, *, unread: bool, now: datetime) -> Page[MessageRow]:
    """One page of a person's messages that have come due, those unread first; two statements."""
    keys: dict[str, ColumnElement[Any]] = {
        "unread": _UNREAD_FIRST,
        "at": Message.due_at.expression,
    }
    statement = _own(account_id, now, unread=unread)
    page = page_of(session, statement, wanted, keys=keys, identity=Message.id.expression)
    return replace(page, rows=[MessageRow(*row) for row in page.rows])


def own_message_rows(session: Session, account_id: int, *, unread: bool, now: datetime) -> Sequence[MessageRow]:
    """A person's messages for a spreadsheet, the latest first."""
    statement = _own(account_id, now, unread=unread).order_by(Message.due_at.desc(), Message.id.desc())
    return [MessageRow(*row) for row in session.execute(statement.limit(EXPORTED))]


def _own(account_id: int, now: datetime, *, unread: bool) -> Select[Any]:
    statement = select(Message.id, Message.subject, Message.body, Message.url, Message.due_at, Message.read_at).where(
        Message.account_id == account_id,
        Message.channel == Channel.IN_APP,
        Message.state == MessageState.SENT,
        Message.due_at <= now,
    )
    return statement.where(Message.read_at.is_(None)) if unread else statement


_TO = func.coalesce(Account.display_name, Robot.name, Enterprise.name, "")
_SENT_AWAY = tuple(channel for channel in Channel if channel not in (Channel.IN_APP, Channel.CALL))
"""The channels on which something leaves the portal, and so can wait or fail."""


def fates(session: Session, wanted: Wanted, asked: FateFilter) -> Page[FateRow]:
    """One page of every message with its fate, in two statements."""
    keys: dict[str, ColumnElement[Any]] = {
        "at": Message.made_at.expression,
        "to": _TO,
        "subject": Message.subject.expression,
    }
    page = page_of(session, _fates(asked), wanted, keys=keys, identity=Message.id.expression)
    return replace(page, rows=[FateRow(*row) for row in page.rows])


def fate_rows(session: Session, asked: FateFilter) -> Sequence[FateRow]:
    """The fate of messages for a spreadsheet, the latest first."""
    statement = _fates(asked).order_by(Message.made_at.desc(), Message.id.desc()).limit(EXPORTED)
    return [FateRow(*row) for row in session.execute(statement)]


def fates_that_can(session: Session, asked: FateFilter, target: MessageState) -> Sequence[int]:
    """The messages asked for that the office may put into a state now, the latest first."""
    able = [step for step in MESSAGE_STEPS.steps if step.to is target]
    from_ = frozenset().union(*(step.from_ for step in able))
    statement = _fates(asked).where(Message.channel != Channel.IN_APP, Message.state.in_(from_))
    return [row.id for row in session.execute(statement.order_by(Message.id.desc()).limit(EXPORTED))]


def _fates(asked: FateFilter) -> Select[Any]:
    statement = (
        select(
            Message.id, _TO, Account.role, Message.channel, Message.subject, Message.made_at, Message.due_at,
            Message.state, Message.sent_at, Message.read_at, Message.attempts, Message.error, Message.done_by,
            Message.remark,
        )
        .outerjoin(Account, Account.id == Message.account_id)
        .outerjoin(Robot, Robot.id == Message.robot_id)
        .outerjoin(Booking, Booking.id == Message.booking_id)
        .outerjoin(Enterprise, Enterprise.id == Booking.enterprise_id)
    )  # fmt: skip
    if asked.channel is not None:
        statement = statement.where(Message.channel == asked.channel)
    if asked.state is not None:
        statement = statement.where(Message.state == asked.state)
    if asked.day is not None:
        begin = datetime.combine(asked.day, time(), ZONE)
        statement = statement.where(Message.made_at >= begin, Message.made_at < begin + timedelta(days=1))
    if asked.q:
        found = Message.subject.contains(asked.q, autoescape=True) | _TO.contains(asked.q, autoescape=True)
        statement = statement.where(found)
    return statement


def unsent(session: Session, *channels: Channel) -> dict[str, int]:
    """How many messages wait to leave the portal, and how many have failed; over some channels, or over all."""
    states = (MessageState.WAITING, MessageState.FAILED)
    rows = session.execute(
        select(Message.state, func.count())
        .where(Message.state.in_(states), Message.channel.in_(channels or _SENT_AWAY))
        .group_by(Message.state)
    )
    return {state.value: 0 for state in states} | {state.value: number for state, number in rows}


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """How many messages over one channel stand in each state."""

    channel: Channel
    counts: Mapping[MessageState, int]


def outbox_counts(session: Session) -> Sequence[ChannelCounts]:
    """Every channel on which something leaves the portal or is to be done, with its messages by state; one statement."""
    rows = session.execute(
        select(Message.channel, Message.state, func.count()).group_by(Message.channel, Message.state)
    )
    found = {(channel, state): number for channel, state, number in rows}
    channels = [it for it in Channel if it is not Channel.IN_APP]
    return [ChannelCounts(it, {state: found.get((it, state), 0) for state in MessageState}) for it in channels]
