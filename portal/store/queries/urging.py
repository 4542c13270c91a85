"""The papers that urged units about slips, with what came back."""

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.urging import URGING_KINDS, Urged
from portal.store.models.handling import PaperReply
from portal.store.models.papers import SlipPaper


def urged_papers(session: Session, slip_ids: Collection[int]) -> Iterator[tuple[int, int, Urged]]:
    """Slip, unit and paper of every valid reminder and supervision notice about some slips, the oldest first."""
    rows = session.execute(
        select(
            SlipPaper.slip_id, SlipPaper.unit_id, SlipPaper.number, SlipPaper.kind, SlipPaper.colour, SlipPaper.made_by,
            SlipPaper.made_at, SlipPaper.reply_by, PaperReply.at, PaperReply.promised_on, PaperReply.poor_at,
        )
        .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        .where(SlipPaper.slip_id.in_(list(slip_ids)), SlipPaper.kind.in_(URGING_KINDS), SlipPaper.void_at.is_(None))
        .order_by(SlipPaper.id)
    )  # fmt: skip
    for slip_id, unit_id, number, kind, colour, made_by, made_at, reply_by, replied_at, promised_on, poor_at in rows:
        replied_on = replied_at.astimezone(ZONE).date() if replied_at is not None else None
        made_on = made_at.astimezone(ZONE).date()
        yield (
            slip_id,
            unit_id,
            Urged(number or "", kind, colour, made_by, made_on, reply_by, replied_on, promised_on, poor_at is not None),
        )
