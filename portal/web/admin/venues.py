"""Places to receive (NX-07, QD-05)."""

from flask import Response, make_response, url_for
from markupsafe import Markup

from portal import clock
from portal.documents.spreadsheets import Column
from portal.domain.people import Role
from portal.services import venues
from portal.store.extension import read
from portal.store.queries import day_furniture
from portal.store.queries.enterprises import enterprise_names, found_enterprises
from portal.web.access import allow, me
from portal.web.acting import attempt, press
from portal.web.admin.blueprint import bp
from portal.web.admin.day_forms import VenueForm
from portal.web.asked import asked_text
from portal.web.downloads import xlsx
from portal.web.htmx import render

OFFERED = 30


@bp.get("/venues", endpoint="venues")
@allow(Role.OFFICE)
def every_venue() -> Response:
    """Every place, those in use first."""
    return render("pages/admin/venues.html", rows=day_furniture.venues(read(), active_only=False))


@bp.get("/venues.xlsx")
@allow(Role.OFFICE)
def venues_xlsx() -> Response:
    """The same list as a spreadsheet."""
    columns = [Column("序号", 6), Column("场所", 36), Column("地址", 40), Column("所属企业", 36), Column("状态", 8)]
    rows = (
        (number, it.name, it.address, it.enterprise or "", "在用" if it.active else "停用")
        for number, it in enumerate(day_furniture.venues(read(), active_only=False), start=1)
    )
    return xlsx("接待场所", columns, rows, today=clock.today())


@bp.route("/venues/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def add_venue() -> Response:
    """Enter a place."""
    known = day_furniture.venues(read(), active_only=False)
    form = VenueForm(position=max((it.position for it in known), default=0) + 1)
    form.offer(enterprise_names(read()))
    answer = attempt(
        form,
        lambda session: venues.add_venue(session, form.entry(), actor=me(), now=clock.now()),
        done=f"已新增接待场所“{form.name.data}”，编排和修改接待日时可以选择。",
        onward=url_for("admin.venues"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/venue.html", "fragments/admin/_venue_form.html", status=answer, form=form, venue=None)


@bp.route("/venues/<int:venue_id>", methods=["GET", "POST"])
@allow(Role.OFFICE)
def venue(venue_id: int) -> Response:
    """Correct a place."""
    found = day_furniture.venue_row(read(), venue_id)
    form = VenueForm(obj=found)
    form.offer(enterprise_names(read()))
    answer = attempt(
        form,
        lambda session: venues.edit_venue(session, venue_id, form.entry(), actor=me(), now=clock.now()),
        done=f"已保存接待场所“{form.name.data}”。",
        onward=url_for("admin.venues"),
    )
    if isinstance(answer, Response):
        return answer
    return render("pages/admin/venue.html", "fragments/admin/_venue_form.html", status=answer, form=form, venue=found)


@bp.post("/venues/<int:venue_id>/retire")
@allow(Role.OFFICE)
def retire_venue(venue_id: int) -> Response:
    """Stop offering a place."""
    return press(
        lambda session: venues.retire_venue(session, venue_id, actor=me(), now=clock.now()),
        done="已停用：编排接待日时不再提供，已定在那里的接待日不变。需要时可以恢复。",
        onward=url_for("admin.venues"),
    )


@bp.post("/venues/<int:venue_id>/restore")
@allow(Role.OFFICE)
def restore_venue(venue_id: int) -> Response:
    """Offer a retired place again."""
    return press(
        lambda session: venues.restore_venue(session, venue_id, actor=me(), now=clock.now()),
        done="已恢复使用。",
        onward=url_for("admin.venues"),
    )


@bp.get("/venues/enterprises")
@allow(Role.OFFICE)
def venue_enterprises() -> Response:
    """Enterprises by name, initials or code, as bare option lines that htmx puts into the select."""
    text = asked_text("q")
    found = [(it.id, it.name) for it in found_enterprises(read(), text, limit=OFFERED)]
    lines = [
        Markup('<option value="{}">{}</option>').format(value, name)
        for value, name in [("", "（不是企业的场所）"), *(found if text else enterprise_names(read()))]
    ]
    return make_response(Markup("\n").join(lines))
