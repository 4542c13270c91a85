"""Messages: a person's own list, and the fate of every one for the office."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select
from sqlalchemy.orm import Session

from portal.domain.messages import MESSAGE_STEPS, Channel, MessageState
from portal.domain.people import Role
from portal.store.models.messages import Message
from portal.store.models.people import Account
from portal.store.paging import Page, Wanted, page_of

EXPORTED = 5_000
OWN_SORTS = ("unread", "at")
FATE_SORTS = ("at", "person", "subject")
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
    """One message over one channel as the office sees it: to whom, and what became of it."""

    id: int
    person: str
    role: Role
    channel: Channel
    subject: str
    made_at: datetime
    due_at: datetime
    state: MessageState
    sent_at: datetime | None
    read_at: datetime | None
    attempts: int
    error: str

    def is_on_its_way(self, now: datetime) -> bool:
        """Whether it is in the person's list, but for a later hour."""
        return self.channel is Channel.IN_APP and self.state is MessageState.SENT and self.due_at > now

    @property
    def can(self) -> frozenset[MessageState]:
        """The states the office may put it into."""
        if self.channel is Channel.IN_APP:
            return frozenset()
        return frozenset(step.to for step in MESSAGE_STEPS.possible(self.state))


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


def fates(
    session: Session, wanted: Wanted, *, channel: Channel | None = None, state: MessageState | None = None, q: str = ""
) -> Page[FateRow]:
    """One page of every message with its fate, in two statements; `q` looks in names and subjects."""
    keys: dict[str, ColumnElement[Any]] = {
        "at": Message.made_at.expression,
        "person": Account.display_name.expression,
        "subject": Message.subject.expression,
    }
    page = page_of(session, _fates(channel, state, q), wanted, keys=keys, identity=Message.id.expression)
    return replace(page, rows=[FateRow(*row) for row in page.rows])


def fate_rows(
    session: Session, *, channel: Channel | None = None, state: MessageState | None = None, q: str = ""
) -> Sequence[FateRow]:
    """The fate of messages for a spreadsheet, the latest first."""
    statement = _fates(channel, state, q).order_by(Message.made_at.desc(), Message.id.desc()).limit(EXPORTED)
    return [FateRow(*row) for row in session.execute(statement)]


def _fates(channel: Channel | None, state: MessageState | None, q: str) -> Select[Any]:
    statement = select(
        Message.id, Account.display_name, Account.role, Message.channel, Message.subject, Message.made_at,
        Message.due_at, Message.state, Message.sent_at, Message.read_at, Message.attempts, Message.error,
    ).join(Account, Account.id == Message.account_id)  # fmt: skip
    if channel is not None:
        statement = statement.where(Message.channel == channel)
    if state is not None:
        statement = statement.where(Message.state == state)
    if q:
        found = Message.subject.contains(q, autoescape=True) | Account.display_name.contains(q, autoescape=True)
        statement = statement.where(found)
    return statement


def unsent_mail(session: Session) -> dict[str, int]:
    """How many mails wait, and how many have failed."""
    unsent = (MessageState.WAITING, MessageState.FAILED)
    rows = session.execute(select(Message.state, func.count()).where(Message.state.in_(unsent)).group_by(Message.state))
    return {state.value: 0 for state in unsent} | {state.value: number for state, number in rows}
