"""The area's blueprint and the way all its forms are carried out, apart from its views."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, request
from sqlalchemy.orm import Session

from portal.domain.errors import RuleBroken
from portal.store.extension import transaction
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go

bp = Blueprint("admin", __name__, url_prefix="/admin")


def attempt(form: PortalForm, act: Callable[[Session], object], *, done: str, onward: str) -> Response | int:
    """Carry out what a form asks for, and go on; otherwise the status with which to show the form (again)."""
    if request.method != "POST":
        return 200
    if not form.validate_on_submit():
        return 422
    try:
        with transaction() as session:
            act(session)
    except RuleBroken as refusal:
        form.refuse(refusal)
        return status_of(refusal)
    flash(done, "success")
    return go(onward)


def press(act: Callable[[Session], object], *, done: str, onward: str) -> Response:
    """Carry out a press of one button, and go on; a refusal is said on the page it came from."""
    try:
        with transaction() as session:
            act(session)
    except RuleBroken as refusal:
        flash(refusal.message, "error")
    else:
        flash(done, "success")
    return go(onward)
