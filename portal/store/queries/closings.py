"""Results on their way to closing: the queue of every step, and one matter's rounds with everything decided so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.domain.masking import mask_speaker
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.results import AnsweredHow, AskedHow, ClosingStep, FourWords, Grade, Resolved, ResultCode
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, HandlingFile
from portal.store.models.matters import Matter
from portal.store.models.people import Unit
from portal.store.models.slips import Slip
from portal.store.paging import Page, Wanted, page_of, up_to_cap
from portal.store.queries.handling_files import HandlingFileRow, files_of_matter
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.matters import NEVER
from portal.store.queries.overdue import is_over
from portal.store.queries.satisfaction import Rating
from portal.store.queries.visibility import FOR_A_LEADER, sees_the_visitor, visible_matters

STATE_OF: Mapping[ClosingStep, MatterState] = {
    ClosingStep.HEAD: MatterState.PROPOSED,
    ClosingStep.OPINION: MatterState.CONFIRMING,
    ClosingStep.REVIEW: MatterState.REVIEWING,
    ClosingStep.APPROVAL: MatterState.APPROVING,
}
"""In which state a matter waits for a step."""
STEP_IN: Mapping[MatterState, ClosingStep] = {state: step for step, state in STATE_OF.items()}


@dataclass(frozen=True, slots=True)
class ClosingFilter:
    """Which results a list shows: those that wait for a step, those that are closed, or both."""

    step: ClosingStep | None = None
    closed: bool = False
    unit_id: int | None = None
    result: ResultCode | None = None
    overdue: bool = False
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the step is asked for."""
        return any(getattr(self, it.name) != it.default for it in fields(self) if it.name not in ("step", "closed"))


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """One matter with the result that waits, or with which it was closed."""

    matter_id: int
    version: int
    number: str
    title: str
    enterprise: str | None
    state: MatterState
    round: int
    step_due_on: date | None
    step_due_at: datetime | None
    closed_at: datetime | None
    unit: str
    result: ResultCode
    told: str
    grade: Grade | None
    resolved: Resolved | None
    evidence: int
    proposed_by: str
    reviewed_by: str
    signer_id: int | None
    lead_official_id: int | None
    slip_id: int

    @property
    def step(self) -> ClosingStep | None:
        """Which step it waits for; None when it is closed."""
        return STEP_IN.get(self.state)


@dataclass(frozen=True, slots=True)
class ClosingRound:
    """One round with everybody's word on it, the files it was proved with, and how it ended if it was sent back."""

    id: int
    round: int
    result: ResultCode
    told: str
    basis: str
    answered_how: AnsweredHow
    answered_on: date | None
    proposed_by: str
    proposed_at: datetime
    due_on: date
    head_by: str
    head_at: datetime | None
    head_recorded_by: str
    grade: Grade | None
    resolved: Resolved | None
    opinion: str
    opinion_how: AskedHow | None
    opinion_by: str
    opinion_at: datetime | None
    opinion_recorded_by: str
    reviewed_by: str
    reviewed_at: datetime | None
    review_remark: str
    approved_by: str
    approved_at: datetime | None
    approval_remark: str
    skipped: str
    batch: str
    ended_at: datetime | None
    ended_by: str
    ended_why: str
    unit: str
    files: tuple[HandlingFileRow, ...] = ()

    @property
    def left_out(self) -> frozenset[str]:
        """The steps that were left out, with why (`closing.HEAD`, `ENTERPRISE`, `NO_ENTERPRISE`)."""
        return frozenset(self.skipped.split())


@dataclass(frozen=True, slots=True)
class MatterInClosing:
    """What a page of closing says of its matter."""

    id: int
    version: int
    number: str
    title: str
    detail: str
    state: MatterState
    round: int
    enterprise: str | None
    enterprise_id: int | None
    booking_id: int | None
    lead_unit: str | None
    due_on: date | None
    step_due_on: date | None
    step_due_at: datetime | None
    closed_at: datetime | None

    @property
    def step(self) -> ClosingStep | None:
        """Which step of closing it waits for."""
        return STEP_IN.get(self.state)


