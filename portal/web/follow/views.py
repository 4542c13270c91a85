"""The enterprise's own matters: asked for by the code on its paper, read without an account (QD-22)."""

from flask import Response, request, url_for

from portal import clock
from portal.services.following import followed
from portal.services.paper_checks import plain_code
from portal.services.visit_papers import whom_to_ask
from portal.store.extension import read
from portal.store.queries.following import own_words
from portal.web.access import anyone
from portal.web.follow import acts
from portal.web.follow.blueprint import bp
from portal.web.follow.proving import is_proved
from portal.web.follow.showing import matters_shown
from portal.web.htmx import go, render
from portal.web.limits import FOLLOW, limiter
from portal.web.office import rules
from portal.web.verify.showing import in_fours

__all__ = ["acts", "bp"]


@bp.get("/follow/")
@limiter.limit(FOLLOW)
@anyone
def ask() -> Response:
    """Type the code where it cannot be scanned."""
    typed = request.args.get("code", "").strip()
    if typed:
        return go(url_for("follow.show", code=plain_code(typed) or "-"))
    return render("pages/follow/ask.html", problem="")


@bp.get("/FOLLOW/<code>")  # what QR codes hold: upper case needs fewer modules
@bp.get("/follow/<code>")
@limiter.limit(FOLLOW)
@anyone
def show(code: str) -> Response:
    """Where each matter of the booking stands, and what can be done now."""
    session, today = read(), clock.today()
    booking = followed(session, code)
    shown = matters_shown(session, booking, today)
    return render(
        "pages/follow/show.html",
        booking=booking,
        code=plain_code(code),
        spaced=in_fours(plain_code(code)),
        matters=shown,
        waiting=sum(it.opinion_waits for it in shown),
        words=own_words(session, booking.id),
        proved=is_proved(code),
        contact=whom_to_ask(rules()),
        complaint_phone=rules().complaint_phone,
        supervision=rules().supervision_office,
    )
