"""Files that go with an act on a matter: several at once, remembered when the form comes back, given out to whoever may see it."""

import secrets
from contextlib import closing
from io import BytesIO
from pathlib import Path

from flask import Response, current_app, request, session
from wtforms import HiddenField, MultipleFileField
from wtforms.validators import Optional

from portal.domain.errors import RuleBroken
from portal.services import uploads
from portal.services.handling_files import MOST_FILES
from portal.services.uploads import MEGABYTE, AcceptedFile
from portal.store.audit_trail import Target
from portal.store.extension import read
from portal.store.queries.handling_files import HandlingFileRow, handling_file_row
from portal.web.access import allow, me
from portal.web.downloads import original
from portal.web.matters.acting import ActForm
from portal.web.matters.blueprint import BUSINESS, bp
from portal.web.office import rules

ACCEPTED = {"accept": "application/pdf,image/jpeg,image/png"}
MOST_MEGABYTES = 160
"""So much of one form at most, whatever the files are allowed singly."""
WITH_FILES = frozenset(
    {
        "matters.report",
        "matters.answer_lead",
        "matters.propose",
        "closings.propose_many",
        "common_tasks.report",
        "common_tasks.answer",
        "look_backs.record",
        "meetings.hold",
        "meetings.minutes",
        "studies.conclude",
    }
)


@bp.app_url_value_preprocessor
def let_several_in(endpoint: str | None, values: object) -> None:
    """Evidence comes in several files: a signed-in person may send more here than a form may elsewhere."""
    if endpoint in WITH_FILES and request.method == "POST" and "_user_id" in session:
        request.max_content_length = min(MOST_FILES * rules().upload_megabytes + 1, MOST_MEGABYTES) * MEGABYTE


class FilesForm(ActForm):
    """A form that may bring files, and whose token makes sending it twice the same as once."""

    files = MultipleFileField(
        "附件", [Optional()], description=f"PDF、JPG 或 PNG，可以一次选多份，最多 {MOST_FILES} 份。", render_kw=ACCEPTED
    )
    kept = HiddenField()
    form_token = HiddenField()

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        if not self.form_token.data:
            self.form_token.data = secrets.token_urlsafe(24)

    @property
    def token(self) -> str | None:
        """The form's token."""
        return (self.form_token.data or "")[:64] or None

    @property
    def kept_names(self) -> list[str]:
        """What came with an earlier try and need not be chosen again."""
        return [name for _, _, name in _kept(self)]

    def taken(self) -> tuple[AcceptedFile, ...]:
        """The files this form brings, and those an earlier try of it brought; it remembers them.

        Raises RuleBroken on the field for one that cannot be kept; the others are remembered all the same.
        """
        found = {it.sha256: it for it in self._earlier()}
        refused: RuleBroken | None = None
        for chosen in request.files.getlist("files"):
            if not chosen.filename:
                continue
            try:
                with closing(chosen):
                    largest = rules().upload_megabytes
                    it = uploads.accept(
                        uploads_folder(), chosen.filename, chosen.stream, megabytes=largest, field="files"
                    )
                    found[it.sha256] = it
            except RuleBroken as refusal:
                refused = refused or refusal
        self.kept.data = "/".join(f"{it.sha256}:{it.name}" for it in found.values())
        if refused is not None:
            raise refused
        return tuple(found.values())

    def _earlier(self) -> list[AcceptedFile]:
        known = (uploads.accepted_before(uploads_folder(), digest, name) for digest, _, name in _kept(self))
        return [it for it in known if it is not None]


def _kept(form: FilesForm) -> list[tuple[str, str, str]]:
    """A name holds no slash, so that slashes part the files."""
    return [it.partition(":") for it in (form.kept.data or "").split("/") if it][:MOST_FILES]


def uploads_folder() -> Path:
    """Where uploaded bytes lie: in the instance folder, which the web never serves."""
    return Path(current_app.instance_path) / "uploads"


@bp.get("/<int:matter_id>/files/<int:file_id>")
@allow(*BUSINESS)
def handling_file(matter_id: int, file_id: int) -> Response:
    """A file that goes with what was done, for whoever sees the matter."""
    return given_out(handling_file_row(read(), me(), matter_id, file_id))


def given_out(row: HandlingFileRow) -> Response:
    """The bytes of a file that goes with what was done, after it was written down who opens it."""
    data = uploads.opened(uploads_folder(), row.sha256, "附件")
    return original(
        BytesIO(data), row.name, row.media_type, Target("handling_file", row.id), f"{row.whose}的{row.what}"
    )
