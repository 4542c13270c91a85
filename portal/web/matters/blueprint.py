"""The blueprint of matters; the views beside it hang on it."""

from flask import Blueprint

from portal.domain.people import Role

bp = Blueprint("matters", __name__, url_prefix="/matters")

BUSINESS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)
"""Who knows of matters at all; which ones is decided in store/queries/visibility."""
