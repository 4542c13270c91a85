"""The holidays the law itself names, which a year has before its arrangement is announced (domain 6)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

from portal.almanac.lunar import YEARS_KEPT, festival, qingming
from portal.domain.workdays import DayFact, DayKind, DaySource

FIRST_YEAR_OF_THIRTEEN_DAYS = 2025


@lru_cache(maxsize=YEARS_KEPT)
def statutory_days(year: int) -> Mapping[date, str]:
    """The statutory days of a year and their names: thirteen by the 全国年节及纪念日放假办法 of 2024.

    元旦 1, 春节 4 from New Year's Eve, 清明 1, 劳动节 2, 端午 1, 中秋 1, 国庆 3. Before 2025 春节 and
    劳动节 had one day fewer.
    """
    thirteen = year >= FIRST_YEAR_OF_THIRTEEN_DAYS
    new_year = festival(year, 1, 1)
    spring = new_year - timedelta(days=1) if thirteen else new_year
    spans = (
        ("元旦", date(year, 1, 1), 1),
        ("春节", spring, 4 if thirteen else 3),
        ("清明节", qingming(year), 1),
        ("劳动节", date(year, 5, 1), 2 if thirteen else 1),
        ("端午节", festival(year, 5, 5), 1),
        ("中秋节", festival(year, 8, 15), 1),
        ("国庆节", date(year, 10, 1), 3),
    )
    days: dict[date, str] = {}
    for name, first, length in spans:
        for step in range(length):
            days.setdefault(first + timedelta(days=step), name)
    return MappingProxyType(days)


@lru_cache(maxsize=YEARS_KEPT)
def predicted_days(year: int) -> Mapping[date, DayFact]:
    """The statutory days as a prediction for a year not announced yet; 调休 cannot be foreseen (domain 6)."""
    return MappingProxyType(
        {day: DayFact(day, DayKind.STATUTORY, name, DaySource.PREDICTED) for day, name in statutory_days(year).items()}
    )
