"""Files that go with what was done: progress, results, look-backs of a matter, minutes of a meeting, a study's conclusion.

Those of look-backs are not for units. Who may have the files of a meeting or a study is asked before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.store.models.files import StoredFile
from portal.store.models.handling import HandlingFile
from portal.store.models.matters import Matter
from portal.store.models.meetings import Meeting, Study
from portal.store.queries.visibility import sees_the_reception, visible_matters

UNSEEN = "没有找到这份附件，或不在您可见的范围内。"


@dataclass(frozen=True, slots=True)
class HandlingFileRow:
    """One file, and what it goes with; `whose` is the matter's number, or the title of the meeting or study."""

    id: int
    matter_id: int | None
    progress_id: int | None
    closing_id: int | None
    look_back_id: int | None
    meeting_id: int | None
    study_id: int | None
    whose: str
    name: str
    media_type: str
    size: int
    sha256: str

    @property
    def what(self) -> str:
        """What sort of file it is, in the office's words."""
        if self.closing_id is not None:
            return "佐证材料"
        if self.meeting_id is not None:
            return "会议附件"
        if self.study_id is not None:
            return "研究结论附件"
        return "回头看材料" if self.look_back_id is not None else "进展附件"


def files_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[HandlingFileRow]:
    """The files of a matter in the order they came, in one statement; for whoever may see the matter."""
    rows = session.execute(_files(actor).where(HandlingFile.matter_id == matter_id).order_by(HandlingFile.id))
    return [HandlingFileRow(*row) for row in rows]


def handling_file_row(session: Session, actor: Actor, matter_id: int, file_id: int) -> HandlingFileRow:
    """One file of a matter the actor may see. Raises NotFound otherwise."""
    row = session.execute(
        _files(actor).where(HandlingFile.id == file_id, HandlingFile.matter_id == matter_id, visible_matters(actor))
    ).first()
    if row is None:
        raise NotFound(UNSEEN)
    return HandlingFileRow(*row)


def files_of_meeting(session: Session, meeting_id: int) -> Sequence[HandlingFileRow]:
    """The files that go with the minutes of a meeting, for whoever may read the minutes."""
    rows = session.execute(_columns().where(HandlingFile.meeting_id == meeting_id).order_by(HandlingFile.id))
    return [HandlingFileRow(*row) for row in rows]


def files_of_study(session: Session, study_id: int) -> Sequence[HandlingFileRow]:
    """The files that go with the conclusion of a study, for whoever may see the study."""
    rows = session.execute(_columns().where(HandlingFile.study_id == study_id).order_by(HandlingFile.id))
    return [HandlingFileRow(*row) for row in rows]


def one_of(files: Sequence[HandlingFileRow], file_id: int) -> HandlingFileRow:
    """One of the files somebody may have. Raises NotFound when it is none of them."""
    row = next((it for it in files if it.id == file_id), None)
    if row is None:
        raise NotFound(UNSEEN)
    return row


def _files(actor: Actor) -> Select[Any]:
    statement = _columns()
    return statement if sees_the_reception(actor) else statement.where(HandlingFile.look_back_id.is_(None))


def _columns() -> Select[Any]:
    return (
        select(
            HandlingFile.id, HandlingFile.matter_id, HandlingFile.progress_id, HandlingFile.closing_id,
            HandlingFile.look_back_id, HandlingFile.meeting_id, HandlingFile.study_id,
            func.coalesce(Matter.number, Meeting.title, Study.title, ""),
            func.coalesce(func.nullif(HandlingFile.caption, ""), StoredFile.name),
            StoredFile.media_type, StoredFile.size, StoredFile.sha256,
        )
        .join(StoredFile, StoredFile.id == HandlingFile.file_id)
        .outerjoin(Matter, Matter.id == HandlingFile.matter_id)
        .outerjoin(Meeting, Meeting.id == HandlingFile.meeting_id)
        .outerjoin(Study, Study.id == HandlingFile.study_id)
    )  # fmt: skip
