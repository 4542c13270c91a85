"""Accounts: made by the system administrator, opened by the security administrator (domain 7.2)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import ACCOUNT_STEPS, AccountState
from portal.domain.errors import NotFound, RuleBroken, refuse
from portal.domain.messages import email_problems
from portal.domain.people import Action, Actor, Role, may, must, password_problems, role_problems
from portal.services.sign_ins import hasher, verify_password
from portal.store.audit_trail import record
from portal.store.models.people import Account, AccountLeader, Leader, SignIn, SignInFailure, Unit
from portal.store.queries.office import office_rules


def add_account(
    session: Session,
    username: str,
    *,
    display_name: str,
    password: str,
    role: Role,
    unit_id: int | None = None,
    leader_ids: Collection[int] = (),
    heads_unit: bool = False,
    email: str = "",
    state: AccountState = AccountState.PENDING,
    actor: Actor,
    now: datetime,
) -> Account:
    """Make an account; it opens once the security administrator has approved it.

    The account of a unit's head (单位负责人) signs the unit's results. Raises RuleBroken for a taken name, a weak password, a unit
    account without a unit, a leader's without a leader, the head of a unit without a unit, or a person who already has an account in
    a role that excludes this one (三员分立).
    """
    must(actor, Action.KEEP_ACCOUNTS)
    refuse(email_problems(email))
    if session.scalar(select(Account.id).where(Account.username == username)) is not None:
        raise RuleBroken(f"用户名“{username}”已被使用，请换一个。", field="username")
    _must_not_clash(session, display_name, role)
    unit_id, leaders = _belonging(session, role, unit_id, leader_ids)
    account = Account(
        username=username,
        display_name=display_name,
        password_hash="",
        role=role,
        state=state,
        unit_id=unit_id,
        heads_unit=_heads(role, heads_unit=heads_unit),
        email=email or None,
        created_at=now,
        serves=[AccountLeader(leader_id=leader_id) for leader_id in leaders],
    )
    _set_password(session, account, password, field="password", now=now)
    session.add(account)
    record(session, actor, now, "account_added", account, summary=f"新增账号 {username}（{role.label}）")
    return account


def edit_account(
    session: Session,
    account_id: int,
    *,
    display_name: str,
    unit_id: int | None = None,
    leader_ids: Collection[int] = (),
    heads_unit: bool = False,
    email: str = "",
    actor: Actor,
    now: datetime,
) -> Account:
    """Correct a name; change whom the account belongs to; enter a mail address (an empty one keeps the one there is).

    A new unit, other leaders, or becoming the head of the unit are a new authority: an open account closes until the security administrator has
    approved it again, and its sign-ins end.
    """
    must(actor, Action.KEEP_ACCOUNTS)
    account = _account(session, account_id)
    if display_name != account.display_name:
        _must_not_clash(session, display_name, account.role, own=account_id)
        account.display_name = display_name
    if email:
        _set_email(session, account, email, actor=actor, now=now)
    unit_id, leaders = _belonging(session, account.role, unit_id, leader_ids)
    held = set(session.scalars(select(AccountLeader.leader_id).where(AccountLeader.account_id == account_id)))
    heads = _heads(account.role, heads_unit=heads_unit)
    rises, account.heads_unit = heads and not account.heads_unit, heads
    if (account.unit_id, held) == (unit_id, set(leaders)) and not rises:
        record(session, actor, now, "account_edited", account, summary=f"修改账号 {account.username} 的姓名")
        return account
    account.unit_id = unit_id
    session.execute(delete(AccountLeader).where(AccountLeader.account_id == account_id))
    session.add_all([AccountLeader(account_id=account_id, leader_id=leader_id) for leader_id in leaders])
    if account.state is AccountState.ACTIVE:
        account.state = ACCOUNT_STEPS.advance(account.state, AccountState.DISABLED)
        end_all_sign_ins(session, account_id, now=now)
    record(
        session, actor, now, "account_reassigned", account, summary=f"变更账号 {account.username} 的归属，待重新审批"
    )
    return account


def approve_account(session: Session, account_id: int, *, actor: Actor, now: datetime) -> Account:
    """Open an account another administrator made, or open a disabled one again."""
    must(actor, Action.APPROVE_ACCOUNTS)
    account = _account(session, account_id)
    _must_not_clash(session, account.display_name, account.role, own=account_id)
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
    _set_password(session, account, password, field="password", now=now)
    end_all_sign_ins(session, account.id, now=now)
    _lift_lock(session, account.username)
    record(session, actor, now, "password_reset", account, summary=f"重置账号 {account.username} 的密码")
    return account


def change_own_password(session: Session, old: str, new: str, *, keep: int, actor: Actor, now: datetime) -> None:
    """Choose a new password for oneself; every browser but the one in use is signed out."""
    account = _account(session, actor.account_id)
    if not verify_password(account.password_hash, old):
        raise RuleBroken("现在的密码不正确，请重新输入。", field="old")
    if old == new:
        raise RuleBroken("新密码与现在的密码相同，请换一个。", field="new")
    _set_password(session, account, new, field="new", now=now)
    end_all_sign_ins(session, account.id, now=now, keep=keep)
    record(session, actor, now, "password_changed", account, summary="修改自己的密码")


def set_own_email(session: Session, email: str, *, actor: Actor, now: datetime) -> None:
    """Say where one's own messages go by mail as well; empty for nowhere. Raises RuleBroken on `email`."""
    _set_email(session, _account(session, actor.account_id), email, actor=actor, now=now)


