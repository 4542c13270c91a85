"""The working calendar: what the office says of a day, laid over the official arrangement (domain 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Response, abort, request, url_for

from portal import clock
from portal.domain.people import Role
from portal.domain.workdays import DayFact, DayKind, DaySource, WorkingCalendar, day_text
from portal.services import calendar_days
from portal.store.extension import read
from portal.store.queries.calendar_days import calendar_day_rows
from portal.web.access import allow, me
from portal.web.admin.blueprint import attempt, bp, press
from portal.web.admin.forms import CalendarDayForm
from portal.web.asked import asked_day, asked_number
from portal.web.calendars import working_calendar_now
from portal.web.filters import long_date
from portal.web.htmx import render

FIRST_YEAR, LAST_YEAR = 2004, 2100
ARRANGED = (DaySource.IMPORTED, DaySource.OFFICIAL, DaySource.PREDICTED)
"""Who speaks of a year's holidays, apart from the office itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """Days on end that are alike: a holiday, or a made-up working day."""

    first: date
    last: date
    names: str
    working: bool
    source: DaySource

    @property
    def days(self) -> int:
        """How many days, both ends counted."""
        return (self.last - self.first).days + 1


@bp.route("/calendar", methods=["GET", "POST"], endpoint="calendar")
@allow(Role.OFFICE)
def working_calendar() -> Response:
    """A year of deviations from Monday to Friday, and a form for the office's own word on a day."""
    year = asked_number("year") or clock.today().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    days = working_calendar_now()
    form = CalendarDayForm(data={"day": asked_day("day"), "kind": DayKind.DAY_OFF.value})
    given = form.day.data
    answer = attempt(
        form,
        lambda session: calendar_days.set_day(
            session,
            form.day.data,
            DayKind(form.kind.data),
            form.name.data or "",
            form.source.data,
            actor=me(),
            now=clock.now(),
        ),
        done=f"已设定 {long_date(given)}。工作日的计算即时按此进行，已印发单据上的时限不变。",
        onward=url_for("admin.calendar", year=given.year if given else year),
    )
    if isinstance(answer, Response):
        return answer
    official = days.is_official(year)
    return render(
        "pages/admin/calendar.html",
        "fragments/admin/_calendar_day_form.html",
        status=answer,
        form=form,
        year=year,
        official=official,
        own=calendar_day_rows(read(), year),
        runs=runs_of(year, days),
        calendar_warning=None if official else f"{year}年放假安排尚未公布，以下为按法定节日推算的预测，公布后请核对。",
    )


@bp.post("/calendar/clear")
@allow(Role.OFFICE)
def clear_calendar_day() -> Response:
    """Take the office's word on a day back."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        abort(400)
    return press(
        lambda session: calendar_days.clear_day(session, day, actor=me(), now=clock.now()),
        done=f"已清除对{day_text(day)}的设定，恢复官方安排。",
        onward=url_for("admin.calendar", year=day.year),
    )


def runs_of(year: int, days: WorkingCalendar) -> Sequence[Run]:
    """The year's holidays and made-up days as others arranged them, days on end put together."""
    facts = [days.fact(date(year, 1, 1) + timedelta(days=step)) for step in range(366)]
    facts = [it for it in facts if it.day.year == year and it.source in ARRANGED]

    def alike(numbered: tuple[int, DayFact]) -> tuple[int, bool, DaySource]:
        place, fact = numbered
        return fact.day.toordinal() - place, fact.is_working, fact.source

    runs = []
    for _, group in groupby(enumerate(facts), key=alike):
        together = [fact for _, fact in group]
        names = dict.fromkeys(fact.name for fact in together if fact.name)
        first = together[0]
        runs.append(Run(first.day, together[-1].day, "、".join(names), first.is_working, first.source))
    return runs
