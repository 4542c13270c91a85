"""The State Council's arrangement of a year, as the calendar package has it (domain 6)."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from chinese_calendar import Holiday, holidays, in_lieu_days, workdays

from portal.almanac.lunar import YEARS_KEPT
from portal.almanac.statutory import statutory_days
from portal.domain.workdays import SATURDAY, DayFact, DayKind, DaySource

_NAMES = {
    Holiday.new_years_day.value: "元旦",
    Holiday.spring_festival.value: "春节",
    Holiday.tomb_sweeping_day.value: "清明节",
    Holiday.labour_day.value: "劳动节",
    Holiday.dragon_boat_festival.value: "端午节",
    Holiday.national_day.value: "国庆节",
    Holiday.mid_autumn_festival.value: "中秋节",
    Holiday.anti_fascist_70th_day.value: "抗战胜利70周年纪念日",
}


@lru_cache(maxsize=YEARS_KEPT)
def official_days(year: int) -> Mapping[date, DayFact] | None:
    """The days of a year on which it differs from Monday to Friday, or None for a year the package lacks.

    The package's own questions raise for such a year, so its tables are read instead (domain 6, T).
    """
    if not _first_year() <= year <= _last_year():
        return None
    off = {day: _day_off(day, name) for day, name in holidays.items() if day.year == year}
    on = {
        day: DayFact(day, DayKind.MAKE_UP, _NAMES.get(name, name), DaySource.OFFICIAL)
        for day, name in workdays.items()
        if day.year == year
    }
    return MappingProxyType({**off, **on})


def _day_off(day: date, name: str) -> DayFact:
    return DayFact(day, _kind_off(day), statutory_days(day.year).get(day) or _NAMES.get(name, name), DaySource.OFFICIAL)


def _kind_off(day: date) -> DayKind:
    if day in statutory_days(day.year):
        return DayKind.STATUTORY
    if day.weekday() >= SATURDAY and day not in in_lieu_days:
        return DayKind.WEEKEND
    return DayKind.DAY_OFF


@lru_cache(maxsize=1)
def _first_year() -> int:
    first: date = min(holidays)
    return first.year


@lru_cache(maxsize=1)
def _last_year() -> int:
    last: date = max(holidays)
    return last.year
