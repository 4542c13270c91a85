"""Files that go with what was done (progress, a result, a look-back, minutes, a conclusion): attached, and who opened one.

A file as somebody handed it in may show anybody's personal data, and nothing in it can be masked. So whoever opens one is
written down before it is given out, the same for all of them (docs/decisions/0032, PT-34).
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from sqlalchemy.orm import Session

from portal.documents.fonts import not_printable
from portal.domain.errors import RuleBroken
from portal.domain.people import Action, Actor, must
from portal.services.uploads import AcceptedFile, stored_file
from portal.store.audit_trail import Target, record
from portal.store.models.handling import HandlingFile
from portal.store.queries.handling_files import HandlingFileRow

MOST_FILES = 10


def attach(
    session: Session, files: Sequence[AcceptedFile], *, now: datetime, matter_id: int | None = None, **of: int
) -> None:
    """Let some accepted files belong to progress, a result or a look-back of a matter, to minutes or to a conclusion.

    `of` is one of `progress_id`, `closing_id`, `look_back_id`, which need `matter_id`, or of `meeting_id` and `study_id`.
    """
    for accepted in files:
        stored = stored_file(accepted, now=now)
        session.add(stored)
        session.flush()
        session.add(HandlingFile(matter_id=matter_id, file_id=stored.id, caption=accepted.name[:120], **of))


def must_be_few(files: Sequence[AcceptedFile], *, field: str = "files") -> None:
    """Refuse more files than one form may bring. Raises RuleBroken."""
    if len(files) > MOST_FILES:
        raise RuleBroken(f"一次最多附 {MOST_FILES} 个文件，请分次提交。", field=field)


def names_on_paper(files: Sequence[HandlingFileRow]) -> tuple[str, ...]:
    """What papers call the files that go with them: the name without its ending, or only that there is one."""
    names = (PurePath(it.name).stem for it in files)
    return tuple("（名称无法打印）" if not_printable(name) else name for name in names)


def note_opened(session: Session, target: Target, what: str, *, actor: Actor, now: datetime) -> None:
    """Write down who opens an original; `what` says which, and holds no personal data, so never the file's own name."""
    must(actor, Action.SEE_BUSINESS)
    record(session, actor, now, "file_opened", target, summary=f"打开{what}")
