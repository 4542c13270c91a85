"""Files that come with a form, several at once: kept over a refused try, so that nobody has to choose them again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, request
from sqlalchemy.orm import Session
from wtforms import MultipleFileField
from wtforms.validators import Optional

from portal.domain.errors import RuleBroken
from portal.services import uploads
from portal.services.uploads import AcceptedFile
from portal.web.acting import attempt
from portal.web.forms import PortalForm
from portal.web.matters.files import uploads_folder
from portal.web.office import rules

ACCEPTED = {"accept": "application/pdf,image/jpeg,image/png", "multiple": True}
KINDS = "PDF、JPG 或 PNG，可以一次选多个。"


@dataclass(frozen=True, slots=True)
class FilesGiven:
    """The files of one field that can be kept, and what is wrong with the others."""

    files: tuple[AcceptedFile, ...] = ()
    problems: tuple[str, ...] = ()


def files_field(label: str) -> MultipleFileField:
    """The field in which several files are chosen."""
    return MultipleFileField(label, [Optional()], description=KINDS, render_kw=ACCEPTED)


class EvidenceForm(PortalForm):
    """A form that brings files in its field `files`."""

    files = files_field("附件")
    evidence = FilesGiven()

    def take_files(self) -> FilesGiven:
        """Accept the files; what is wrong with one stands beside the field."""
        self.evidence = files_given("files", field="files")
        if self.evidence.problems:
            self.files.errors = [*self.files.errors, *self.evidence.problems]
        return self.evidence


def attempt_with_files(
    form: EvidenceForm, act: Callable[[Session], object], *, done: str, onward: str
) -> Response | int:
    """As `attempt`, once the files are accepted; what is wrong with them is said together with everything else."""
    if request.method == "POST":
        valid = form.validate_on_submit()
        if form.take_files().problems or not valid:
            return 422
    return attempt(form, act, done=done, onward=onward)


def files_given(name: str, *, field: str) -> FilesGiven:
    """What was chosen now, and what an earlier try of the same form brought and is still ticked."""
    files, problems = list(_kept(name)), list[str]()
    for file in request.files.getlist(name):
        if not file.filename:
            continue
        try:
            accepted = uploads.accept(
                uploads_folder(), file.filename, file.stream, megabytes=rules().upload_megabytes, field=field
            )
        except RuleBroken as refusal:
            problems.append(refusal.message)
        else:
            files.append(accepted)
        finally:
            file.close()
    return FilesGiven(tuple({it.sha256: it for it in files}.values()), tuple(problems))


def _kept(name: str) -> Sequence[AcceptedFile]:
    found = []
    for line in request.form.getlist(f"{name}_kept"):
        digest, _, shown = line.partition(":")
        kept = uploads.accepted_before(uploads_folder(), digest, shown)
        if kept is not None:
            found.append(kept)
    return found
