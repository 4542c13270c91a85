"""How a form or a button of these areas is carried out."""

from collections.abc import Callable, Iterable

from flask import Response, flash, request
from sqlalchemy.orm import Session

from portal.domain.errors import Problem, RuleBroken
from portal.store.extension import transaction
from portal.web.errors import status_of
from portal.web.forms import PortalForm
from portal.web.htmx import go, is_htmx


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
    """Carry out a press of one button, and go on.

    A refusal is said on the page the button was pressed on; htmx gets it with its status, as the message it is.
    """
    try:
        with transaction() as session:
            act(session)
    except RuleBroken as refusal:
        if is_htmx():
            raise
        flash(refusal.message, "error")
    else:
        flash(done, "success")
    return go(onward)


def tell(form: PortalForm, problems: Iterable[Problem]) -> None:
    """Put each sentence beside the field it belongs to."""
    for problem in problems:
        form.refuse(RuleBroken(problem.message, field=problem.field))


def posted_version() -> int | None:
    """The version of the record a page showed, from its hidden field."""
    return request.form.get("version", type=int)
