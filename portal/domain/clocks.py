"""The clock policy (domain 2.3): for every stage how long, counted in what, from which event, and what follows when it is over.

Lengths differ from place to place, so the table is data the office edits; the defaults are those of domain 9. A matter handled
as a petition (信访事项) runs by its legal clocks, in calendar days. Being late is always computed, never stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from portal.domain.deadlines import months_later
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar


class Stage(Labelled):
    """A part of the course that has a clock of its own."""

    SIGNING = "signing", "领导签批"
    RECEIPT = "receipt", "单位签收"
    OBJECTION = "objection", "提出退回"
    RULING = "ruling", "裁定退回"
    CONTACT = "contact", "联系企业"
    ASSISTING = "assisting", "配合单位答复"
    HANDLING = "handling", "办理"
    HEAD = "head", "单位负责人审签"
    CONFIRMING = "confirming", "企业确认"
    REVIEW = "review", "审核"
    APPROVAL = "approval", "销号审批"
    REMINDER_REPLY = "reminder_reply", "回复催办"
    SUPERVISION_REPLY = "supervision_reply", "回复督办"
    CALL_BACK = "call_back", "回访"
    LOOK_BACK = "look_back", "回头看"
    WORD = "word", "答复企业来言"


class StartEvent(Labelled):
    """What starts a clock."""

    RECEPTION = "reception", "接待日"
    ISSUE = "issue", "印发"
    RECEIPT = "receipt", "签收"
    OBJECTION = "objection", "提出退回"
    PROPOSAL = "proposal", "报送结果"
    HEAD_SIGNED = "head_signed", "单位审签"
    CONFIRMED = "confirmed", "企业确认"
    REVIEWED = "reviewed", "审核通过"
    PAPER = "paper", "发出公文"
    CLOSED = "closed", "销号"
    WORD = "word", "企业来言"


class Measure(Labelled):
    """What a length is counted in."""

    HOURS = "hours", "小时"
    WORKING_DAYS = "working_days", "个工作日"
    CALENDAR_DAYS = "calendar_days", "日"
    MONTHS = "months", "个月"


class OnRestDay(Labelled):
    """What happens when a limit in calendar days or months ends on a rest day (domain 10)."""

    KEEP = "keep", "仍以该日为限"
    PREVIOUS = "previous", "提前至之前最近的工作日"
    NEXT = "next", "顺延至之后最近的工作日"


class Overdue(Labelled):
    """What the portal does by itself when a clock is over."""

    NOTHING = "nothing", "只显示逾期"
    TELL_UNIT = "tell_unit", "提醒单位"
    TELL_OFFICE = "tell_office", "提醒单位和工商联"
    TELL_SUPERVISOR = "tell_supervisor", "提醒单位、工商联和督查室"
    TELL_LEADER = "tell_leader", "并提醒牵头领导"


@dataclass(frozen=True, slots=True)
class Clock:
    """One row of the policy; `extensions` is how often it may be extended, each time by at most `extend_by` (0: never).

    A request for more time must arrive `ask_before` working days before the last day.
    """

    stage: Stage
    length: int
    measure: Measure
    start: StartEvent
    extensions: int = 0
    extend_by: int = 0
    ask_before: int = 0
    overdue: Overdue = Overdue.TELL_UNIT
    on_rest_day: OnRestDay = OnRestDay.NEXT

    @property
    def label(self) -> str:
        """The length in the office's words: 15个工作日."""
        return f"{self.length}{self.measure.label}"


_D, _W = Measure.CALENDAR_DAYS, Measure.WORKING_DAYS
DEFAULT_CLOCKS: Mapping[Stage, Clock] = {
    clock.stage: clock
    for clock in (
        Clock(Stage.SIGNING, 3, _W, StartEvent.RECEPTION, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.RECEIPT, 1, _W, StartEvent.ISSUE, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.OBJECTION, 1, _W, StartEvent.RECEIPT, overdue=Overdue.NOTHING),
        Clock(Stage.RULING, 1, _W, StartEvent.OBJECTION, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.CONTACT, 3, _W, StartEvent.RECEIPT),
        Clock(Stage.ASSISTING, 3, _W, StartEvent.RECEIPT),
        Clock(Stage.HANDLING, 15, _W, StartEvent.RECEPTION, extensions=1, extend_by=15, ask_before=1,
              overdue=Overdue.TELL_SUPERVISOR),
        Clock(Stage.HEAD, 1, _W, StartEvent.PROPOSAL),
        Clock(Stage.CONFIRMING, 3, _W, StartEvent.HEAD_SIGNED, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.REVIEW, 2, _W, StartEvent.CONFIRMED, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.APPROVAL, 2, _W, StartEvent.REVIEWED, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.REMINDER_REPLY, 3, _W, StartEvent.PAPER, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.SUPERVISION_REPLY, 5, _W, StartEvent.PAPER, overdue=Overdue.TELL_SUPERVISOR),
        Clock(Stage.CALL_BACK, 1, _W, StartEvent.CLOSED, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.LOOK_BACK, 3, Measure.MONTHS, StartEvent.CLOSED, overdue=Overdue.TELL_OFFICE),
        Clock(Stage.WORD, 3, _W, StartEvent.WORD, overdue=Overdue.TELL_OFFICE),
    )
}  # fmt: skip
"""Used where the office has set nothing else (domain 9, default timers)."""

