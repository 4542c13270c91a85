"""Acts that make a second slip from one: its matters led by another unit as well (分办), or a void slip drafted anew."""

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.people import Role
from portal.services import slip_links
from portal.store.extension import read
from portal.store.queries.people import unit_rows
from portal.store.queries.slip_pages import slip_page
from portal.web.access import allow, me
from portal.web.htmx import go, render
from portal.web.slips.attempting import CONFLICT, carry_out
from portal.web.slips.blueprint import bp
from portal.web.slips.forms import ReplaceForm, SplitForm
from portal.web.slips.showing import labels


@bp.route("/<int:slip_id>/split", methods=["GET", "POST"])
@allow(Role.OFFICE)
def split(slip_id: int) -> Response:
    """Let another unit lead the same matters on a slip of its own, with the reason."""
    slip, made = slip_page(read(), me(), slip_id), list[int]()
    form = SplitForm(data={"version": slip.version, "matters": [it.id for it in slip.matters]})
    form.offer(labels(slip.matters), unit_rows(read()))

    def act(session: Session) -> None:
        drafted = slip_links.split_slip(
            session, slip_id, form.matters.data or (), form.lead_unit_id.data, form.reason.data or "",
            version=form.seen_version(), actor=me(), now=clock.now(),
        )  # fmt: skip
        made[:] = [drafted.id]

    status = 200 if request.method == "GET" else carry_out(form, act)
    if status is None:
        flash("已草拟分办的一张，请补充批示、时限后编号送签。两张单上都注明分办。", "success")
        return go(url_for("slips.show", slip_id=made[0]))
    if status == CONFLICT:
        slip = slip_page(read(), me(), slip_id)
        form.version.data = str(slip.version)
    return render("pages/slips/split.html", "fragments/slips/_split_form.html", status=status, slip=slip, form=form)


@bp.route("/<int:slip_id>/replace", methods=["GET", "POST"])
@allow(Role.OFFICE)
def replace(slip_id: int) -> Response:
    """Make a slip void and draft one that stands in for it; a void one is only drafted anew."""
    slip, made = slip_page(read(), me(), slip_id), list[int]()
    form = ReplaceForm(data={"version": slip.version, "reason": slip.void_reason})

    def act(session: Session) -> None:
        drafted = slip_links.replace_slip(
            session, slip_id, form.reason.data or "", version=form.seen_version(), actor=me(), now=clock.now()
        )
        made[:] = [drafted.id]

    status = 200 if request.method == "GET" else carry_out(form, act)
    if status is None:
        flash(f"{slip.number} 已作废，编号保留；已照原样草拟替代的一张，请修改后编号送签。", "success")
        return go(url_for("slips.show", slip_id=made[0]))
    if status == CONFLICT:
        slip = slip_page(read(), me(), slip_id)
        form.version.data = str(slip.version)
    return render("pages/slips/replace.html", "fragments/slips/_replace_form.html", status=status, slip=slip, form=form)
