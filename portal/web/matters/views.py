"""The list of matters, one matter with everything that happened to it, its check and its disposition."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session

from portal import clock
from portal.documents.refusal_notice import refusal_notice
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import Disposition, MatterState
from portal.domain.people import Role
from portal.domain.refusals import said_besides
from portal.services import dispositions, preparations
from portal.services.late_entries import passed_limit_of_day
from portal.services.matter_classes import classify_matters
from portal.services.refusal_notices import matter_refusal_sheet
from portal.store.extension import read, write
from portal.store.queries.list_figures import matter_figures
from portal.store.queries.matter_pages import MatterPage, matter_page
from portal.store.queries.matters import MATTER_SORTS, matter_rows
from portal.web.access import allow, me
from portal.web.calendars import calendar_warning
from portal.web.converters import number_in
from portal.web.downloads import pdf
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, render
from portal.web.listing import Listing, wanted_page
from portal.web.matters import closing_acts, decisions, files, mine, petitions, taking_up, tasks, work
from portal.web.matters.asked import MatterChoices, address, asked_matters, matter_choices
from portal.web.matters.beside import beside_matters
from portal.web.matters.blueprint import BUSINESS, bp
from portal.web.matters.due import MATTER_TONES, time_left
from portal.web.matters.forms import ClassForm, DecisionForm
from portal.web.matters.showing import shown
from portal.web.office import portal_address
from portal.web.prior_checks import PriorCheckForm

__all__ = ["bp", "closing_acts", "decisions", "files", "mine", "petitions", "taking_up", "tasks", "work"]


@bp.get("/")
@allow(*BUSINESS)
def listing() -> Response:
    """What enterprises raised, and where each matter stands."""
    asked = asked_matters()
    offered = matter_choices(asked, me())
    wanted = wanted_page(MATTER_SORTS, default="raised", descending=True)
    found = matter_figures(read(), me(), asked, now=clock.now())
    page = Listing(matter_rows(read(), me(), asked, wanted, now=clock.now()))
    return render(
        "pages/matters/listing.html",
        "fragments/matters/_matter_list.html",
        page=page,
        calendar_warning=calendar_warning((row.due_on for row in page.rows), "办结时限"),
        offered=offered,
        states=_states(offered, found.states),
        list_figures=beside_matters("matters.listing", offered.spelled, asked, found),
        without=lambda name: address("matters.listing", offered.spelled, **{name: None}),
        tones=MATTER_TONES,
        running=CLOCK_RUNS,
        time_left=time_left,
        ledger_url=address("ledger.ledger", offered.spelled),
        export_url=address("ledger.spreadsheet", offered.spelled),
    )


@bp.get("/<int:matter_id>")
@allow(*BUSINESS)
def show(matter_id: int) -> Response:
    """One matter: what was said, who is responsible, what happened, what can be done now."""
    return shown(matter_id)


@bp.route("/<int:matter_id>/check", methods=["GET", "POST"])
@allow(Role.OFFICE)
def check(matter_id: int) -> Response:
    """Write down whether a matter is true, lawful and reasonable, and how pressing (NX-17, NX-19)."""
    matter = matter_page(read(), me(), matter_id)
    form = PriorCheckForm(
        data={
            "version": matter.version,
            "is_true": matter.is_true.value,
            "is_lawful": matter.is_lawful.value,
            "is_reasonable": matter.is_reasonable.value,
            "check_note": matter.check_note,
            **{name: word in matter.flags for name, word in (("urgent", "急"), ("grave", "重"), ("hard", "难"))},
        }
    )
    return _attempt(
        matter,
        form,
        lambda session: preparations.check_matter(
            session, matter_id, form.check(), version=form.version.data, actor=me(), now=clock.now()
        ),
        fragment="fragments/matters/_check_form.html",
        title="核实",
        done="已保存核实情况。",
    )


@bp.route("/<int:matter_id>/class", methods=["GET", "POST"])
@allow(Role.OFFICE)
def classify(matter_id: int) -> Response:
    """Say how involved a matter is, who settles it, and whether others have it too (JY-13, JY-22, PT-27)."""
    matter = matter_page(read(), me(), matter_id)
    form = ClassForm(
        data={
            "version": matter.version,
            "matter_class": matter.matter_class.value if matter.matter_class else "",
            "level": matter.level.value if matter.level else "",
            "is_common": matter.is_common,
        }
    )

    def act(session: Session) -> None:
        seen = {} if form.seen is None else {matter_id: form.seen}
        classify_matters(session, {matter_id: form.classing()}, versions=seen, actor=me(), now=clock.now())

    return _attempt(
        matter, form, act, fragment="fragments/matters/_class_form.html", title="类别和层级", done="已标注类别和层级。"
    )


@bp.route("/<int:matter_id>/dispose", methods=["GET", "POST"])
@allow(Role.OFFICE)
def dispose(matter_id: int) -> Response:
    """Say how a matter leaves the room: settled, to be assigned, or refused (QD-11)."""
    matter = matter_page(read(), me(), matter_id)
    why, channel = dispositions.refusal_parts(matter.ended_reason)
    form = DecisionForm(
        data={
            "version": matter.version,
            "disposition": _disposed(matter),
            "answer": matter.on_site_answer or said_besides(matter.refusal_ground, why),
            "base_answer": matter.on_site_answer,
            "answered_by": matter.answered_by,
            "ground": matter.refusal_ground.value if matter.refusal_ground else "",
            "channel": channel,
        }
    )
    return _attempt(
        matter,
        form,
        lambda session: dispositions.dispose_matter(
            session, matter_id, form.decision(),
            base_answer=form.base_answer.data or "", version=form.seen, late_reason=form.reason,
            actor=me(), now=clock.now(),
        ),
        fragment="fragments/matters/_dispose_form.html",
        title="处置",
        done="已登记处置方式。",
        late_since=passed_limit_of_day(read(), matter.day, now=clock.now()),
    )  # fmt: skip


@bp.get("/<int:matter_id>/refusal-notice.pdf")
@allow(Role.OFFICE)
def refusal_notice_pdf(matter_id: int) -> Response:
    """What the enterprise is told of a matter that is not received."""
    try:
        sheet = matter_refusal_sheet(read(), matter_id, address=portal_address(), actor=me(), now=clock.now())
        data = refusal_notice(sheet)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
        return go(url_for("matters.show", matter_id=matter_id))
    return pdf(data, f"不予受理告知书{matter_id}.pdf")


def _attempt(
    matter: MatterPage,
    form: PortalForm,
    act: Callable[[Session], object],
    *,
    fragment: str,
    title: str,
    done: str,
    **shown: object,
) -> Response:
    """Show a form on the matter's page, or carry it out and go back; a refusal keeps what was typed."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            try:
                write(act)
            except RuleBroken as refusal:
                form.refuse(refusal)
                status = status_of(refusal)
                if isinstance(refusal, Conflict):
                    matter = matter_page(read(), me(), matter.id)
                    form.has_seen(matter.version)
            else:
                flash(done, "success")
                return go(url_for("matters.show", matter_id=matter.id))
    return render(
        "pages/matters/act.html",
        fragment,
        status=status,
        matter=matter,
        form=form,
        fragment=fragment,
        title=title,
        hindered=None,
        **shown,
    )


def _version(form: DecisionForm) -> int | None:
    return number_in(form.version.data)


def _disposed(matter: MatterPage) -> str | None:
    return next((it.value for it in Disposition if it.state is matter.state), None)


def _states(offered: MatterChoices, counts: Any) -> list[tuple[str, str, bool]]:
    """The states as choices side by side, each with its count under the other filters."""
    chosen = offered.asked.state
    total = ("全部", address("matters.listing", offered.spelled, state=None), chosen is None)
    return [
        (f"{total[0]} {sum(counts.values())}", total[1], total[2]),
        *(
            (f"{it.label} {counts[it]}", address("matters.listing", offered.spelled, state=it.value), chosen is it)
            for it in MatterState
        ),
    ]
