"""What stands under the record: what is saved, and what somebody else wrote meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from portal.store.queries.receptions import RecordFacts
from portal.web.bookings.acting import posted_version
from portal.web.room.forms import RecordForm


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands under the record: which version the page knows, and what somebody else wrote meanwhile."""

    version: int
    latest: int
    theirs: Sequence[tuple[str, str]] = ()
    problems: Sequence[str] = ()
    at: datetime | None = None


def what_is_saved(
    record: RecordFacts | None, form: RecordForm | None = None, *, at: datetime | None = None
) -> Saved | None:
    """What to show under a record as it stands, or under a form that could not be saved."""
    if record is None:
        return None
    if form is None:
        return Saved(record.version, record.version, at=at)
    wanted = form.text()
    names = [it.name for it in fields(wanted) if getattr(wanted, it.name) != getattr(record, it.name)]
    theirs = [(form[name].label.text, getattr(record, name) or "（空）") for name in names]
    too_long = [f"{it.label.text}：{'；'.join(it.errors)}" for it in form if it.errors]
    conflicts = bool(form.form_errors)
    return Saved(
        posted_version() or record.version,
        record.version,
        theirs=theirs if conflicts else (),
        problems=[*form.form_errors, *too_long],
    )
