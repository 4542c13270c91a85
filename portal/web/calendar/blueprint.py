"""The area's blueprint, who may look, and the years it knows."""

from flask import Blueprint, abort

from portal.domain.arrangements import FIRST_YEAR, LAST_YEAR
from portal.domain.people import Role

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

LOOKERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)


def must_be_known(year: int, month: int | None = None) -> None:
    """A month or year outside the calendar is no page."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and (month is None or 1 <= month <= 12)):
        abort(404)
