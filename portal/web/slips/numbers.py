"""Numbers set aside with blank paper, and the rows of numbers of a year with what became of each."""

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import NumberRange

from portal import clock
from portal.documents.assignment_slip import assignment_slips
from portal.documents.spreadsheets import Column
from portal.domain.errors import NotFound
from portal.domain.people import Role
from portal.domain.reserved_numbers import MOST_AT_ONCE, ReservedState
from portal.services import reserved_numbers
from portal.services.reserved_numbers import UNKNOWN, blank_sheets
from portal.store.extension import read
from portal.store.queries.number_rows import (
    RESERVED_SORTS,
    ReservedFilter,
    ReservedRow,
    all_reserved_rows,
    number_rows,
    numbered_years,
    reserved_row,
    reserved_rows,
)
from portal.web.access import allow, me
from portal.web.asked import asked_again, asked_number, asked_text, asked_word
from portal.web.converters import number_in
from portal.web.downloads import pdf, xlsx
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.matters.asked import address
from portal.web.office import portal_address
from portal.web.slips.attempting import CONFLICT, carry_out
from portal.web.slips.blueprint import bp

TONES = {ReservedState.OPEN: "wait", ReservedState.USED: "good", ReservedState.VOID: "neutral"}
WORDS = ("state", "q")


class ReserveForm(PortalForm):
    """How many numbers are set aside, and what for."""

    count = IntegerField(
        "预留几个号",
        [
            required("请填写预留几个号。"),
            NumberRange(1, MOST_AT_ONCE, message=f"一次预留 1 至 {MOST_AT_ONCE} 个号。"),
        ],
        default=5,
        description="接着当年最后一个号往下留；以后的单从后面继续编，不会重号、断号。",
    )
    purpose = StringField("用途", [required("请写明预留用途。"), at_most(200)], description="例如：停电备用空白单。")


class VoidNumberForm(PortalForm):
    """Why a number that was set aside is not used."""

    version = HiddenField()
    reason = TextAreaField("作废原因", [required("请写明作废原因。"), at_most(200)], description="例如：空白单写坏。")


@bp.route("/reserved", methods=["GET", "POST"])
@allow(Role.OFFICE)
def reserved() -> Response:
    """The numbers that were set aside, and setting more aside."""
    form, made = ReserveForm(), list[int]()

    def act(session: Session) -> None:
        found = reserved_numbers.reserve_numbers(
            session, form.count.data or 0, form.purpose.data or "", actor=me(), now=clock.now()
        )
        made[:] = [it.id for it in found]

    status = 200 if request.method == "GET" else carry_out(form, act)
    if status is None:
        flash(f"已预留 {len(made)} 个号，可以打印空白单备用。", "success")
        return go(url_for("slips.reserved", made=",".join(map(str, made))))
    asked = _asked()
    wanted = wanted_page(RESERVED_SORTS, default="number", descending=True)
    spelled = asked_again(WORDS)
    return render(
        "pages/slips/reserved.html",
        "fragments/slips/_reserve_form.html" if request.method == "POST" else "fragments/slips/_reserved_list.html",
        status=status,
        form=form,
        page=Listing(reserved_rows(read(), asked, wanted)),
        asked=asked,
        tones=TONES,
        states=[("全部", address("slips.reserved", spelled, state=None), asked.state is None)]
        + [(it.label, address("slips.reserved", spelled, state=it.value), asked.state is it) for it in ReservedState],
        export_url=address("slips.reserved_spreadsheet", spelled),
        open_count=len(all_reserved_rows(read(), ReservedFilter(ReservedState.OPEN))),
        made=asked_text("made"),
    )


@bp.get("/reserved.pdf")
@allow(Role.OFFICE)
def blank_paper() -> Response:
    """Blank slips with numbers set aside, as one PDF: those named in the address, or all still open."""
    named = [it for it in map(number_in, asked_text("ids").split(",")) if it is not None]
    found = named or [it.id for it in all_reserved_rows(read(), ReservedFilter(ReservedState.OPEN))]
    sheets = blank_sheets(read(), found, address=portal_address(), actor=me(), now=clock.now())
    return pdf(assignment_slips(sheets), f"空白交办单（{len(sheets)}份）.pdf")


@bp.get("/reserved.xlsx")
@allow(Role.OFFICE)
def reserved_spreadsheet() -> Response:
    """The same list to save, in the order of the numbers."""
    columns = [Column("编号", 20), Column("状态", 8), Column("用途", 30), Column("预留人", 12), Column("预留时间", 18)]
    columns += [Column("办理人", 12), Column("办理时间", 18), Column("作废原因", 30)]
    rows = (
        (it.number, it.state.label, it.purpose, it.reserved_by, it.reserved_at, it.settled_by, it.settled_at, it.void_reason)
        for it in all_reserved_rows(read(), _asked())
    )  # fmt: skip
    return xlsx("预留号", columns, rows, today=clock.today())


@bp.route("/reserved/<int:reserved_id>/void", methods=["GET", "POST"])
@allow(Role.OFFICE)
def void_reserved(reserved_id: int) -> Response:
    """Make an unused number void, with the reason."""
    it = _known(reserved_id)
    form = VoidNumberForm(data={"version": it.version})

    def act(session: Session) -> None:
        seen = number_in(form.version.data)
        reserved_numbers.void_reserved(
            session, reserved_id, form.reason.data or "", version=seen, actor=me(), now=clock.now()
        )

    status = 200 if request.method == "GET" else carry_out(form, act)
    if status is None:
        flash(f"预留号 {it.number} 已作废，号码保留。", "success")
        return go(url_for("slips.reserved"))
    if status == CONFLICT:
        it = _known(reserved_id)
        form.has_seen(it.version)
    return render(
        "pages/slips/void_reserved.html", "fragments/slips/_void_reserved_form.html", status=status, it=it, form=form
    )


@bp.get("/numbers")
@allow(Role.OFFICE, Role.SUPERVISOR)
def numbers() -> Response:
    """What became of every number of a year, and whether the rows are whole."""
    year, years = asked_number("year") or clock.today().year, list(numbered_years(read()))
    return render(
        "pages/slips/numbers.html",
        year=year,
        years=[
            (f"{it}年", url_for("slips.numbers", year=it), it == year) for it in sorted({*years, year}, reverse=True)
        ],
        rows=number_rows(read(), year),
        export_url=url_for("slips.numbers_spreadsheet", year=year),
    )


@bp.get("/numbers.xlsx")
@allow(Role.OFFICE, Role.SUPERVISOR)
def numbers_spreadsheet() -> Response:
    """The rows of a year to save."""
    year = asked_number("year") or clock.today().year
    columns = [Column("公文", 10), Column("编号", 22), Column("去向", 12), Column("说明", 40), Column("时间", 18)]
    rows = (
        (row.kind.label, it.number, it.became, it.why, it.at) for row in number_rows(read(), year) for it in row.numbers
    )
    return xlsx(f"{year}年编号去向", columns, rows, today=clock.today())


def _known(reserved_id: int) -> ReservedRow:
    found = reserved_row(read(), reserved_id)
    if found is None:
        raise NotFound(UNKNOWN)
    return found


def _asked() -> ReservedFilter:
    return ReservedFilter(asked_word(ReservedState, "state"), asked_text("q"))
