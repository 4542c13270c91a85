"""Whether the process lives, whether the portal is ready, and its figures for Prometheus; no personal data anywhere."""

import hmac
from ipaddress import ip_address
from pathlib import Path
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, make_response, request
from flask.blueprints import BlueprintSetupState
from flask.signals import request_finished, request_started
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import CollectorRegistry

from portal import clock
from portal.config import Settings
from portal.domain.messages import GROUPS, Channel
from portal.jobs.standing import standings
from portal.store.extension import read
from portal.store.queries.health import totals
from portal.store.queries.messages import unsent
from portal.web.access import anyone
from portal.web.health.figures import Figures, Requests
from portal.web.office import version
from portal.web.readiness import checks

bp = Blueprint("health", __name__)


@bp.record_once
def count_requests(state: BlueprintSetupState) -> None:
    """Count every request of the application from now on."""
    app = state.app
    app.extensions["requests"] = Requests(Path(app.instance_path) / "figures")
    request_started.connect(_begin, app)
    request_finished.connect(_count, app)


def _begin(sender: Flask, **extra: Any) -> None:
    g.began = perf_counter()


def _count(sender: Flask, response: Response, **extra: Any) -> None:
    requests: Requests = sender.extensions["requests"]
    requests.count(request.endpoint or "-", response.status_code, perf_counter() - g.began)


@bp.get("/healthz")
@anyone
def alive() -> Response:
    """The process answers."""
    return _plain("ok\n")


@bp.get("/readyz")
@anyone
def ready() -> Response:
    """Everything the portal needs is there; otherwise 503 with the reasons."""
    found = checks()
    answer = jsonify(
        ready=all(check.done for check in found),
        checks={check.name: {"ok": check.done, "state": check.state} for check in found},
        reasons=[check.trouble for check in found if check.trouble],
    )
    answer.status_code = 200 if all(check.done for check in found) else 503
    return answer


@bp.get("/metrics")
@anyone
def metrics() -> Response:
    """Figures for Prometheus: from this machine, or with the token."""
    if not (_from_this_machine() or _bears_the_token()):
        abort(403)
    requests: Requests = current_app.extensions["requests"]
    registry = CollectorRegistry()
    registry.register(Figures(requests.together(), _gauges()))
    answer = make_response(generate_latest(registry))
    answer.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return answer


def _gauges() -> list[tuple[str, str, str, dict[str, int]]]:
    held, jobs = totals(read()), standings(read(), at=clock.running())
    return [
        ("portal_data_version", "Number of the last line of the audit trail", "", {"": version()}),
        ("portal_bookings", "Bookings by state", "state", held.bookings),
        ("portal_matters", "Matters by state", "state", held.matters),
        ("portal_slips", "Slips by state", "state", held.slips),
        ("portal_mails", "Mails that wait or have failed", "state", unsent(read(), Channel.MAIL)),
        ("portal_texts", "Text messages that wait or have failed", "state", unsent(read(), Channel.SMS)),
        ("portal_posts", "Posts to groups that wait or have failed", "state", unsent(read(), *GROUPS)),
        ("portal_job_failures", "Failures in a row of each job", "job", {it.name: it.failures for it in jobs}),
        ("portal_job_runs", "Runs of each job so far", "job", {it.name: it.runs for it in jobs}),
        (
            "portal_job_next_seconds",
            "When each job is done next, as a Unix time",
            "job",
            {it.name: int(it.next_at.timestamp()) for it in jobs if it.next_at is not None},
        ),
    ]


def _from_this_machine() -> bool:
    """Whether the request was made here and not merely handed on by a front server."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _bears_the_token() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    wanted = settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(wanted) and hmac.compare_digest(given.encode(), (wanted or "").encode())


def _plain(text: str) -> Response:
    answer = make_response(text)
    answer.mimetype = "text/plain"
    return answer
