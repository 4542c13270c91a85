"""The working calendar: what the office says of a day, laid over the official arrangement (domain 6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Response, abort, request, url_for

from portal import clock
from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.domain.workdays import DayFact, DayKind, DaySource, WorkingCalendar, day_text
from portal.services import calendar_days
from portal.services.recounts import NOTHING_MOVES, Moves, pending_moves, recount
from portal.store.extension import read
from portal.store.queries.calendar_days import announcement, calendar_day_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.announcements import redate_url
from portal.web.admin.blueprint import bp
from portal.web.admin.calendar_forms import CalendarDayForm, ClearDayForm, RecountForm
from portal.web.asked import asked_day, asked_number
from portal.web.calendars import calendar_warning, working_calendar_now
from portal.web.filters import long_date
from portal.web.htmx import render

ARRANGED = (DaySource.IMPORTED, DaySource.OFFICIAL, DaySource.PREDICTED)
"""Who speaks of a year's holidays, apart from the office itself."""

KINDS = (DayKind.STATUTORY, DayKind.DAY_OFF, DayKind.LOCAL, DayKind.WEEKEND, DayKind.MAKE_UP)
"""The kinds of a run's days in the order in which they are counted out."""

CONFLICT = 409
"""Only then the moves are shown anew."""


@dataclass(frozen=True, slots=True)
class Run:
    """Days on end that are alike: a holiday, or a made-up working day."""

    facts: tuple[DayFact, ...]

    @property
    def first(self) -> date:
        """The first day."""
        return self.facts[0].day

    @property
    def last(self) -> date:
        """The last day."""
        return self.facts[-1].day

    @property
    def days(self) -> int:
        """How many days, both ends counted."""
        return len(self.facts)

    @property
    def names(self) -> str:
        """The holidays in it."""
        return "、".join(dict.fromkeys(fact.name for fact in self.facts if fact.name))

    @property
    def working(self) -> bool:
        """Whether these days are worked."""
        return self.facts[0].is_working

    @property
    def source(self) -> DaySource:
        """Who says so."""
        return self.facts[0].source

    @property
    def kinds(self) -> str:
        """How many days there are of each kind: 法定节假日 3 天，调休放假 2 天."""
        counted = Counter(fact.kind for fact in self.facts)
        return "，".join(f"{kind.label} {counted[kind]} 天" for kind in KINDS if counted[kind])


@bp.route("/calendar", methods=["GET", "POST"], endpoint="calendar")
@allow(Role.OFFICE)
def working_calendar() -> Response:
    """A year of deviations from Monday to Friday, and a form for the office's own word on a day."""
    year = asked_number("year") or clock.today().year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
    form = CalendarDayForm(data={"day": asked_day("day"), "kind": DayKind.DAY_OFF.value})
    given = form.day.data
    moves = _moves_to_show(form)
    answer: Response | int = 200
    if not moves:
        answer = attempt(
            form,
            lambda session: calendar_days.set_day(
                session, *_said(form), seen=form.seen.data or NOTHING_MOVES, actor=me(), now=clock.now()
            ),
            done=f"已设定 {long_date(given)}。工作日的计算即时按此进行，已印发单据的纸面不变。",
            onward=url_for("admin.calendar", year=given.year if given else year),
        )
    if isinstance(answer, Response):
        return answer
    if answer == CONFLICT:
        form.seen.data = ""
    days = working_calendar_now()
    return render(
        "pages/admin/calendar.html",
        "fragments/admin/_calendar_day_form.html",
        status=answer,
        form=form,
        moves=moves,
        redates=redate_url,
        pending=pending_moves(read(), today=clock.today()),
        year=year,
        official=days.is_official(year),
        imported=announcement(read(), year),
        own=calendar_day_rows(read(), year),
        runs=runs_of(year, days),
        day_text=day_text,
        calendar_warning=calendar_warning([date(year, 1, 1)], "以下安排"),
    )


@bp.route("/calendar/recount", methods=["GET", "POST"])
@allow(Role.OFFICE)
def recount_calendar() -> Response:
    """What does not stand where the calendar of today puts it: looked at, then moved."""
    moves = pending_moves(read(), today=clock.today())
    form = RecountForm(data={"seen": moves.mark})
    answer = attempt(
        form,
        lambda session: recount(session, seen=form.seen.data, actor=me(), now=clock.now()),
        done="已按现行日历调整，逐项记入审计日志并通知有关单位和领导。",
        onward=url_for("admin.calendar"),
    )
    if isinstance(answer, Response):
        return answer
    form.seen.data = moves.mark
    return render(
        "pages/admin/recount_calendar.html",
        "fragments/admin/_recount_form.html",
        status=answer,
        form=form,
        moves=moves,
        redates=redate_url,
    )


def _said(form: CalendarDayForm) -> tuple[date, DayKind, str, str]:
    return form.day.data, DayKind(form.kind.data), form.name.data or "", form.source.data


def _moves_to_show(form: CalendarDayForm) -> Moves | None:
    """What the word on the form would move, if anything and if these moves were not shown yet."""
    if request.method != "POST" or not form.validate():
        return None
    try:
        moves = calendar_days.proposed_setting(read(), *_said(form), today=clock.today())
    except RuleBroken:
        return None  # said by the attempt itself, beside its field
    if not moves or form.seen.data == moves.mark:
        return None
    form.seen.data = moves.mark
    return moves


@bp.post("/calendar/clear")
@allow(Role.OFFICE)
def clear_calendar_day() -> Response:
    """Take the office's word on a day back; if that moves anything, it is shown first."""
    form = ClearDayForm()
    if not form.validate_on_submit():
        abort(400)
    day: date = form.day.data
    moves = calendar_days.proposed_clearing(read(), day, today=clock.today())
    if moves and form.seen.data != moves.mark:
        form.seen.data = moves.mark
        return render("pages/admin/clear_calendar_day.html", form=form, day=day, moves=moves, redates=redate_url)
    return press(
        lambda session: calendar_days.clear_day(
            session, day, seen=form.seen.data or NOTHING_MOVES, actor=me(), now=clock.now()
        ),
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

    return [Run(tuple(fact for _, fact in group)) for _, group in groupby(enumerate(facts), key=alike)]
