"""Matters taken to the level above: whom they are shown to, one, and lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, false, func, literal, select, true
from sqlalchemy.orm import Session

from portal.domain.chasing import EscalatedTo
from portal.domain.errors import NotFound
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.store.models.chasing import Escalation
from portal.store.models.enterprises import Enterprise
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.matter_filters import matter_search
from portal.store.queries.matters import NEVER
from portal.store.queries.visibility import FOR_A_LEADER, SEES_ALL

UNSEEN = "没有找到这件上报事项，或不在您可见的范围内。"


class EscalationWanted(Labelled):
    """Which escalations a list shows; those whose answer is late also wait for it."""

    WAITING = "waiting", "等待答复"
    LATE = "late", "逾期未答复"
    ANSWERED = "answered", "已答复"


@dataclass(frozen=True, slots=True)
class EscalationFilter:
    """What is asked for beside that: to whom, in which unit's hands the matter is, words."""

    wanted: EscalationWanted | None = EscalationWanted.WAITING
    to: EscalatedTo | None = None
    unit_id: int | None = None
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but how far they have got is asked for."""
        return self != EscalationFilter(self.wanted)


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One matter taken to the level above."""

    id: int
    matter_id: int
    number: str
    title: str
    state: MatterState
    enterprise: str | None
    unit: str | None
    to: EscalatedTo
    leader_id: int | None
    leader: str | None
    organ: str
    why: str
    answer_by: date | None
    by: str
    at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    version: int

    @property
    def whom(self) -> str:
        """牵头领导 and the name, or the organ."""
        return f"{self.to.label} {self.leader or self.organ}".strip()

    def standing(self, today: date) -> EscalationWanted:
        """How far it has got."""
        if self.answered_at is not None:
            return EscalationWanted.ANSWERED
        late = self.answer_by is not None and self.answer_by < today
        return EscalationWanted.LATE if late else EscalationWanted.WAITING


def visible_escalations(actor: Actor) -> ColumnElement[bool]:
    """Office and supervision see all, a leader and who serves one those that were taken to him or her."""
    if actor.role in SEES_ALL:
        return true()
    if actor.role in FOR_A_LEADER and actor.leader_ids:
        return Escalation.leader_id.in_(actor.leader_ids)
    return false()


ESCALATION_SORTS: Mapping[str, ColumnElement[Any]] = {
    "due": func.coalesce(Escalation.answer_by, literal(NEVER, Date), type_=Date),
    "number": Matter.number.expression,
    "whom": func.coalesce(Leader.name, Escalation.organ),
    "unit": func.coalesce(Unit.short_name, ""),
    "at": Escalation.at.expression,
    "answered": func.coalesce(Escalation.answered_at, Escalation.at),
}


def escalation_rows(
    session: Session, actor: Actor, asked: EscalationFilter, wanted: Wanted, *, today: date
) -> Page[EscalationRow]:
    """One page of those an actor may see."""
    statement = _listed(*_clauses(actor, asked, today))
    page = page_of(session, statement, wanted, keys=ESCALATION_SORTS, identity=Escalation.id.expression)
    return replace(page, rows=[EscalationRow(*row) for row in page.rows])


def all_escalations(session: Session, actor: Actor, asked: EscalationFilter, *, today: date) -> Iterator[EscalationRow]:
    """The whole list under the same filters, the latest first: for export."""
    statement = _listed(*_clauses(actor, asked, today)).order_by(Escalation.at.desc(), Escalation.id.desc())
    for row in session.execute(statement):
        yield EscalationRow(*row)


def escalation_counts(
    session: Session, actor: Actor, asked: EscalationFilter, *, today: date
) -> Mapping[EscalationWanted, int]:
    """How many there are under each heading with the other filters; one statement."""
    columns = [func.count().filter(*_of(it, today)).label(it.value) for it in EscalationWanted]
    clauses = _clauses(actor, replace(asked, wanted=None), today)
    row = session.execute(_joined(select(*columns).select_from(Escalation)).where(*clauses)).one()
    return dict(zip(EscalationWanted, row, strict=True))


def escalations_of_matter(session: Session, matter_id: int) -> Sequence[EscalationRow]:
    """Those of one matter, the latest first; for whoever may see the matter."""
    statement = _listed(Escalation.matter_id == matter_id).order_by(Escalation.id.desc())
    return [EscalationRow(*row) for row in session.execute(statement)]


def escalation_row(session: Session, actor: Actor, escalation_id: int) -> EscalationRow:
    """One. Raises NotFound when it does not exist or is not for the actor."""
    row = session.execute(_listed(visible_escalations(actor)).where(Escalation.id == escalation_id)).first()
    if row is None:
        raise NotFound(UNSEEN)
    return EscalationRow(*row)


def chief_leaders(session: Session, today: date) -> Sequence[tuple[int, str]]:
    """The chief leaders in office, to choose from."""
    rows = session.execute(
        select(Leader.id, Leader.name)
        .where(
            Leader.is_chief,
            Leader.serves_from <= today,
            (Leader.serves_until.is_(None)) | (Leader.serves_until >= today),
        )
        .order_by(Leader.position, Leader.id)
    )
    return [(leader_id, name) for leader_id, name in rows]


def _listed(*which: ColumnElement[bool]) -> Select[Any]:
    return _joined(
        select(
            Escalation.id, Matter.id, Matter.number, Matter.title, Matter.state, Enterprise.name, Unit.short_name,
            Escalation.to, Escalation.leader_id, Leader.name, Escalation.organ, Escalation.why, Escalation.answer_by,
            Escalation.by, Escalation.at, Escalation.answer, Escalation.answered_by, Escalation.answered_at,
            Escalation.version,
        ).select_from(Escalation)
    ).where(*which)  # fmt: skip


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.join(Matter, Matter.id == Escalation.matter_id)
        .outerjoin(Enterprise, Enterprise.id == Matter.enterprise_id)
        .outerjoin(Unit, Unit.id == Matter.lead_unit_id)
        .outerjoin(Leader, Leader.id == Escalation.leader_id)
    )


def _clauses(actor: Actor, asked: EscalationFilter, today: date) -> Iterator[ColumnElement[bool]]:
    yield visible_escalations(actor)
    if asked.wanted is not None:
        yield from _of(asked.wanted, today)
    if asked.to is not None:
        yield Escalation.to == asked.to
    if asked.unit_id is not None:
        yield Matter.lead_unit_id == asked.unit_id
    if asked.words:
        yield matter_search(asked.words)


def _of(wanted: EscalationWanted, today: date) -> Sequence[ColumnElement[bool]]:
    waits = Escalation.answered_at.is_(None)
    of: Mapping[EscalationWanted, Sequence[ColumnElement[bool]]] = {
        EscalationWanted.WAITING: [waits],
        EscalationWanted.LATE: [waits, Escalation.answer_by < today],
        EscalationWanted.ANSWERED: [Escalation.answered_at.is_not(None)],
    }
    return of[wanted]
