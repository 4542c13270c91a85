"""Planning: a whole year in one act with a preview, and one more day by hand (NX-02, NX-21, NX-22)."""

from collections.abc import Sequence
from datetime import time

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import RuleBroken
from portal.domain.people import Role
from portal.services import day_plans
from portal.services.day_plans import Outcome, Proposal
from portal.store.extension import read, write
from portal.store.queries.day_furniture import SlotTemplateRow, slot_templates, venues
from portal.store.queries.reception_days import usual_venue
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.asked import asked_day, asked_number
from portal.web.calendars import calendar_warning
from portal.web.errors import status_of
from portal.web.filters import full_date
from portal.web.htmx import go, render
from portal.web.office import rules
from portal.web.reception_days.blueprint import bp
from portal.web.reception_days.forms import (
    NewDayForm,
    PlanForm,
    first_of_next_year,
    template_layout,
    usual_layout,
)


@bp.route("/plan", methods=["GET", "POST"])
@allow(Role.OFFICE)
def plan() -> Response:
    """Plan many months: fill in the rule, and look at every day with its reason before any is made."""
    form = _form()
    if request.method == "GET" or form.filled_in():
        return _page(form, 200)
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        proposals = day_plans.proposed_days(read(), form.order(), today=clock.today())
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(form, status_of(refusal))
    return _page(form, 200, proposals)


@bp.post("/plan/apply")
@allow(Role.OFFICE)
def apply_plan() -> Response:
    """Make the days of a plan that was looked at."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        done = write(lambda session: day_plans.plan_reception_days(session, form.order(), actor=me(), now=clock.now()))
    except RuleBroken as refusal:
        form.refuse(refusal)
        return _page(form, status_of(refusal))
    made, kept = _count(done, Outcome.NEW), _count(done, Outcome.STANDING)
    said = f"已建立 {made} 个接待日" if made else "没有需要新建的接待日"
    flash(said + (f"；已有的 {kept} 个保持不变。" if kept else "。"), "success")
    return go(url_for("reception_days.days"))


def _form() -> PlanForm:
    templates = slot_templates(read())
    form = PlanForm(data={"first_month": first_of_next_year(clock.today()), "months": 12} | _layout(templates))
    form.offer(templates)
    return form


def _layout(templates: Sequence[SlotTemplateRow]) -> dict[str, str | int | time]:
    """What a new day is furnished with: the office's usual, or the template the address names (?template=3)."""
    held, asked = rules(), asked_number("template")
    usual = usual_layout(held, usual_venue(read(), held.federation))
    chosen = next((it for it in templates if it.id == asked), None)
    return usual | template_layout(chosen) if chosen is not None else usual


def _page(form: PlanForm, status: int, proposals: Sequence[Proposal] | None = None) -> Response:
    return render(
        "pages/reception_days/plan.html",
        "fragments/reception_days/_plan.html",
        status=status,
        form=form,
        venues=venues(read()),
        proposals=proposals,
        new=_count(proposals or (), Outcome.NEW),
        rule_label=form.order().rule.label if proposals is not None else "",
        typed={name: value for name, value in request.form.items() if name not in ("csrf_token", "use_template")},
        preview_warning=_warning(proposals or ()),
    )


def _count(proposals: Sequence[Proposal], outcome: Outcome) -> int:
    return sum(it.outcome is outcome for it in proposals)


def _warning(proposals: Sequence[Proposal]) -> str | None:
    years = sorted({it.planned.nominal.year for it in proposals if it.planned.predicted})
    if not years:
        return None
    named = "、".join(f"{year}年" for year in years)
    return f"{named}放假安排尚未公布，标“预测”的日期按法定节日推算，公布后请再核对。"


@bp.route("/new", methods=["GET", "POST"])
@allow(Role.OFFICE)
def new() -> Response:
    """Add one more day by hand."""
    templates = slot_templates(read())
    form = NewDayForm(data={"day": asked_day("day")} | _layout(templates))
    form.offer(templates)
    filled = request.method == "POST" and form.filled_in()
    answer = (
        200
        if filled
        else attempt(
            form,
            lambda session: day_plans.add_day(
                session, form.day.data, form.layout(), form.reason.data or "", actor=me(), now=clock.now()
            ),
            done=f"已增加接待日 {full_date(form.day.data)}。下一步请排班。",
            onward=url_for("reception_days.show", day=form.day.data) if form.day.data else "",
        )
    )
    if isinstance(answer, Response):
        return answer
    return render(
        "pages/reception_days/new.html",
        "fragments/reception_days/_new_day_form.html",
        status=answer,
        form=form,
        calendar_warning=calendar_warning([form.day.data], "接待日"),
        venues=venues(read()),
    )
