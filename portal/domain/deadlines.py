"""When a slip is due, and how much of the time is left; overdue is computed, never stored (domain 2.3, 9)."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from portal.domain.matters import MatterClass, MatterLevel
from portal.domain.workdays import WorkingCalendar, day_text


@dataclass(frozen=True, slots=True)
class HandlingTime:
    """A number of days to handle a matter in, working days unless `measure` says another word, and what it follows from: A类, 部门办, or nothing of its own."""

    days: int
    follows: str = ""
    measure: str = "个工作日"

    @property
    def label(self) -> str:
        """In the office's words: A类 30个工作日."""
        return f"{self.follows or '通常'} {self.days}{self.measure}"


@dataclass(frozen=True, slots=True)
class HandlingTimes:
    """The office's working days by class and by level; 0 and what is not named take the usual ones (domain 2.3, JY-13, JY-22)."""

    usual: int
    by_class: Mapping[MatterClass, int] = field(default_factory=dict)
    by_level: Mapping[MatterLevel, int] = field(default_factory=dict)

    def of(self, matter_class: MatterClass | None, level: MatterLevel | None) -> HandlingTime:
        """The time for one matter: its class says, else its level, else the usual."""
        if matter_class is not None:
            days, follows = self.by_class.get(matter_class, 0), matter_class.label
        elif level is not None:
            days, follows = self.by_level.get(level, 0), level.label
        else:
            days, follows = 0, ""
        return HandlingTime(days, follows) if days else HandlingTime(self.usual)

    def of_all(self, kinds: Iterable[tuple[MatterClass | None, MatterLevel | None]]) -> HandlingTime:
        """The time for a slip: the longest of its matters', the usual when there is none."""
        times = [self.of(matter_class, level) for matter_class, level in kinds]
        return max(times, key=lambda it: (it.days, it.follows), default=HandlingTime(self.usual))


def assisting_limit(calendar: WorkingCalendar, due: date, lead_days: int, today: date) -> date:
    """The date to propose to a unit that assists: so many working days before the slip is due (domain 2.3).

    Never before the next working day, never after the slip's own date.
    """
    early = calendar.before(due, lead_days) if lead_days else due
    return min(max(early, calendar.after(today, 1)), due)


def months_later(start: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


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
