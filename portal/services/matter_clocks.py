"""Every clock of a matter, computed from what happened and from the clocks in force."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.matter_clocks import StageRun, matter_clocks
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.store.queries import matter_clocks as happened
from portal.store.queries.office import office_rules


def clocks_of_matter(session: Session, matter_id: int, *, now: datetime) -> Sequence[StageRun]:
    """The clocks of a matter the actor may see, in the order in which they began; none while no unit has it."""
    times = happened.matter_times(session, matter_id, urgent_hours=office_rules(session).urgent_hours)
    if times is None:
        return ()
    return matter_clocks(times, clocks_in_force(session), calendar_now(session), now)
