"""By when an enterprise had to be contacted after a unit signed, worked out with the calendar and the clocks of today."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.clocks import Stage, clock_of, ends_on
from portal.domain.handling_figures import ContactLimits
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from portal.store.models.slips import SlipReceipt
from portal.store.queries.handling_facts import MATTER_DAY


def contact_limits(session: Session) -> ContactLimits:
    """The last day for every day on which a unit signed; a petition has its own, counted from its day (信访工作条例)."""
    policy, calendar = clocks_in_force(session), calendar_now(session)
    usual, petition = (clock_of(Stage.CONTACT, policy, petition=it) for it in (False, True))
    signed = session.scalars(select(SlipReceipt.received_on).distinct())
    raised = session.scalars(
        select(MATTER_DAY)
        .select_from(Matter)
        .outerjoin(ReceptionDay, ReceptionDay.id == Matter.reception_day_id)
        .where(Matter.is_petition)
        .distinct()
    )
    return ContactLimits(
        usual={day: ends_on(usual, day, calendar) for day in signed},
        petition={day: ends_on(petition, day, calendar) for day in raised},
    )
