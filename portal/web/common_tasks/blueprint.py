"""The blueprint of common tasks; the views beside it hang on it."""

from flask import Blueprint

bp = Blueprint("common_tasks", __name__, url_prefix="/common-tasks")
