"""The files that come with a form of a common task."""

from flask import request

from portal.domain.errors import RuleBroken
from portal.services import uploads
from portal.services.uploads import AcceptedFile
from portal.web.bookings.letters import uploads_folder
from portal.web.forms import PortalForm
from portal.web.office import rules


def taken(form: PortalForm, name: str) -> list[AcceptedFile]:
    """The files chosen in one field; what is wrong with one is put beside it, in the order they were chosen."""
    found = []
    for file in request.files.getlist(name):
        if not file.filename:
            continue
        try:
            megabytes = rules().upload_megabytes
            found.append(uploads.accept(uploads_folder(), file.filename, file.stream, megabytes=megabytes, field=name))
        except RuleBroken as refusal:
            form.refuse(refusal)
        finally:
            file.close()
    return found
