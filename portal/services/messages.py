"""Telling people: a message is written with the act it tells of, so neither can be lost without the other (domain 8)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Actor, Role
from portal.store.models.messages import Message
from portal.store.models.people import Account, AccountLeader
from portal.store.upserts import insert_into


def tell(
    session: Session,
    account_ids: Iterable[int],
    key: str,
    subject: str,
    *,
    body: str = "",
    url: str = "",
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Tell some accounts something, in the portal's own list and by mail where an address is known.

    `key` names the occasion (`day-redated:17:2`): the same occasion is told to an account once, however often this is
    called. `url` is a path within the portal. Neither subject nor body may hold personal data. Before `due_at` nobody sees it.
    """
    told = sorted(set(account_ids))
    if not told:
        return
    mail = set(session.scalars(select(Account.id).where(Account.id.in_(told), Account.email.is_not(None))))
    rows = [
        {
            "key": key,
            "account_id": account_id,
            "channel": channel,
            "subject": subject[:120],
            "body": body,
            "url": url,
            "made_at": now,
            "due_at": due_at or now,
            "state": MessageState.WAITING if channel is Channel.MAIL else MessageState.SENT,
            "attempts": 0,
            "error": "",
        }
        for account_id in told
        for channel in (Channel.IN_APP, *([Channel.MAIL] if account_id in mail else []))
    ]
    insert = insert_into(session, Message)
    session.execute(insert.on_conflict_do_nothing(index_elements=["key", "account_id", "channel"]), rows)


def accounts_of_leaders(session: Session, leader_ids: Collection[int]) -> list[int]:
    """The open accounts of some leaders and of the secretaries who serve them."""
    if not leader_ids:
        return []
    return list(
        session.scalars(
            select(Account.id)
            .join(AccountLeader, AccountLeader.account_id == Account.id)
            .where(AccountLeader.leader_id.in_(list(leader_ids)), Account.state == AccountState.ACTIVE)
            .distinct()
            .order_by(Account.id)
        )
    )


def accounts_in_role(session: Session, *roles: Role) -> list[int]:
    """The open accounts in some roles."""
    return list(
        session.scalars(
            select(Account.id).where(Account.role.in_(roles), Account.state == AccountState.ACTIVE).order_by(Account.id)
        )
    )


def accounts_of_units(session: Session, unit_ids: Collection[int]) -> list[int]:
    """The open accounts of some units."""
    if not unit_ids:
        return []
    return list(
        session.scalars(
            select(Account.id)
            .where(Account.unit_id.in_(list(unit_ids)), Account.state == AccountState.ACTIVE)
            .order_by(Account.id)
        )
    )


def open_message(session: Session, message_id: int, *, actor: Actor, now: datetime) -> str:
    """Take note of a message of one's own; answers the place in the portal it is about. Raises NotFound."""
    message = session.get(Message, message_id)
    if message is None or not _is_seen_by(message, actor, now):
        raise NotFound("没有找到这条消息。")
    message.read_at = message.read_at or now
    return message.url


def read_all(session: Session, *, actor: Actor, now: datetime) -> None:
    """Take note of every message of one's own that has come due."""
    session.execute(
        update(Message)
        .where(
            Message.account_id == actor.account_id,
            Message.channel == Channel.IN_APP,
            Message.state == MessageState.SENT,
            Message.read_at.is_(None),
            Message.due_at <= now,
        )
        .values(read_at=now)
    )


def _is_seen_by(message: Message, actor: Actor, now: datetime) -> bool:
    in_the_list = message.channel is Channel.IN_APP and message.state is MessageState.SENT and message.due_at <= now
    return in_the_list and message.account_id == actor.account_id
