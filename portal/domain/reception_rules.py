"""On which days of a month the office receives by its rule, before holidays are looked at (NX-02, domain 2.1)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.errors import RuleBroken
from portal.domain.workdays import WEEKDAY_NAMES

LAST = -1
MOST_A_YEAR = 12
YEARLY_DAY = 15
_WEEKDAY_CODES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class MonthDay:
    """The same day of every month; a short month gives its last day."""

    day: int

    @property
    def text(self) -> str:
        """As stored: monthday:15."""
        return f"monthday:{self.day}"

    @property
    def label(self) -> str:
        """As read: 每月15日."""
        return f"每月{self.day}日"

    def nominal_days(self, year: int, month: int) -> tuple[date, ...]:
        """The days the rule names in a month, before holidays are looked at."""
        return (date(year, month, min(self.day, monthrange(year, month)[1])),)


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The n-th such weekday of every month, n from 1 to 4, or the last one (-1); Monday is 0."""

    n: int
    weekday: int

    @property
    def text(self) -> str:
        """As stored: weekday:2fri, weekday:lastfri."""
        return f"weekday:{'last' if self.n == LAST else self.n}{_WEEKDAY_CODES[self.weekday]}"

    @property
    def label(self) -> str:
        """As read: 每月第2个周五, 每月最后一个周五."""
        place = "最后一个" if self.n == LAST else f"第{self.n}个"
        return f"每月{place}{WEEKDAY_NAMES[self.weekday]}"

    def nominal_days(self, year: int, month: int) -> tuple[date, ...]:
        """The days the rule names in a month, before holidays are looked at."""
        if self.n == LAST:
            end = date(year, month, monthrange(year, month)[1])
            return (end - timedelta(days=(end.weekday() - self.weekday) % 7),)
        first = date(year, month, 1)
        return (first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.n - 1)),)


@dataclass(frozen=True, slots=True)
class OnDates:
    """Days chosen one by one, in order, none twice."""

    dates: tuple[date, ...]

    @property
    def text(self) -> str:
        """As stored: dates:2026-01-05,2026-02-05."""
        return "dates:" + ",".join(day.isoformat() for day in self.dates)

    @property
    def label(self) -> str:
        """As read: 指定日期（共 2 天）."""
        return f"指定日期（共 {len(self.dates)} 天）"

    def nominal_days(self, year: int, month: int) -> tuple[date, ...]:
        """The days the rule names in a month, before holidays are looked at."""
        return tuple(day for day in self.dates if (day.year, day.month) == (year, month))


@dataclass(frozen=True, slots=True)
class YearlyTimes:
    """So many days a year, each settled by agreement (domain 2.1: Wuhai, at least 4): the rule only proposes.

    A year is cut into `times` equal spans, and the proposal is the 15th of the month in the middle of each, the later one when
    two months share the middle: four times a year proposes February, May, August and November.
    """

    times: int

    @property
    def text(self) -> str:
        """As stored: yearly:4."""
        return f"yearly:{self.times}"

    @property
    def label(self) -> str:
        """As read: 全年4次."""
        return f"全年{self.times}次"

    def nominal_days(self, year: int, month: int) -> tuple[date, ...]:
        """The day proposed in a month, before holidays are looked at."""
        middles = {6 * (2 * span + 1) // self.times + 1 for span in range(self.times)}
        return (date(year, month, YEARLY_DAY),) if month in middles else ()


ReceptionRule = MonthDay | NthWeekday | OnDates | YearlyTimes


def parse_rule(text: str) -> ReceptionRule:
    """Read a rule as it is stored; its `text` gives the same words back (domain 2.1).

    Raises RuleBroken on the field `rule` with the ways to write one.
    """
    kind, _, body = text.strip().partition(":")
    try:
        rule = _READERS[kind](body.strip())
    except (KeyError, ValueError):
        rule = None
    if rule is None:
        raise RuleBroken(
            f"接待日规则“{text}”无法识别。可写：monthday:15（每月15日）、weekday:2fri（每月第2个周五）"
            "、weekday:lastfri（每月最后一个周五）、dates:2026-01-05,2026-02-05（指定日期）、yearly:4（全年4次，日期协商确定）。",
            field="rule",
        )
    return rule


def _read_month_day(body: str) -> MonthDay | None:
    return MonthDay(int(body)) if re.fullmatch(r"[1-9]|[12]\d|3[01]", body, re.ASCII) else None


def _read_weekday(body: str) -> NthWeekday | None:
    match = re.fullmatch(rf"([1-4]|last)({'|'.join(_WEEKDAY_CODES)})", body)
    if match is None:
        return None
    return NthWeekday(LAST if match[1] == "last" else int(match[1]), _WEEKDAY_CODES.index(match[2]))


def _read_dates(body: str) -> OnDates:
    return OnDates(tuple(sorted({date.fromisoformat(part.strip()) for part in body.split(",")})))


def _read_yearly(body: str) -> YearlyTimes | None:
    return YearlyTimes(int(body)) if re.fullmatch(r"[1-9]|1[0-2]", body, re.ASCII) else None


_READERS = {
    "monthday": _read_month_day,
    "weekday": _read_weekday,
    "dates": _read_dates,
    "yearly": _read_yearly,
}
