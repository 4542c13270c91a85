"""Accounts: made by the system administrator, opened by the security administrator (domain 7.2)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import ACCOUNT_STEPS, AccountState
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Action, Actor, Role, must, password_problems
from portal.services.sign_ins import hasher, verify_password
from portal.store.audit_trail import record
from portal.store.models.people import Account, AccountLeader, Leader, SignIn, SignInFailure, Unit


def add_account(
    session: Session,
    username: str,
    *,
    display_name: str,
    password: str,
    role: Role,
    unit_id: int | None = None,
    leader_ids: Collection[int] = (),
    state: AccountState = AccountState.PENDING,
    actor: Actor,
    now: datetime,
) -> Account:
    """Make an account; it opens once the security administrator has approved it.

    Raises RuleBroken for a taken name, a weak password, a unit account without a unit or a leader's without a leader.
    """
    must(actor, Action.KEEP_ACCOUNTS)
    if session.scalar(select(Account.id).where(Account.username == username)) is not None:
        raise RuleBroken(f"用户名“{username}”已被使用，请换一个。", field="username")
    problems = password_problems(password)
    if problems:
        raise RuleBroken("".join(problems), field="password")
    if role is Role.UNIT and (unit_id is None or session.get(Unit, unit_id) is None):
        raise RuleBroken("承办单位账号须指定所属单位。", field="unit_id")
    if role in (Role.LEADER, Role.SECRETARY) and not leader_ids:
        raise RuleBroken("领导和联络员账号须指定对应的领导。", field="leader_ids")
    known = set(session.scalars(select(Leader.id).where(Leader.id.in_(leader_ids)))) if leader_ids else set()
    if known != set(leader_ids):
        raise RuleBroken("所选领导不存在，请重新选择。", field="leader_ids")
    account = Account(
        username=username,
        display_name=display_name,
        password_hash=hasher.hash(password),
        role=role,
        state=state,
        unit_id=unit_id if role is Role.UNIT else None,
        created_at=now,
        password_changed_at=now,
        serves=[AccountLeader(leader_id=leader_id) for leader_id in sorted(known)],
    )
    session.add(account)
    record(session, actor, now, "account_added", account, summary=f"新增账号 {username}（{role.label}）")
    return account


def approve_account(session: Session, account_id: int, *, actor: Actor, now: datetime) -> Account:
    """Open an account another administrator made, or open a disabled one again."""
    must(actor, Action.APPROVE_ACCOUNTS)
    account = _account(session, account_id)
    account.state = ACCOUNT_STEPS.advance(account.state, AccountState.ACTIVE)
    record(session, actor, now, "account_approved", account, summary=f"审批启用账号 {account.username}")
    return account


def disable_account(session: Session, account_id: int, *, actor: Actor, now: datetime) -> Account:
    """Close an account and end its sign-ins; nobody closes the account they are using."""
    must(actor, Action.KEEP_ACCOUNTS)
    if account_id == actor.account_id:
        raise RuleBroken("不能停用自己正在使用的账号，请由另一位系统管理员办理。")
    account = _account(session, account_id)
    account.state = ACCOUNT_STEPS.advance(account.state, AccountState.DISABLED)
    end_all_sign_ins(session, account.id, now=now)
    record(session, actor, now, "account_disabled", account, summary=f"停用账号 {account.username}")
    return account


def reset_password(session: Session, account_id: int, password: str, *, actor: Actor, now: datetime) -> Account:
    """Give somebody who forgot it a new password; every sign-in of the account ends, a lock is lifted."""
    must(actor, Action.KEEP_ACCOUNTS)
    account = _account(session, account_id)
    _set_password(account, password, field="password", now=now)
    end_all_sign_ins(session, account.id, now=now)
    failure = session.get(SignInFailure, account.username)
    if failure is not None:
        session.delete(failure)
    record(session, actor, now, "password_reset", account, summary=f"重置账号 {account.username} 的密码")
    return account


def change_own_password(session: Session, old: str, new: str, *, keep: int, actor: Actor, now: datetime) -> None:
    """Choose a new password for oneself; every browser but the one in use is signed out."""
    account = _account(session, actor.account_id)
    if not verify_password(account.password_hash, old):
        raise RuleBroken("现在的密码不正确，请重新输入。", field="old")
    if old == new:
        raise RuleBroken("新密码与现在的密码相同，请换一个。", field="new")
    _set_password(account, new, field="new", now=now)
    end_all_sign_ins(session, account.id, now=now, keep=keep)
    record(session, actor, now, "password_changed", account, summary="修改自己的密码")


def end_all_sign_ins(session: Session, account_id: int, *, now: datetime, keep: int | None = None) -> None:
    """Sign an account out everywhere, except in one browser if told so."""
    statement = update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
    if keep is not None:
        statement = statement.where(SignIn.id != keep)
    session.execute(statement.values(ended_at=now))


def _set_password(account: Account, password: str, *, field: str, now: datetime) -> None:
    problems = password_problems(password)
    if problems:
        raise RuleBroken("".join(problems), field=field)
    account.password_hash = hasher.hash(password)
    account.password_changed_at = now


def _account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("没有找到这个账号。")
    return account
