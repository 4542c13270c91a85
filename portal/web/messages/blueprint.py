"""The area that every page about messages belongs to."""

from flask import Blueprint

bp = Blueprint("messages", __name__, url_prefix="/messages")
