"""What the rota calendar can be filtered by."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.store.models.people import Leader
from portal.store.models.reception import ReceptionDay

_LEADERS = (
    select(Leader.id, Leader.name)
    .where(
        Leader.serves_from <= bindparam("last"),
        Leader.serves_until.is_(None) | (Leader.serves_until >= bindparam("first")),
    )
    .order_by(Leader.position, Leader.id)
)
_VENUES = select(ReceptionDay.venue).distinct().order_by(ReceptionDay.venue)
"""Both are asked for every calendar that is drawn, so they are put together only once."""


def leaders_in_office(session: Session, first: date, last: date) -> Sequence[tuple[int, str]]:
    """The leaders whose term touches a span of days, id and name, in the district's order."""
    return [(row.id, row.name) for row in session.execute(_LEADERS, {"first": first, "last": last})]


def venues_used(session: Session) -> Sequence[str]:
    """Every place where a reception day has been or will be held, by name."""
    return list(session.scalars(_VENUES))
