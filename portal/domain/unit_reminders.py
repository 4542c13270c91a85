"""Reminders of what units owe about a slip or before a day: opinions and receipts, once a date however many wait (NX-18)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.messages import DAYTIME, Daytime
from portal.domain.people import Role
from portal.domain.reminders import MOST_NAMED, Reminder, how_soon, reached, waking_moment
from portal.domain.workdays import WorkingCalendar, day_text


@dataclass(frozen=True, slots=True)
class OpinionAwaited:
    """What a unit has been asked and not answered yet; `day` is the last one on which the answer is of use (NX-18)."""

    unit_id: int
    due_on: date
    asked_on: date
    day: date
    title: str


@dataclass(frozen=True, slots=True)
class ReceiptAwaited:
    """A slip a unit has not signed for, and by when it has to (签收); `due_at` is the moment where that is in hours."""

    unit_id: int
    due_on: date
    issued_on: date
    number: str
    due_at: datetime | None = None

    @property
    def limit(self) -> str:
        """The limit as a key names it."""
        return f"{self.due_at:%Y-%m-%dT%H:%M}" if self.due_at is not None else f"{self.due_on}"

    def is_over(self, seen: datetime) -> bool:
        """Whether the limit has passed when somebody reads of it."""
        return seen > self.due_at if self.due_at is not None else seen.date() > self.due_on


def opinion_reminders(
    awaited: Iterable[OpinionAwaited], calendar: WorkingCalendar, *, now: datetime, daytime: Daytime = DAYTIME
) -> Iterator[Reminder]:
    """Which units must still answer: one working day before the date, and once it has passed, as long as it is of use (NX-18).

    A unit is told once a date, however many matters wait; one asked only today has just been told.
    """
    due = waking_moment(calendar, now, daytime)
    together: dict[tuple[int, date], list[OpinionAwaited]] = {}
    for it in awaited:
        if due.date() <= it.day and it.asked_on < now.date():
            together.setdefault((it.unit_id, it.due_on), []).append(it)
    for (unit_id, due_on), waiting in together.items():
        overdue = due.date() > due_on
        if not overdue and not reached(calendar, due_on, [1], now, daytime):
            continue
        when = (
            f"已逾期（{day_text(due_on, now.date())}前）"
            if overdue
            else f"{how_soon(due_on, due.date(), calendar)}到期"
        )
        yield Reminder(
            f"{'opinion-overdue' if overdue else 'opinion-due'}:{unit_id}:{due_on}",
            f"{len(waiting)} 项征求意见{when}，请回复",
            "/opinions/?state=asked",
            due,
            "；".join(it.title for it in waiting[:MOST_NAMED]) + ("等。" if len(waiting) > MOST_NAMED else "。"),
            unit_ids=(unit_id,),
        )


def receipt_reminders(
    awaited: Iterable[ReceiptAwaited],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    daytime: Daytime = DAYTIME,
    onlookers: tuple[Role, ...] = (),
) -> Iterator[Reminder]:
    """Which units must still sign for slips: one working day before the last day, and once it has passed.

    A unit is told once a date, however many slips wait; of one issued only today it has just been told. `onlookers` hear once
    a date how many were not signed for, as the clock policy says.
    """
    due = waking_moment(calendar, now, daytime)
    together: dict[tuple[int, str], list[ReceiptAwaited]] = {}
    late: dict[date, list[ReceiptAwaited]] = {}
    for it in awaited:
        if it.issued_on < now.date() or it.is_over(due):
            together.setdefault((it.unit_id, it.limit), []).append(it)
            if it.is_over(due) and onlookers:
                late.setdefault(it.due_on, []).append(it)
    for due_on, unsigned in late.items():
        yield Reminder(
            f"receipt-late:{due_on}",
            f"{len(unsigned)} 份次交办单应于{day_text(due_on, now.date())}前签收，单位没有签收",
            "/slips/receipts?state=overdue",
            due,
            "、".join(it.number for it in unsigned[:MOST_NAMED]) + ("等。" if len(unsigned) > MOST_NAMED else "。"),
            roles=onlookers,
        )
    for (unit_id, limit), waiting in together.items():
        due_on, due_at, overdue = waiting[0].due_on, waiting[0].due_at, waiting[0].is_over(due)
        if not overdue and not reached(calendar, due_on, [1], now, daytime):
            continue
        hour = f" {due_at:%H:%M} " if due_at is not None else ""
        when = (
            f"已逾期（应于{day_text(due_on, now.date())}{hour}前签收）"
            if overdue
            else f"签收期限{how_soon(due_on, due.date(), calendar)}{hour}到期"
        )
        yield Reminder(
            f"{'receipt-overdue' if overdue else 'receipt-due'}:{unit_id}:{limit}",
            f"{len(waiting)} 张交办单{when}，请签收",
            "/slips/?mine=1",
            due,
            "、".join(it.number for it in waiting[:MOST_NAMED]) + ("等。" if len(waiting) > MOST_NAMED else "。"),
            unit_ids=(unit_id,),
        )
