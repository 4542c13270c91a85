"""The register of units (NX-06)."""

from flask import Response, url_for

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.domain.units import UnitKind
from portal.services import units
from portal.store.extension import read
from portal.store.queries.people import unit_page, unit_row, unit_rows
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.forms import ConfirmForm, UnitForm
from portal.web.asked import asked_text, asked_word, choices
from portal.web.downloads import xlsx
from portal.web.htmx import render
from portal.web.listing import Listing, wanted_page


@bp.get("/units", endpoint="units")
@allow(Role.SYSTEM)
def every_unit() -> Response:
    """Every unit."""
    kind, state, q = asked_word(UnitKind, "kind"), asked_text("state"), asked_text("q")
    active = {"active": True, "retired": False}.get(state)
    found = unit_page(read(), wanted_page(("position", "name"), default="position"), kind=kind, active=active, q=q)
    return render(
        "pages/admin/units.html",
        "fragments/admin/_unit_list.html",
        page=Listing(found),
        kinds=choices(UnitKind),
        kind=kind,
        state=state,
        q=q,
    )


@bp.get("/units.xlsx")
@allow(Role.SYSTEM)
def units_xlsx() -> Response:
    """The register on paper."""
    columns = [Column("序号", 6), Column("单位全称", 36), Column("简称", 20), Column("类别"), Column("状态", 8)]
    rows = (
        (number, it.name, it.short_name, it.kind.label, "在用" if it.active else "停用")
        for number, it in enumerate(unit_rows(read(), active_only=False), start=1)
    )
    return xlsx("单位名录", columns, rows, today=clock.today())


@bp.route("/units/new", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def add_unit() -> Response:
    """Enter a unit."""
    form = UnitForm(position=max((it.position for it in unit_rows(read(), active_only=False)), default=0) + 1)
    answer = attempt(
        form,
        lambda session: units.add_unit(session, form.entry(), actor=me(), now=clock.now()),
        done=f"已新增单位 {form.name.data}。",
        onward=url_for("admin.units"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/unit.html", "fragments/admin/_unit_form.html", status=answer, form=form, unit=None)


@bp.route("/units/<int:unit_id>", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def unit(unit_id: int) -> Response:
    """Correct a unit's entry."""
    found = unit_row(read(), unit_id)
    form = UnitForm(obj=found)
    answer = attempt(
        form,
        lambda session: units.edit_unit(session, unit_id, form.entry(), actor=me(), now=clock.now()),
        done=f"已保存单位 {form.name.data}。",
        onward=url_for("admin.units"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/unit.html", "fragments/admin/_unit_form.html", status=answer, form=form, unit=found)


@bp.route("/units/<int:unit_id>/retire", methods=["GET", "POST"])
@allow(Role.SYSTEM)
def retire_unit(unit_id: int) -> Response:
    """Stop offering a unit, after saying what that means."""
    found, form = unit_row(read(), unit_id), ConfirmForm()
    answer = attempt(
        form,
        lambda session: units.retire_unit(session, unit_id, actor=me(), now=clock.now()),
        done=f"已停用单位 {found.name}。",
        onward=url_for("admin.units"),
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/admin/retire_unit.html",
        "fragments/admin/_retire_unit_form.html",
        status=answer,
        form=form,
        unit=found,
    )


@bp.post("/units/<int:unit_id>/restore")
@allow(Role.SYSTEM)
def restore_unit(unit_id: int) -> Response:
    """Offer a retired unit again."""
    return press(
        lambda session: units.restore_unit(session, unit_id, actor=me(), now=clock.now()),
        done="已恢复使用，可以在交办单和账号里选择。",
        onward=url_for("admin.unit", unit_id=unit_id),
    )
