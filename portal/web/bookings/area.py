"""The area's blueprint, apart from its views."""

from flask import Blueprint

bp = Blueprint("bookings", __name__, url_prefix="/bookings")
