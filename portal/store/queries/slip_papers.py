"""The papers that go with slips: one slip's, one paper, lists of all, as far as somebody may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind, UrgingColour
from portal.domain.people import Actor
from portal.domain.signing import SENT_STATES
from portal.domain.slips import SlipState
from portal.domain.urging import DirectGround
from portal.store.models.handling import PaperReply
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.visibility import visible_papers, visible_slips

UNSEEN = "没有找到这份文书，可能编号有误，或不在您可见的范围内。"
NEVER = date(9999, 12, 31)
MOST_SHARED = 100


@dataclass(frozen=True, slots=True)
class PaperFilter:
    """What a list of papers is narrowed to; `late_on` finds those whose day of reply is over by then."""

    kind: PaperKind | None = None
    colour: UrgingColour | None = None
    unit_id: int | None = None
    late_on: date | None = None
    unanswered: bool = False
    words: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed at all."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One numbered paper; `runs` says whether an answer to it is still waited for."""

    id: int
    kind: PaperKind
    colour: UrgingColour | None
    number: str
    slip_id: int
    slip_number: str | None
    slip_state: SlipState
    unit_id: int | None
    unit: str | None
    reply_by: date | None
    made_by: str
    made_at: datetime
    void_at: datetime | None
    void_reason: str
    version: int
    replied_at: datetime | None = None
    promised_on: date | None = None
    poor_why: str = ""

    @property
    def title(self) -> str:
        """督办单（红色）."""
        return f"{self.kind.label}（{self.colour.label}）" if self.colour else self.kind.label

    @property
    def runs(self) -> bool:
        """Whether the paper still asks for something: nobody answered it, and its slip is with its units."""
        return self.void_at is None and self.slip_state in SENT_STATES and self.replied_at is None

    @property
    def reply(self) -> str:
        """已回复, 回复不到位, or nothing."""
        return "" if self.replied_at is None else "回复不到位" if self.poor_why else "已回复"


@dataclass(frozen=True, slots=True)
class ReplyShown:
    """What came back to a paper, who said it and who keyed it in, and why it does not do."""

    told: str
    promised_on: date | None
    by: str
    at: datetime
    recorded_by: str
    poor_why: str
    poor_by: str


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One paper as its page shows it; whether the reader may open the slip it goes with."""

    row: PaperRow
    sha256: str
    verify_code: str
    sees_the_slip: bool
    ground: str = ""
    why_direct: str = ""
    reply: ReplyShown | None = None


_NUMBER = func.coalesce(SlipPaper.year, 0, type_=Integer) * 1_000_000 + func.coalesce(
    SlipPaper.serial, 0, type_=Integer
)

PAPER_SORTS: Mapping[str, ColumnElement[Any]] = {
    "newest": SlipPaper.id.expression,
    "number": _NUMBER,
    "unit": func.coalesce(Unit.name, ""),
    "reply": func.coalesce(SlipPaper.reply_by, literal(NEVER, Date), type_=Date),
}
"""By what a list of papers can be sorted."""


def paper_rows(session: Session, actor: Actor, asked: PaperFilter, wanted: Wanted) -> Page[PaperRow]:
    """One page of the numbered papers an actor may see."""
    page = page_of(session, _listed(actor, asked), wanted, keys=PAPER_SORTS, identity=SlipPaper.id.expression)
    return replace(page, rows=[_row(row) for row in page.rows])


def all_paper_rows(session: Session, actor: Actor, asked: PaperFilter) -> Sequence[PaperRow]:
    """Every paper of a list in the order of the numbers: for export."""
    statement = _listed(actor, asked).order_by(SlipPaper.kind, _NUMBER, SlipPaper.id)
    return [_row(row) for row in session.execute(statement)]


def count_papers(session: Session, actor: Actor, asked: PaperFilter) -> int:
    """How many papers a list has."""
    return session.scalar(select(func.count()).select_from(_listed(actor, asked).subquery())) or 0


def papers_of_slip(session: Session, actor: Actor, slip_id: int) -> Sequence[PaperRow]:
    """The numbered papers that go with a slip, the newest first, as far as the actor may see them."""
    statement = _listed(actor, PaperFilter()).where(SlipPaper.slip_id == slip_id).order_by(SlipPaper.id.desc())
    return [_row(row) for row in session.execute(statement)]


def paper_page(session: Session, actor: Actor, paper_id: int) -> PaperPage:
    """One paper. Raises NotFound when it does not exist or is not visible to the actor."""
    seen = select(SlipPaper.sha256, SlipPaper.verify_code, visible_slips(actor), SlipPaper.ground, SlipPaper.why_direct)
    row = session.execute(_listed(actor, PaperFilter()).where(SlipPaper.id == paper_id)).first()
    more = session.execute(seen.join(Slip, Slip.id == SlipPaper.slip_id).where(SlipPaper.id == paper_id)).first()
    if row is None or more is None:
        raise NotFound(UNSEEN)
    reply = session.get(PaperReply, paper_id)
    return PaperPage(
        _row(row), more[0], more[1], bool(more[2]),
        DirectGround(more[3]).label if more[3] else "", more[4],
        ReplyShown(
            reply.told, reply.promised_on, reply.by, reply.at, reply.recorded_by, reply.poor_why, reply.poor_by
        ) if reply else None,
    )  # fmt: skip


def paper_records(session: Session, actor: Actor, paper_ids: Sequence[int]) -> Sequence[SlipPaper]:
    """Papers as records in the order asked, for services. Raises NotFound when one is not visible to the actor."""
    statement = select(SlipPaper).join(Slip, Slip.id == SlipPaper.slip_id).where(visible_papers(actor))
    found = {it.id: it for it in session.scalars(statement.where(SlipPaper.id.in_(paper_ids)))}
    if not set(paper_ids) <= set(found):
        raise NotFound(UNSEEN)
    return [found[paper_id] for paper_id in dict.fromkeys(paper_ids)]


def locked_paper(session: Session, actor: Actor, paper_id: int) -> SlipPaper:
    """One paper, kept from others until the transaction ends. Raises NotFound."""
    (paper,) = paper_records(session, actor, [paper_id])
    session.refresh(paper, with_for_update=True)
    return paper


def papers_to_answer(session: Session, actor: Actor) -> Sequence[PaperRow]:
    """What still asks the actor's unit for an answer, the most urgent first."""
    statement = (
        _listed(actor, PaperFilter(unit_id=actor.unit_id))
        .where(*_still_asks())
        .order_by(PAPER_SORTS["reply"], SlipPaper.id)
        .limit(MOST_SHARED)
    )
    return [_row(row) for row in session.execute(statement)]


