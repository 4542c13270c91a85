"""Everything somebody is to be reminded of about matters on their way, put together from what is open."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.clocks import Clock, Stage, clock_of, ends_on
from portal.domain.contact_reminders import contact_reminders
from portal.domain.matter_reminders import (
    Pace,
    StepAwaited,
    StepKind,
    furthest_day,
    handling_reminders,
    helper_reminders,
    step_reminders,
)
from portal.domain.messages import Daytime
from portal.domain.office import OfficeRules
from portal.domain.people import Role
from portal.domain.reminders import Reminder
from portal.domain.workdays import WorkingCalendar, day_text
from portal.services.contact_days import contacts_awaited
from portal.store.queries import matter_reminders as awaited
from portal.store.queries.matter_reminders import Span

LOOKS_BACK = 60
"""Calendar days; what has been over for longer is only looked at when nobody was told of it."""


def daytime_of(rules: OfficeRules) -> Daytime:
    """The hours in which the office lets people be reminded."""
    return Daytime(rules.quiet_until, rules.quiet_from)


def pace_of(rules: OfficeRules, calendar: WorkingCalendar, clocks: Mapping[Stage, Clock]) -> Pace:
    """When the office wants reminders of matters."""
    return Pace(calendar, clocks, rules.remind_percent, rules.remind_due_days, rules.escalate_days, daytime_of(rules))


def matter_reminders(session: Session, pace: Pace, rules: OfficeRules, *, now: datetime) -> list[Reminder]:
    """What is due now about matters: their clocks, further units, contacts, and every step somebody owes; one statement a kind."""
    since = now.date() - timedelta(days=max(LOOKS_BACK, 2 * rules.escalate_days + LOOKS_BACK // 2))
    soon = Span(since, furthest_day(pace, now))
    return [
        *handling_reminders(awaited.matters_in_hand(session, Span(since, date.max)), pace, now=now),
        *helper_reminders(awaited.helpers_in_hand(session, soon), pace, now=now),
        *helper_reminders(awaited.split_in_hand(session, soon), pace, now=now),
        *contact_reminders(contacts_awaited(session, pace, rules, since=since), pace, now=now),
        *step_reminders(_steps(session, rules, pace, soon, now), pace, now=now),
    ]


def _steps(session: Session, rules: OfficeRules, pace: Pace, span: Span, now: datetime) -> Sequence[StepAwaited]:
    counted = [(it, Stage.RULING) for it in awaited.extensions_to_decide(session, rules)]
    counted += [(it, Stage.SIGNING) for it in awaited.slips_to_sign(session)]
    counted += [(it, Stage.WORD) for it in awaited.words_to_answer(session)]
    return [
        *awaited.matter_steps(session, span, rules),
        *(_counted(step, stage, began, pace) for (step, began), stage in counted),
        *awaited.papers_to_reply_to(session, span),
        *awaited.look_backs_due(session, span),
        *_call_backs(session, pace, span, now),
        *awaited.tasks_due(session, span),
        *awaited.escalations_to_answer(session, span),
        *awaited.measures_due(session, span),
    ]


def _counted(step: StepAwaited, stage: Stage, began: date, pace: Pace) -> StepAwaited:
    """A step with the last day its clock gives, never after the day that is asked about."""
    due_on = ends_on(clock_of(stage, pace.clocks), began, pace.calendar)
    return replace(step, due_on=min(due_on, step.due_on) if step.kind is StepKind.EXTENSION else due_on)


def _call_backs(session: Session, pace: Pace, span: Span, now: datetime) -> list[StepAwaited]:
    """The office is told once a day of all enterprises it has to ask again by then."""
    since = now - timedelta(days=LOOKS_BACK)
    together: dict[date, list[tuple[str, date]]] = defaultdict(list)
    for _, number, closed_on in awaited.closed_not_called_back(session, since, now):
        due_on = ends_on(clock_of(Stage.CALL_BACK, pace.clocks), closed_on, pace.calendar)
        if due_on <= span.until:
            together[due_on].append((number, closed_on))
    return [
        StepAwaited(
            StepKind.CALL_BACK, due_on.isoformat(), f"{day_text(due_on, now.date())}前 {len(several)} 件", due_on,
            min(closed_on for _, closed_on in several), "/matters/?state=closed", roles=(Role.OFFICE,),
        )
        for due_on, several in together.items()
    ]  # fmt: skip
