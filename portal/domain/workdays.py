"""Working days: what a day is, who says so, and counting them (domain 6, 10)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.labelled import Labelled

ONE_DAY = timedelta(days=1)
SATURDAY = 5
WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


class DayKind(Labelled):
    """What a day is to the office (domain 6; half-day holidays of some citizens are ignored)."""

    WORKING = "working", "工作日"
    MAKE_UP = "make_up", "调休上班"
    WEEKEND = "weekend", "周末"
    STATUTORY = "statutory", "法定节假日"
    DAY_OFF = "day_off", "调休放假"
    LOCAL = "local", "地方假日"


WORKING_KINDS = frozenset({DayKind.WORKING, DayKind.MAKE_UP})


class DaySource(Labelled):
    """Who says so, the strongest first."""

    OFFICE = "office", "本单位设置"
    IMPORTED = "imported", "导入的官方安排"
    OFFICIAL = "official", "官方安排"
    PREDICTED = "predicted", "预测"
    WEEKDAY = "weekday", "周一至周五"


@dataclass(frozen=True, slots=True)
class DayFact:
    """One day as the office counts it; `name` is the holiday's, empty on a plain day."""

    day: date
    kind: DayKind
    name: str = ""
    source: DaySource = DaySource.WEEKDAY

    @property
    def is_working(self) -> bool:
        """Whether the office works that day; it follows from the kind."""
        return self.kind in WORKING_KINDS

    @property
    def label(self) -> str:
        """What to call the day: 国庆节（法定节假日）, 调休上班, 周末."""
        if not self.name or self.is_working:
            return self.kind.label
        return f"{self.name}（{self.kind.label}）"


Days = Mapping[date, DayFact]


class WorkingCalendar:
    """Answers for any day, whoever knows best: office, then official, then predicted, then Monday to Friday.

    `official` and `predicted` are asked once a year and only for years that are needed; `official`
    answers None for a year not yet announced (domain 6: usually until November). An announcement of
    one year may also name days of the December before, so the following year is asked too, and as the
    later word it wins.
    """

    def __init__(
        self,
        office: Days,
        official: Callable[[int], Days | None],
        predicted: Callable[[int], Days],
    ) -> None:
        self._office = office
        self._official = official
        self._predicted = predicted
        self._years: dict[int, Days] = {}
        self._facts: dict[date, DayFact] = {}
        self._counted: dict[int, list[int]] = {}

    def fact(self, day: date) -> DayFact:
        """What the day is, and who says so."""
        known = self._facts.get(day)
        if known is None:
            known = self._facts[day] = self._look_up(day)
        return known

    def is_working(self, day: date) -> bool:
        """Whether the office works that day."""
        return self.fact(day).is_working

    def after(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which itself does not count; n = 0 answers `day` (domain 10)."""
        return self._count(day, n, ONE_DAY)

    def before(self, day: date, n: int) -> date:
        """The n-th working day before `day`, which itself does not count; n = 0 answers `day`."""
        return self._count(day, n, -ONE_DAY)

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`, negative when `last` is earlier.

        So `between(day, after(day, n)) == n`.
        """
        if last < first:
            return -self.between(last, first)
        whole = sum(self._so_far(date(year, 12, 31)) for year in range(first.year, last.year))
        return whole + self._so_far(last) - self._so_far(first)

    def next_working(self, day: date) -> date:
        """The day itself if it is a working day, otherwise the first one after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """The day itself if it is a working day, otherwise the last one before it."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def is_official(self, year: int) -> bool:
        """Whether the year's arrangement is announced: imported by the office, or known to the package."""
        return self._official(year) is not None

    def unofficial_years(self, days: Iterable[date]) -> tuple[int, ...]:
        """The years among these days whose arrangement is not announced yet, for the warning (domain 6)."""
        return tuple(year for year in sorted({day.year for day in days}) if not self.is_official(year))

    def _so_far(self, day: date) -> int:
        """Working days of a year up to and including a day of it, counted on from where the last question ended."""
        counted = self._counted.setdefault(day.year, [0])
        new_year = date(day.year, 1, 1)
        while len(counted) <= (day - new_year).days + 1:
            counted.append(counted[-1] + self.is_working(new_year + ONE_DAY * (len(counted) - 1)))
        return counted[(day - new_year).days + 1]

    def _count(self, day: date, n: int, step: timedelta) -> date:
        if n < 0:
            raise ValueError("工作日数不能为负数")
        while n:
            day += step
            n -= self.is_working(day)
        return day

    def _look_up(self, day: date) -> DayFact:
        return self._office.get(day) or self._year(day.year).get(day) or _plain(day)

    def _year(self, year: int) -> Days:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._read_year(year)
        return known

    def _read_year(self, year: int) -> Days:
        own = self._official(year)
        if own is None:
            own = self._predicted(year)
        following = self._official(year + 1) or {}
        return {**own, **{day: fact for day, fact in following.items() if day.year == year}}


def _plain(day: date) -> DayFact:
    return DayFact(day, DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.WORKING)


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
"""Nothing the office deals with lies before or after; what does was mistyped."""


def is_in_living_memory(day: date) -> bool:
    """Whether a date can be meant."""
    return FIRST_DAY <= day <= LAST_DAY


def weekday_name(day: date) -> str:
    """The weekday as the office writes it: 周日."""
    return WEEKDAY_NAMES[day.weekday()]


def day_text(day: date, beside: date | None = None) -> str:
    """A day for people: 11月22日 周日, with its year when it differs from the day it stands beside."""
    year = f"{day.year}年" if beside is not None and beside.year != day.year else ""
    return f"{year}{day.month}月{day.day}日 {weekday_name(day)}"