def sign_out_everywhere(session: Session, account_id: int, *, actor: Actor, now: datetime) -> Account:
    """End every sign-in of somebody else's account, when a computer was lost or a person has left."""
    must(actor, Action.APPROVE_ACCOUNTS if may(actor, Action.APPROVE_ACCOUNTS) else Action.KEEP_ACCOUNTS)
    account = _account(session, account_id)
    end_all_sign_ins(session, account_id, now=now)
    record(session, actor, now, "signed_out_everywhere", account, summary=f"结束账号 {account.username} 的全部登录")
    return account


def lift_lock(session: Session, account_id: int, *, actor: Actor, now: datetime) -> Account:
    """Let an account try again at once after too many wrong passwords."""
    must(actor, Action.APPROVE_ACCOUNTS)
    account = _account(session, account_id)
    if not _lift_lock(session, account.username):
        raise RuleBroken(f"账号 {account.username} 没有被锁定，不必解除。")
    record(session, actor, now, "lock_lifted", account, summary=f"解除账号 {account.username} 的登录锁定")
    return account


def end_all_sign_ins(session: Session, account_id: int, *, now: datetime, keep: int | None = None) -> None:
    """Sign an account out everywhere, except in one browser if told so."""
    statement = update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
    if keep is not None:
        statement = statement.where(SignIn.id != keep)
    session.execute(statement.values(ended_at=now))


def _set_password(session: Session, account: Account, password: str, *, field: str, now: datetime) -> None:
    problems = password_problems(password, office_rules(session).sign_in)
    if problems:
        raise RuleBroken("".join(problems), field=field)
    account.password_hash = hasher.hash(password)
    account.password_changed_at = now


def _set_email(session: Session, account: Account, email: str, *, actor: Actor, now: datetime) -> None:
    refuse(email_problems(email))
    account.email = email or None
    what = f"登记账号 {account.username} 的邮箱" if email else f"清除账号 {account.username} 的邮箱"
    record(session, actor, now, "account_email_set", account, summary=what)


def _lift_lock(session: Session, username: str) -> bool:
    failure = session.get(SignInFailure, username)
    if failure is None:
        return False
    session.delete(failure)
    return True


def _belonging(
    session: Session, role: Role, unit_id: int | None, leader_ids: Collection[int]
) -> tuple[int | None, list[int]]:
    """The unit and the leaders an account of this role belongs to; other roles belong to neither."""
    if role is Role.UNIT:
        if unit_id is None or session.get(Unit, unit_id) is None:
            raise RuleBroken("承办单位账号须指定所属单位。", field="unit_id")
        return unit_id, []
    if role not in (Role.LEADER, Role.SECRETARY):
        return None, []
    if not leader_ids:
        raise RuleBroken("领导和联络员账号须指定对应的领导。", field="leader_ids")
    if role is Role.LEADER and len(set(leader_ids)) > 1:
        raise RuleBroken("领导账号只能对应本人一位领导；服务多位领导的请建联络员账号。", field="leader_ids")
    known = sorted(session.scalars(select(Leader.id).where(Leader.id.in_(leader_ids))))
    if set(known) != set(leader_ids):
        raise RuleBroken("所选领导不存在，请重新选择。", field="leader_ids")
    return None, known


def _heads(role: Role, *, heads_unit: bool) -> bool:
    """Only the account of a unit can be that of its head."""
    if heads_unit and role is not Role.UNIT:
        raise RuleBroken("只有承办单位账号可以是单位负责人，请取消勾选或改选角色。", field="heads_unit")
    return heads_unit


def _must_not_clash(session: Session, display_name: str, role: Role, *, own: int = 0) -> None:
    """People are told apart by name; two people of one name write their unit behind it."""
    held = session.scalars(
        select(Account.role).where(
            Account.display_name == display_name, Account.state != AccountState.DISABLED, Account.id != own
        )
    )
    problems = role_problems(set(held), role)
    if problems:
        raise RuleBroken(
            "".join(problems) + f"如果是同名的另一人，请在姓名后注明单位，例如“{display_name}（区财政局）”。",
            field="display_name",
        )


def _account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("没有找到这个账号。")
    return account
