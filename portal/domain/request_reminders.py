"""Reminders of what waits for an answer: leaves, swaps, changes of a day, and a rota plan that asks for days (domain 2.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.messages import DAYTIME, Daytime
from portal.domain.people import Role
from portal.domain.reminders import Reminder, how_soon, reached, waking_moment
from portal.domain.workdays import WorkingCalendar, day_text

LEAVE_WAITS = 1
SWAP_WAITS = 2
CHANGE_WAITS = 1
"""Working days after which somebody who has not answered is reminded."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request nobody has answered: `of` is whose it is, `until` the last day on which an answer is of use.

    `answered_by` is the leader who must answer; None when it is for the office.
    """

    id: int
    asked_on: date
    of: str
    until: date
    answered_by: int | None = None
    day: date | None = None


def request_reminders(
    leaves: Iterable[Waiting],
    swaps: Iterable[Waiting],
    changes: Iterable[Waiting],
    calendar: WorkingCalendar,
    *,
    now: datetime,
    daytime: Daytime = DAYTIME,
) -> Iterator[Reminder]:
    """Who must still answer a leave, a swap or a change of a day that has waited too long."""
    for leave in _too_long(leaves, LEAVE_WAITS, calendar, now, daytime):
        yield Reminder(
            f"leave-waiting:{leave.id}",
            f"{leave.of}的请假等待批准",
            f"/duty/leaves/{leave.id}",
            waking_moment(calendar, now, daytime),
            f"{day_text(leave.asked_on, now.date())}提出，还没有答复。批准或不批准后才能安排当日席位。",
            roles=(Role.OFFICE,),
        )
    for swap in _too_long(swaps, SWAP_WAITS, calendar, now, daytime):
        named = swap.answered_by is not None
        yield Reminder(
            f"swap-waiting:{swap.id}",
            f"{swap.of}请求调换轮值，等待答复",
            f"/duty/swaps/{swap.id}",
            waking_moment(calendar, now, daytime),
            f"{day_text(swap.asked_on, now.date())}提出，"
            + ("请同意或不同意。" if named else "还没有人接受，请协调。"),
            leader_ids=(swap.answered_by,) if swap.answered_by is not None else (),
            roles=() if named else (Role.OFFICE,),
        )
    for change in _too_long(changes, CHANGE_WAITS, calendar, now, daytime):
        at = change.day or change.until
        yield Reminder(
            f"change-waiting:{change.id}",
            f"{day_text(at, now.date())}接待日的{change.of}申请等待批准",
            f"/reception-days/{at.isoformat()}",
            waking_moment(calendar, now, daytime),
            f"{day_text(change.asked_on, now.date())}提出，请办理批准，或登记纸面批准。",
            roles=(Role.OFFICE,),
        )


def consultation_reminders(
    plan_id: int, until: date, calendar: WorkingCalendar, *, now: datetime, daytime: Daytime = DAYTIME
) -> Iterator[Reminder]:
    """The last day but one for the leaders to say which days do not suit them; afterwards the office is to publish."""
    due = waking_moment(calendar, now, daytime)
    url = f"/duty/plans/{plan_id}"
    if due.date() > until:
        if now.date() > until:
            subject = "轮值方案征求意见已结束，请调整后发布"
            yield Reminder(f"consult-ended:{plan_id}:{until}", subject, url, due, roles=(Role.OFFICE,))
    elif reached(calendar, until, [1], now, daytime):
        subject = f"轮值方案征求意见{how_soon(until, due.date(), calendar)}截止，请标出不便的日期"
        body = f"截止日期：{day_text(until, now.date())}。没有不便的日期，不必答复。"
        yield Reminder(
            f"consult-ending:{plan_id}:{until}", subject, url, due, body, roles=(Role.LEADER, Role.SECRETARY)
        )


def _too_long(
    requests: Iterable[Waiting], days: int, calendar: WorkingCalendar, now: datetime, daytime: Daytime
) -> Iterator[Waiting]:
    for it in requests:
        answer_is_of_use = waking_moment(calendar, now, daytime).date() <= it.until
        if answer_is_of_use and calendar.between(it.asked_on, now.date()) >= days:
            yield it
