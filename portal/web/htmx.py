"""One view, two shapes: a page for a browser, its fragment for htmx."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request


def is_htmx() -> bool:
    """Whether htmx asks for a fragment: not for a boosted link, and not to restore a page from history."""
    asks = request.headers
    return asks.get("HX-Request") == "true" and "HX-Boosted" not in asks and "HX-History-Restore-Request" not in asks


def is_poll() -> bool:
    """Whether a page only asks by itself whether what it has `seen` still holds: nobody need be sitting in front of it."""
    return is_htmx() and request.method == "GET" and "seen" in request.args


def render(page: str, fragment: str | None = None, /, *, status: int = 200, **context: Any) -> Response:
    """The page, or for htmx its fragment; caches are told that the two differ."""
    template = fragment if fragment is not None and is_htmx() else page
    answer = make_response(render_template(template, **context), status)
    answer.vary.add("HX-Request")
    return answer


def leave_for(url: str) -> Response:
    """Send htmx, or a plain browser, to another page after a write (303).

    A place on the very page that is open is told to be loaded anew: a browser would only scroll there, and show the page
    as it was before the write.
    """
    if not is_htmx():
        answer = make_response(redirect(url, 303))
    else:
        answer = make_response("", 204)
        answer.headers["HX-Redirect"] = url
        if "#" in url and _same_page(url, request.headers.get("HX-Current-URL", "")):
            answer.headers["HX-Refresh"] = "true"
    answer.vary.add("HX-Request")
    return answer


def _same_page(one: str, other: str) -> bool:
    here, there = urlsplit(one), urlsplit(other)
    return (here.path, here.query) == (there.path, there.query)


go = leave_for
"""What views say after a write: `return go(url_for(...))`."""
