"""Signing in and out: one way in, locked after repeated failures, each browser revocable (GB/T 22239 8.1.4.1)."""

import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Actor, SignInPolicy, locked_until
from portal.store.audit_trail import record
from portal.store.models.people import Account, SignIn, SignInFailure
from portal.store.queries.sign_ins import token_hash

hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
REFUSED = "用户名或密码不正确。请核对后重试；忘记密码请联系系统管理员重置。"


@cache
def _decoy() -> str:
    return hasher.hash(secrets.token_urlsafe(16))


def verify_password(stored: str | None, given: str) -> bool:
    """Whether the password fits; an unknown account costs the same time as a known one."""
    try:
        hasher.verify(stored or _decoy(), given)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def check_lock(session: Session, username: str, *, policy: SignInPolicy, now: datetime) -> None:
    """Raise RuleBroken while too many failures lock this name, saying until when."""
    failure = session.get(SignInFailure, username)
    until = locked_until(failure.failures, failure.last_at, policy) if failure else None
    if until is not None and until > now:
        raise RuleBroken(f"连续输错次数过多，该用户名已暂时锁定，请于 {until:%H:%M} 后再试，或联系系统管理员。")


def note_failure(session: Session, username: str, *, policy: SignInPolicy, now: datetime) -> None:
    """Count a failed attempt; old failures are forgotten once their lock would have lapsed."""
    failure = session.get(SignInFailure, username, with_for_update=True)
    if failure is None:
        failure = SignInFailure(username=username, failures=0, last_at=now)
        session.add(failure)
    if failure.last_at + timedelta(minutes=policy.lock_minutes) <= now:
        failure.failures = 0
    failure.failures += 1
    failure.last_at = now
    account = session.scalar(select(Account).where(Account.username == username))
    if account is not None and failure.failures == policy.failures:
        actor = Actor(account.id, account.display_name, account.role)
        record(session, actor, now, "locked", account, summary="连续输错密码，账号暂时锁定")


def forget_failures(session: Session, username: str) -> None:
    """Whoever gave the right password begins to be counted anew."""
    failure = session.get(SignInFailure, username)
    if failure is not None:
        session.delete(failure)


def start(session: Session, username: str, *, address: str, browser: str, now: datetime) -> str:
    """Open a sign-in for an account whose password was verified; answers the secret token for its cookie."""
    account = session.scalar(select(Account).where(Account.username == username))
    if account is None or account.state is not AccountState.ACTIVE:
        raise RuleBroken(REFUSED)
    forget_failures(session, username)
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=token_hash(token),
            account_id=account.id,
            started_at=now,
            seen_at=now,
            address=address[:64],
            browser=browser[:200],
        )
    )
    actor = Actor(account.id, account.display_name, account.role, account.unit_id)
    record(session, actor, now, "signed_in", account, summary="登录", address=address)
    return token


def password_hash_of(session: Session, username: str) -> str | None:
    """The stored hash of an active account, or None."""
    return session.scalar(
        select(Account.password_hash).where(Account.username == username, Account.state == AccountState.ACTIVE)
    )


def note_seen(session: Session, sign_in_id: int, *, now: datetime) -> None:
    """Remember that a browser was active, which keeps it from going idle."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def end(session: Session, sign_in_id: int, *, actor: Actor, now: datetime) -> None:
    """End one of one's own sign-ins: signing out, or revoking another browser. Raises NotFound for others'."""
    opened = session.get(SignIn, sign_in_id)
    if opened is None or opened.account_id != actor.account_id:
        raise NotFound("没有找到这个登录，可能已经退出。")
    if opened.ended_at is None:
        opened.ended_at = now
        account = session.get_one(Account, opened.account_id)
        record(session, actor, now, "signed_out", account, summary="退出登录", sign_in=sign_in_id)
