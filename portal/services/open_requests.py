"""What still waits on a matter when its course takes another turn: it lapses, and says why."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.extensions import ExtensionState
from portal.domain.people import Actor
from portal.store.models.handling import Closing, Extension, Pause
from portal.store.models.matters import Matter


def lapse_extension(session: Session, matter_id: int, why: str) -> Extension | None:
    """More time is not asked for any more: the clock it was about is over, or stands still. Answers what was waiting."""
    waiting = session.scalar(
        select(Extension).where(Extension.matter_id == matter_id, Extension.state == ExtensionState.ASKED)
    )
    if waiting is not None:
        waiting.state, waiting.remark = ExtensionState.WITHDRAWN, why[:400]
    return waiting


def end_everything(session: Session, matter: Matter, why: str, *, actor: Actor, now: datetime) -> None:
    """A matter comes to its end outside the usual way: what waits on it ends with it."""
    lapse_extension(session, matter.id, why)
    for pause in session.scalars(select(Pause).where(Pause.matter_id == matter.id, Pause.ended_at.is_(None))):
        pause.ended_at, pause.ended_by, pause.ended_why = now, actor.name, why
    for closing in session.scalars(
        select(Closing).where(Closing.matter_id == matter.id, Closing.ended_at.is_(None), Closing.approved_at.is_(None))
    ):
        closing.ended_at, closing.ended_by, closing.ended_why = now, actor.name, why
