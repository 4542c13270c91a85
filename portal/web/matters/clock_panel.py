"""The clocks of a matter on its page: each stage, from when, until when, when it ended, whether late."""

from collections.abc import Sequence

from portal import clock
from portal.domain.matter_clocks import StageRun
from portal.domain.people import Actor
from portal.services.matter_clocks import clocks_of_matter
from portal.store.extension import read
from portal.store.queries.matter_pages import MatterPage
from portal.web.calendars import working_calendar_now
from portal.web.office import rules


def clock_panel(matter: MatterPage, actor: Actor) -> Sequence[StageRun] | None:
    """The clocks for the page; nothing while no unit has the matter."""
    if matter.lead_unit_id is None or actor.is_enterprise:
        return None
    return clocks_of_matter(read(), matter.id, now=clock.now(), rules=rules(), calendar=working_calendar_now()) or None
