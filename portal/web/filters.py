"""How dates, times and numbers are written on pages: exactly as the office writes them."""

from datetime import date, datetime, time

from flask import Flask

from portal import clock

WEEKDAYS = "一二三四五六日"


def long_date(day: date | None) -> str:
    """2026年11月22日; nothing for no date (GB/T 9704 7.3.5.4: no zero padding)."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def full_date(day: date | None) -> str:
    """2026年11月22日 周日."""
    return f"{long_date(day)} 周{WEEKDAYS[day.weekday()]}" if day else ""


def short_date(day: date | None) -> str:
    """11月22日 周日, with the year only if it is another one than today's."""
    if day is None:
        return ""
    year = "" if day.year == clock.today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


def moment(at: datetime | None) -> str:
    """11月22日 09:20, with the year only if it is another one than today's."""
    if at is None:
        return ""
    at = at.astimezone(clock.ZONE)
    year = "" if at.year == clock.today().year else f"{at.year}年"
    return f"{year}{at.month}月{at.day}日 {at:%H:%M}"


def hour(at: time | datetime | None) -> str:
    """09:20."""
    return f"{at:%H:%M}" if at else ""


def grouped(number: int | None) -> str:
    """12,345."""
    return "" if number is None else f"{number:,}"


def file_size(size: int | None) -> str:
    """52.1 MB; small files in KB."""
    if size is None:
        return ""
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{max(size, 1) / 1e3:,.0f} KB"


def add_filters(app: Flask) -> None:
    """Make the writings available to templates."""
    for writing in (long_date, full_date, short_date, moment, hour, grouped, file_size):
        app.jinja_env.filters[writing.__name__] = writing
