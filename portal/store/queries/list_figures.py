"""What stands beside a list: how many in each state, how many late, how old the open ones are; one statement a list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, case, cast, func, select
from sqlalchemy.orm import Session

from portal.domain.ages import Age
from portal.domain.matter_course import TERMINAL
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.slips import SlipState
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import Slip
from portal.store.queries.matter_filters import MatterFilter, counting
from portal.store.queries.overdue import OVERDUE_IN, SLOW_IN, day_at, is_over
from portal.store.queries.slips import OPEN_STATES, SlipFilter, counting_slips, slip_is_overdue


@dataclass(frozen=True, slots=True)
class MatterFigures:
    """Counts beside a list of matters, each as many as the list has with that filter put to the others in force.

    A state is counted without the state asked for, an age without the age asked for.
    """

    states: Mapping[MatterState, int]
    ages: Mapping[Age, int]
    overdue: int
    slow: int


@dataclass(frozen=True, slots=True)
class SlipFigures:
    """The same beside a list of slips; `overdue` ones are issued and past their last day."""

    states: Mapping[SlipState, int]
    ages: Mapping[Age, int]
    overdue: int


def matter_figures(session: Session, actor: Actor, asked: MatterFilter, *, now: datetime) -> MatterFigures:
    """Counts of the matters an actor may see."""
    rows = session.execute(_by_state_and_age(actor, replace(asked, state=None, age=None), now)).all()
    chosen = [row for row in rows if asked.state in (None, row[0])]
    aged = [row for row in rows if asked.age is None or asked.age.value == row[1]]
    both = [row for row in chosen if row in aged]
    return MatterFigures(
        states={state: sum(row[2] for row in aged if row[0] is state) for state in MatterState},
        ages={it: sum(row[2] for row in chosen if row[1] == it.value) for it in Age},
        overdue=sum(row[3] for row in both),
        slow=sum(row[4] for row in both),
    )


def _by_state_and_age(actor: Actor, asked: MatterFilter, now: datetime) -> Select[Any]:
    """First counted by state and day, which stand together in an index; then the few rows by age."""
    number, by, today = func.count(Matter.id), (Matter.state, Matter.reception_day_id, Matter.raised_on), day_at(now)
    past_due = number.filter(Matter.due_on < today)
    past_step = number.filter(is_over(Matter.step_due_on, Matter.step_due_at, now))
    columns = select(*by, number.label("number"), past_due.label("past_due"), past_step.label("past_step"))
    each = counting(columns, actor, asked, now).group_by(*by).subquery()
    age = _age_of(each.c.state.in_(TERMINAL), func.coalesce(ReceptionDay.day, each.c.raised_on, type_=Date), today)
    late = case((each.c.state.in_(OVERDUE_IN), each.c.past_due), else_=0)
    slow = case((each.c.state.in_(SLOW_IN), each.c.past_step), else_=0)
    sums = (cast(func.sum(it), Integer) for it in (each.c.number, late, slow))
    return (
        select(each.c.state, age, *sums)
        .outerjoin(ReceptionDay, ReceptionDay.id == each.c.reception_day_id)
        .group_by(each.c.state, age)
    )


def slip_figures(session: Session, actor: Actor, asked: SlipFilter, *, today: date) -> SlipFigures:
    """Counts of the slips an actor may see."""
    wanted_age = asked.aged[0] if asked.aged else None
    number, by = func.count(Slip.id), (Slip.state, Slip.reception_day_id)
    columns = select(*by, number.label("number"), number.filter(slip_is_overdue(today)).label("late"))
    each = counting_slips(columns, actor, replace(asked, state=None, aged=None)).group_by(*by).subquery()
    age = _age_of(each.c.state.not_in(OPEN_STATES), ReceptionDay.day.expression, today)
    rows = session.execute(
        select(each.c.state, age, *(cast(func.sum(it), Integer) for it in (each.c.number, each.c.late)))
        .join(ReceptionDay, ReceptionDay.id == each.c.reception_day_id)
        .group_by(each.c.state, age)
    ).all()
    chosen = [row for row in rows if asked.state in (None, row[0])]
    aged = [row for row in rows if wanted_age is None or wanted_age.value == row[1]]
    return SlipFigures(
        states={state: sum(row[2] for row in aged if row[0] is state) for state in SlipState},
        ages={it: sum(row[2] for row in chosen if row[1] == it.value) for it in Age},
        overdue=sum(row[3] for row in chosen if row in aged),
    )


def _age_of(has_ended: ColumnElement[bool], day: ColumnElement[date], today: date) -> ColumnElement[str]:
    spans = [(it.value, it.span(today)) for it in Age]
    ages = ((day.between(first or date.min, last or date.max), age) for age, (first, last) in spans)
    return case((has_ended, ""), *ages, else_="")
