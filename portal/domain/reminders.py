"""Reminders: who is told what, how many working days before, and never at night or on a rest day (domain 2.1, 6)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from portal.domain.messages import DAYTIME, Daytime, by_day
from portal.domain.people import Role
from portal.domain.workdays import ONE_DAY, WorkingCalendar, day_text

KINDS = frozenset(
    {
        "duty-reminder",
        "day-ahead",
        "notice-due",
        "notice-late",
        "leave-waiting",
        "swap-waiting",
        "change-waiting",
        "consult-ending",
        "consult-ended",
        "opinion-due",
        "opinion-overdue",
        "receipt-due",
        "receipt-overdue",
        "receipt-late",
        "matter-half",
        "matter-due",
        "matter-over",
        "matter-late",
        "matter-official",
        "helper-due",
        "helper-over",
        "step-due",
        "step-over",
        "step-late",
    }
)
"""What a reminder's key begins with; no other message's does."""

LEAVE_WAITS = 1
SWAP_WAITS = 2
CHANGE_WAITS = 1
"""Working days after which somebody who has not answered is reminded."""

MOST_NAMED = 5
"""Matters that a reminder names; the page lists the rest."""


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A leader who is to serve on a day, and in which seat."""

    leader_id: int
    leader: str
    seat: str


@dataclass(frozen=True, slots=True)
class ComingDay:
    """A reception day that is planned or published, as far as reminders speak of it."""

    id: int
    day: date
    starts_at: time
    venue: str
    is_published: bool
    is_noticed: bool
    booked: int = 0
    capacity: int = 0
    missing: tuple[str, ...] = ()
    on_duty: tuple[OnDuty, ...] = ()


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
    """A slip a unit has not signed for, and by when it has to (签收)."""

    unit_id: int
    due_on: date
    issued_on: date
    number: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing to tell to the people of some leaders or units and to everybody in some roles, from a moment on.

    Of `head_unit_ids` the heads of the units are told, or everybody there where no account is marked as the head's.
    """

    key: str
    subject: str
    url: str
    due_at: datetime
    body: str = ""
    leader_ids: tuple[int, ...] = ()
    roles: tuple[Role, ...] = ()
    unit_ids: tuple[int, ...] = ()
    head_unit_ids: tuple[int, ...] = ()
    account_ids: tuple[int, ...] = ()


def waking_moment(calendar: WorkingCalendar, at: datetime, daytime: Daytime = DAYTIME) -> datetime:
    """The moment itself in the daytime of a working day, otherwise the morning of the next one."""
    at = by_day(at, daytime)
    working = calendar.next_working(at.date())
    return at if working == at.date() else datetime.combine(working, daytime.begins, at.tzinfo)


def reached(
    calendar: WorkingCalendar, day: date, before: Collection[int], now: datetime, daytime: Daytime = DAYTIME
) -> int | None:
    """Which of the reminders `before` (working days before the day) is the last whose morning has come, if any.

    So a day planned late is reminded of once, not of everything that was missed.
    """
    come = [n for n in before if datetime.combine(calendar.before(day, n), daytime.begins, now.tzinfo) <= now]
    return min(come, default=None)


def day_reminders(
    coming: ComingDay,
    calendar: WorkingCalendar,
    *,
    remind_days: Collection[int],
    notice_days: int,
    now: datetime,
    daytime: Daytime = DAYTIME,
) -> Iterator[Reminder]:
    """Everything to be told now about one coming day: its duty, its preparation, its public notice.

    A reminder that could only reach people after the day has begun is none.
    """
    due = waking_moment(calendar, now, daytime)
    if due >= datetime.combine(coming.day, coming.starts_at, now.tzinfo):
        return
    yield from _duty(coming, calendar, remind_days, due, now, daytime)
    if reached(calendar, coming.day, [1], now, daytime):
        yield _day_ahead(coming, due)
    if not coming.is_noticed and due.date() < coming.day:
        yield from _notice(coming, calendar.before(coming.day, notice_days), due, now, daytime)


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
    together: dict[tuple[int, date], list[ReceiptAwaited]] = {}
    late: dict[date, list[ReceiptAwaited]] = {}
    for it in awaited:
        if it.issued_on < now.date():
            together.setdefault((it.unit_id, it.due_on), []).append(it)
            if due.date() > it.due_on and onlookers:
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
    for (unit_id, due_on), waiting in together.items():
        overdue = due.date() > due_on
        if not overdue and not reached(calendar, due_on, [1], now, daytime):
            continue
        when = (
            f"已逾期（应于{day_text(due_on, now.date())}前签收）"
            if overdue
            else f"签收期限{how_soon(due_on, due.date(), calendar)}到期"
        )
        yield Reminder(
            f"{'receipt-overdue' if overdue else 'receipt-due'}:{unit_id}:{due_on}",
            f"{len(waiting)} 张交办单{when}，请签收",
            "/slips/?mine=1",
            due,
            "、".join(it.number for it in waiting[:MOST_NAMED]) + ("等。" if len(waiting) > MOST_NAMED else "。"),
            unit_ids=(unit_id,),
        )


def _duty(
    coming: ComingDay,
    calendar: WorkingCalendar,
    remind_days: Collection[int],
    due: datetime,
    now: datetime,
    daytime: Daytime,
) -> Iterator[Reminder]:
    n = reached(calendar, coming.day, remind_days, now, daytime)
    if n is None:
        return
    when, soon = day_text(coming.day, now.date()), how_soon(coming.day, due.date(), calendar)
    for turn in coming.on_duty:
        yield Reminder(
            f"duty-reminder:{coming.id}:{n}:{turn.leader_id}:{coming.day}",
            f"{soon}接待日轮值：{turn.leader}（{turn.seat}）",
            f"/reception-days/{coming.day}",
            due,
            f"{when} {coming.starts_at:%H:%M}，{coming.venue}。如不能到场，请尽早请假或调换。",
            leader_ids=(turn.leader_id,),
        )


def _day_ahead(coming: ComingDay, due: datetime) -> Reminder:
    parts = [f"{coming.starts_at:%H:%M}，{coming.venue}", f"已约 {coming.booked}/{coming.capacity}"]
    parts += coming.missing
    if not coming.is_published:
        parts.append("还没有发布")
    return Reminder(
        f"day-ahead:{coming.id}:{coming.day}",
        f"{day_text(coming.day, due.date())}接待日即将举行，请做好准备",
        f"/reception-days/{coming.day}",
        due,
        "；".join(parts) + "。",
        roles=(Role.OFFICE,),
    )


def _notice(coming: ComingDay, limit: date, due: datetime, now: datetime, daytime: Daytime) -> Iterator[Reminder]:
    when, last = day_text(coming.day, now.date()), day_text(limit, now.date())
    url = f"/reception-days/{coming.day}"
    if now.date() > limit:
        subject = f"{when}接待日的通告已经逾期，请尽快公布"
        body = f"最迟应在{last}公布。公布后请在当日页面登记。"
        yield Reminder(f"notice-late:{coming.id}:{coming.day}", subject, url, due, body, roles=(Role.OFFICE,))
    elif datetime.combine(limit, daytime.begins, now.tzinfo) <= now:
        subject = f"请在今天公布{when}接待日的通告"
        body = "公布后请在当日页面登记，登记后不再提醒。"
        yield Reminder(f"notice-due:{coming.id}:{coming.day}", subject, url, due, body, roles=(Role.OFFICE,))


def _too_long(
    requests: Iterable[Waiting], days: int, calendar: WorkingCalendar, now: datetime, daytime: Daytime
) -> Iterator[Waiting]:
    for it in requests:
        answer_is_of_use = waking_moment(calendar, now, daytime).date() <= it.until
        if answer_is_of_use and calendar.between(it.asked_on, now.date()) >= days:
            yield it


def how_soon(day: date, seen_on: date, calendar: WorkingCalendar) -> str:
    """今天, 明天, or how many working days on, as the reader counts who sees it on `seen_on`."""
    if day == seen_on:
        return "今天"
    if day == seen_on + ONE_DAY:
        return "明天"
    return f"{calendar.between(seen_on, day)}个工作日后"
