"""Accounts, for the administrators' lists."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.errors import NotFound
from portal.domain.people import Role, SignInPolicy, locked_until
from portal.store.models.people import Account, AccountLeader, Leader, SignIn, SignInFailure, Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.signing_keys import PIN_FAILURES

SORTS = {"username": Account.username.expression, "name": Account.display_name.expression}


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the administrators see it."""

    id: int
    username: str
    display_name: str
    role: Role
    state: AccountState
    unit: str | None
    created_at: datetime
    last_sign_in: datetime | None = None
    leaders: tuple[str, ...] = ()

    @property
    def belongs_to(self) -> str:
        """The unit, or the leaders, the account belongs to."""
        return self.unit or "、".join(self.leaders)


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A name that is locked after too many wrong passwords; `account_id` is None when no account has it."""

    username: str
    failures: int
    until: datetime
    account_id: int | None
    display_name: str | None


def _columns() -> tuple[object, ...]:
    last = select(func.max(SignIn.started_at)).where(SignIn.account_id == Account.id).scalar_subquery()
    return (
        Account.id,
        Account.username,
        Account.display_name,
        Account.role,
        Account.state,
        Unit.name,
        Account.created_at,
        last,
    )


def account_rows(session: Session, *, state: AccountState | None = None) -> Sequence[AccountRow]:
    """Every account, or those in a state; those waiting for approval first, then by name."""
    statement = select(*_columns()).outerjoin(Unit, Unit.id == Account.unit_id)  # type: ignore[call-overload]
    if state is not None:
        statement = statement.where(Account.state == state)
    rows = session.execute(statement.order_by(Account.state != AccountState.PENDING, Account.username))
    return [AccountRow(*row) for row in rows]


def account_page(
    session: Session, wanted: Wanted, *, role: Role | None = None, state: AccountState | None = None, q: str = ""
) -> Page[AccountRow]:
    """One page of accounts with whom they belong to: three statements, however many accounts."""
    statement = select(*_columns()).outerjoin(Unit, Unit.id == Account.unit_id)  # type: ignore[call-overload]
    if role is not None:
        statement = statement.where(Account.role == role)
    if state is not None:
        statement = statement.where(Account.state == state)
    if q:
        statement = statement.where(
            or_(Account.username.contains(q, autoescape=True), Account.display_name.contains(q, autoescape=True))
        )
    page = page_of(session, statement, wanted, keys=SORTS, identity=Account.id.expression)
    rows = [AccountRow(*row) for row in page.rows]
    served = leaders_served(session, [row.id for row in rows])
    return replace(page, rows=[replace(row, leaders=served.get(row.id, ())) for row in rows])


def account_row(session: Session, account_id: int) -> AccountRow:
    """One account. Raises NotFound."""
    statement = select(*_columns()).outerjoin(Unit, Unit.id == Account.unit_id)  # type: ignore[call-overload]
    row = session.execute(statement.where(Account.id == account_id)).first()
    if row is None:
        raise NotFound("没有找到这个账号。")
    return replace(AccountRow(*row), leaders=leaders_served(session, [account_id]).get(account_id, ()))


def account_id_of(session: Session, username: str) -> int:
    """The account behind a user name. Raises NotFound."""
    account_id = session.scalar(select(Account.id).where(Account.username == username))
    if account_id is None:
        raise NotFound(f"没有用户名为“{username}”的账号。")
    return account_id


def leaders_served(session: Session, account_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The names of the leaders each account belongs to, in the district's order."""
    rows = session.execute(
        select(AccountLeader.account_id, Leader.name)
        .join(Leader, Leader.id == AccountLeader.leader_id)
        .where(AccountLeader.account_id.in_(account_ids))
        .order_by(Leader.position, Leader.id)
    )
    served: dict[int, tuple[str, ...]] = {}
    for account_id, name in rows:
        served[account_id] = (*served.get(account_id, ()), name)
    return served


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whom an account belongs to, by id, for the form that changes it."""

    unit_id: int | None
    leader_ids: tuple[int, ...]
    heads_unit: bool = False


def belonging(session: Session, account_id: int) -> Belonging:
    """The unit and the leaders an account belongs to."""
    unit_id, heads = session.execute(
        select(Account.unit_id, Account.heads_unit).where(Account.id == account_id)
    ).one_or_none() or (None, False)
    leaders = session.scalars(select(AccountLeader.leader_id).where(AccountLeader.account_id == account_id))
    return Belonging(unit_id, tuple(leaders), heads)


def email_of(session: Session, account_id: int) -> str:
    """The mail address of an account, empty when it has none; for its owner, or to be masked."""
    return session.scalar(select(Account.email).where(Account.id == account_id)) or ""


def open_sign_in_count(session: Session, account_id: int, *, since: datetime) -> int:
    """How many browsers an account is signed in with; `since` is the idle time-out's edge."""
    statement = select(func.count()).where(
        SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.seen_at > since
    )
    return session.scalar(statement) or 0


def locked_rows(session: Session, *, policy: SignInPolicy, now: datetime) -> Sequence[LockedRow]:
    """Names locked at this moment, the latest first."""
    rows = session.execute(
        select(SignInFailure.username, SignInFailure.failures, SignInFailure.last_at, Account.id, Account.display_name)
        .outerjoin(Account, Account.username == SignInFailure.username)
        .where(SignInFailure.failures >= policy.failures, ~SignInFailure.username.startswith(PIN_FAILURES))
        .order_by(SignInFailure.last_at.desc())
    )
    found = []
    for username, failures, last_at, account_id, name in rows:
        until = locked_until(failures, last_at, policy)
        if until is not None and until > now:
            found.append(LockedRow(username, failures, until, account_id, name))
    return found