def late_papers(session: Session, actor: Actor, today: date) -> int:
    """How many papers were not answered by their day, as the list of late ones has them."""
    return session.scalar(counted_papers(actor, PaperFilter(late_on=today))) or 0


def counted_papers(actor: Actor, asked: PaperFilter) -> Select[tuple[int]]:
    """A statement that counts what a list of papers has, as far as COUNT_CAP."""
    return up_to_cap(_listed(actor, asked).with_only_columns(SlipPaper.id, maintain_column_froms=True))


def _still_asks() -> list[ColumnElement[bool]]:
    return [SlipPaper.void_at.is_(None), Slip.state.in_(SENT_STATES), PaperReply.paper_id.is_(None)]


def _row(row: Any) -> PaperRow:
    """A paper without an answer has no poor one."""
    given = PaperRow(*row)
    return replace(given, poor_why=given.poor_why or "")


def _listed(actor: Actor, asked: PaperFilter) -> Select[Any]:
    return (
        select(
            SlipPaper.id,
            SlipPaper.kind,
            SlipPaper.colour,
            SlipPaper.number,
            Slip.id,
            Slip.number,
            Slip.state,
            SlipPaper.unit_id,
            Unit.name,
            SlipPaper.reply_by,
            SlipPaper.made_by,
            SlipPaper.made_at,
            SlipPaper.void_at,
            SlipPaper.void_reason,
            SlipPaper.version,
            PaperReply.at,
            PaperReply.promised_on,
            PaperReply.poor_why,
        )
        .select_from(SlipPaper)
        .join(Slip, Slip.id == SlipPaper.slip_id)
        .outerjoin(Unit, Unit.id == SlipPaper.unit_id)
        .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        .where(visible_papers(actor), SlipPaper.kind.in_(NUMBERED_KINDS), *_clauses(asked))
    )


def _clauses(asked: PaperFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.kind is not None:
        found.append(SlipPaper.kind == asked.kind)
    if asked.colour is not None:
        found.append(SlipPaper.colour == asked.colour)
    if asked.unit_id is not None:
        found.append(SlipPaper.unit_id == asked.unit_id)
    if asked.late_on is not None:
        found += [SlipPaper.reply_by < asked.late_on, *_still_asks()]
    if asked.unanswered:
        found += [SlipPaper.reply_by.is_not(None), *_still_asks()]
    for word in asked.words.split():
        found.append(
            or_(
                SlipPaper.number.contains(word, autoescape=True),
                Slip.number.contains(word, autoescape=True),
                Unit.name.contains(word, autoescape=True),
            )
        )
    return found
