"""The area's blueprint, apart from its views, and who may look into the room."""

from flask import Blueprint

from portal.domain.people import Role

bp = Blueprint("room", __name__, url_prefix="/room")

SEEN_BY = (Role.OFFICE, Role.LEADER, Role.SECRETARY)
