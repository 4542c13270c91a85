"""One kind of thing that waits, and a slip with the time left for it."""

from dataclasses import dataclass
from datetime import date

from flask import url_for

from portal.domain.deadlines import days_left_label, is_overdue
from portal.domain.slips import SlipState
from portal.store.paging import COUNT_CAP
from portal.store.queries.workbench_slips import SlipLine
from portal.web.calendars import working_calendar_now

SOON = 3
"""Working days within which a slip counts as falling due soon (domain 9: warn at 3)."""


SHOWN = 20
"""So many overdue slips stand on a workbench, the longest overdue first; the list has them all."""

OVER = (SlipState.CLOSED, SlipState.RETURNED, SlipState.VOID)
"""Nothing is due on such a slip any more."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One kind of thing that waits: how many, what, where to begin."""

    count: int
    label: str
    url: str
    note: str = ""
    tone: str = ""

    @property
    def shown(self) -> str:
        """The number as it stands on the page; one that was not counted to its end says so."""
        return f"{COUNT_CAP - 1}+" if self.count >= COUNT_CAP else str(self.count)


@dataclass(frozen=True, slots=True)
class Due:
    """A slip with the time left for it in words."""

    slip: SlipLine
    url: str
    left: str
    overdue: bool


def due(slip: SlipLine, today: date) -> Due:
    """A slip with the time left for it."""
    if slip.state in OVER or slip.handed_in:
        return Due(slip, url_for("slips.show", slip_id=slip.id), "", overdue=False)
    left = days_left_label(working_calendar_now(), today, slip.due_on) if slip.due_on else "未定时限"
    late = slip.due_on is not None and is_overdue(today, slip.due_on)
    return Due(slip, url_for("slips.show", slip_id=slip.id), left, late)
