"""The area's blueprint, and who may come in."""

from flask import Blueprint

from portal.domain.people import Role

bp = Blueprint("slips", __name__, url_prefix="/slips")

BUSINESS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)
EVERYTHING_ON_PAPER = (Role.OFFICE, Role.UNIT)
"""Who may print telephone numbers in full: the same as may see personal data."""
