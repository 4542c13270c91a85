"""What the panel beside the booking form says, as far as a form has been filled in."""

from datetime import date

import pytest

from portal.domain.bookings import BookingState, Origin
from portal.services.booking_outlook import SaidSoFar, form_problems, outlook
from portal.services.enterprises import EnterpriseGiven
from portal.services.holds import hold_place
from portal.store.queries.office import office_rules
from tests.booking_orders import OFFICE, an_order, the_district
from tests.builders import a_booking, a_reception_day, a_waiting, an_enterprise
from tests.conftest import NOW

OURS = EnterpriseGiven("安澜面板有限公司", registered_place="云山市安澜区人民路1号")
THEIRS = EnterpriseGiven("临江面板有限公司", registered_place="云山市临江区1号")


@pytest.fixture
def day(session):
    day = a_reception_day(slots=2)
    session.add_all([day, *the_district()])
    session.commit()
    return day


def look(session, day, enterprise=OURS, *, slot=0, token="", origin=Origin.APPLIED):
    said = SaidSoFar(day.slots[slot].id, enterprise, origin, token)
    return outlook(session, day.id, said, office_rules(session), now=NOW)


def test_an_untouched_day_has_every_place_and_needs_no_reason(session, day):
    found = look(session, day)
    assert (found.free, found.slot.free, found.groups_left, found.matters_left) == (2, 1, None, None)
    assert (found.closed, found.eligibility, found.reasons, found.is_judged) == ("", (), frozenset(), True)


def test_nothing_is_said_of_an_enterprise_that_has_no_place_yet(session, day):
    found = look(session, day, EnterpriseGiven("安澜面板有限公司"))
    assert (found.is_judged, found.eligibility) == (False, ())


def test_a_place_that_another_form_keeps_is_not_free_and_ones_own_is(session, day):
    hold_place(session, day.slots[0].id, "a" * 32, actor=OFFICE, now=NOW)
    session.commit()
    assert look(session, day).slot.free == 0
    assert look(session, day, token="a" * 32).slot.free == 1


def test_each_thing_in_the_way_names_the_reason_that_opens_it(session, day):
    session.add(a_booking(day, an_enterprise(name=THEIRS.name, registered_place=THEIRS.registered_place)))
    day.most_groups = 1
    day.day = date(2026, 11, 23)
    session.commit()
    found = look(session, day, THEIRS)
    assert found.reasons == {"urgent_reason", "override_reason", "again_reason", "over_limit_reason"}
    assert found.standing.state is BookingState.CONFIRMED
    assert "名单已经确认锁定" in found.closed


def test_a_day_without_room_shows_the_days_after(session, day):
    later = a_reception_day(day=date(2027, 1, 15), slots=1)
    session.add_all([later, a_booking(day, an_enterprise()), a_booking(day, an_enterprise(), slot=1)])
    session.add(a_waiting(day, an_enterprise()))
    session.commit()
    found = look(session, day)
    assert (found.free, found.waiting) == (0, 1)
    assert [it.id for it in found.other_slots] == [later.slots[0].id]


def test_a_form_hears_of_a_closed_day_together_with_everything_else(session, day):
    day.day = date(2026, 11, 23)
    session.commit()
    order = an_order(day.slots[0].id, phone="12")
    fields = [it.field for it in form_problems(session, order, day.id, office_rules(session), now=NOW)]
    assert fields == ["urgent_reason", "visitor_phone"]
