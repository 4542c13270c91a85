"""The office's wide ledger (台账): every matter in one line, from the enterprise to the answer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from portal.domain.extensions import ExtensionState
from portal.domain.matters import MatterKind, MatterState
from portal.domain.people import Actor
from portal.domain.results import Grade, Resolved, ResultCode
from portal.domain.slips import SlipState
from portal.store.models.enterprises import Enterprise
from portal.store.models.handling import Closing, Extension, Objection
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import DutyTurn
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.models.voices import CallBack
from portal.store.paging import Page, Wanted, page_of
from portal.store.queries.handling_facts import MATTER_DAY, asked_again
from portal.store.queries.matter_filters import MatterFilter, narrowed
from portal.store.queries.matters import MATTER_SORTS
from portal.store.queries.overdue import day_at, handling_is_overdue

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the office's ledger (台账)."""

    id: int
    number: str
    day: date
    enterprise: str | None
    kind: MatterKind
    category: str
    title: str
    receiver: str | None
    lead_official: str | None
    lead_unit: str | None
    assisting_units: str | None
    due_on: date | None
    state: MatterState
    slip_number: str | None
    slip_state: SlipState | None
    answer: str
    overdue: bool
    result: ResultCode | None
    result_told: str | None
    resolved: Resolved | None
    grade: Grade | None
    closed_at: datetime | None
    extended: int
    objected: int
    redone: int

    @property
    def times(self) -> str:
        """How often it was extended, sent back, taken up again: 延期1 退回0 重办2; nothing when never."""
        said = (("延期", self.extended), ("退回", self.objected), ("重办", self.redone))
        return " ".join(f"{word}{number}" for word, number in said if number)

    @property
    def state_label(self) -> str:
        """The state, with the slip's as soon as there is one: 已交办（已印发）."""
        return f"{self.state.label}（{self.slip_state.label}）" if self.slip_state else self.state.label


def ledger_page(
    session: Session, actor: Actor, asked: MatterFilter, wanted: Wanted, *, now: datetime
) -> Page[LedgerRow]:
    """One page of the ledger."""
    statement = _ledger(actor, asked, now)
    page = page_of(session, statement, wanted, keys=MATTER_SORTS, identity=Matter.id.expression)
    return replace(page, rows=[LedgerRow(*row) for row in page.rows])


def ledger_rows(session: Session, actor: Actor, asked: MatterFilter, *, now: datetime) -> Iterator[LedgerRow]:
    """The whole ledger under the same filters, oldest first, fetched in batches: for export."""
    statement = _ledger(actor, asked, now).order_by(Matter.raised_on, Matter.id)
    for row in session.execute(statement.execution_options(yield_per=BATCH)):
        yield LedgerRow(*row)


def _ledger(actor: Actor, asked: MatterFilter, now: datetime) -> Select[Any]:
    standing, entry = aliased(Slip), aliased(SlipMatter)
    latest = (
        select(func.max(entry.slip_id))
        .join(standing, standing.id == entry.slip_id)
        .where(entry.matter_id == Matter.id, standing.state != SlipState.VOID)
        .correlate(Matter)
        .scalar_subquery()
    )
    earlier, result = aliased(Closing), aliased(Closing)
    receiver, official, helper = aliased(Leader), aliased(Leader), aliased(Unit)
    helpers = (
        select(func.aggregate_strings(helper.short_name, "、"))
        .select_from(AssistingUnit)
        .join(helper, helper.id == AssistingUnit.unit_id)
        .where(AssistingUnit.slip_id == Slip.id)
        .correlate(Slip)
        .scalar_subquery()
    )
    on_duty = (
        select(Leader.name)
        .join(DutyTurn, DutyTurn.leader_id == Leader.id)
        .where(DutyTurn.reception_day_id == Matter.reception_day_id, DutyTurn.seat == "main")
        .order_by(DutyTurn.position)
        .limit(1)
        .correlate(Matter)
        .scalar_subquery()
    )
    answer = case(
        (Matter.state == MatterState.SETTLED, Matter.on_site_answer),
        (Matter.state == MatterState.REFUSED, Matter.ended_reason),
        else_=func.coalesce(Slip.instruction, ""),
    )
    columns = select(
        Matter.id,
        Matter.number,
        MATTER_DAY,
        Enterprise.name,
        Matter.kind,
        Category.name,
        Matter.title,
        func.coalesce(receiver.name, on_duty),
        official.name,
        Unit.name,
        helpers,
        Matter.due_on,
        Matter.state,
        Slip.number,
        Slip.state,
        answer,
        case((handling_is_overdue(day_at(now)), True), else_=False),
        result.result,
        result.told,
        func.coalesce(asked_again(CallBack.resolved, result), result.resolved, type_=Closing.resolved.type),
        func.coalesce(asked_again(CallBack.grade, result), result.grade, type_=Closing.grade.type),
        Matter.closed_at,
        _times(Extension, Extension.state == ExtensionState.GRANTED),
        _times(Objection),
        _times(earlier, earlier.round < Matter.round, earlier.head_at.is_not(None)),
    )
    return (
        narrowed(columns, actor, asked, now)
        .outerjoin(Slip, Slip.id == latest)
        .outerjoin(receiver, receiver.id == Slip.receiver_id)
        .outerjoin(official, official.id == Slip.lead_official_id)
        .outerjoin(
            result,
            and_(result.matter_id == Matter.id, result.round == Matter.round, result.ended_at.is_(None)),
        )
    )


def _times(what: Any, *where: ColumnElement[bool]) -> ColumnElement[int]:
    counted = select(func.count()).select_from(what).where(what.matter_id == Matter.id, *where)
    return counted.correlate(Matter).scalar_subquery()
