"""Files that go with what was done on a matter: progress, results, look-backs; those of look-backs are not for units."""

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
from portal.store.queries.visibility import sees_the_reception, visible_matters


@dataclass(frozen=True, slots=True)
class HandlingFileRow:
    """One file, and what it goes with."""

    id: int
    matter_id: int
    progress_id: int | None
    closing_id: int | None
    look_back_id: int | None
    name: str
    media_type: str
    size: int
    sha256: str


def files_of_matter(session: Session, actor: Actor, matter_id: int) -> Sequence[HandlingFileRow]:
    """The files of a matter in the order they came, in one statement; for whoever may see the matter."""
    rows = session.execute(_files(actor).where(HandlingFile.matter_id == matter_id).order_by(HandlingFile.id))
    return [HandlingFileRow(*row) for row in rows]


def handling_file_row(session: Session, actor: Actor, matter_id: int, file_id: int) -> HandlingFileRow:
    """One file of a matter the actor may see. Raises NotFound otherwise."""
    row = session.execute(
        _files(actor)
        .join(Matter, Matter.id == HandlingFile.matter_id)
        .where(HandlingFile.id == file_id, HandlingFile.matter_id == matter_id, visible_matters(actor))
    ).first()
    if row is None:
        raise NotFound("没有找到这份附件，或不在您可见的范围内。")
    return HandlingFileRow(*row)


def _files(actor: Actor) -> Select[Any]:
    statement = select(
        HandlingFile.id, HandlingFile.matter_id,
        HandlingFile.progress_id, HandlingFile.closing_id, HandlingFile.look_back_id,
        func.coalesce(func.nullif(HandlingFile.caption, ""), StoredFile.name),
        StoredFile.media_type, StoredFile.size, StoredFile.sha256,
    ).join(StoredFile, StoredFile.id == HandlingFile.file_id)  # fmt: skip
    return statement if sees_the_reception(actor) else statement.where(HandlingFile.look_back_id.is_(None))
