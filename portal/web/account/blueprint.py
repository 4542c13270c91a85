"""The area's blueprint, apart from its views."""

from flask import Blueprint

bp = Blueprint("account", __name__)
