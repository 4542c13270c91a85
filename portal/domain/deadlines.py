"""When a slip is due, and how much of the time is left; overdue is computed, never stored (domain 2.3, 9)."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar, day_text


class MatterClass(Labelled):
    """The ABCD scheme (JY-13). The source defines no letters: these meanings are a suggestion the office may change."""

    A = "A", "A类（复杂疑难、历史遗留）"
    B = "B", "B类（跨部门协调）"
    C = "C", "C类（一般事项）"
    D = "D", "D类（长期推进）"


class TimeUnit(Labelled):
    """What a time limit is counted in."""

    WORKING_DAYS = "working_days", "个工作日"
    CALENDAR_DAYS = "calendar_days", "日"
    MONTHS = "months", "个月"


class OnRestDay(Labelled):
    """What happens when a limit in calendar days or months ends on a rest day (domain 10)."""

    KEEP = "keep", "仍以该日为限"
    PREVIOUS = "previous", "提前至之前最近的工作日"
    NEXT = "next", "顺延至之后最近的工作日"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A length of time: 5 个工作日, 1 个月."""

    length: int
    unit: TimeUnit

    def __post_init__(self) -> None:
        if self.length < 1:
            raise RuleBroken("办理时限至少为 1。", field="length")

    @property
    def label(self) -> str:
        """The limit in the office's words."""
        return f"{self.length} {self.unit.label}"


_DEFAULT_LIMITS: Mapping[MatterClass, TimeLimit] = MappingProxyType(
    {
        MatterClass.A: TimeLimit(1, TimeUnit.MONTHS),
        MatterClass.B: TimeLimit(15, TimeUnit.WORKING_DAYS),
        MatterClass.C: TimeLimit(5, TimeUnit.WORKING_DAYS),
        MatterClass.D: TimeLimit(3, TimeUnit.MONTHS),
    }
)


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """The office's limits by class, all settings (domain 2.3: C 5 working days, B 15, A one month)."""

    limits: Mapping[MatterClass, TimeLimit] = field(default_factory=lambda: _DEFAULT_LIMITS)
    on_rest_day: OnRestDay = OnRestDay.NEXT


def due_on(policy: DeadlinePolicy, class_: MatterClass, start: date, calendar: WorkingCalendar) -> date:
    """The last day for a matter of this class; the start itself does not count (domain 2.3, 9).

    A limit in months ends on the same day of the month, or on the month's last day when there is none.
    """
    limit = policy.limits[class_]
    if limit.unit is TimeUnit.WORKING_DAYS:
        return calendar.after(start, limit.length)
    if limit.unit is TimeUnit.MONTHS:
        end = months_later(start, limit.length)
    else:
        end = start + timedelta(days=limit.length)
    if policy.on_rest_day is OnRestDay.NEXT:
        return calendar.next_working(end)
    if policy.on_rest_day is OnRestDay.PREVIOUS:
        return calendar.previous_working(end)
    return end


def months_later(start: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class CountedLimit:
    """A last day that was counted: `days` working days after `start`, which itself does not count."""

    start: date
    days: int
    due: date

    def under(self, calendar: WorkingCalendar) -> date:
        """Where the limit ends when it is counted with another calendar."""
        return calendar.after(self.start, self.days)

    def moved(self, calendar: WorkingCalendar, today: date) -> date:
        """The last day under a changed calendar (domain 11.10), the one it has when that must not move.

        One that has passed or ends today stays, and none moves to today or before: nobody becomes late by a notice.
        """
        if self.due <= today:
            return self.due
        day = self.under(calendar)
        return day if day > today else self.due


def counted_limit(calendar: WorkingCalendar, start: date, days: int, today: date) -> CountedLimit:
    """A limit of so many working days from `start`, or from today when it would be over by then."""
    due = calendar.after(start, days)
    if due > today:
        return CountedLimit(start, days, due)
    return CountedLimit(today, days, calendar.after(today, days))


def is_overdue(today: date, due: date) -> bool:
    """Whether the last day has passed; the last day itself is still in time."""
    return today > due


def days_left(calendar: WorkingCalendar, today: date, due: date) -> int:
    """Working days left after today, the last day included; 0 on the last day, negative when overdue.

    A rest day may separate today from the last day without a working day between them, so 0 alone does
    not mean that today is the last day: ask is_overdue.
    """
    return calendar.between(today, due)


def days_left_label(calendar: WorkingCalendar, today: date, due: date) -> str:
    """The time left in the office's words: 剩 3 个工作日, 今天到期, 逾期 2 个工作日."""
    left = days_left(calendar, today, due)
    if today == due:
        return "今天到期"
    if is_overdue(today, due):
        return f"逾期 {-left} 个工作日" if left else "逾期不足 1 个工作日"
    return f"剩 {left} 个工作日" if left else f"{day_text(due)}到期，其间无工作日"
