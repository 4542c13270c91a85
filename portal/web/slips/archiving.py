"""The year's papers for the archive: how much there is, what still misses; and how long a slip is kept."""

from functools import partial

from flask import Response, flash, request, url_for
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields import SelectChoice

from portal import clock
from portal.domain.errors import NotFound, RuleBroken
from portal.domain.people import Role
from portal.domain.retention import Retention
from portal.services.archive_asking import ask_archive
from portal.services.retention import LONGEST_REASON, change_retention
from portal.store.extension import read, write
from portal.store.queries.archives import archive_years, files_of_year
from portal.store.queries.slip_pages import slip_page
from portal.web.access import allow, me
from portal.web.asked import asked_number, asked_text
from portal.web.converters import number_in
from portal.web.forms import PortalForm, at_most, required
from portal.web.htmx import go, render
from portal.web.slips.attempting import carry_out
from portal.web.slips.blueprint import bp

MOST_SHOWN = 300


class RetentionForm(PortalForm):
    """How long a slip is kept, and why not as long as the rule says."""

    version = HiddenField()
    retention = SelectField(
        "保管期限", choices=[SelectChoice(it.value, it.label) for it in Retention], coerce=Retention
    )
    reason = StringField(
        "变更原因", [required("请写明变更原因。"), at_most(LONGEST_REASON)], description="记入审计记录，不印在单上。"
    )


@bp.get("/archive")
@allow(Role.OFFICE)
def archive() -> Response:
    """The years with slips: how many of each class, what misses; one year's slips below."""
    years = archive_years(read())
    year = asked_number("year") or (years[0].year if years else clock.today().year)
    chosen = next((it for it in years if it.year == year), None)
    if years and chosen is None:
        raise NotFound(f"{year} 年没有已编号的交办单。")
    rows = files_of_year(read(), year) if chosen else []
    lacking = [it for it in rows if it.missing]
    shown = rows if asked_text("all") == "1" else lacking
    return render(
        "pages/slips/archive.html",
        years=years,
        chosen=chosen,
        year=year,
        classes=tuple(Retention),
        lacking=len(lacking),
        shown=shown[:MOST_SHOWN],
        hidden=max(0, len(shown) - MOST_SHOWN),
        everything=asked_text("all") == "1",
        unfinished=year == clock.today().year,
    )


@bp.post("/archive")
@allow(Role.OFFICE)
def make_archive() -> Response:
    """Have a year's package made in the background."""
    year = request.form.get("year", type=int) or 0
    act = partial(ask_archive, year=year, actor=me(), now=clock.now())
    try:
        write(act)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return go(url_for("slips.archive", year=year))
    flash(f"已提交 {year} 年度归档包，正在后台生成。可以离开本页，完成后会有消息。", "success")
    return go(url_for("slips.jobs"))


@bp.route("/<int:slip_id>/retention", methods=["GET", "POST"])
@allow(Role.OFFICE)
def retention(slip_id: int) -> Response:
    """Put one slip into another retention class."""
    slip = slip_page(read(), me(), slip_id)
    form = RetentionForm(data={"version": slip.version, "retention": slip.retention})
    status = 200
    if request.method == "POST":
        refused = carry_out(
            form,
            lambda session: change_retention(
                session,
                slip_id,
                form.retention.data,
                form.reason.data or "",
                version=number_in(form.version.data),
                actor=me(),
                now=clock.now(),
            ),
        )
        if refused is None:
            flash(f"保管期限已改为{form.retention.data.label}。", "success")
            return go(url_for("slips.show", slip_id=slip_id))
        status = refused
    return render(
        "pages/slips/retention.html", "fragments/slips/_retention_form.html", status=status, slip=slip, form=form
    )
