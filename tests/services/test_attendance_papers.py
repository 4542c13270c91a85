from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.services.attendance_papers import phone_sheet, sign_in_list
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion, InvitedUnit
from portal.store.queries.day_papers import placed_bookings
from portal.store.queries.reception_days import day_on
from tests.builders import a_booking, a_reception_day, a_unit, an_enterprise
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


@pytest.fixture
def a_day(session):
    """Three slots: 甲 with two companions, 乙 waiting for review, nobody, and 丙 on the waiting list."""
    day = a_reception_day(slots=3)
    first = a_booking(
        day, an_enterprise(name="甲公司"), slot=0, visitor_post="董事长",
        companions=[Companion(position=2, name="郑示和"), Companion(position=3, name="孙示安")],
    )  # fmt: skip
    second = a_booking(
        day, an_enterprise(name="乙公司"), slot=2, state=BookingState.PENDING, visitor_phone="0830-4291234"
    )
    third = a_booking(day, an_enterprise(name="丙公司"), seat=0, state=BookingState.WAITING, waiting_since=NOW)
    third.seat = None
    gone = a_booking(day, an_enterprise(name="丁公司"), state=BookingState.CANCELLED)
    gone.seat = None
    unit = a_unit(name="区财政局")
    session.add_all([first, second, third, gone, unit])
    session.flush()
    session.add_all([InvitedUnit(booking=it, unit=unit, attendance=Attendance.INVITED) for it in (second, first, gone)])
    session.commit()
    return day


def phones(session, **given):
    return phone_sheet(session, day_on(session, DAY), **({"actor": OFFICE, "now": NOW} | given))


def test_everybody_who_stands_is_telephoned_by_place_and_the_waiting_list_last(session, a_day):
    found = phones(session)
    assert [(it.place, it.enterprise, it.phone, it.remark) for it in found.lines] == [
        ("1", "甲公司", "138****5678", ""),
        ("3", "乙公司", "0830-***1234", "待审核"),
        ("候补", "丙公司", "138****5678", ""),
    ]
    assert found.lines[0].visitor == "申示例　董事长"
    assert session.scalars(select(AuditLine)).all() == []


def test_full_numbers_are_written_down(session, a_day):
    with audited() as records:
        found = phones(records, full=True)
    assert [it.phone for it in found.lines] == ["13800005678", "0830-4291234", "13800005678"]
    (line,) = session.scalars(select(AuditLine)).all()
    assert (line.act, line.target_kind) == ("personal_data_seen", "reception_day")
    assert "电话通知单（3家完整电话）" in line.summary


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_only_the_office_telephones_and_signs_in(session, a_day, role):
    with pytest.raises(NotAllowed):
        phones(session, actor=Actor(2, "他人", role))
    with pytest.raises(NotAllowed):
        sign_in_list(session, day_on(session, DAY), actor=Actor(2, "他人", role), now=NOW)


def test_nobody_booked_nobody_to_call(session):
    session.add(a_reception_day())
    session.commit()
    with pytest.raises(RuleBroken, match="先登记预约"):
        phones(session)


def test_a_cancelled_day_has_neither_paper(session, a_day):
    a_day.state = DayState.CANCELLED
    session.commit()
    with pytest.raises(RuleBroken, match="已取消"):
        phones(session)
    with pytest.raises(RuleBroken, match="已取消"):
        sign_in_list(session, day_on(session, DAY), actor=OFFICE, now=NOW)


def test_the_confirmed_sign_in_and_units_say_with_whom(session, a_day):
    found = sign_in_list(session, day_on(session, DAY), actor=OFFICE, now=NOW)
    assert [(it.number, it.enterprise, it.post, it.persons) for it in found.lines] == [(1, "甲公司", "董事长", 3)]
    assert [(it.name, it.numbers) for it in found.units] == [("区财政局", (1,))]
    assert found.note == "另有1家尚未确认，未列入；确认后请重新打印。"


def test_a_day_without_bookings_still_has_a_sheet_to_sign(session):
    session.add(a_reception_day())
    session.commit()
    found = sign_in_list(session, day_on(session, DAY), actor=OFFICE, now=NOW)
    assert (found.lines, found.units, found.note) == ((), (), "")


def test_the_bookings_of_a_day_cost_two_statements(session, a_day, statements):
    day_id = a_day.id
    statements.clear()
    assert len(placed_bookings(session, day_id)) == 3
    assert len([it for it in statements if it != "BEGIN"]) == 2


def test_persons_are_those_counted_at_the_door_and_before_that_those_registered(session, a_day):
    first = placed_bookings(session, a_day.id)[0]
    assert first.persons == 3
    session.get(Booking, first.id).persons_came = 5
    session.commit()
    assert placed_bookings(session, a_day.id)[0].persons == 5
