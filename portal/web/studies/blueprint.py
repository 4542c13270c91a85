"""The blueprint of studies; the views beside it hang on it."""

from flask import Blueprint

from portal.domain.meetings import StudyState

bp = Blueprint("studies", __name__, url_prefix="/studies")

TONES = {
    StudyState.PROPOSED: "wait",
    StudyState.OPEN: "info",
    StudyState.CONCLUDED: "good",
    StudyState.DROPPED: "stop",
}
"""The tone of the chip that names the state of a study."""
