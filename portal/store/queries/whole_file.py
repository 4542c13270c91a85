"""What has been said and done about a matter on its way, part by part, for the file that goes to the level above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.progress import ProgressKind
from portal.domain.results import Grade, Resolved, ResultCode
from portal.domain.urging import URGING_KINDS
from portal.store.models.handling import Closing, PaperReply, Progress
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import SlipMatter


@dataclass(frozen=True, slots=True)
class ToldProgress:
    """One word of a unit on the way."""

    at: datetime
    unit: str
    by: str
    kind: ProgressKind
    told: str
    next_step: str


@dataclass(frozen=True, slots=True)
class UrgingPaper:
    """One reminder or supervision notice and its answer."""

    id: int
    number: str
    kind: PaperKind
    colour: UrgingColour | None
    unit_id: int | None
    unit: str | None
    made_by: str
    made_at: datetime
    reply_by: date | None
    told: str | None
    promised_on: date | None
    replied_by: str | None
    replied_at: datetime | None
    poor_why: str | None

    @property
    def title(self) -> str:
        """督办单（黄色）."""
        return f"{self.kind.label}（{self.colour.label}）" if self.colour else self.kind.label


@dataclass(frozen=True, slots=True)
class RoundOfClosing:
    """One result, what the enterprise said of it, and what became of it."""

    round: int
    at: datetime
    unit: str
    result: ResultCode
    told: str
    grade: Grade | None
    resolved: Resolved | None
    opinion: str
    review_remark: str
    ended_why: str


def progress_told(session: Session, matter_id: int) -> Sequence[ToldProgress]:
    """Everything units told, the oldest first."""
    rows = session.execute(
        select(Progress.at, Unit.short_name, Progress.by, Progress.kind, Progress.told, Progress.next_step)
        .join(Unit, Unit.id == Progress.unit_id)
        .where(Progress.matter_id == matter_id)
        .order_by(Progress.at, Progress.id)
    )
    return [ToldProgress(*row) for row in rows]


def urging_papers(session: Session, matter_id: int) -> Sequence[UrgingPaper]:
    """Every valid reminder and supervision notice beside the slips that carry or carried a matter, the oldest first."""
    rows = session.execute(
        select(
            SlipPaper.id, SlipPaper.number, SlipPaper.kind, SlipPaper.colour, SlipPaper.unit_id, Unit.short_name, SlipPaper.made_by,
            SlipPaper.made_at, SlipPaper.reply_by, PaperReply.told, PaperReply.promised_on, PaperReply.by, PaperReply.at,
            PaperReply.poor_why,
        )
        .join(SlipMatter, SlipMatter.slip_id == SlipPaper.slip_id)
        .outerjoin(Unit, Unit.id == SlipPaper.unit_id)
        .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        .where(SlipMatter.matter_id == matter_id, SlipPaper.kind.in_(URGING_KINDS), SlipPaper.void_at.is_(None))
        .order_by(SlipPaper.made_at, SlipPaper.id)
    )  # fmt: skip
    return [UrgingPaper(*row) for row in rows]


def rounds_of_closing(session: Session, matter_id: int) -> Sequence[RoundOfClosing]:
    """Every result a unit handed in, the oldest first."""
    rows = session.execute(
        select(
            Closing.round, Closing.proposed_at, Unit.short_name, Closing.result, Closing.told, Closing.grade,
            Closing.resolved, Closing.opinion, Closing.review_remark, Closing.ended_why,
        )
        .join(Unit, Unit.id == Closing.unit_id)
        .where(Closing.matter_id == matter_id)
        .order_by(Closing.round)
    )  # fmt: skip
    return [RoundOfClosing(*row) for row in rows]
