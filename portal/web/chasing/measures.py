"""Talks, listings and bulletins: the list of them, and one with what came of it."""

from flask import Response, url_for

from portal import clock
from portal.domain.people import Action, may
from portal.services import measures as acts
from portal.store.extension import read
from portal.store.queries.measures import MeasureRow, measure_row, measure_rows
from portal.web.access import allow, me
from portal.web.acting import attempt
from portal.web.chasing.blueprint import URGERS, bp
from portal.web.chasing.forms import EndMeasureForm
from portal.web.htmx import render
from portal.web.matters.due import TimeLeft, time_left


@bp.get("/measures")
@allow(*URGERS)
def measures() -> Response:
    """Every measure, those at work first."""
    return render(
        "pages/chasing/measures.html", running=measure_rows(read(), ended=False), ended=measure_rows(read(), ended=True),
        left_of=_left_of,
    )  # fmt: skip


@bp.route("/measures/<int:measure_id>", methods=["GET", "POST"])
@allow(*URGERS)
def measure(measure_id: int) -> Response:
    """One measure; the supervision office puts down what came of it, which ends it."""
    row, form = measure_row(read(), measure_id), EndMeasureForm()
    answer = attempt(
        form,
        lambda session: acts.end_measure(
            session, measure_id, form.outcome.data or "", version=form.seen, actor=me(), now=clock.now()
        ),
        done=f"{row.kind.label}已结束，并已通知{row.unit}。",
        onward=url_for("chasing.measure", measure_id=measure_id),
    )
    if isinstance(answer, Response):
        return answer
    row = measure_row(read(), measure_id)
    form.has_seen(row.version)
    return render(
        "pages/chasing/measure.html", "fragments/chasing/_end_measure_form.html", status=answer, row=row, form=form,
        left=_left_of(row), ends=may(me(), Action.SUPERVISE) and row.ended_at is None,
    )  # fmt: skip


def _left_of(row: MeasureRow) -> TimeLeft | None:
    return time_left(row.due_on, runs=row.ended_at is None)
