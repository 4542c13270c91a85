"""The area's blueprint, who may look, and the way its forms and buttons are carried out."""

from collections.abc import Callable

from flask import Blueprint, Response, flash
from sqlalchemy.orm import Session

from portal.domain.errors import CannotKeep, Conflict, RuleBroken
from portal.domain.people import Role
from portal.store.extension import write
from portal.web.errors import answer
from portal.web.forms import PortalForm
from portal.web.htmx import go

bp = Blueprint("reception_days", __name__, url_prefix="/reception-days")

LOOKERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)

ON_DUTY = (Role.OFFICE, Role.LEADER, Role.SECRETARY)
"""Who may serve on a day; whether somebody does, the day itself says."""


def press(form: PortalForm, act: Callable[[Session], object], *, done: str, onward: str) -> Response:
    """Carry out a press of one button; a refusal leads back with its reason, a lost race is a 409."""
    if not form.validate_on_submit():
        return answer(400)
    try:
        write(act)
    except (Conflict, CannotKeep):
        raise
    except RuleBroken as refusal:
        flash(refusal.message, "error")
    else:
        flash(done, "success")
    return go(onward)
