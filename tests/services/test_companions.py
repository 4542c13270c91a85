"""Who comes along is corrected after the booking, and nobody is in two places by it."""

from datetime import time

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.services.booking_orders import CompanionGiven
from portal.services.bookings import book, cancel_booking
from portal.services.companions import CompanionKept, change_companions
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion
from portal.store.models.office import OfficeSetting
from tests.booking_orders import OFFICE, an_order, the_district
from tests.builders import a_reception_day
from tests.conftest import NOW

LI = CompanionGiven("李示例", "总监", "13900001234")
SUN = CompanionGiven("孙示例", "", "13900005678")


@pytest.fixture
def day(session):
    day = a_reception_day(slots=2)
    day.slots[1].starts_at, day.slots[1].room = time(9, 20), "二号室"
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def booked(session, day):
    booking = book(session, an_order(day.slots[0].id, companions=(LI,)), actor=OFFICE, now=NOW)
    session.commit()
    return booking


def change(session, booking, *people, actor=OFFICE, version=None):
    wanted = [CompanionKept(None, it) if isinstance(it, CompanionGiven) else CompanionKept(*it) for it in people]
    return change_companions(session, booking.id, wanted, version=version, actor=actor, now=NOW)


def along(session):
    return [
        (it.position, it.name, it.post, it.phone, it.id_number)
        for it in session.scalars(select(Companion).order_by(Companion.position))
    ]


def test_numbers_left_blank_stay_with_the_name_they_belong_to(session, booked):
    change(session, booked, (2, CompanionGiven("李示例", "董事")), SUN)
    assert along(session) == [(2, "李示例", "董事", "13900001234", None), (3, "孙示例", "", "13900005678", None)]
    change(session, booked, (2, CompanionGiven("钱示例")))
    assert along(session) == [(2, "钱示例", "", None, None)]
    change(session, booked)
    assert along(session) == []
    session.commit()
    acts = select(AuditLine.summary).where(AuditLine.act == "companions_changed").order_by(AuditLine.id)
    assert [it[-3:] for it in session.scalars(acts)] == ["2 人", "1 人", "0 人"]


def test_two_people_who_correct_at_once_do_not_overwrite_each_other(session, booked):
    seen = booked.version
    change(session, booked, SUN, version=seen)
    session.flush()
    assert session.get_one(Booking, booked.id).version == seen + 1
    with pytest.raises(Conflict, match="别人已修改"):
        change(session, booked, version=seen)


def test_an_identity_number_on_file_stays_and_a_missing_one_is_asked_for(session, booked):
    session.add(OfficeSetting(name="id_number", value="everybody"))
    session.commit()
    with pytest.raises(RuleBroken, match="请填写证件号码"):
        change(session, booked, (2, LI))
    change(session, booked, (2, CompanionGiven("李示例", id_number="e1234567")))
    change(session, booked, (2, CompanionGiven("李示例")))
    assert along(session) == [(2, "李示例", "", "13900001234", "E1234567")]


def test_nobody_is_put_into_two_places_by_a_correction(session, day, booked):
    other = book(session, an_order(day.slots[1].id, phone="13700000000"), actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="不能同时到两处"):
        change(session, other, LI)
    session.rollback()
    change(session, booked)
    change(session, other, LI)


@pytest.mark.parametrize(
    "people, words",
    [
        ([CompanionGiven("")], "姓名"),
        ([CompanionGiven("李示例", phone="12")], "李示例：手机号码应为 11 位"),
        ([CompanionGiven(f"随行{n}") for n in range(5)], "最多 5 人"),
    ],
)
def test_what_is_wrong_with_a_person_is_refused(session, booked, people, words):
    with pytest.raises(RuleBroken, match=words):
        change(session, booked, *people)


def test_who_waits_may_say_who_comes_along_and_who_has_cancelled_may_not(session, day, booked):
    waiting = book(session, an_order(day.slots[0].id, waits=True, phone="13700000000"), actor=OFFICE, now=NOW)
    assert waiting.state is BookingState.WAITING
    change(session, waiting, SUN)
    cancel_booking(session, waiting.id, "企业来电取消", actor=OFFICE, now=NOW)
    with pytest.raises(RuleBroken, match="不能再修改随行人员"):
        change(session, waiting, SUN)


def test_nobody_but_the_office_corrects(session, booked):
    with pytest.raises(NotAllowed):
        change(session, booked, actor=Actor(2, "督查室", Role.SUPERVISOR))
