"""The area that every page of the enterprise's own window belongs to."""

from flask import Blueprint, Response

from portal.domain.errors import NotFound
from portal.web.htmx import render

bp = Blueprint("follow", __name__)


@bp.after_request
def keep_to_itself(answer: Response) -> Response:
    """A code in an address must not be found by a search, nor be kept where others could find it."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@bp.errorhandler(NotFound)
def unknown(problem: NotFound) -> Response:
    """The same page for every code that is none, whatever was typed; one can try again on it."""
    return render("pages/follow/ask.html", status=404, problem=problem.message)
