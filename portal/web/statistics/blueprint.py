"""Where the statistics live, and which days they are asked for."""

from datetime import date

from flask import Blueprint

from portal import clock
from portal.web.asked import asked_day, asked_number
from portal.web.matters.asked import FIRST_YEAR, LAST_YEAR

bp = Blueprint("statistics", __name__, url_prefix="/statistics")


def asked_span() -> tuple[date, date]:
    """The span asked for, this year if none; turned round when it was given backwards."""
    year = asked_number("year")
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        year = clock.today().year
    first = asked_day("from") or date(year, 1, 1)
    last = asked_day("until") or date(max(year, first.year), 12, 31)
    return (first, last) if first <= last else (last, first)
