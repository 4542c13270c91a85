"""The area's blueprint, and who may come in."""

from flask import Blueprint

from portal.domain.people import Role

bp = Blueprint("chasing", __name__, url_prefix="/chasing")

URGERS = (Role.OFFICE, Role.SUPERVISOR)
TAKEN_UP = (Role.OFFICE, Role.SUPERVISOR, Role.LEADER, Role.SECRETARY)
"""Who sees matters that were taken to the level above; leaders their own."""