@dataclass(frozen=True, slots=True)
class ProposableRow:
    """A matter in the hands of its lead unit."""

    id: int
    version: int
    number: str
    title: str
    enterprise: str | None
    due_on: date | None


MOST_PROPOSABLE = 200
CLOSING_DUE = func.coalesce(Matter.due_on, literal(NEVER, Date), type_=Date)
CLOSING_SORTS: Mapping[str, ColumnElement[Any]] = {
    "due": func.coalesce(Matter.step_due_on, literal(NEVER, Date), type_=Date),
    "number": Matter.number.expression,
    "enterprise": func.coalesce(Enterprise.name, ""),
    "unit": Unit.short_name.expression,
    "closed": func.coalesce(Matter.closed_at, Closing.proposed_at),
}
"""By what the queues can be sorted."""


def closing_rows(
    session: Session, actor: Actor, asked: ClosingFilter, wanted: Wanted, *, now: datetime
) -> Page[ClosingRow]:
    """One page of a queue, in two statements."""
    statement = _narrowed(_rows(), actor, asked, now)
    page = page_of(session, statement, wanted, keys=CLOSING_SORTS, identity=Matter.id.expression)
    return replace(page, rows=[ClosingRow(*row) for row in page.rows])


def all_closing_rows(session: Session, actor: Actor, asked: ClosingFilter, *, now: datetime) -> Sequence[ClosingRow]:
    """All of a queue, for export."""
    statement = _narrowed(_rows(), actor, asked, now).order_by(CLOSING_SORTS["due"], Matter.id)
    return [ClosingRow(*row) for row in session.execute(statement)]


def chosen_closing_rows(session: Session, actor: Actor, matter_ids: Sequence[int]) -> Sequence[ClosingRow]:
    """The matters somebody ticked, as far as he or she may see them and a result waits, in the order of their numbers."""
    statement = _joined(_rows()).where(visible_matters(actor), Matter.id.in_(matter_ids)).order_by(Matter.number)
    return [ClosingRow(*row) for row in session.execute(statement)]


def proposable_rows(session: Session, actor: Actor, words: str = "") -> Sequence[ProposableRow]:
    """What a unit leads and has in hand: for these it may report a result; the most pressing first."""
    statement = (
        select(Matter.id, Matter.version, Matter.number, Matter.title, Enterprise.name, Matter.due_on)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .where(visible_matters(actor), Matter.lead_unit_id == actor.unit_id, Matter.state == MatterState.HANDLING)
        .order_by(CLOSING_DUE, Matter.id)
        .limit(MOST_PROPOSABLE)
    )
    if words:
        statement = statement.where(matter_search(words))
    return [ProposableRow(*row) for row in session.execute(statement)]


def closing_counts(session: Session, actor: Actor, asked: ClosingFilter, *, now: datetime) -> Mapping[MatterState, int]:
    """How many wait for each step, and how many are closed, under the other filters; one statement."""
    everything = replace(asked, step=None, closed=False)
    counting = _joined(select(Matter.state, func.count())).where(*_clauses(actor, everything, now))
    return dict(session.execute(counting.group_by(Matter.state)).tuples().all())


def closings_waiting(session: Session, actor: Actor, steps: Sequence[ClosingStep], *, now: datetime) -> list[int]:
    """How many wait for each of these steps, none counted further than COUNT_CAP; one statement."""
    counts = (up_to_cap(_narrowed(select(Matter.id), actor, ClosingFilter(it), now)).scalar_subquery() for it in steps)
    return list(session.execute(select(*counts)).one()) if steps else []


def closings_late(session: Session, actor: Actor, asked: ClosingFilter, *, now: datetime) -> int:
    """How many of a queue are past the day of their step."""
    late = replace(asked, overdue=True)
    return session.scalar(_narrowed(select(func.count()), actor, late, now)) or 0


def matter_in_closing(session: Session, actor: Actor, matter_id: int) -> MatterInClosing:
    """The matter. Raises NotFound when it does not exist or may not be seen."""
    row = session.execute(
        select(
            Matter.id, Matter.version, Matter.number, Matter.title, Matter.detail, Matter.state, Matter.round,
            Enterprise.name, Matter.enterprise_id, Matter.booking_id, Unit.name, Matter.due_on, Matter.step_due_on,
            Matter.step_due_at, Matter.closed_at,
        )
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .where(Matter.id == matter_id, visible_matters(actor))
    ).first()  # fmt: skip
    if row is None:
        raise NotFound("没有找到这项诉求，可能编号有误，或不在您可见的范围内。")
    return MatterInClosing(*row)


