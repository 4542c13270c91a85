"""Reminders of coming reception days: who is on duty, what is to be prepared, whether the notice is out (domain 2.1)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from portal.domain.messages import DAYTIME, Daytime
from portal.domain.people import Role
from portal.domain.reminders import Reminder, how_soon, reached, waking_moment
from portal.domain.workdays import WorkingCalendar, day_text


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
