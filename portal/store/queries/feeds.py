"""Calendar feeds: who holds which, and what is in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.feeds import FeedScope
from portal.domain.people import Actor
from portal.domain.reception_days import DayState
from portal.store.models.audit import AuditLine
from portal.store.models.duty import DutyChange
from portal.store.models.messages import Feed
from portal.store.models.people import Account, AccountLeader, Leader
from portal.store.models.reception import ReceptionDay, Seat, Slot
from portal.store.queries.duty import TurnRow, turns_of_days
from portal.store.queries.sign_ins import token_hash


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as its owner sees it; whoever knows the token reads the feed."""

    id: int
    scope: FeedScope
    token: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class FeedHolder:
    """A feed somebody asks for by its token, and whose it is."""

    feed_id: int
    scope: FeedScope
    made_at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True)
class FeedDay:
    """A reception day as calendars outside know it; `ends_at` is None while it has no slots."""

    id: int
    day: date
    state: DayState
    venue: str
    starts_at: time
    ends_at: time | None
    theme: str
    sequence: int
    changed_at: datetime | None = None
    turns: tuple[TurnRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LostTurn:
    """A leader who once sat on a reception day and no longer does."""

    day_id: int
    leader_id: int
    leader: str


def feeds_of_account(session: Session, account_id: int) -> Mapping[FeedScope, FeedRow]:
    """The feeds an account holds, in one statement."""
    rows = session.execute(
        select(Feed.id, Feed.scope, Feed.token, Feed.made_at).where(Feed.account_id == account_id).order_by(Feed.id)
    )
    return {row.scope: FeedRow(*row) for row in rows}


def feed_holder(session: Session, token: str) -> FeedHolder | None:
    """Whose feed this token opens; None when nobody's, or the account is not open (two statements)."""
    row = session.execute(
        select(Feed.id, Feed.scope, Feed.made_at, Account.id, Account.display_name, Account.role, Account.unit_id)
        .join(Account, Account.id == Feed.account_id)
        .where(Feed.token_hash == token_hash(token), Account.state == AccountState.ACTIVE)
    ).first()
    if row is None:
        return None
    feed_id, scope, made_at, account_id, name, role, unit_id = row
    leaders = session.scalars(select(AccountLeader.leader_id).where(AccountLeader.account_id == account_id))
    return FeedHolder(feed_id, scope, made_at, Actor(account_id, name, role, unit_id, frozenset(leaders)))


def feed_days(session: Session, since: date) -> Sequence[FeedDay]:
    """Every reception day from a day on with its duty and its last change, in order of date; four statements."""
    ends = (
        select(func.max(Slot.ends_at))
        .where(Slot.reception_day_id == ReceptionDay.id, select(Seat.id).where(Seat.slot_id == Slot.id).exists())
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            ReceptionDay.id, ReceptionDay.day, ReceptionDay.state, ReceptionDay.venue, ReceptionDay.starts_at, ends,
            ReceptionDay.theme, ReceptionDay.sequence,
        )
        .where(ReceptionDay.day >= since)
        .order_by(ReceptionDay.day)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    turns, changed = turns_of_days(session, ids), _last_changes(session, ids)
    return [replace(FeedDay(*row), turns=turns.get(row.id, ()), changed_at=changed.get(row.id)) for row in rows]


def _last_changes(session: Session, day_ids: Collection[int]) -> Mapping[int, datetime]:
    """When each of some days, or its duty, was changed last."""
    acts = session.execute(
        select(AuditLine.target_id, func.max(AuditLine.at))
        .where(
            AuditLine.target_kind == ReceptionDay.__tablename__, AuditLine.target_id.in_([str(it) for it in day_ids])
        )
        .group_by(AuditLine.target_id)
    )
    seatings = session.execute(
        select(DutyChange.reception_day_id, func.max(DutyChange.done_at))
        .where(DutyChange.reception_day_id.in_(day_ids))
        .group_by(DutyChange.reception_day_id)
    )
    found: dict[int, datetime] = {}
    for day_id, at in [*((int(target), at) for target, at in acts), *((day, at) for day, at in seatings)]:
        found[day_id] = max(found.get(day_id, at), at)
    return found


def lost_turns(session: Session, leader_ids: Collection[int], since: date) -> Sequence[LostTurn]:
    """Every seat that one of these leaders once held from a day on, whoever holds it now; one statement."""
    rows = session.execute(
        select(DutyChange.reception_day_id, Leader.id, Leader.name)
        .join(ReceptionDay, ReceptionDay.id == DutyChange.reception_day_id)
        .join(Leader, Leader.id == DutyChange.from_leader_id)
        .where(DutyChange.from_leader_id.in_(leader_ids), ReceptionDay.day >= since)
        .distinct()
        .order_by(DutyChange.reception_day_id, Leader.id)
    )
    return [LostTurn(*row) for row in rows]
