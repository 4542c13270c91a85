"""The lunar side of the calendar: lunar days, solar terms, and where a festival falls (domain 6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from tyme4py.lunar import LunarDay as TymeDay
from tyme4py.lunar import LunarMonth
from tyme4py.solar import SolarDay, SolarTerm

YEARS_KEPT = 16
_QINGMING = 7
_MONTH_NAMES = {"十一月": "冬月", "十二月": "腊月"}


@dataclass(frozen=True, slots=True)
class LunarDay:
    """One day in the lunar calendar; `term` is the solar term that begins on it, else empty."""

    year: str
    month: str
    name: str
    term: str = ""

    @property
    def label(self) -> str:
        """The few signs in a calendar cell: 冬至, on a month's first day 冬月初一, otherwise 廿三."""
        if self.term:
            return self.term
        return self.month + self.name if self.name == "初一" else self.name

    @property
    def full(self) -> str:
        """The whole date: 丙午年冬月廿三."""
        return f"{self.year}年{self.month}{self.name}"


def lunar_day(day: date) -> LunarDay:
    """A day in the lunar calendar; a year is worked out once."""
    return _lunar_year(day.year)[day]


def festival(year: int, lunar_month: int, lunar_day_: int) -> date:
    """The day of a lunar year's festival: (2027, 1, 1) is the first day of 春节."""
    return _as_date(TymeDay.from_ymd(year, lunar_month, lunar_day_).get_solar_day())


def qingming(year: int) -> date:
    """The day of 清明."""
    return _as_date(SolarTerm.from_index(year, _QINGMING).get_solar_day())


@lru_cache(maxsize=YEARS_KEPT)
def _lunar_year(year: int) -> Mapping[date, LunarDay]:
    terms = dict(_terms(year))
    days = {day: LunarDay(*words, terms.get(day, "")) for day, words in _walk(year) if day.year == year}
    return MappingProxyType(days)


def _walk(year: int) -> Iterator[tuple[date, tuple[str, str, str]]]:
    """Every day of the lunar months that touch a year, with the names of its year, month and day."""
    month = LunarMonth.from_ym(year - 1, 10)
    first = _as_date(month.get_first_julian_day().get_solar_day())
    while first.year <= year:
        cycle = month.get_lunar_year().get_sixty_cycle().get_name()
        for index in range(month.get_day_count()):
            yield first + timedelta(days=index), (cycle, _month_name(month), TymeDay.NAMES[index])
        first += timedelta(days=month.get_day_count())
        month = month.next(1)


def _month_name(month: LunarMonth) -> str:
    name: str = month.get_name()
    plain = name.removeprefix("闰")
    return name.replace(plain, _MONTH_NAMES.get(plain, plain))


def _terms(year: int) -> Iterator[tuple[date, str]]:
    """The solar terms of a year; the package counts a year's from the 冬至 before it."""
    for term in (*(SolarTerm.from_index(year, index) for index in range(1, 24)), SolarTerm.from_index(year + 1, 0)):
        yield _as_date(term.get_solar_day()), term.get_name()


def _as_date(day: SolarDay) -> date:
    return date(day.get_year(), day.get_month(), day.get_day())
