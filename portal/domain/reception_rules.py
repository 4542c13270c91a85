"""When reception days fall, and how a day is cut into slots (NX-02, NX-08, domain 2.1, 10)."""

import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.workdays import (
    FIRST_DAY,
    LAST_DAY,
    ONE_DAY,
    WEEKDAY_NAMES,
    DayKind,
    DaySource,
    WorkingCalendar,
    day_text,
)

MONTHS_AT_ONCE = 60
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


class OnHoliday(Labelled):
    """What happens when the rule names a rest day (domain 2.1, 11.1: places differ, so it is a setting)."""

    NEXT = "next", "顺延至下一个工作日"
    PREVIOUS = "previous", "提前至上一个工作日"
    SKIP = "skip", "当月不安排"
    MANUAL = "manual", "由办公室逐日确定"


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One day of a plan: `day` is None when it was skipped or is left to the office; `why` is one sentence for the office.

    `predicted` warns that the arrangement of a year it depends on is not announced yet (domain 6).
    """

    day: date | None
    nominal: date
    why: str
    predicted: bool


def plan_days(
    rule: ReceptionRule,
    first_month: tuple[int, int] | date,
    months: int,
    on_holiday: OnHoliday,
    make_up_days: bool,
    calendar: WorkingCalendar,
) -> list[PlannedDay]:
    """The reception days of some months, in the rule's order, each with its reason (NX-02, domain 2.1, 10).

    `first_month` is (year, month), or a date: then days before it are left out, while months count from
    its month. `make_up_days` tells whether a make-up working day (调休上班) may serve. Two days never
    meet: the later one moves on in the same direction and says so. MANUAL leaves every day that cannot serve to the office.
    """
    if not 1 <= months <= MONTHS_AT_ONCE:
        raise RuleBroken(f"一次可编排 1 至 {MONTHS_AT_ONCE} 个月，请调整月数。", field="months")
    year, month = _year_and_month(first_month)
    if year < FIRST_DAY.year or year * 12 + month + months - 2 >= LAST_DAY.year * 12:
        raise RuleBroken(
            f"只能编排 {FIRST_DAY.year} 至 {LAST_DAY.year - 1} 年的接待日，请调整起始月份。", field="first_month"
        )
    planner = _Planner(on_holiday, make_up_days, calendar, taken=set())
    plan = [planner.place(nominal, _remark(rule, nominal)) for nominal in _nominal_days(rule, first_month, months)]
    if isinstance(first_month, date):
        return [planned for planned in plan if (planned.day or planned.nominal) >= first_month]
    return plan


def serving_day(nominal: date, on_holiday: OnHoliday, make_up_days: bool, calendar: WorkingCalendar) -> date | None:
    """The day on which a nominal one is served under this calendar, None when it is skipped or left to the office."""
    return _Planner(on_holiday, make_up_days, calendar, taken=set()).place(nominal, "").day


def placed_day(
    rule: ReceptionRule,
    nominal: date,
    on_holiday: OnHoliday,
    make_up_days: bool,
    calendar: WorkingCalendar,
    taken: Collection[date],
) -> PlannedDay:
    """Where a rule's nominal day is served beside days that are taken already, and why."""
    return _Planner(on_holiday, make_up_days, calendar, set(taken)).place(nominal, _remark(rule, nominal))


