"""The blueprint of meetings; the views beside it hang on it."""

from flask import Blueprint

from portal.domain.meetings import MeetingState

bp = Blueprint("meetings", __name__, url_prefix="/meetings")

TONES = {MeetingState.PLANNED: "wait", MeetingState.HELD: "good", MeetingState.CANCELLED: "stop"}
"""The tone of the chip that names the state of a meeting."""
