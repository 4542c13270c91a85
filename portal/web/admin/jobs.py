"""What the portal does by itself: every job's last run, next run and failures, and what waits to be sent (decision 0025)."""

from flask import Response, abort, current_app, url_for

from portal import clock
from portal.domain.job_runs import JobHealth
from portal.domain.people import Action, Role, may
from portal.jobs.standing import standings
from portal.jobs.sweeps import BY_NAME
from portal.services.job_runs import ask_for
from portal.store.extension import read
from portal.store.queries.messages import outbox_counts
from portal.web.access import allow, me
from portal.web.acting import press
from portal.web.admin.blueprint import bp
from portal.web.htmx import render

TONES = {
    JobHealth.NEVER: "neutral",
    JobHealth.RUNNING: "info",
    JobHealth.FINE: "good",
    JobHealth.RETRYING: "wait",
    JobHealth.FAILING: "late",
}


@bp.get("/jobs", endpoint="jobs")
@allow(Role.OFFICE, Role.SYSTEM)
def every_job() -> Response:
    """Every job with its last and next run, and the outbox by channel and state."""
    rows = standings(read(), at=clock.running())
    return render(
        "pages/admin/jobs.html",
        rows=rows,
        tones=TONES,
        troubled=[it for it in rows if it.trouble],
        counts=outbox_counts(read()),
        may_run=may(me(), Action.RUN_JOBS),
        sees_messages=me().role is Role.OFFICE,
        stands=clock.now() != clock.running() and current_app.config["SETTINGS"].today is not None,
    )


@bp.post("/jobs/<name>/run")
@allow(Role.OFFICE, Role.SYSTEM)
def run_job(name: str) -> Response:
    """Have a job done at once."""
    if name not in BY_NAME:
        abort(404)
    title = BY_NAME[name].title
    answer = press(
        lambda session: ask_for(session, name, title, actor=me(), now=clock.now(), at=clock.running()),
        done=f"已排队，马上运行“{title}”。几秒钟后刷新本页看结果。",
        onward=url_for("admin.jobs"),
    )
    working = current_app.extensions.get("due_work")
    if working is not None:
        working.wake()
    return answer