def closing_rounds(session: Session, actor: Actor, matter_id: int) -> Sequence[ClosingRound]:
    """Every round of a matter, the latest first, with its files; two statements. Whether the actor may see it is asked before."""
    names = [it.name for it in fields(ClosingRound) if it.name not in ("unit", "files")]
    rows = session.execute(
        select(*(getattr(Closing, name) for name in names), Unit.name)
        .join(Unit, Unit.id == Closing.unit_id)
        .where(Closing.matter_id == matter_id)
        .order_by(Closing.round.desc())
    ).all()
    files = files_of_matter(session, actor, matter_id) if rows else ()
    rounds = [replace(ClosingRound(*row), files=tuple(it for it in files if it.closing_id == row[0])) for row in rows]
    if sees_the_visitor(actor):
        return rounds
    return [replace(it, opinion_by=mask_speaker(it.opinion_by)) for it in rounds]


def four_words(matter: MatterInClosing, rounds: Sequence[ClosingRound], rated: Rating | None) -> FourWords:
    """办结、解决、满意、销号 of a matter as it stands, with what the enterprise said last."""
    latest = next((it for it in rounds if it.round == matter.round and it.ended_at is None), None)
    if latest is None:
        return FourWords()
    return FourWords(
        completed_on=latest.head_at.date() if latest.head_at else None,
        result=latest.result,
        resolved=rated.resolved if rated else None,
        grade=rated.grade if rated else None,
        closed_on=matter.closed_at.date() if matter.closed_at else None,
    )


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Of what waits for approval, a leader's own list has what he or she signs or leads, also in another's place."""
    if actor.role not in FOR_A_LEADER:
        return Matter.id.is_not(None)
    own = or_(
        Slip.signer_id.in_(actor.leader_ids | actor.stands_in_for),
        Slip.lead_official_id.in_(actor.leader_ids),
    )
    return or_(Matter.state != MatterState.APPROVING, own)


def _rows() -> Select[Any]:
    evidence = select(func.count()).where(HandlingFile.closing_id == Closing.id).correlate(Closing).scalar_subquery()
    return select(
        Matter.id, Matter.version, Matter.number, Matter.title, Enterprise.name, Matter.state, Matter.round,
        Matter.step_due_on, Matter.step_due_at, Matter.closed_at, Unit.short_name, Closing.result, Closing.told, Closing.grade,
        Closing.resolved, evidence, Closing.proposed_by, Closing.reviewed_by, Slip.signer_id, Slip.lead_official_id,
        Slip.id,
    )  # fmt: skip


def _joined(statement: Select[Any]) -> Select[Any]:
    current = and_(Closing.matter_id == Matter.id, Closing.round == Matter.round, Closing.ended_at.is_(None))
    return (
        statement.select_from(Matter)
        .join(Closing, current)
        .join(Slip, Slip.id == Closing.slip_id)
        .join(Unit, Unit.id == Closing.unit_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
    )


def _narrowed(statement: Select[Any], actor: Actor, asked: ClosingFilter, now: datetime) -> Select[Any]:
    return _joined(statement).where(*_clauses(actor, asked, now))


def _clauses(actor: Actor, asked: ClosingFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield visible_matters(actor)
    yield waits_for(actor)
    if asked.closed:
        yield Matter.state == MatterState.CLOSED
    elif asked.step is not None:
        yield Matter.state == STATE_OF[asked.step]
    else:
        yield Matter.state.in_((*STATE_OF.values(), MatterState.CLOSED))
    if asked.unit_id is not None:
        yield Closing.unit_id == asked.unit_id
    if asked.result is not None:
        yield Closing.result == asked.result
    if asked.overdue:
        yield is_over(Matter.step_due_on, Matter.step_due_at, now)
    if asked.words:
        yield matter_search(asked.words)
