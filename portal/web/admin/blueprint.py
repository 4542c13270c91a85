"""The area's blueprint, apart from its views."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")
