"""Due reminders go into the outbox; doing it again changes nothing, and what has become pointless is taken back."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.domain.accounts import AccountState
from portal.domain.clocks import Stage
from portal.domain.day_reminders import day_reminders
from portal.domain.matter_reminders import ONLOOKERS
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.domain.reminders import KINDS, Reminder
from portal.domain.request_reminders import consultation_reminders, request_reminders
from portal.domain.unit_reminders import opinion_reminders, receipt_reminders
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.matter_reminders import daytime_of, matter_reminders, pace_of
from portal.services.messages import tell
from portal.store.models.messages import Message
from portal.store.models.people import Account, AccountLeader
from portal.store.queries.office import office_rules
from portal.store.queries.receipts import receipts_awaited
from portal.store.queries.reminders import (
    awaited_opinions,
    coming_days,
    open_consultation,
    waiting_changes,
    waiting_leaves,
    waiting_swaps,
)

KEYS_AT_ONCE = 5_000
POINTLESS = "情况已变，不再提醒"
"""Written on a reminder that was taken back; if things change again, it goes out after all."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What the outbox lacks: reminders with the accounts still to be told, and messages nobody needs any more."""

    untold: tuple[tuple[Reminder, tuple[int, ...]], ...]
    pointless: tuple[int, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do, as nearly always."""
        return not self.untold and not self.pointless


def due_reminders(session: Session, *, now: datetime) -> list[Reminder]:
    """Everything that somebody is to be reminded of at this moment, told already or not."""
    rules, calendar = office_rules(session), calendar_now(session)
    daytime = daytime_of(rules)
    furthest = calendar.after(now.date(), max(*rules.remind_days, rules.notice_days, 1) + 1)
    reminders = [
        reminder
        for coming in coming_days(session, now.date(), furthest, rules.seats)
        for reminder in day_reminders(
            coming, calendar, remind_days=rules.remind_days, notice_days=rules.notice_days, now=now, daytime=daytime
        )
    ]
    leaves, swaps, changes = waiting_leaves(session), waiting_swaps(session), waiting_changes(session)
    reminders += request_reminders(leaves, swaps, changes, calendar, now=now, daytime=daytime)
    consultation = open_consultation(session)
    if consultation is not None:
        reminders += consultation_reminders(*consultation, calendar, now=now, daytime=daytime)
    reminders += opinion_reminders(awaited_opinions(session, now.date()), calendar, now=now, daytime=daytime)
    clocks = clocks_in_force(session)
    reminders += receipt_reminders(
        receipts_awaited(session),
        calendar,
        now=now,
        daytime=daytime,
        onlookers=ONLOOKERS[clocks[Stage.RECEIPT].overdue],
    )
    reminders += matter_reminders(session, pace_of(rules, calendar, clocks), rules, now=now)
    return reminders


def outstanding(session: Session, *, now: datetime) -> Outstanding:
    """Compare what people are to be reminded of with what the outbox holds; reads only."""
    addressed = _addressed(session, due_reminders(session, now=now))
    told = _told(session, [reminder.key for reminder, accounts in addressed if accounts])
    untold = [
        (reminder, tuple(it for it in accounts if (reminder.key, it) not in told)) for reminder, accounts in addressed
    ]
    wanted = {(reminder.key, account) for reminder, accounts in addressed for account in accounts}
    unseen = session.execute(
        select(Message.id, Message.key, Message.account_id).where(
            Message.account_id.is_not(None),
            or_(
                Message.state == MessageState.WAITING,
                (Message.state == MessageState.SENT) & (Message.due_at > now) & (Message.channel == Channel.IN_APP),
            ),
        )
    )
    pointless = [
        row.id for row in unseen if row.key.partition(":")[0] in KINDS and (row.key, row.account_id) not in wanted
    ]
    return Outstanding(tuple(it for it in untold if it[1]), tuple(pointless))


def _told(session: Session, keys: Sequence[str]) -> set[tuple[str, int | None]]:
    """Which reminders which accounts have; asked in parts, for a statement takes only so many values."""
    told: set[tuple[str, int | None]] = set()
    for start in range(0, len(keys) or 1, KEYS_AT_ONCE):
        statement = select(Message.key, Message.account_id).where(
            Message.key.in_(keys[start : start + KEYS_AT_ONCE]),
            Message.channel == Channel.IN_APP,
            or_(Message.state != MessageState.DROPPED, Message.error != POINTLESS),
        )
        told.update((key, account_id) for key, account_id in session.execute(statement))
    return told


def remind(session: Session, *, now: datetime) -> Outstanding:
    """Put what is outstanding into the outbox and take back what is pointless; answers what was done."""
    found = outstanding(session, now=now)
    if found.pointless:
        session.execute(
            update(Message)
            .where(
                Message.id.in_(found.pointless),
                or_(Message.state == MessageState.WAITING, Message.channel == Channel.IN_APP),
            )
            .values(state=MessageState.DROPPED, error=POINTLESS)
        )
    taken_back = _taken_back(session, [reminder.key for reminder, _ in found.untold])
    for reminder, accounts in found.untold:
        if reminder.key in taken_back:
            _tell_after_all(session, reminder, accounts)
        tell(
            session,
            accounts,
            reminder.key,
            reminder.subject,
            body=reminder.body,
            url=reminder.url,
            now=now,
            due_at=reminder.due_at,
        )
    return found


def _taken_back(session: Session, keys: Sequence[str]) -> set[str]:
    """Which reminders were taken back from somebody, so that hardly any of them has to be looked for one by one."""
    found: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = keys[start : start + KEYS_AT_ONCE]
        dropped = (Message.state == MessageState.DROPPED, Message.error == POINTLESS)
        found.update(session.scalars(select(Message.key).where(Message.key.in_(part), *dropped)))
    return found


def _tell_after_all(session: Session, reminder: Reminder, accounts: Sequence[int]) -> None:
    """What was taken back and is wanted again goes out after all."""
    for channel, state in ((Channel.IN_APP, MessageState.SENT), (Channel.MAIL, MessageState.WAITING)):
        session.execute(
            update(Message)
            .where(
                Message.key == reminder.key,
                Message.account_id.in_(accounts),
                Message.channel == channel,
                Message.state == MessageState.DROPPED,
                Message.error == POINTLESS,
            )
            .values(state=state, error="", attempts=0, due_at=reminder.due_at)
        )


def _addressed(session: Session, reminders: Sequence[Reminder]) -> list[tuple[Reminder, tuple[int, ...]]]:
    """Each reminder with whom it is for: the leaders' own accounts, their secretaries', the units', everybody in the roles."""
    of_leader: dict[int, set[int]] = defaultdict(set)
    of_unit: dict[int, set[int]] = defaultdict(set)
    in_role: dict[Role, set[int]] = defaultdict(set)
    heads: dict[int, set[int]] = defaultdict(set)
    standing_ids: set[int] = set()
    columns = (Account.id, Account.role, Account.unit_id, Account.heads_unit, AccountLeader.leader_id)
    open_accounts = select(*columns).outerjoin(AccountLeader, AccountLeader.account_id == Account.id)
    standing = open_accounts.where(Account.state == AccountState.ACTIVE)
    for account_id, role, unit_id, heads_unit, leader_id in session.execute(standing):
        standing_ids.add(account_id)
        if heads_unit:
            heads[unit_id].add(account_id)
        in_role[role].add(account_id)
        if unit_id is not None:
            of_unit[unit_id].add(account_id)
        if leader_id is not None:
            of_leader[leader_id].add(account_id)
    return [
        (
            it,
            tuple(
                sorted(
                    set().union(
                        *(of_leader[key] for key in it.leader_ids),
                        *(of_unit[key] for key in it.unit_ids),
                        *(heads[key] or of_unit[key] for key in it.head_unit_ids),
                        *(in_role[key] for key in it.roles),
                        standing_ids & set(it.account_ids),
                    )
                )
            ),
        )
        for it in reminders
    ]
