"""The blueprint of closing; the views beside it hang on it."""

from flask import Blueprint

from portal.domain.people import Role

bp = Blueprint("closings", __name__, url_prefix="/closings")

BUSINESS = (Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR)