PETITION_CLOCKS: Mapping[Stage, Clock] = {
    Stage.CONTACT: Clock(Stage.CONTACT, 15, _D, StartEvent.RECEPTION, on_rest_day=OnRestDay.KEEP),
    Stage.OBJECTION: Clock(Stage.OBJECTION, 5, _W, StartEvent.RECEIPT, overdue=Overdue.NOTHING),
    Stage.HANDLING: Clock(Stage.HANDLING, 60, _D, StartEvent.RECEPTION, extensions=1, extend_by=30, ask_before=1,
                          overdue=Overdue.TELL_SUPERVISOR, on_rest_day=OnRestDay.KEEP),
}  # fmt: skip
"""信访工作条例 arts. 22, 23, 34: told within 15 days, finished within 60, extended by at most 30; these cannot be edited."""


def clock_of(stage: Stage, policy: Mapping[Stage, Clock], *, petition: bool = False) -> Clock:
    """The clock of a stage: the law's for a petition, else the office's, else the default."""
    if petition and stage in PETITION_CLOCKS:
        return PETITION_CLOCKS[stage]
    return policy.get(stage) or DEFAULT_CLOCKS[stage]


def contact_clock(policy: Mapping[Stage, Clock], *, petition: bool, urgent_hours: int = 0) -> Clock:
    """Within what a unit speaks with the enterprise: in hours where its matter is urgent and the office set some for those."""
    clock = clock_of(Stage.CONTACT, policy, petition=petition)
    if not urgent_hours or petition:
        return clock
    return Clock(clock.stage, urgent_hours, Measure.HOURS, clock.start, overdue=clock.overdue)


def handling_clock(policy: Mapping[Stage, Clock], days: int, *, petition: bool) -> Clock:
    """The handling clock with the working days of the matter's class or level; the law's own for a petition."""
    clock = clock_of(Stage.HANDLING, policy, petition=petition)
    if petition or clock.measure is not Measure.WORKING_DAYS:
        return clock
    return replace(clock, length=days, extend_by=min(clock.extend_by, days))


@dataclass(frozen=True, slots=True)
class Counted:
    """A last day and how it was counted, so that another calendar can count it again: `days` of `measure` after `start`."""

    start: date
    days: int
    due: date
    measure: Measure = Measure.WORKING_DAYS
    on_rest_day: OnRestDay = OnRestDay.KEEP

    def under(self, calendar: WorkingCalendar) -> date:
        """Where it ends when it is counted with another calendar; a moment does not hang on one."""
        if self.measure is Measure.HOURS:
            return self.due
        return _end(self.start, self.days, self.measure, self.on_rest_day, calendar)

    def moved(self, calendar: WorkingCalendar, today: date) -> date:
        """The last day under a changed calendar (domain 11.10), the one it has when that must not move.

        One that has passed or ends today stays, and none moves to today or before: nobody becomes late by a notice.
        """
        if self.due <= today:
            return self.due
        day = self.under(calendar)
        return day if day > today else self.due


def counted(clock: Clock, start: date, calendar: WorkingCalendar) -> Counted:
    """The last day of a clock that began on `start`, with how it was counted."""
    return Counted(start, clock.length, ends_on(clock, start, calendar), clock.measure, clock.on_rest_day)


def counted_at(clock: Clock, at: datetime, calendar: WorkingCalendar) -> tuple[Counted, datetime | None]:
    """The same for a clock that began at a moment, with the moment it is over where it is counted in hours."""
    over = ends_at(clock, at)
    if over is None:
        return counted(clock, at.date(), calendar), None
    return Counted(at.date(), clock.length, over.date(), Measure.HOURS), over


def counted_ahead(clock: Clock, start: date, calendar: WorkingCalendar, today: date) -> Counted:
    """The same, counted from today where it would be over by then."""
    limit = counted(clock, start, calendar)
    return limit if limit.due > today else counted(clock, today, calendar)


def ends_on(clock: Clock, start: date, calendar: WorkingCalendar) -> date:
    """The last day of a clock that began on `start`, which itself does not count; hours have a moment, see `ends_at`."""
    return _end(start, clock.length, clock.measure, clock.on_rest_day, calendar)


def _end(start: date, length: int, measure: Measure, on_rest_day: OnRestDay, calendar: WorkingCalendar) -> date:
    if measure is Measure.WORKING_DAYS:
        return calendar.after(start, length)
    if measure is Measure.HOURS:
        return start + timedelta(days=length // 24)
    end = months_later(start, length) if measure is Measure.MONTHS else start + timedelta(days=length)
    if on_rest_day is OnRestDay.NEXT:
        return calendar.next_working(end)
    return calendar.previous_working(end) if on_rest_day is OnRestDay.PREVIOUS else end


LOOKS_BACK = 400
"""Calendar days: whoever waits for longer is late by any clock."""


def late_from(clock: Clock, today: date, calendar: WorkingCalendar) -> date:
    """The first day from which a clock that began is not over yet: whatever began before it is late."""
    for back in range(LOOKS_BACK):
        day = today - timedelta(days=back)
        if ends_on(clock, day, calendar) < today:
            return day + timedelta(days=1)
    return today - timedelta(days=LOOKS_BACK)


def ends_at(clock: Clock, start: datetime) -> datetime | None:
    """The moment a clock counted in hours is over; None for every other."""
    return start + timedelta(hours=clock.length) if clock.measure is Measure.HOURS else None


def last_day_to_ask(clock: Clock, due: date, calendar: WorkingCalendar) -> date:
    """The last day on which more time may be asked for: so many working days before the last day (domain 2.3)."""
    return calendar.before(due, clock.ask_before) if clock.ask_before else due