def _nominal_days(rule: ReceptionRule, first_month: tuple[int, int] | date, months: int) -> Iterator[date]:
    year, month = _year_and_month(first_month)
    for index in range(year * 12 + month - 1, year * 12 + month - 1 + months):
        yield from rule.nominal_days(index // 12, index % 12 + 1)


def _year_and_month(first_month: tuple[int, int] | date) -> tuple[int, int]:
    return (first_month.year, first_month.month) if isinstance(first_month, date) else first_month


def _remark(rule: ReceptionRule, nominal: date) -> str:
    if isinstance(rule, MonthDay) and nominal.day < rule.day:
        return f"本月没有{rule.day}日，取最后一天；"
    if isinstance(rule, YearlyTimes):
        return f"全年{rule.times}次由协商确定，此为建议日期，可改期；"
    return ""


@dataclass(frozen=True, slots=True)
class _Planner:
    on_holiday: OnHoliday
    make_up_days: bool
    calendar: WorkingCalendar
    taken: set[date]

    def place(self, nominal: date, remark: str) -> PlannedDay:
        """Find the day that serves for a nominal one, take it, and say why."""
        day, met = self._find(nominal)
        if day is None:
            left = "日期待定，请由办公室确定" if self.on_holiday is OnHoliday.MANUAL else "按规则不安排"
            why = f"{self._obstacle(nominal)}，{left}。"
        else:
            self.taken.add(day)
            why = self._why(nominal, day, met)
        return PlannedDay(day, nominal, remark + why, self._is_guess(nominal, day or nominal))

    def _find(self, nominal: date) -> tuple[date | None, date | None]:
        """The day that serves, and the last planned day met on the way to it."""
        step = -ONE_DAY if self.on_holiday is OnHoliday.PREVIOUS else ONE_DAY
        day, met = nominal, None
        while day in self.taken or not self._serves(day):
            if self.on_holiday in (OnHoliday.SKIP, OnHoliday.MANUAL):
                return None, None
            met = day if day in self.taken else met
            day += step
        return day, met

    def _serves(self, day: date) -> bool:
        fact = self.calendar.fact(day)
        return fact.is_working and (self.make_up_days or fact.kind is not DayKind.MAKE_UP)

    def _why(self, nominal: date, day: date, met: date | None) -> str:
        if day == nominal:
            return f"{day_text(day)}是{self.calendar.fact(day).label}，如期安排。"
        verb = "提前" if day < nominal else "顺延"
        meeting = f"，又与已排的{day_text(met, nominal)}重合" if met is not None and met != nominal else ""
        kind = "（调休上班）" if self.calendar.fact(day).kind is DayKind.MAKE_UP else ""
        return f"{self._obstacle(nominal)}{meeting}，{verb}至{day_text(day, nominal)}{kind}。"

    def _obstacle(self, nominal: date) -> str:
        if self._serves(nominal):
            return f"{day_text(nominal)}已有接待日"
        fact = self.calendar.fact(nominal)
        not_serving = "，不安排接待" if fact.is_working else ""
        return f"{day_text(nominal)}是{fact.label}{not_serving}"

    def _is_guess(self, nominal: date, day: date) -> bool:
        first, last = min(nominal, day), max(nominal, day)
        asked = [first + ONE_DAY * step for step in range((last - first).days + 1)]
        doubtful = [it for it in asked if self.calendar.fact(it).source is not DaySource.OFFICE]
        return bool(self.calendar.unofficial_years(doubtful))


@dataclass(frozen=True, slots=True)
class SlotTime:
    """One slot of a day, from the minute it starts to the minute it ends."""

    starts: time
    ends: time


_MINUTES_A_DAY = 24 * 60


def lay_out_slots(
    starts: time,
    length_minutes: int,
    count: int,
    gap_minutes: int = 0,
    break_from: time | None = None,
    break_minutes: int = 0,
) -> list[SlotTime]:
    """Cut a day into slots of equal length with pauses between them (NX-08, domain 2.2).

    No slot runs into the break: one that would begins when the break is over. Raises RuleBroken for a length, count, pause or
    break that makes no sense, and when the last slot would not end before midnight.
    """
    _check_slots(starts, length_minutes, count, gap_minutes)
    _check_break(break_from, break_minutes)
    rest = (_minute(break_from), _minute(break_from) + break_minutes) if break_from is not None else (0, 0)
    begins: list[int] = []
    at = _minute(starts)
    while len(begins) < count:
        if at < rest[1] and at + length_minutes > rest[0]:
            at = rest[1]
        if at + length_minutes >= _MINUTES_A_DAY:
            raise RuleBroken(
                f"从 {starts:%H:%M} 起当天最多排 {len(begins)} 个时段，排 {count} 个会超过 24:00，请减少时段或提早开始。",
                field="count",
            )
        begins.append(at)
        at += length_minutes + gap_minutes
    return [SlotTime(_clock(begin), _clock(begin + length_minutes)) for begin in begins]


def _check_slots(starts: time, length: int, count: int, gap: int) -> None:
    if starts.second or starts.microsecond:
        raise RuleBroken("开始时间请精确到分钟，例如 09:20。", field="starts")
    if length < 1:
        raise RuleBroken("每个时段至少 1 分钟，请填写时段时长。", field="length_minutes")
    if count < 1:
        raise RuleBroken("至少要有 1 个时段。", field="count")
    if gap < 0:
        raise RuleBroken("时段间隔不能为负数，没有间隔请填 0。", field="gap_minutes")


def _check_break(starts: time | None, length: int) -> None:
    if length < 0:
        raise RuleBroken("休息时长不能为负数，没有休息请填 0。", field="break_minutes")
    if starts is None and length:
        raise RuleBroken("请填写休息从几点开始，例如 12:00；没有休息请把时长填 0。", field="break_from")
    if starts is None:
        return
    if not length:
        raise RuleBroken("请填写休息多少分钟；没有休息请把休息开始时间清空。", field="break_minutes")
    if starts.second or starts.microsecond:
        raise RuleBroken("休息开始时间请精确到分钟，例如 12:00。", field="break_from")
    if _minute(starts) + length >= _MINUTES_A_DAY:
        raise RuleBroken("休息须在当天 24:00 前结束，请调整休息时间。", field="break_minutes")


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
