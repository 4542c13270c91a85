"""The rota calendar: who receives when, over a month, over a year, and as a list (look: 月历, domain 6)."""

from datetime import date
from typing import Any

from flask import Response, current_app, make_response, url_for
from markupsafe import Markup

from portal import clock
from portal.services.calendar_sheets import seat_labels
from portal.store.extension import read
from portal.store.queries.reception_days import DayRow, days_between
from portal.store.queries.rota_calendar import leaders_in_office, venues_used
from portal.web.access import allow
from portal.web.calendar import feeds, papers
from portal.web.calendar.blueprint import LOOKERS, bp, must_be_known
from portal.web.calendar.chosen import Chosen, asked
from portal.web.calendar.grids import View, days_of_month, month_weeks, year_months
from portal.web.calendar.heads import Offered, Place, head
from portal.web.calendar.kept import kept_calendars
from portal.web.calendars import working_calendar_now
from portal.web.htmx import go, is_htmx, render
from portal.web.office import rules, version

__all__ = ["bp", "feeds", "papers"]


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
    return _answer(Place("month", year, month))


@bp.get("/<int:year>")
@allow(*LOOKERS)
def year(year: int) -> Response:
    """A year in twelve small months."""
    return _answer(Place("year", year))


@bp.get("/<int:year>/list")
@allow(*LOOKERS)
def listing(year: int) -> Response:
    """The reception days of a year one under another; what is not asked for is left out."""
    return _answer(Place("listing", year))


def _answer(place: Place) -> Response:
    """The page around a calendar kept for this version of the data, or for htmx the calendar alone."""
    must_be_known(place.year, place.month)
    today, chosen = clock.today(), asked()
    drawn = kept_calendars().drawn((version(), today, place, chosen), lambda: _draw(place, chosen, today))
    if not is_htmx():
        return render("pages/calendar/calendar.html", title=place.title, drawn=drawn)
    answer = make_response(drawn)
    answer.vary.add("HX-Request")
    return answer


def _draw(place: Place, chosen: Chosen, today: date) -> Markup:
    """Draw a calendar with a plain template, without the frame's context, for it is kept for everybody."""
    first, last = _span(place)
    rows = days_between(read(), first, last)
    offered = Offered(leaders_in_office(read(), first, last), venues_used(read()))
    known = chosen.among(offered.leaders, offered.venues)
    view = View(working_calendar_now(), rules().seats, today, known)
    inside = [row for row in rows if place.month in (None, row.day.month)]
    above = head(place, inside, known, offered, today)
    template = current_app.jinja_env.get_template(f"fragments/calendar/_{place.root}.html")
    drawn = template.render(head=above, url_for=url_for, today=today, **_body(place, rows, view))
    return Markup(drawn)  # noqa: S704 - our own autoescaped template


def _span(place: Place) -> tuple[date, date]:
    if place.month is None:
        return date(place.year, 1, 1), date(place.year, 12, 31)
    weeks = days_of_month(place.year, place.month)
    return weeks[0][0], weeks[-1][-1]


def _body(place: Place, rows: tuple[DayRow, ...], view: View) -> dict[str, Any]:
    """What is drawn under the heading."""
    if place.month is not None:
        return {"weeks": month_weeks(place.year, place.month, rows, view)}
    if place.root == "year":
        return {"months": year_months(place.year, rows, view)}
    listed = [row for row in rows if view.chosen.holds(row)]
    return {"listed": listed, "seats": seat_labels(listed, view.seats), "view": view}
