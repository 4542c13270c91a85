"""Sign-ins: who is behind a token, and which browsers an account has open."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Actor, Role
from portal.store.models.messages import Message
from portal.store.models.people import Account, SignIn
from portal.store.queries.mandates import own_and_others


def token_hash(token: str) -> str:
    """What the database keeps of a sign-in token: enough to recognise it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


MOST_COUNTED = 100
"""Nobody reads a larger figure, and counting on would cost every page."""

_MESSAGE, _SIGN_IN, _ACCOUNT = Message.__table__.c, SignIn.__table__.c, Account.__table__.c
_UNREAD = (
    select(_MESSAGE.id)
    .where(
        _MESSAGE.account_id == _ACCOUNT.id,
        _MESSAGE.channel == Channel.IN_APP,
        _MESSAGE.read_at.is_(None),
        _MESSAGE.state == MessageState.SENT,
        _MESSAGE.due_at <= bindparam("now"),
    )
    .correlate(Account.__table__)
    .limit(MOST_COUNTED)
    .subquery()
)
_SIGNED_IN = (
    select(
        _SIGN_IN.id, _SIGN_IN.seen_at, _ACCOUNT.id, _ACCOUNT.display_name, _ACCOUNT.role, _ACCOUNT.unit_id,
        _ACCOUNT.heads_unit,
        select(func.count()).select_from(_UNREAD).scalar_subquery(),
    )
    .join_from(SignIn.__table__, Account.__table__, _ACCOUNT.id == _SIGN_IN.account_id)
    .where(
        _SIGN_IN.token_hash == bindparam("hash"),
        _SIGN_IN.ended_at.is_(None),
        _SIGN_IN.seen_at > bindparam("since"),
        _ACCOUNT.state == AccountState.ACTIVE,
    )
)  # fmt: skip
"""Asked on every request, so it is put together only once, from plain columns: the mapper has nothing to add."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person a token stands for, and how many messages wait to be read (at most `MOST_COUNTED`)."""

    token: str
    sign_in_id: int
    seen_at: datetime
    actor: Actor
    unread: int = 0


def signed_in(session: Session, token: str, *, now: datetime, idle_minutes: int) -> SignedIn | None:
    """Who holds this token; None when it is unknown, ended, idle for too long, or the account is not active."""
    wanted = {"hash": token_hash(token), "since": now - timedelta(minutes=idle_minutes), "now": now}
    row = session.execute(_SIGNED_IN, wanted).first()
    if row is None:
        return None
    sign_in_id, seen_at, account_id, name, role, unit_id, heads_unit, unread = row
    leaders: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    if role in (Role.LEADER, Role.SECRETARY):
        leaders, others = own_and_others(session, account_id, now.date())
    actor = Actor(account_id, name, role, unit_id, leaders, stands_in_for=others, heads_unit=heads_unit)
    return SignedIn(token, sign_in_id, seen_at, actor, unread)


@dataclass(frozen=True, slots=True)
class SignInRow:
    """One browser of an account, for its owner's list."""

    id: int
    started_at: datetime
    seen_at: datetime
    address: str
    browser: str


def open_sign_ins(session: Session, account_id: int, *, now: datetime, idle_minutes: int) -> Sequence[SignInRow]:
    """The browsers in which an account is signed in, the latest first."""
    rows = session.execute(
        select(SignIn.id, SignIn.started_at, SignIn.seen_at, SignIn.address, SignIn.browser)
        .where(
            SignIn.account_id == account_id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > now - timedelta(minutes=idle_minutes),
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [SignInRow(*row) for row in rows]
