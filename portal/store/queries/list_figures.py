"""What stands beside a list: how many in each state, how many late, how old the open ones are; one statement a list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from portal.domain.ages import Age
from portal.domain.matters import MatterState
from portal.domain.people import Actor
from portal.domain.slips import SlipState
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip
from portal.store.queries.handling_facts import is_of_age, is_open
from portal.store.queries.matters import MatterFilter, narrowed
from portal.store.queries.overdue import day_at, handling_is_overdue, step_is_overdue
from portal.store.queries.slips import SlipFilter, narrowed_slips, slip_is_of_age, slip_is_open, slip_is_overdue


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
    today = day_at(now)
    late, slow = handling_is_overdue(today), step_is_overdue(now)
    age = _age_of(is_open(), {it: is_of_age(it, today) for it in Age})
    columns = select(
        Matter.state, age, func.count(Matter.id), func.count(Matter.id).filter(late), func.count(Matter.id).filter(slow)
    )
    statement = narrowed(columns, actor, replace(asked, state=None, age=None), now)
    rows = session.execute(statement.group_by(Matter.state, age)).all()
    chosen = [row for row in rows if asked.state in (None, row[0])]
    aged = [row for row in rows if asked.age is None or asked.age.value == row[1]]
    both = [row for row in chosen if row in aged]
    return MatterFigures(
        states={state: sum(row[2] for row in aged if row[0] is state) for state in MatterState},
        ages={it: sum(row[2] for row in chosen if row[1] == it.value) for it in Age},
        overdue=sum(row[3] for row in both),
        slow=sum(row[4] for row in both),
    )


def slip_figures(session: Session, actor: Actor, asked: SlipFilter, *, today: date) -> SlipFigures:
    """Counts of the slips an actor may see."""
    wanted_age = asked.aged[0] if asked.aged else None
    age = _age_of(slip_is_open(), {it: slip_is_of_age(it, today) for it in Age})
    late = func.count(Slip.id).filter(slip_is_overdue(today))
    columns = select(Slip.state, age, func.count(Slip.id), late)
    statement = narrowed_slips(columns, actor, replace(asked, state=None, aged=None))
    rows = session.execute(statement.group_by(Slip.state, age)).all()
    chosen = [row for row in rows if asked.state in (None, row[0])]
    aged = [row for row in rows if wanted_age is None or wanted_age.value == row[1]]
    return SlipFigures(
        states={state: sum(row[2] for row in aged if row[0] is state) for state in SlipState},
        ages={it: sum(row[2] for row in chosen if row[1] == it.value) for it in Age},
        overdue=sum(row[3] for row in chosen if row in aged),
    )


def _age_of(is_open_: ColumnElement[bool], ages: Mapping[Age, ColumnElement[bool]]) -> ColumnElement[str]:
    return case((~is_open_, ""), *((clause, age.value) for age, clause in ages.items()), else_="")
