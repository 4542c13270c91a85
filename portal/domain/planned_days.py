"""On which days a rule's reception days are served, and why (NX-02, domain 2.1, 10)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.reception_rules import MonthDay, ReceptionRule, YearlyTimes
from portal.domain.workdays import FIRST_DAY, LAST_DAY, ONE_DAY, DayKind, DaySource, WorkingCalendar, day_text

MONTHS_AT_ONCE = 60


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
