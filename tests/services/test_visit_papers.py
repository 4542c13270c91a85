from datetime import date, datetime, time, timedelta

import pytest

from portal.clock import ZONE
from portal.domain.bookings import BookingState, Identity
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.receiving import ReceptionMode
from portal.services.visit_papers import (
    appointment_slip_sheet,
    appointment_slip_sheets,
    authorisation_letter_sheet,
)
from portal.store.models.bookings import Companion
from portal.store.models.reception import Slot, Venue
from tests.booking_orders import the_district
from tests.builders import a_booking, a_category, a_matter, a_reception_day, an_enterprise
from tests.conftest import NOW

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


@pytest.fixture
def day(session):
    """A day of two slots with two places each, in a room of the register."""
    found = a_reception_day(slots=2, seats=2, venue="区政务中心三楼")
    session.add_all(
        [found, Venue(name="区政务中心三楼", address="安澜大道1号"), *the_district(office_contact="0830-4291234")]
    )
    session.commit()
    return found


def booked(session, day, **given):
    booking = a_booking(day, given.pop("enterprise", None) or an_enterprise(), **given)
    session.add(booking)
    session.commit()
    return booking


def waiting(session, day, **given):
    booking = a_booking(day, an_enterprise(), **({"state": BookingState.WAITING, "waiting_since": NOW} | given))
    booking.seat = None
    session.add(booking)
    session.commit()
    return booking


def slip(session, booking, **given):
    return appointment_slip_sheet(session, booking.id, **{"actor": OFFICE, "now": NOW} | given)


def test_a_slip_tells_the_place_its_number_and_where_to_go(session, day):
    booking = booked(session, day, slot=1, seat=1, enterprise=an_enterprise(name="安澜甲公司", credit_code="A" * 18))
    found = slip(session, booking)
    assert (found.heading, found.enterprise_name, found.credit_code) == (
        "安澜区“民营企业接待日”来访预约单", "安澜甲公司", "A" * 18,
    )  # fmt: skip
    assert (found.held_on, found.starts_at, found.ends_at, found.number) == (DAY, time(10), time(10, 40), 4)
    assert (found.venue, found.address, found.code) == ("区政务中心三楼", "安澜大道1号", booking.code)
    assert (found.contact, found.waiting, found.is_pending) == ("安澜区工商业联合会办公室　0830-4291234", None, False)
    assert found.printed_at == NOW


def test_the_number_is_the_one_the_queue_calls(session, day):
    day.slots.append(Slot(starts_at=time(9), ends_at=time(9, 40), room="二号", seats=[]))
    session.commit()
    numbers = [
        slip(session, booked(session, day, slot=slot, seat=seat)).number for slot, seat in ((0, 0), (0, 1), (1, 0))
    ]
    assert numbers == [1, 2, 3]


def test_everybody_who_comes_is_named_with_numbers_masked(session, day):
    booking = a_booking(
        day, an_enterprise(), identity=Identity.AUTHORISED_REPRESENTATIVE, visitor_post="总监",
        visitor_id_number="510502199001011234",
        companions=[Companion(position=2, name="㛃示", post="会计", phone="13900001234"), Companion(position=3, name="乙示")],
    )  # fmt: skip
    session.add(booking)
    session.commit()
    assert [(it.name, it.identity, it.post, it.phone, it.id_number) for it in slip(session, booking).comers] == [
        ("申示例", "授权代表", "总监", "138****5678", "510502********1234"),
        ("㛃示", "随行人员", "会计", "139****1234", ""),
        ("乙示", "随行人员", "", "", ""),
    ]


def test_the_matters_are_listed_as_they_were_told(session, day):
    booking = booked(session, day)
    category = a_category(name="贷款融资")
    session.add_all(
        [a_matter(booking, category, title=title, position=place) for place, title in ((2, "乙"), (1, "甲"))]
    )
    session.commit()
    assert [(it.ordinal, it.title, it.kind, it.category) for it in slip(session, booking).matters] == [
        (1, "甲", "问题", "贷款融资"),
        (2, "乙", "问题", "贷款融资"),
    ]


def test_a_joint_reception_is_named(session, day):
    day.slots[0].mode, day.slots[0].theme = ReceptionMode.GROUP, "融资难"
    session.commit()
    assert slip(session, booked(session, day)).form == "集体座谈：融资难"


