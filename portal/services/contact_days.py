"""Until when units are to speak with the enterprises of their matters, counted by the clock policy (domain 2.3)."""

from sqlalchemy.orm import Session

from portal.domain.clocks import Stage, clock_of, ends_on
from portal.domain.people import Actor
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.store.queries.unit_todo_parts import ContactDays, contact_starts


def contact_days(session: Session, actor: Actor) -> ContactDays:
    """The last day of contact for every day from which one of the unit's open contacts counts."""
    receipts, receptions = contact_starts(session, actor)
    if not receipts and not receptions:
        return ContactDays({}, {})
    policy, calendar = clocks_in_force(session), calendar_now(session)
    usual, petition = clock_of(Stage.CONTACT, policy), clock_of(Stage.CONTACT, policy, petition=True)
    return ContactDays(
        {day: ends_on(usual, day, calendar) for day in receipts},
        {day: ends_on(petition, day, calendar) for day in receptions},
    )
