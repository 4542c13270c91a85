"""Which rota problem a plan asks: what stays, what may move, and what its draft already says (NX-04)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.duty_plans import PlanMode
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.turns import KEPT_BY_A_NEW_PLAN
from portal.services.rota_problems import Given, Place, PlanDay, RotaProblem, Stays, rota_problem
from portal.services.rota_solving import WorkedRota, worked_rota
from portal.store.queries.duty_plans import PlanFile, PlannedRow
from portal.store.queries.office import office_rules
from portal.store.queries.reception_days import DayRow, days_between
from portal.store.queries.rota import HeldTurn, held_turns

PLANNABLE = frozenset({DayState.PLANNED, DayState.PUBLISHED})
"""A day in one of these states may be planned; leaders of a published day have been announced and stay."""

CHANGED = "算出方案之后，轮值、请假或设置有了变化，没有保存。请重新计算后再看。"


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """Which days are planned, both ends included, and what may move."""

    first: date
    last: date
    mode: PlanMode = PlanMode.FILL


def empty_span(session: Session, *, today: date) -> tuple[date, date] | None:
    """From the first coming day with an empty place to the last one, None when every place is held."""
    wanted = office_rules(session).seats
    days = [it.day for it in days_between(session, today) if it.state in PLANNABLE and it.empty_places(wanted)]
    return (days[0], days[-1]) if days else None


def worked_plan(session: Session, order: PlanOrder, *, today: date) -> WorkedRota:
    """Work a plan out without keeping it (NX-04). Raises RuleBroken when there is nothing to plan."""
    return worked_rota(plan_problem(session, order, (), today=today))


def reworked_plan(session: Session, plan: PlanFile, *, today: date) -> WorkedRota:
    """Work a plan out again from the records as they are now, keeping what was fixed and changing as little as possible."""
    return worked_rota(plan_problem(session, order_of(plan), plan.turns, today=today))


def order_of(plan: PlanFile) -> PlanOrder:
    """Which days a plan was made for, and what it may move."""
    return PlanOrder(plan.row.first_day, plan.row.last_day, PlanMode(plan.findings["mode"]))


def plan_problem(session: Session, order: PlanOrder, drafted: Sequence[PlannedRow], *, today: date) -> RotaProblem:
    """The problem of a plan: what stays, what may move, and what the draft already says."""
    if order.last < order.first:
        raise RuleBroken("结束日期不能早于开始日期。", field="last")
    rows = [it for it in days_between(session, max(order.first, today), order.last) if it.state in PLANNABLE]
    if not rows:
        raise RuleBroken("这段时间没有可以排班的接待日。请换一段时间，或先编排接待日。", field="first")
    rules = office_rules(session)
    if order.mode is PlanMode.FILL and not drafted and not any(it.empty_places(rules.seats) for it in rows):
        raise RuleBroken("这段时间的席位都已排定，没有空缺。如要调整，请选一种重排。", field="mode")
    states = {it.id: it.state for it in rows}
    held = held_turns(session, states)
    stays = {
        (it.day_id, it.seat, it.position): Stays(it.leader_id, it.why)
        for it in held
        if _must_stay(it, states[it.day_id], order.mode)
    }
    previous = {
        (it.day_id, it.seat, it.position): it.leader_id for it in held if (it.day_id, it.seat, it.position) not in stays
    }
    if order.mode is PlanMode.ANEW:
        previous = {}
    _lay_draft(drafted, stays, previous)
    return rota_problem(session, _known_places(rows, stays, previous, rules.seats))


def _must_stay(turn: HeldTurn, state: DayState, mode: PlanMode) -> bool:
    if mode is PlanMode.FILL or turn.is_fixed or state is not DayState.PLANNED:
        return True
    return turn.origin in KEPT_BY_A_NEW_PLAN


def _lay_draft(drafted: Iterable[PlannedRow], stays: dict[Place, Stays], previous: dict[Place, int]) -> None:
    """What the draft says takes the place of what is held, apart from the turns that stay anyway."""
    for it in drafted:
        place = (it.day_id, it.seat, it.position)
        if place in stays:
            continue
        previous.pop(place, None)
        seated = any(its[0] == it.day_id and other.leader_id == it.leader_id for its, other in stays.items())
        if it.leader_id is None or seated:
            continue
        if it.is_fixed:
            stays[place] = Stays(it.leader_id, it.why)
        else:
            previous[place] = it.leader_id


def _known_places(
    rows: Sequence[DayRow], stays: Mapping[Place, Stays], previous: Mapping[Place, int], seats: Sequence[str]
) -> Given:
    """Only places the office has today, on days that are planned; others are history to the problem."""
    wanted = {(seat, position) for seat in DutySeat for position in range(1, list(seats).count(seat.value) + 1)}
    days = tuple(PlanDay(it.id, it.day) for it in rows)
    ids = {it.id for it in days}

    def known(place: Place) -> bool:
        return place[0] in ids and place[1:] in wanted

    return Given(
        days,
        {place: it for place, it in stays.items() if known(place)},
        {place: it for place, it in previous.items() if known(place)},
    )


def must_be_the_same(asked: RotaProblem, worked: WorkedRota) -> None:
    """A plan is kept only if the records still ask what was answered."""
    if (asked.problem, asked.given) != (worked.asked.problem, worked.asked.given):
        raise Conflict(CHANGED)
