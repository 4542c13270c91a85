"""The rota calendar: who receives when, over a month and over a year (look: 月历, domain 6)."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, url_for
from markupsafe import Markup

from portal import clock
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.store.extension import read
from portal.store.queries.reception_days import days_between
from portal.web.access import allow
from portal.web.calendar.grids import days_of_month, month_weeks, year_months
from portal.web.calendar.kept import Drawn, kept_calendars
from portal.web.calendars import working_calendar_now
from portal.web.htmx import go, is_htmx, render
from portal.web.office import rules, version

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

LOOKERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)
FIRST_YEAR, LAST_YEAR = 2004, 2100


@bp.get("/")
@allow(*LOOKERS)
def this_month() -> Response:
    """The month we are in."""
    today = clock.today()
    return go(url_for("calendar.month", year=today.year, month=today.month))


@bp.get("/<int:year>/<int:month>")
@allow(*LOOKERS)
def month(year: int, month: int) -> Response:
    """A month: reception days with their duty, rest and make-up days, the lunar calendar."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        abort(404)
    today = clock.today()
    drawn = kept_calendars().calendar((version(), today, year, month), lambda: _draw_month(year, month, today))
    return _answer("pages/calendar/month.html", drawn, year=year, month=month)


@bp.get("/<int:year>")
@allow(*LOOKERS)
def year(year: int) -> Response:
    """A year in twelve small months."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    today = clock.today()
    drawn = kept_calendars().calendar((version(), today, year), lambda: _draw_year(year, today))
    return _answer("pages/calendar/year.html", drawn, year=year)


def _answer(page: str, drawn: Drawn, **context: int) -> Response:
    """The page around a drawn calendar, or for htmx the calendar alone."""
    if not is_htmx():
        return render(page, drawn=drawn, calendar_warning=drawn.warning, **context)
    answer = make_response(drawn.html)
    answer.vary.add("HX-Request")
    return answer


def _draw_month(year: int, month: int, today: date) -> Drawn:
    weeks = days_of_month(year, month)
    rows = days_between(read(), weeks[0][0], weeks[-1][-1])
    cells = month_weeks(year, month, rows, working_calendar_now(), rules().seats, today)
    standing = sum(row.day.month == month and row.state is not DayState.CANCELLED for row in rows)
    return _drawn("month", weeks=cells, year=year, month=month, standing=standing, now=today)


def _draw_year(year: int, today: date) -> Drawn:
    rows = days_between(read(), date(year, 1, 1), date(year, 12, 31))
    months = year_months(year, rows, working_calendar_now(), rules().seats, today)
    standing = sum(row.state is not DayState.CANCELLED for row in rows)
    return _drawn("year", months=months, year=year, standing=standing, now=today)


def _drawn(kind: str, *, year: int, **context: Any) -> Drawn:
    """Render calendar and heading; plain templates without the frame's context, for they are kept for everybody."""
    given = {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR, "url_for": url_for} | context
    html, heading = (
        Markup(current_app.jinja_env.get_template(f"fragments/calendar/{name}.html").render(given))  # noqa: S704
        for name in (f"_{kind}", f"_{kind}_heading")
    )
    return Drawn(html, heading, _warning(working_calendar_now().unofficial_years([date(year, 1, 1)])))


def _warning(years: tuple[int, ...]) -> str | None:
    """The amber strip over a year whose arrangement nobody has announced (domain 6)."""
    if not years:
        return None
    named = "、".join(f"{it}年" for it in years)
    return f"{named}放假安排尚未公布，节假日按法定节日推算，调休无法预知；公布后接待日可能需要调整。"
