"""How a date to be kept is shown: how much time is left, and in which tone."""

from dataclasses import dataclass
from datetime import date, datetime

from portal import clock
from portal.domain.deadlines import days_left, days_left_label, is_overdue
from portal.domain.matters import MatterState
from portal.domain.slips import SlipState
from portal.web.calendars import working_calendar_now

SOON = 3
"""Working days before the end from which a date is shown as near (domain 9: warn 3 working days before)."""

MATTER_TONES = {
    MatterState.REGISTERED: "neutral",
    MatterState.SETTLED: "good",
    MatterState.AWAITING_ASSIGNMENT: "wait",
    MatterState.ASSIGNED: "info",
    MatterState.HANDLING: "info",
    MatterState.OBJECTED: "wait",
    MatterState.SUSPENDED: "neutral",
    MatterState.LONG_TERM: "neutral",
    MatterState.PROPOSED: "wait",
    MatterState.CONFIRMING: "wait",
    MatterState.REVIEWING: "wait",
    MatterState.APPROVING: "wait",
    MatterState.CLOSED: "good",
    MatterState.WITHDRAWN: "neutral",
    MatterState.REFUSED: "stop",
}
SLIP_TONES = {
    SlipState.DRAFT: "neutral",
    SlipState.AWAITING_SIGNATURE: "wait",
    SlipState.SIGNED: "info",
    SlipState.ISSUED: "info",
    SlipState.RECEIVED: "good",
    SlipState.CLOSED: "good",
    SlipState.RETURNED: "stop",
    SlipState.VOID: "stop",
}


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """剩 3 个工作日, and the tone of its chip."""

    label: str
    tone: str

    @property
    def is_overdue(self) -> bool:
        """Whether the day has passed."""
        return self.tone == "late"


def time_left(due: date | None, *, at: datetime | None = None, runs: bool = True) -> TimeLeft | None:
    """The time left until a day, or the moment `at` on it; None when there is no day or the clock does not run (any more)."""
    if due is None or not runs:
        return None
    today, calendar = clock.today(), working_calendar_now()
    label = days_left_label(calendar, today, due)
    if at is not None and today == due:
        label = f"今天 {at:%H:%M} 到期" if clock.now() <= at else f"已过今天 {at:%H:%M}"
    if is_overdue(today, due) or (at is not None and clock.now() > at):
        return TimeLeft(label, "late")
    return TimeLeft(label, "wait" if days_left(calendar, today, due) <= SOON else "neutral")
