"""Every clock of a matter, computed from what happened and from the clocks in force."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.matter_clocks import StageRun, matter_clocks
from portal.domain.office import OfficeRules
from portal.domain.workdays import WorkingCalendar
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.store.queries import matter_clocks as happened
from portal.store.queries.office import office_rules


def clocks_of_matter(
    session: Session,
    matter_id: int,
    *,
    now: datetime,
    rules: OfficeRules | None = None,
    calendar: WorkingCalendar | None = None,
) -> Sequence[StageRun]:
    """The clocks of a matter the actor may see, in the order in which they began; none while no unit has it.

    Whoever has the office's rules and the calendar at hand gives them.
    """
    rules = rules or office_rules(session)
    times = happened.matter_times(session, matter_id, urgent_hours=rules.urgent_hours)
    if times is None:
        return ()
    return matter_clocks(times, clocks_in_force(session, rules), calendar or calendar_now(session), now)
