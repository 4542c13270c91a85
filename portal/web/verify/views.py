"""What anybody may ask about a paper: is it genuine, and is it the one in force (domain 7.3)."""

from flask import Blueprint, Response, request, url_for

from portal.services.paper_checks import check_code, plain_code
from portal.store.extension import read
from portal.web.access import anyone
from portal.web.htmx import go, render
from portal.web.limits import VERIFY, limiter
from portal.web.verify.showing import facts_shown, in_fours, signatures_shown

bp = Blueprint("verify", __name__)


@bp.get("/verify/")
@limiter.limit(VERIFY)
@anyone
def ask() -> Response:
    """Type a code that cannot be scanned."""
    code = request.args.get("code", "").strip()
    if code:
        return go(url_for("verify.verdict", code=plain_code(code) or "-"))
    return render("pages/verify/ask.html")


@bp.get("/VERIFY/<code>")  # what QR codes hold: upper case needs fewer modules
@bp.get("/verify/<code>")
@limiter.limit(VERIFY)
@anyone
def verdict(code: str) -> Response:
    """The answer; nothing in it is personal, and nothing says what the paper is about."""
    answer = check_code(read(), code)
    return render(
        "pages/verify/verdict.html",
        status=200 if facts_shown(answer) else 404,
        answer=answer,
        facts=facts_shown(answer),
        signatures=signatures_shown(answer),
        spaced=in_fours(answer.code),
    )
