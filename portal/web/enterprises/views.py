"""The enterprise files: the list, one in full, opening and correcting one."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import enterprises
from portal.store.extension import read, write
from portal.store.paging import Wanted
from portal.store.queries.bookings import Sought, bookings
from portal.store.queries.enterprises import (
    SORTS,
    EnterpriseFacts,
    all_enterprises,
    enterprise_facts,
    matters_of_enterprise,
    slips_of_enterprise,
)
from portal.store.queries.enterprises import enterprises as enterprise_page
from portal.web.access import allow, me
from portal.web.asked import asked_text
from portal.web.bookings.acting import tell
from portal.web.downloads import xlsx
from portal.web.enterprises.forms import EnterpriseForm
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page

bp = Blueprint("enterprises", __name__, url_prefix="/enterprises")


@bp.get("/")
@allow(Role.OFFICE)
def listing() -> Response:
    """Which enterprises have a file, found by name, pinyin initials or credit code."""
    text = asked_text("q")
    page = enterprise_page(read(), wanted_page(SORTS, default="name"), text=text)
    return render(
        "pages/enterprises/listing.html", "fragments/enterprises/_enterprise_list.html", page=Listing(page), text=text
    )


@bp.get("/enterprises.xlsx")
@allow(Role.OFFICE)
def listing_xlsx() -> Response:
    """The same list as a spreadsheet."""
    columns = [
        Column("企业名称", 40), Column("统一社会信用代码", 22), Column("注册地", 36), Column("行业"),
        Column("预约次数", 10), Column("诉求数", 8), Column("最近预约", 18),
    ]  # fmt: skip
    rows = (
        (it.name, it.credit_code, it.registered_place, it.industry, it.bookings, it.matters, it.latest)
        for it in all_enterprises(read(), text=asked_text("q"))
    )
    return xlsx("企业名录", columns, rows, today=clock.today())


@bp.get("/<int:enterprise_id>")
@allow(Role.OFFICE)
def show(enterprise_id: int) -> Response:
    """One enterprise, one file: its facts, and what it has brought to the reception days."""
    session = read()
    facts = enterprise_facts(session, enterprise_id)
    booked = bookings(session, Wanted("day", True), Sought(enterprise_id=enterprise_id), actor=me())
    return render(
        "pages/enterprises/show.html",
        enterprise=facts,
        bookings=booked,
        matters=matters_of_enterprise(session, enterprise_id),
        slips=slips_of_enterprise(session, enterprise_id),
        code_note=enterprises.code_warning(facts.credit_code),
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def new() -> Response:
    """Open a file for an enterprise."""
    form = EnterpriseForm()
    return _saved(
        form, None, lambda session: enterprises.add_enterprise(session, form.given(), actor=me(), now=clock.now()).id
    )


@bp.route("/<int:enterprise_id>/edit", methods=["GET", "POST"])
@allow(Role.OFFICE)
def edit(enterprise_id: int) -> Response:
    """Correct a file."""
    facts = enterprise_facts(read(), enterprise_id)
    form = EnterpriseForm.of(facts)
    return _saved(
        form,
        facts,
        lambda session: (
            enterprises.change_enterprise(
                session, enterprise_id, form.given(), version=form.version.data, actor=me(), now=clock.now()
            ).id
        ),
    )


def _saved(form: EnterpriseForm, facts: EnterpriseFacts | None, act: Callable[[Session], int]) -> Response:
    """Save the file and open it; otherwise show the form (again) with each sentence beside its field."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            given = form.given()
            tell(form, enterprises.problems_of(read(), given, own_id=facts.id if facts else None))
            if not form.errors:
                warnings = _warnings(form, facts)
                try:
                    enterprise_id = write(act)
                except RuleBroken as refusal:
                    form.refuse(refusal)
                    status = status_of(refusal)
                else:
                    for warning in warnings:
                        flash(warning, "warning")
                    flash("已保存企业档案。", "success")
                    return go(url_for("enterprises.show", enterprise_id=enterprise_id))
    page, fragment = "pages/enterprises/form.html", "fragments/enterprises/_enterprise_form.html"
    return render(page, fragment, status=status, form=form, enterprise=facts)


def _warnings(form: EnterpriseForm, facts: EnterpriseFacts | None) -> list[str]:
    alike = [] if facts else enterprises.similar_names(read(), form.name.data)
    warnings = [enterprises.code_warning(form.credit_code.data or "")]
    warnings += [f"档案中已有名称相近的“{name}”，请确认不是同一家企业。" for name in alike]
    return [it for it in warnings if it]
