"""One step for several matters (批处理, JY-21): ticked in a queue, shown once more with their evidence, done together."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Response, flash, request, url_for

from portal import clock
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Role
from portal.domain.results import ClosingStep
from portal.services.closing_batches import (
    MOST_TOGETHER,
    NONE_CHOSEN,
    Fate,
    NotAllCanGo,
    Outcome,
    carry_out,
    propose_together,
)
from portal.store.extension import read, write
from portal.store.queries.closings import ClosingFilter, chosen_closing_rows, proposable_rows
from portal.web.access import allow, me
from portal.web.asked import asked_text, asked_word
from portal.web.closings.blueprint import bp
from portal.web.closings.forms import NOTHING, ProposeManyForm, form_for
from portal.web.closings.queues import batch_step, queue_url
from portal.web.converters import number_in
from portal.web.errors import status_of
from portal.web.htmx import go, render
from portal.web.matters.evidence import FilesGiven, files_given
from portal.web.office import rules

TITLES = {
    ClosingStep.HEAD: "批量审签",
    ClosingStep.OPINION: "批量登记企业意见",
    ClosingStep.REVIEW: "批量审核",
    ClosingStep.APPROVAL: "批量批准销号",
}
OUTCOME_TONES = {Outcome.DONE: "good", Outcome.BEFORE: "neutral", Outcome.LEFT: "late"}


@bp.route("/batch", methods=["GET", "POST"])
@allow(Role.OFFICE, Role.LEADER, Role.UNIT)
def batch() -> Response:
    """The ticked matters of a queue, and one form for all of them."""
    step = asked_word(ClosingStep, "step")
    if step is None:
        flash(NONE_CHOSEN, "error")
        return go(url_for("closings.listing"))
    if batch_step(ClosingFilter(step=step), me()) is None:
        raise NotAllowed("这一步由别人办理，您不能批量办理。")
    ids = _ticked()
    rows = chosen_closing_rows(read(), me(), ids)
    if not rows:
        flash(NONE_CHOSEN, "error")
        return go(queue_url(step))
    form = form_for(step, on_paper=me().role is Role.OFFICE)
    form.offer([it.matter_id for it in rows])
    if request.method == "GET":
        form.matters.data = [it.matter_id for it in rows if it.step is step]
    elsewhere = {it.matter_id: f"现为“{it.state.label}”，不在这一步" for it in rows if it.step is not step}
    fates, status = _tried(form) if request.method == "POST" else ((), 200)
    if fates and status == 200:
        return _told(fates, TITLES[step], queue_url(step))
    return render(
        "pages/closings/batch.html",
        status=status,
        form=form,
        step=step,
        title=TITLES[step],
        rows=rows,
        chosen=frozenset(form.matters.data or ()),
        why=elsewhere | {it.matter_id: it.reason for it in fates if it.outcome is Outcome.LEFT},
        address=url_for("closings.batch", step=step.value),
        back=queue_url(step),
    )


@bp.route("/propose-together", methods=["GET", "POST"])
@allow(Role.UNIT)
def propose_many() -> Response:
    """The same result for several like matters of a unit, each with its own evidence."""
    rows = proposable_rows(read(), me(), asked_text("q"))
    ids = _ticked()
    chosen = [it for it in rows if it.id in ids] if ids else []
    if not chosen:
        if request.method == "POST":
            flash(NONE_CHOSEN, "error")
        return render("pages/closings/choose.html", rows=rows, words=asked_text("q"), most=MOST_TOGETHER)
    form = ProposeManyForm()
    form.offer([it.id for it in chosen])
    if request.method == "GET":
        form.matters.data = [it.id for it in chosen]
    own, common = dict[int, FilesGiven](), FilesGiven()
    fates: Sequence[Fate] = ()
    status = 200
    if request.method == "POST":
        own = {it.id: files_given(f"own{it.id}", field="matters") for it in chosen}
        common = files_given("common", field="common")
        fates, status = _proposed(form, own, common)
        if fates and status == 200:
            return _told(fates, "批量报送办理结果", url_for("closings.listing"))
    return render(
        "pages/closings/propose_many.html",
        status=status,
        form=form,
        rows=chosen,
        own=own,
        common=common,
        chosen=frozenset(form.matters.data or ()),
        why={it.matter_id: it.reason for it in fates if it.outcome is Outcome.LEFT},
        megabytes=rules().upload_megabytes,
    )


def _tried(form: Any) -> tuple[Sequence[Fate], int]:
    """What came of each, with the status to show the form again unless it is 200."""
    if not form.validate_on_submit():
        return (), 422
    if not form.matters.data:
        form.refuse(RuleBroken(NONE_CHOSEN, field="matters"))
        return (), 422
    doing = partial(
        carry_out, matter_ids=form.matters.data, act=form.act(), versions=_versions(form.matters.data),
        all_or_nothing=form.all_or_nothing, actor=me(), now=clock.now(),
    )  # fmt: skip
    try:
        return write(doing), 200
    except NotAllCanGo as refusal:
        form.refuse(refusal)
        return refusal.fates, status_of(refusal)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return (), status_of(refusal)


def _proposed(form: ProposeManyForm, own: Mapping[int, FilesGiven], common: FilesGiven) -> tuple[Sequence[Fate], int]:
    problems = [*common.problems, *(problem for it in own.values() for problem in it.problems)]
    if not form.validate_on_submit() or problems or not form.matters.data:
        form.matters.errors = [*form.matters.errors, *problems, *([] if form.matters.data else [NONE_CHOSEN])]
        return (), 422
    token = form.token or ""
    results = {
        matter_id: form.proposed(own[matter_id].files, f"{token}:{matter_id}", batch=token[:40])
        for matter_id in form.matters.data
    }
    doing = partial(
        propose_together, proposed=results, common=common.files, all_or_nothing=form.mode.data == NOTHING,
        actor=me(), now=clock.now(),
    )  # fmt: skip
    try:
        return write(doing), 200
    except NotAllCanGo as refusal:
        form.refuse(refusal)
        return refusal.fates, status_of(refusal)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return (), status_of(refusal)


def _told(fates: Sequence[Fate], title: str, back: str) -> Response:
    """What came of each matter; sent again, nothing more comes of it."""
    return render(
        "pages/closings/batch_done.html",
        fates=sorted(fates, key=lambda it: (it.outcome is not Outcome.LEFT, it.number)),
        counts=[(it, sum(fate.outcome is it for fate in fates)) for it in Outcome],
        tones=OUTCOME_TONES,
        title=title,
        back=back,
    )


def _ticked() -> list[int]:
    """The matters that were ticked, in the address or, when the form is sent, all it showed."""
    given = request.form.getlist("shown") if request.method == "POST" else request.args.getlist("matter")
    found = [number_in(it) for it in given[:MOST_TOGETHER]]
    return [it for it in found if it is not None]


def _versions(matter_ids: Sequence[int]) -> Mapping[int, int]:
    found = {matter_id: number_in(request.form.get(f"seen-{matter_id}", "")) for matter_id in matter_ids}
    return {matter_id: version for matter_id, version in found.items() if version is not None}
