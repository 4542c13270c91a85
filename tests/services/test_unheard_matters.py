"""What becomes of the matters of an enterprise that booked and was not received: none is lost, none is counted twice."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.bookings import BookingState, Unheard
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.entering import book
from portal.services.receptions import close_day
from portal.services.unheard_matters import end_unheard, unheard_for_too_long
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from portal.store.queries.matter_filters import MatterFilter
from portal.store.queries.matters import how_many
from tests.booking_orders import an_order
from tests.builders import a_booking, a_category, a_matter, a_reception_day, an_enterprise

OFFICE = Actor(1, "办公室", Role.OFFICE)
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=ZONE)
LATER = NOW + timedelta(days=91)


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def a_missed_day(session, state=BookingState.CONFIRMED, *, what=None):
    """A day that is held, with an enterprise that told two matters beforehand and is not received."""
    if what is not None:
        session.add(OfficeSetting(name="unheard", value=what.value))
    day = a_reception_day(day=NOW.date(), state=DayState.ONGOING)
    booking = a_booking(day, an_enterprise(name="安澜爽约企业有限公司"), state=state)
    category = a_category(code="0301")
    matters = [a_matter(booking, category, state=MatterState.REGISTERED, position=place) for place in (1, 2)]
    session.add_all([day, booking, *matters])
    session.commit()
    return day, booking, matters


def closed(session, day):
    close_day(session, day.id, actor=OFFICE, now=NOW)
    session.commit()


def booked_again(session, name="安澜爽约企业有限公司"):
    again = a_reception_day(day=date(2026, 12, 15), state=DayState.PUBLISHED)
    session.add(again)
    session.commit()
    found = book(session, an_order(again.slots[0].id, name=name), actor=OFFICE, now=NOW)
    session.commit()
    return found


def lines(session, matter, act):
    return session.scalars(
        select(AuditLine.summary).where(AuditLine.act == act, AuditLine.target_id == str(matter.id))
    ).all()


@pytest.mark.parametrize("state, why", [(BookingState.CONFIRMED, "没有到场"), (BookingState.LEFT, "没有接待就离开")])
def test_what_was_not_heard_ends_with_its_day_and_says_why(records, state, why):
    day, booking, matters = a_missed_day(records, state)
    closed(records, day)
    assert booking.state is (BookingState.NO_SHOW if state is BookingState.CONFIRMED else BookingState.LEFT)
    for matter in matters:
        assert matter.state is MatterState.WITHDRAWN
        assert why in matter.ended_reason
        assert matter.state_since == NOW
        (line,) = lines(records, matter, "matter_unheard")
        assert why in line


def test_it_is_still_on_the_list_of_matters_and_among_none_that_were_received(session):
    day, _, _ = a_missed_day(session)
    closed(session, day)
    asked = [MatterFilter(state=MatterState.WITHDRAWN), MatterFilter(received=True), MatterFilter()]
    assert how_many(session, OFFICE, asked, now=NOW) == [2, 0, 2]


@pytest.mark.parametrize("what", [Unheard.CARRY, Unheard.KEEP])
def test_where_the_office_keeps_them_they_stay_registered(session, what):
    day, _, matters = a_missed_day(session, what=what)
    closed(session, day)
    assert {matter.state for matter in matters} == {MatterState.REGISTERED}


def test_the_next_booking_of_the_enterprise_takes_them_over_behind_its_own(records):
    day, _, matters = a_missed_day(records, what=Unheard.CARRY)
    closed(records, day)
    again = booked_again(records)
    places = records.execute(
        select(Matter.id, Matter.position, Matter.reception_day_id)
        .where(Matter.booking_id == again.id)
        .order_by(Matter.position)
    ).all()
    assert [place for _, place, _ in places] == [1, 2, 3]
    assert [id_ for id_, _, _ in places][1:] == [matter.id for matter in matters]
    assert {day_id for _, _, day_id in places} == {again.reception_day_id}
    records.expire_all()
    assert {matter.state for matter in matters} == {MatterState.REGISTERED}
    (line,) = lines(records, matters[0], "matter_carried_over")
    assert "11月22日" in line
    assert "12月15日" in line


@pytest.mark.parametrize("what", [Unheard.END, Unheard.KEEP])
def test_nothing_is_taken_over_where_the_office_does_not_want_it(session, what):
    day, _, matters = a_missed_day(session, what=what)
    closed(session, day)
    again = booked_again(session)
    session.expire_all()
    assert all(matter.booking_id != again.id for matter in matters)


def test_another_enterprise_takes_nothing_over(session):
    day, booking, matters = a_missed_day(session, what=Unheard.CARRY)
    closed(session, day)
    booked_again(session, name="安澜另一企业有限公司")
    session.expire_all()
    assert {matter.booking_id for matter in matters} == {booking.id}


def test_what_waits_for_another_booking_in_vain_ends_after_so_many_days(session):
    day, _, matters = a_missed_day(session, what=Unheard.CARRY)
    closed(session, day)
    assert unheard_for_too_long(session, today=(NOW + timedelta(days=90)).date()) == []
    over = unheard_for_too_long(session, today=LATER.date())
    assert over == [matter.id for matter in matters]
    assert end_unheard(session, over, actor=Actor.system(), now=LATER) == 2
    session.commit()
    assert {matter.state for matter in matters} == {MatterState.WITHDRAWN}
    assert "没有再预约" in matters[0].ended_reason
    assert unheard_for_too_long(session, today=LATER.date()) == []


def test_what_was_taken_over_meanwhile_is_not_ended(session):
    day, _, _ = a_missed_day(session, what=Unheard.CARRY)
    closed(session, day)
    over = unheard_for_too_long(session, today=LATER.date())
    booked_again(session)
    assert end_unheard(session, over, actor=Actor.system(), now=LATER) == 0


def test_what_stayed_behind_from_before_ends_too_unless_the_office_keeps_it(session):
    day, _, matters = a_missed_day(session, what=Unheard.KEEP)
    closed(session, day)
    assert unheard_for_too_long(session, today=LATER.date()) == []
    session.get_one(OfficeSetting, "unheard").value = Unheard.END.value
    session.commit()
    assert unheard_for_too_long(session, today=LATER.date()) == [matter.id for matter in matters]


def test_a_matter_that_was_heard_all_the_same_is_left_alone(session):
    day, _, matters = a_missed_day(session)
    matters[0].state = MatterState.AWAITING_ASSIGNMENT
    session.commit()
    closed(session, day)
    assert [matter.state for matter in matters] == [MatterState.AWAITING_ASSIGNMENT, MatterState.WITHDRAWN]
