"""Until when units are to speak with the enterprises of their matters, counted by the clock policy (domain 2.3)."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.clocks import Measure, Stage, clock_of, contact_clock, counted_at, ends_on
from portal.domain.contact_reminders import ContactAwaited
from portal.domain.matter_reminders import Pace
from portal.domain.office import OfficeRules
from portal.domain.people import Actor
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.store.queries.contacts import contact_starts, open_contacts
from portal.store.queries.office import office_rules
from portal.store.queries.unit_todo_parts import ContactDays


def contact_days(session: Session, actor: Actor) -> ContactDays:
    """The last day of contact for every day from which one of the unit's open contacts counts, and the hours where it has hours."""
    receipts, receptions = contact_starts(session, actor)
    if not receipts and not receptions:
        return ContactDays({}, {})
    rules = office_rules(session)
    policy, calendar = clocks_in_force(session, rules), calendar_now(session)
    usual, petition = clock_of(Stage.CONTACT, policy), clock_of(Stage.CONTACT, policy, petition=True)
    return ContactDays(
        {day: ends_on(usual, day, calendar) for day in receipts},
        {day: ends_on(petition, day, calendar) for day in receptions},
        usual.length if usual.measure is Measure.HOURS else 0,
        rules.urgent_hours,
    )


def contacts_awaited(session: Session, pace: Pace, rules: OfficeRules, *, since: date) -> Iterator[ContactAwaited]:
    """Every contact still to be made on a slip that was signed for since then, with its limit."""
    for it in open_contacts(session, since):
        hours = rules.urgent_hours if it.urgent else 0
        clock = contact_clock(pace.clocks, petition=it.is_petition, urgent_hours=hours)
        signed_on = it.received_at.date()
        if it.is_petition:
            due_on, due_at = ends_on(clock, it.reception_day, pace.calendar), None
        else:
            limit, due_at = counted_at(clock, it.received_at, pace.calendar)
            due_on = limit.due
        yield ContactAwaited(it.unit_id, it.unit, due_on, signed_on, it.number, it.title, due_at, it.is_petition)
