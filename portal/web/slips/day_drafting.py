"""All matters of a reception day laid out on slips: tick, move together or apart, then draft, number and print in one press."""

from collections.abc import Sequence
from datetime import date

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.domain.slip_matters import Groups, apart, grouped, grouping_problems, merged, parted_from
from portal.domain.slips import SlipState
from portal.services.day_slips import draft_slips, number_slips
from portal.store.extension import read, write
from portal.store.queries.awaiting_matters import AwaitingMatter, awaiting_matters
from portal.store.queries.slips import paper_slips
from portal.web.access import allow, me
from portal.web.asked import asked_day, asked_text
from portal.web.converters import number_in
from portal.web.errors import status_of
from portal.web.filters import short_date
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.slips.blueprint import bp

MOVES = {"merge": merged, "apart": apart, "leave": parted_from}


class DayForm(PortalForm):
    """Only the token: the layout is in fields of its own, one a matter."""


@bp.route("/day", methods=["GET", "POST"])
@allow(Role.OFFICE)
def day_drafts() -> Response:
    """The matters of one day that wait for a slip, as they would be laid out; nothing is written before a press."""
    day = asked_day("day")
    if day is None:
        return go(url_for("slips.draft"))
    waiting = awaiting_matters(read(), day=day)
    usual = grouped((it.raised for it in waiting), one_each=asked_text("each") == "1")
    if request.method == "GET":
        return _shown(day, waiting, usual)
    groups, then = _laid_out(waiting), request.form.get("then", "")
    ticked = [it.id for it in waiting if str(it.id) in request.form.getlist("ticked")]
    if then in MOVES:
        return _shown(day, waiting, MOVES[then](groups, ticked), ticked=ticked)
    return _carry_out(day, waiting, groups, then)


def _carry_out(day: date, waiting: Sequence[AwaitingMatter], groups: Groups, then: str) -> Response:
    form, made = DayForm(), list[int]()

    def act(session: Session) -> None:
        if then == "number":
            drafts = paper_slips(session, me(), day=day, states=(SlipState.DRAFT,))
            made[:] = [it.id for it in number_slips(session, drafts, actor=me(), now=clock.now())]
            return
        drafted = draft_slips(session, groups, numbered=then == "print", actor=me(), now=clock.now())
        made[:] = [it.id for it in drafted]

    status = 422
    if form.validate_on_submit():
        try:
            write(act)
        except RuleBroken as refusal:
            form.form_errors.append(refusal.message)
            status = status_of(refusal)
            waiting = awaiting_matters(read(), day=day)
        else:
            done = "已草拟" if then == "draft" else "已编号" if then == "number" else "已草拟并编号"
            flash(f"{done} {len(made)} 张交办单。", "success")
            numbered = then in ("print", "number")
            return go(
                url_for("slips.print_day", day=day.isoformat()) if numbered
                else url_for("slips.listing", day=day.isoformat(), state="draft")
            )  # fmt: skip
    return _shown(day, waiting, groups, form=form, status=status)


def _laid_out(waiting: Sequence[AwaitingMatter]) -> Groups:
    """The layout the page had; a matter that has come since waits apart and is drafted with nobody."""
    places: dict[int, list[int]] = {}
    for it in waiting:
        place = number_in(request.form.get(f"slip-{it.id}"))
        if place is not None:
            places.setdefault(place, []).append(it.id)
    return tuple(tuple(places[it]) for it in sorted(places))


def _shown(
    day: date,
    waiting: Sequence[AwaitingMatter],
    groups: Groups,
    *,
    form: DayForm | None = None,
    ticked: Sequence[int] = (),
    status: int = 200,
) -> Response:
    known = {it.id: it for it in waiting}
    slips = [[known[it] for it in group if it in known] for group in groups]
    slips = [it for it in slips if it]
    on = {it.id for group in slips for it in group}
    return render(
        "pages/slips/day.html",
        "fragments/slips/_day_form.html",
        status=status,
        form=form or DayForm(),
        day=day,
        slips=slips,
        wrong=[[it.message for it in grouping_problems([matter.raised for matter in group])] for group in slips],
        left=[it for it in waiting if it.id not in on],
        ticked=ticked,
        drafts=len(paper_slips(read(), me(), day=day, states=(SlipState.DRAFT,))),
        is_each=asked_text("each") == "1",
        name=short_date(day),
    )
