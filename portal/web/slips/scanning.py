"""The scan that comes with a form: read and kept before anything is written, and remembered when the form comes back."""

from contextlib import closing
from pathlib import Path

from flask import current_app
from werkzeug.datastructures import FileStorage

from portal.jobs.keeping import scans_of
from portal.services import slip_scans
from portal.services.slip_scans import KeptScan
from portal.web.office import rules
from portal.web.slips.scan_forms import ScanFields


def scans_folder() -> Path:
    """Where scans lie, sealed."""
    return scans_of(current_app.config["SETTINGS"])


def taken_scan(form: ScanFields) -> KeptScan | None:
    """The scan a form brings, or brought with an earlier try; the form remembers it, so that nobody chooses it again."""
    chosen: FileStorage | None = form.scan.data
    if chosen is not None and chosen.filename:
        name, largest = chosen.filename, rules().upload_megabytes
        with closing(chosen):
            taken = slip_scans.take_in(scans_folder(), name, chosen.stream, megabytes=largest)
        form.kept.data, form.kept_name.data = taken.sha256, taken.name
        return taken
    if not form.kept.data:
        return None
    return slip_scans.kept_before(scans_folder(), form.kept.data, form.kept_name.data or "")