def test_who_waits_is_told_the_turn_and_no_number(session, day):
    first = waiting(session, day, any_slot=False)
    second = waiting(session, day, waiting_since=NOW - timedelta(hours=1))
    assert [(slip(session, it).waiting.turn, slip(session, it).number) for it in (first, second)] == [
        (2, None),
        (1, None),
    ]
    assert (slip(session, first).waiting.any_slot, slip(session, second).waiting.any_slot) == (False, True)
    assert "候补登记单" in slip(session, first).heading


def test_an_offered_place_is_still_no_appointment(session, day):
    until = datetime(2026, 12, 2, 14, 30, tzinfo=ZONE)
    booking = booked(session, day, state=BookingState.OFFERED, offered_until=until, waiting_since=NOW)
    found = slip(session, booking)
    assert (found.waiting.offered_until, found.waiting.turn, "候补登记单" in found.heading) == (until, 0, True)


def test_a_booking_under_review_says_so(session, day):
    assert slip(session, booked(session, day, state=BookingState.PENDING)).is_pending


@pytest.mark.parametrize(
    "state,words", [(BookingState.REFUSED, "打印不予受理告知书"), (BookingState.CANCELLED, "重新登记预约")]
)
def test_what_has_ended_has_no_slip_and_says_what_to_do(session, day, state, words):
    booking = a_booking(day, an_enterprise(), state=state)
    booking.seat = None
    session.add(booking)
    session.commit()
    with pytest.raises(RuleBroken, match=words):
        slip(session, booking)


def test_the_slips_of_a_day_are_those_of_confirmed_bookings_in_a_fixed_number_of_statements(session, day, statements):
    bookings = [booked(session, day, slot=slot, seat=seat) for slot, seat in ((1, 0), (0, 0), (0, 1))]
    bookings[2].state = BookingState.PENDING
    session.commit()
    waiting(session, day)
    statements.clear()
    found = appointment_slip_sheets(session, DAY, actor=OFFICE, now=NOW)
    assert [it.code for it in found] == [bookings[1].code, bookings[0].code]
    assert len([it for it in statements if it.startswith("SELECT")]) == 7


def test_a_day_without_a_confirmed_booking_says_what_to_do(session, day):
    booked(session, day, state=BookingState.PENDING)
    with pytest.raises(RuleBroken, match="请先审核确认预约"):
        appointment_slip_sheets(session, DAY, actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_prints_for_an_enterprise(session, day, role):
    booking, other = booked(session, day), Actor(2, "别人", role)
    with pytest.raises(NotAllowed):
        slip(session, booking, actor=other)
    with pytest.raises(NotAllowed):
        appointment_slip_sheets(session, DAY, actor=other, now=NOW)
    with pytest.raises(NotAllowed):
        authorisation_letter_sheet(session, actor=other)


def test_a_letter_is_blank_until_somebody_says_whose(session, day):
    found = authorisation_letter_sheet(session, actor=OFFICE)
    assert (found.organ, found.enterprise_name, found.held_on) == ("安澜区工商业联合会", "", None)


def test_a_letter_of_an_enterprise_names_it_and_nobody_authorised(session, day):
    session.add(enterprise := an_enterprise(name="安澜甲公司", credit_code="A" * 18, legal_representative="申示例"))
    session.commit()
    found = authorisation_letter_sheet(session, enterprise_id=enterprise.id, actor=OFFICE)
    assert (found.enterprise_name, found.credit_code, found.registered_place) == (
        "安澜甲公司",
        "A" * 18,
        "云山市安澜区",
    )
    assert (found.legal_representative, found.representative) == ("申示例", "")


def test_a_letter_of_a_booking_names_the_day_and_only_a_representative_who_needs_it(session, day):
    own = booked(session, day)
    sent = booked(
        session, day, slot=1, identity=Identity.AUTHORISED_REPRESENTATIVE, visitor_name="代示", visitor_post="总监"
    )
    letters = [authorisation_letter_sheet(session, booking_id=it.id, actor=OFFICE) for it in (own, sent)]
    assert [(it.representative, it.representative_post, it.held_on) for it in letters] == [
        ("", "", DAY),
        ("代示", "总监", DAY),
    ]


@pytest.mark.parametrize("which", ["booking_id", "enterprise_id"])
def test_a_letter_of_what_is_not_there_is_not_found(session, day, which):
    with pytest.raises(NotFound):
        authorisation_letter_sheet(session, **{which: 4711}, actor=OFFICE)
