from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.matters import Disposition
from portal.domain.people import Actor, Role
from portal.domain.refusals import RefusalGround
from portal.services import bookings, dispositions
from portal.services.dispositions import Decision
from portal.services.refusal_notices import booking_refusal_sheet, matter_refusal_sheet
from portal.store.models.matters import Matter
from tests.booking_orders import the_district
from tests.builders import a_booking, a_category, a_matter, a_reception_day, an_enterprise
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
LATER = NOW + timedelta(days=3)


@pytest.fixture
def booking(session):
    """A booking under review with two matters."""
    found = a_booking(
        a_reception_day(), an_enterprise(name="安澜甲公司"), state=BookingState.PENDING,
        booked_at=datetime(2026, 11, 20, 23, 30, tzinfo=ZONE),
    )  # fmt: skip
    category = a_category(name="账款")
    told = [a_matter(found, category, title=title, position=place) for place, title in ((2, "乙事"), (1, "甲事"))]
    session.add_all([found, *told, *the_district(office_contact="0830-4291234")])
    session.commit()
    return found


def refused(booking, reason="", channel="", ground=RefusalGround.LITIGATION):
    with audited() as records:
        bookings.refuse_booking(records, booking.id, reason, channel, ground=ground, actor=OFFICE, now=NOW)


def decided(matter_id, *, reason="", channel="", ground=RefusalGround.PETITION, disposition=Disposition.REFUSE):
    with audited() as records:
        decision = Decision(disposition, reason, channel=channel, ground=ground)
        dispositions.dispose_matter(records, matter_id, decision, actor=OFFICE, now=NOW)


def matters_of(booking):
    return select(Matter).where(Matter.booking_id == booking.id).order_by(Matter.position)


def sheet(session, booking, **given):
    return booking_refusal_sheet(session, booking.id, **{"actor": OFFICE, "now": LATER} | given)


def test_a_refused_booking_is_told_with_all_its_matters(session, booking):
    refused(booking, reason="已由人民法院立案", channel="向区人民法院提起诉讼")
    found = sheet(session, booking)
    assert (found.enterprise_name, [it.title for it in found.matters]) == ("安澜甲公司", ["甲事", "乙事"])
    assert (found.ground, found.reason, found.channel) == (
        "已经或应当通过诉讼解决", "已由人民法院立案", "向区人民法院提起诉讼",
    )  # fmt: skip
    assert (found.raised_on, found.held_on) == (date(2026, 11, 20), date(2026, 12, 15))
    assert (found.contact, found.issuing_organ) == ("安澜区工商业联合会办公室　0830-4291234", "安澜区工商业联合会")


def test_the_notice_keeps_the_day_of_the_refusal_however_late_it_is_printed(session, booking):
    refused(booking)
    assert sheet(session, booking).issued_on == NOW.date() != LATER.date()


def test_a_ground_alone_says_why_and_where_to_turn(session, booking):
    refused(booking)
    found = sheet(session, booking)
    assert (found.reason, found.channel) == ("", RefusalGround.LITIGATION.channel)


def test_other_grounds_are_told_in_the_offices_own_words(session, booking):
    refused(booking, "企业同意由街道办理", "安富街道办事处", RefusalGround.OTHER)
    found = sheet(session, booking)
    assert (found.ground, found.reason, found.channel) == ("企业同意由街道办理", "", "安富街道办事处")


def test_a_refusal_from_before_grounds_were_written_down_is_told_as_it_was(session, booking):
    refused(booking, "已在诉讼中", "诉讼", None)
    found = sheet(session, booking)
    assert (found.ground, found.reason, found.channel) == ("已在诉讼中", "", "诉讼")


def test_nothing_of_a_classified_matter_goes_on_paper(session, booking):
    refused(booking, "涉及甲事的密件", "甲事专办", RefusalGround.CLASSIFIED)
    found = sheet(session, booking)
    assert (found.is_secret, len(found.matters), found.reason) == (True, 2, "")
    assert "甲事" not in repr(found)


def test_one_refused_matter_is_told_alone(session, booking):
    booking.state = BookingState.ARRIVED
    session.commit()
    (matter, other) = session.scalars(matters_of(booking)).all()
    decided(matter.id, reason="正在复查", channel="")
    found = matter_refusal_sheet(session, matter.id, actor=OFFICE, now=LATER)
    assert ([it.title for it in found.matters], found.matters[0].ordinal) == ([matter.title], 1)
    assert (found.ground, found.reason, found.channel) == (
        RefusalGround.PETITION.label, "正在复查", RefusalGround.PETITION.channel,
    )  # fmt: skip
    assert (found.issued_on, found.raised_on) == (NOW.date(), matter.raised_on)
    with pytest.raises(RuleBroken, match="没有不予受理"):
        matter_refusal_sheet(session, other.id, actor=OFFICE, now=LATER)
    with pytest.raises(RuleBroken, match="到该项诉求的页面打印"):
        sheet(session, booking)


def test_a_matter_refused_with_its_booking_keeps_that_day(session, booking):
    refused(booking)
    matter = session.scalars(matters_of(booking)).first()
    found = matter_refusal_sheet(session, matter.id, actor=OFFICE, now=LATER)
    assert (found.ground, found.issued_on) == (RefusalGround.LITIGATION.label, NOW.date())


def test_a_matter_nobody_is_named_for_is_told_to_whoever_came(session, booking):
    session.add(alone := a_matter(None, a_category()))
    session.commit()
    decided(alone.id)
    found = matter_refusal_sheet(session, alone.id, actor=OFFICE, now=LATER)
    assert (found.enterprise_name, found.held_on) == ("来访人", None)


def test_only_the_office_prints_notices_and_only_of_what_there_is(session, booking):
    refused(booking)
    matter_id = session.scalars(matters_of(booking)).first().id
    for role in set(Role) - {Role.OFFICE}:
        with pytest.raises(NotAllowed):
            sheet(session, booking, actor=Actor(2, "别人", role))
        with pytest.raises(NotAllowed):
            matter_refusal_sheet(session, matter_id, actor=Actor(2, "别人", role), now=NOW)
    with pytest.raises(NotFound):
        booking_refusal_sheet(session, 4711, actor=OFFICE, now=NOW)
    with pytest.raises(NotFound):
        matter_refusal_sheet(session, 4711, actor=OFFICE, now=NOW)
