"""Units that sit in hear when their reception moves or does not take place."""

import pytest
from sqlalchemy import select

from portal.domain.attendance import Attendance
from portal.domain.people import Role
from portal.store.models.bookings import InvitedUnit
from portal.store.models.messages import Message
from tests.booking_orders import the_district
from tests.builders import a_unit, an_account
from tests.desks import Desk, Span, a_day_of


@pytest.fixture
def desk(session):
    return Desk()


@pytest.fixture
def slots(session):
    day = a_day_of(Span("09:00", "09:40"), Span("10:00", "10:40"))
    session.add_all([day, *the_district()])
    session.commit()
    return [it.id for it in day.slots]


@pytest.fixture
def booking(session, desk, slots):
    booking, unit, other = desk.book(slots[0]), a_unit(), a_unit()
    session.info["unaudited"] = True
    session.add_all([an_account(Role.UNIT, unit=unit), an_account(Role.UNIT, unit=other)])
    session.add(InvitedUnit(booking_id=booking.id, unit=unit, attendance=Attendance.INVITED))
    session.commit()
    return booking


def heard(session):
    session.expire_all()
    return session.execute(select(Message.subject, Message.url).where(Message.account_id.is_not(None))).all()


def test_a_moved_booking_moves_the_units_that_sit_in(session, desk, slots, booking):
    name = desk.move(booking.id, slots[1]).enterprise.name
    assert heard(session) == [(f"接待时间调整为12月15日 周二 10:00：{name}", f"/invitations/{booking.id}")]


@pytest.mark.parametrize("end", [Desk.cancel, Desk.refuse])
def test_units_need_not_come_for_an_enterprise_that_does_not(session, desk, booking, end):
    name = end(desk, booking.id).enterprise.name
    assert heard(session) == [(f"不必再参加12月15日 周二 09:00的企业接待：{name}", "/reception-days/2026-12-15")]
