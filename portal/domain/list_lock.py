"""The confirmed list of a day: from when on it is fixed who will be received (NX-20)."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.office import OfficeRules
from portal.domain.workdays import WorkingCalendar


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What is written down of a day's list: when it was locked by hand, and when it was opened again."""

    day: date
    locked_at: datetime | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListLock:
    """How a list stands at a moment: `since` when it is locked, otherwise `due` when that will be, if it is known."""

    since: datetime | None = None
    due: datetime | None = None

    @property
    def is_locked(self) -> bool:
        """Whether a booking or a move needs an urgent reason now."""
        return self.since is not None


def lock_hour(day: date, rules: OfficeRules, calendar: WorkingCalendar, now: datetime) -> datetime | None:
    """When the list of a day is locked by itself, in the zone of `now`; None where the office locks by hand only."""
    if not rules.list_lock_days:
        return None
    return datetime.combine(calendar.before(day, rules.list_lock_days), rules.list_lock_at, now.tzinfo)


def list_lock(facts: ListFacts, rules: OfficeRules, calendar: WorkingCalendar, now: datetime) -> ListLock:
    """How the list of a day stands now, `now` being in the office's own zone (NX-20).

    It is locked by hand or by its hour, whichever came first. Opened again, it stays open until it is locked by hand once
    more, or until an hour that had not come yet when it was opened.
    """
    moments = (facts.locked_at, lock_hour(facts.day, rules, calendar, now))
    holding = [at for at in moments if at is not None and (facts.opened_at is None or at > facts.opened_at)]
    come = [at for at in holding if at <= now]
    return ListLock(since=min(come)) if come else ListLock(due=min(holding, default=None))


def list_is_locked(facts: ListFacts, rules: OfficeRules, calendar: WorkingCalendar, now: datetime) -> bool:
    """Whether the list of a day is locked now, so that a booking or a move needs an urgent reason (NX-20)."""
    return list_lock(facts, rules, calendar, now).is_locked
