"""What the health pages ask of the database; nothing here names a person."""

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.store.models.bookings import Booking
from portal.store.models.matters import Matter
from portal.store.models.slips import Slip


@dataclass(frozen=True, slots=True)
class Totals:
    """How many records there are, by state."""

    bookings: dict[str, int]
    matters: dict[str, int]
    slips: dict[str, int]


def schema_revision(session: Session) -> str | None:
    """The migration the database stands at."""
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def totals(session: Session) -> Totals:
    """Bookings, matters and slips by state: three statements over an index each."""
    return Totals(*(_by_state(session, model) for model in (Booking, Matter, Slip)))


def _by_state(session: Session, model: type[Booking | Matter | Slip]) -> dict[str, int]:
    rows = session.execute(select(model.state, func.count()).group_by(model.state).order_by(model.state))
    return {state.value: number for state, number in rows}
