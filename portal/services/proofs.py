"""Asking who somebody is once more, right before they sign or get a key: failures count as those of signing in do (domain 7.2, 7.3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, SignInPolicy
from portal.services import sign_ins
from portal.store.audit_trail import record
from portal.store.models.people import Account


@dataclass(frozen=True, slots=True)
class OwnPassword:
    """What the password of somebody who is signed in is checked against."""

    username: str
    stored: str | None


def own_password(session: Session, *, policy: SignInPolicy, actor: Actor, now: datetime) -> OwnPassword:
    """The password to check; raises RuleBroken on `password` while too many failures lock the name."""
    account = session.get(Account, actor.account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise NotAllowed("账号已停用，不能办理。请联系安全管理员。")
    try:
        sign_ins.check_lock(session, account.username, policy=policy, now=now)
    except RuleBroken as locked:
        raise RuleBroken(locked.message, field="password") from None
    return OwnPassword(account.username, account.password_hash)


def note_wrong(
    session: Session, username: str, before: str, *, policy: SignInPolicy, actor: Actor, now: datetime
) -> None:
    """Count a wrong answer, and write down that somebody at this person's screen did not know it."""
    sign_ins.note_failure(session, username, policy=policy, now=now)
    account = session.get_one(Account, actor.account_id)
    record(session, actor, now, "identity_not_proved", account, summary=f"{before}前核验身份：登录密码不正确")


def note_right(session: Session, username: str) -> None:
    """Forget earlier failures, as signing in does."""
    sign_ins.forget_failures(session, username)
