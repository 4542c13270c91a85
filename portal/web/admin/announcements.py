"""Importing a year's official arrangement: handed in, looked at, applied; and the year as a spreadsheet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Response, abort, request, url_for

from portal import clock
from portal.almanac.announcements import as_json, read_json
from portal.almanac.statutory import predicted_days
from portal.documents.spreadsheets import Column
from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR, Arrangement, NotReadable, Origin
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.domain.workdays import ONE_DAY, DayFact, DaySource, weekday_name
from portal.services.announcement_files import read_arrangement
from portal.services.announcements import ImportPreview, import_arrangement, proposed_import, whole_year
from portal.store.extension import read
from portal.store.queries.calendar_days import announcement, calendar_day_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.admin.blueprint import bp
from portal.web.admin.calendar_forms import ApplyForm, ImportForm
from portal.web.asked import asked_number
from portal.web.calendars import working_calendar_now
from portal.web.downloads import xlsx
from portal.web.errors import status_of
from portal.web.htmx import render

COLUMNS = (Column("日期", 16), Column("星期", 8), Column("名称", 24), Column("安排", 14))


@bp.route("/calendar/import", methods=["GET", "POST"])
@allow(Role.OFFICE)
def import_calendar() -> Response:
    """Hand an arrangement in, and look at all it would change before anything is changed."""
    form = ImportForm(data={"year": asked_number("year")})
    if request.method == "GET":
        return _page(form, 200)
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        given = form.handed_in()
        arranged = read_arrangement(given, year=form.year.data, source=form.source.data or "")
        if form.partial.data:
            arranged = whole_year(read(), arranged)
    except RuleBroken as refusal:
        form.refuse(refusal)
        problems = refusal.problems if isinstance(refusal, NotReadable) else ()
        return _page(form, status_of(refusal), problems=problems)
    return _page(form, 200, proposed_import(read(), arranged, today=clock.today()))


@bp.post("/calendar/import/apply")
@allow(Role.OFFICE)
def apply_import() -> Response:
    """Import what was looked at; if something has changed since, it is shown again."""
    form = ApplyForm()
    if not form.validate_on_submit():
        abort(400)
    arranged = _previewed(form)
    answer = attempt(
        form,
        lambda session: import_arrangement(session, arranged, seen=form.seen.data, actor=me(), now=clock.now()),
        done=f"已导入{arranged.year}年放假安排，工作日的计算、时限和接待日即时按此进行。",
        onward=url_for("admin.calendar", year=arranged.year),
    )
    if isinstance(answer, Response):
        return answer
    again = ImportForm(formdata=None, data={"content": form.content.data, "source": arranged.source})
    again.form_errors.extend(form.form_errors)
    return _page(again, answer, proposed_import(read(), arranged, today=clock.today()))


def _previewed(form: ApplyForm) -> Arrangement:
    """The arrangement as it was read for the preview."""
    try:
        arranged = read_json(form.content.data, source=form.source.data)
        return replace(arranged, origin=Origin(form.origin.data))
    except (NotReadable, ValueError):
        abort(400)


def _page(
    form: ImportForm, status: int, preview: ImportPreview | None = None, problems: Sequence[str] = ()
) -> Response:
    return render(
        "pages/admin/import_calendar.html",
        "fragments/admin/_calendar_import.html",
        status=status,
        form=form,
        preview=preview,
        problems=problems if len(problems) > 1 else (),
        kept={
            "content": as_json(preview.arrangement),
            "source": preview.arrangement.source,
            "origin": preview.arrangement.origin.value,
            "seen": preview.mark,
        }
        if preview is not None
        else {},
        redates=redate_url,
        template_year=form.year.data or clock.today().year + 1,
    )


def redate_url(day: date, to: date | None) -> str:
    """Where a day that may not move by itself is re-dated, with what the rule says filled in."""
    if to is None:
        return url_for("reception_days.show", day=day)
    return url_for("reception_days.redate", day=day, to=to.isoformat(), reason="国务院办公厅放假安排调整")


@bp.get("/calendar/<int:year>.xlsx")
@allow(Role.OFFICE)
def export_calendar(year: int) -> Response:
    """A year's deviations from Monday to Friday as a spreadsheet, which can be corrected and imported again."""
    _known(year)
    calendar = working_calendar_now()
    own = {row.day: row.source for row in calendar_day_rows(read(), year)}
    imported = announcement(read(), year)
    paper = imported.source if imported is not None else ""
    facts = [fact for fact in map(calendar.fact, _days_of(year)) if fact.source is not DaySource.WEEKDAY]
    columns = [*COLUMNS, Column("来源", 18), Column("依据", 44)]
    rows = (
        (*_cells(fact), fact.source.label, own.get(fact.day) or (paper if fact.source is DaySource.IMPORTED else ""))
        for fact in facts
    )
    return xlsx(f"{year}年工作日历", columns, rows, today=clock.today())


@bp.get("/calendar/template.xlsx")
@allow(Role.OFFICE)
def import_template() -> Response:
    """A spreadsheet to fill in: the statutory days of the year are in it already."""
    year = asked_number("year") or clock.today().year + 1
    _known(year)
    return xlsx(f"{year}年放假安排", COLUMNS, map(_cells, predicted_days(year).values()), today=clock.today())


def _known(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)


def _days_of(year: int) -> Sequence[date]:
    first = date(year, 1, 1)
    return [first + ONE_DAY * step for step in range((date(year + 1, 1, 1) - first).days)]


def _cells(fact: DayFact) -> tuple[date, str, str, str]:
    return fact.day, weekday_name(fact.day), fact.name, fact.kind.label
