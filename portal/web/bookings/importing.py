"""A day's bookings from a table: handed in, tried out, entered all together."""

import json

from flask import Response, abort, flash, request, url_for
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField
from wtforms.validators import Optional

from portal import clock
from portal.documents.tables import Rows
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services import booking_imports
from portal.services.booking_imports import ImportRefused, ImportResult
from portal.services.booking_sheets import COLUMNS, EXAMPLE, BookingTable, read_table, table_in
from portal.store.extension import read, rehearsal, write
from portal.store.queries.reception_days import DayRow, day_on
from portal.store.queries.slots import open_days, slots_to_book
from portal.web.access import allow, me
from portal.web.asked import asked_day
from portal.web.bookings.area import bp
from portal.web.downloads import xlsx
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, render

MOST_MEGABYTES = 2


class ImportForm(PortalForm):
    """The table as a file."""

    file = FileField("表格文件", [Optional()], description=f"xlsx、xls、ods 或 csv，不超过 {MOST_MEGABYTES} MB。")

    def table(self) -> BookingTable:
        """What the file says. Raises RuleBroken on its field."""
        chosen = self.file.data
        if not chosen:
            raise RuleBroken("请选择填好的表格文件。", field="file")
        data = chosen.stream.read(MOST_MEGABYTES * 2**20 + 1)
        chosen.close()
        if len(data) > MOST_MEGABYTES * 2**20:
            raise RuleBroken(f"文件超过 {MOST_MEGABYTES} MB，请删去多余的行列后再传。", field="file")
        return table_in(data)


class ApplyForm(PortalForm):
    """The rows as they were tried out."""

    rows = HiddenField()
    skip_wrong = BooleanField("只导入没有问题的企业")

    def table(self) -> BookingTable:
        """The same rows, read again; whoever sends others has made them himself."""
        try:
            given = json.loads(self.rows.data or "")
            rows: Rows = [(int(number), tuple(map(str, cells))) for number, cells in given]
        except (ValueError, TypeError, RecursionError):
            abort(400)
        return read_table(rows)


@bp.route("/import", methods=["GET", "POST"])
@allow(Role.OFFICE)
def import_bookings() -> Response:
    """Hand a table in, and see row by row what would become of it before anything is registered."""
    day, form = _day(), ImportForm()
    if request.method == "GET":
        return _page(day, form, 200)
    if not form.validate_on_submit():
        return _page(day, form, 422)
    try:
        table = form.table()
        with rehearsal() as session:
            result = booking_imports.try_out(session, day.id, table, actor=me(), now=clock.now())
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(day, form, status_of(refusal))
    return _page(day, form, 200, result, table)


@bp.post("/import/apply")
@allow(Role.OFFICE)
def apply_import() -> Response:
    """Register what was looked at; whatever was taken meanwhile is said row by row, and nothing is registered then."""
    day, form = _day(), ApplyForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        table = form.table()
    except RuleBroken:
        abort(400)
    try:
        result = write(
            lambda session: booking_imports.import_bookings(
                session, day.id, table, skip_wrong=form.skip_wrong.data, actor=me(), now=clock.now()
            )
        )
    except ImportRefused as refusal:
        again = ImportForm(formdata=None)
        again.form_errors.append(refusal.message)
        return _page(day, again, 409, refusal.result, table)
    left = f"，{len(result.refused)} 处没有导入" if result.refused else ""
    flash(f"已为{day_text(day.day)}接待日登记 {result.good} 家企业的预约{left}。", "success")
    return go(url_for("bookings.listing", day=day.day))


@bp.get("/import-template.xlsx")
@allow(Role.OFFICE)
def import_template() -> Response:
    """A table to fill in, with the day's slots in its first rows and one example."""
    day = _day()
    free = [(f"{it.starts_at:%H:%M}", it.room) for it in slots_to_book(read(), day.id) for _ in range(max(it.free, 0))]
    rows = [EXAMPLE[0], EXAMPLE[1], *free] if not free else [(*free[0], *EXAMPLE[0][2:]), EXAMPLE[1], *free[1:]]
    return xlsx(f"{day_text(day.day)}预约导入", COLUMNS, rows, today=clock.today())


def _day() -> DayRow:
    wanted = asked_day("day")
    if wanted is None:
        coming = open_days(read(), clock.today())
        wanted = next((it.day for it in coming if it.free), coming[0].day if coming else None)
    if wanted is None:
        raise NotFound("还没有可以预约的接待日，无从导入。请先编排接待日。")
    return day_on(read(), wanted)


def _page(
    day: DayRow, form: ImportForm, status: int, result: ImportResult | None = None, table: BookingTable | None = None
) -> Response:
    return render(
        "pages/bookings/import.html",
        "fragments/bookings/_booking_import.html",
        status=status,
        form=form,
        day=day,
        result=result,
        kept=json.dumps(table.rows if table else [], ensure_ascii=False),
        days=open_days(read(), clock.today()) if not result else (),
    )
