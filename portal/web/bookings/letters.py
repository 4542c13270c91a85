"""The authorisation letter as it comes with a form."""

from pathlib import Path

from flask import current_app, request

from portal.domain.errors import RuleBroken
from portal.services import uploads
from portal.services.uploads import AcceptedFile
from portal.web.bookings.booking_forms import VisitorForm
from portal.web.office import rules

FIELD = "authorisation"


def uploads_folder() -> Path:
    """Where uploaded bytes lie: in the instance folder, which the web never serves."""
    return Path(current_app.instance_path) / "uploads"


def letter_of(form: VisitorForm) -> AcceptedFile | None:
    """The letter chosen now, or the one handed in with an earlier try; a refusal is put beside its field."""
    file = request.files.get(FIELD)
    if file is not None and file.filename:
        try:
            letter = uploads.accept(
                uploads_folder(), file.filename, file.stream, megabytes=rules().upload_megabytes, field=FIELD
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
            return None
        finally:
            file.close()
        form.keep(letter)
        return letter
    digest, _, name = (form.authorisation_kept.data or "").partition(":")
    return uploads.accepted_before(uploads_folder(), digest, name) if digest else None
