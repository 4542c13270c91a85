"""Rota plans: the open one, one plan with its places, and those that have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.duty_plans import OPEN_PLANS, PlanState
from portal.domain.errors import NotFound
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.store.models.duty import DutyPlan, PlannedTurn
from portal.store.models.people import Leader
from portal.store.models.reception import ReceptionDay
from portal.store.queries.duty import Passed


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in short."""

    id: int
    state: PlanState
    first_day: date
    last_day: date
    outcome: str
    consult_until: date | None
    made_by: str
    made_at: datetime
    published_at: datetime | None
    version: int

    @property
    def is_open(self) -> bool:
        """Whether it may still change."""
        return self.state in OPEN_PLANS


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One place of a plan; without a leader, `why` says why nobody can."""

    id: int
    day_id: int
    day: date
    day_state: DayState
    seat: DutySeat
    position: int
    leader_id: int | None
    leader: str
    post: str
    why: str
    is_fixed: bool
    passed_over: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan with its places in order, and what was found when it was worked out."""

    row: PlanRow
    findings: Mapping[str, Any]
    turns: tuple[PlannedRow, ...]


_PLANS = select(
    DutyPlan.id, DutyPlan.state, DutyPlan.first_day, DutyPlan.last_day, DutyPlan.outcome, DutyPlan.consult_until,
    DutyPlan.made_by, DutyPlan.made_at, DutyPlan.published_at, DutyPlan.version,
)  # fmt: skip


def open_plan(session: Session) -> PlanRow | None:
    """The plan that is being made, or None."""
    row = session.execute(_PLANS.where(DutyPlan.open_mark == 1)).one_or_none()
    return PlanRow(*row) if row is not None else None


def plans_made(session: Session, *, limit: int = 30) -> Sequence[PlanRow]:
    """The plans there have been, the latest first."""
    rows = session.execute(_PLANS.order_by(DutyPlan.made_at.desc(), DutyPlan.id.desc()).limit(limit))
    return [PlanRow(*row) for row in rows]


def plan_file(session: Session, plan_id: int, *, reasons: bool = False) -> PlanFile:
    """One plan with its places, in two statements; who was passed over only where asked. Raises NotFound."""
    found = session.execute(_PLANS.add_columns(DutyPlan.findings).where(DutyPlan.id == plan_id)).one_or_none()
    if found is None:
        raise NotFound("没有找到这个排班方案。请从轮值安排页面进入。")
    *row, findings = found
    return PlanFile(PlanRow(*row), findings, _places(session, plan_id, reasons=reasons))


def _places(session: Session, plan_id: int, *, reasons: bool) -> tuple[PlannedRow, ...]:
    statement = (
        select(
            PlannedTurn.id, PlannedTurn.reception_day_id, ReceptionDay.day, ReceptionDay.state, PlannedTurn.seat,
            PlannedTurn.position, PlannedTurn.leader_id, Leader.name, PlannedTurn.post, PlannedTurn.why,
            PlannedTurn.is_fixed,
        )
        .join(ReceptionDay, ReceptionDay.id == PlannedTurn.reception_day_id)
        .outerjoin(Leader, Leader.id == PlannedTurn.leader_id)
        .where(PlannedTurn.plan_id == plan_id)
    )  # fmt: skip
    if reasons:
        statement = statement.add_columns(PlannedTurn.passed_over)
    order, found = list(DutySeat), []
    for turn_id, day_id, day, state, seat, position, leader_id, leader, *rest in session.execute(statement):
        passed = tuple(Passed(it["leader"], it["why"]) for it in rest[3]) if reasons else ()
        place = (turn_id, day_id, day, state, DutySeat(seat), position)
        found.append(PlannedRow(*place, leader_id, leader or "", rest[0], rest[1], rest[2], passed))
    return tuple(sorted(found, key=lambda it: (it.day, order.index(it.seat), it.position)))
