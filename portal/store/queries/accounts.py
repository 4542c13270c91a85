"""Accounts, for the administrators' lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.people import Role
from portal.store.models.people import Account, Unit


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


def account_rows(session: Session) -> Sequence[AccountRow]:
    """Every account, those waiting for approval first, then by name."""
    rows = session.execute(
        select(
            Account.id,
            Account.username,
            Account.display_name,
            Account.role,
            Account.state,
            Unit.name,
            Account.created_at,
        )
        .outerjoin(Unit, Unit.id == Account.unit_id)
        .order_by(Account.state != AccountState.PENDING, Account.username)
    )
    return [AccountRow(*row) for row in rows]
