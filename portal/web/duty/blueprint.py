"""The area's blueprint, who may look, and the seat an address names."""

from flask import Blueprint, abort

from portal.domain.people import Role
from portal.domain.rota import DutySeat

bp = Blueprint("duty", __name__, url_prefix="/duty")

LOOKERS = (Role.OFFICE, Role.LEADER, Role.SECRETARY)


def seat_of(text: str) -> DutySeat:
    """The seat an address names; another word is no address."""
    try:
        return DutySeat(text)
    except ValueError:
        abort(404)
