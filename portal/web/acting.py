"""How a form or a button is carried out, the same in every area."""

from collections.abc import Callable

from flask import Response, flash, request
from sqlalchemy.orm import Session

from portal.domain.errors import CannotKeep, Conflict, RuleBroken
from portal.store.extension import write
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, is_htmx


def attempt(form: PortalForm, act: Callable[[Session], object], *, done: str, onward: str) -> Response | int:
    """Carry out what a form asks for, and go on; otherwise the status with which to show the form (again)."""
    if request.method != "POST":
        return 200
    if not form.validate_on_submit():
        return 422
    status = tried(form, act)
    if status != OK:
        return status
    flash(done, "success")
    return go(onward)


OK = 200


def tried(form: PortalForm, act: Callable[[Session], object]) -> int:
    """Do what a form that is in order asks for: 200 when it is done, else the status; the refusal stands beside its field."""
    try:
        write(act)
    except RuleBroken as refusal:
        form.refuse(with_alternatives(refusal))
        return status_of(refusal)
    return OK


def press(act: Callable[[Session], object], *, done: str, onward: str) -> Response:
    """Carry out a press of one button, and go on.

    A refusal is said on the page the button was pressed on; htmx gets it with its status, as the message it is. Nobody is
    sent on to another page when nothing can be kept at all.
    """
    try:
        write(act)
    except RuleBroken as refusal:
        if is_htmx() or isinstance(refusal, CannotKeep):
            raise
        flash(refusal.message, "error")
    else:
        flash(done, "success")
    return go(onward)


def with_alternatives(refusal: RuleBroken) -> RuleBroken:
    """The refusal with what is still possible said at its end."""
    if isinstance(refusal, Conflict) and refusal.alternatives:
        return Conflict(f"{refusal.message}还可以选：{'、'.join(refusal.alternatives)}。", field=refusal.field)
    return refusal
