"""What is late, computed whenever it is asked and never stored (domain 9): one clause for every list, count and figure."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from portal.domain.matter_course import CLOCK_RUNS
from portal.domain.matters import ON_THE_WAY
from portal.store.models.matters import Matter


def handling_is_overdue(today: date) -> ColumnElement[bool]:
    """The lead unit has not handed in a signed result by the last day of its handling clock."""
    return and_(Matter.state.in_(CLOCK_RUNS), Matter.due_on < today)


def step_is_overdue(today: date) -> ColumnElement[bool]:
    """Whoever owes the next step on the way to closing has not taken it in time; a paused matter was not looked at again."""
    return and_(Matter.state.in_(ON_THE_WAY), Matter.step_due_on < today)


def is_late(today: date) -> ColumnElement[bool]:
    """Either of both: something on this matter is late."""
    return or_(handling_is_overdue(today), step_is_overdue(today))
