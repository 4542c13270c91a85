"""Places counted and people placed: caps hold in the schema too, and nobody is in two places at once (domain 2.2)."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict
from portal.domain.reception_days import DayState
from portal.services import reception_days, receptions
from portal.services.booking_orders import CompanionGiven
from portal.services.bookings import AlreadyBooked, Full
from portal.store.models.bookings import Booking, PersonPresence
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import ReceptionDay
from tests.booking_orders import an_order, the_district
from tests.desks import Desk, Span, a_day_of, must_be_true

REASON = "重点项目，领导同意"
ONE, TWO = "13900000001", "13900000002"
NINE, PARALLEL, OVERLAPPING, TEN, TOGETHER = range(5)


@pytest.fixture
def day(session):
    day = a_day_of(
        Span("09:00", "09:40", "一号室"),
        Span("09:00", "09:40", "二号室"),
        Span("09:20", "10:00", "三号室"),
        Span("10:00", "10:40", "一号室"),
        Span("11:00", "12:00", "大会议室", seats=3),
    )
    session.add_all([day, *the_district()])
    session.commit()
    return day


@pytest.fixture
def slots(day):
    return [slot.id for slot in day.slots]


@pytest.fixture
def desk(session, day):
    desk = Desk()
    yield desk
    must_be_true(session, desk.now)


@pytest.fixture
def capped(session, day):
    """`capped(groups=2)` gives the day its caps."""

    def give(groups=0, matters=0):
        session.info["unaudited"] = True
        held = session.get_one(ReceptionDay, day.id)
        held.most_groups, held.most_matters = groups, matters
        session.commit()

    return give


# --- caps --------------------------------------------------------------------------


def test_above_the_cap_of_groups_a_day_is_full_though_places_are_free(desk, capped, slots):
    capped(groups=1)
    desk.book(slots[NINE], phone=ONE)
    with pytest.raises(Full, match="当天最多接待 1 家，已约满"):
        desk.book(slots[TEN], phone=TWO)


def test_above_the_cap_of_matters_a_day_is_full_and_says_by_how_much(desk, capped, slots):
    capped(matters=4)
    desk.book(slots[NINE], phone=ONE, matters=an_order(0).matters * 3)
    with pytest.raises(Full, match=r"最多受理 4 项诉求，已登记 3 项，再加 2 项就超出") as refusal:
        desk.book(slots[TEN], phone=TWO, matters=an_order(0).matters * 2)
    assert refusal.value.field == "over_limit_reason"
    assert desk.book(slots[TEN], phone=TWO)


def test_with_a_reason_an_enterprise_comes_above_the_cap_and_does_not_count(desk, session, day, capped, slots):
    capped(groups=1, matters=1)
    desk.book(slots[NINE], phone=ONE)
    above = desk.book(slots[TEN], phone=TWO, over_limit_reason=REASON)
    assert (above.counted, above.state) == (False, BookingState.PENDING)
    session.expire_all()
    held = session.get_one(ReceptionDay, day.id)
    assert (held.groups_booked, held.matters_booked) == (1, 1)
    desk.cancel(above.id)
    session.expire_all()
    assert session.get_one(ReceptionDay, day.id).groups_booked == 1


def test_a_place_above_the_cap_is_counted_on_no_day_it_is_moved_to(desk, session, capped, day, slots):
    session.info["unaudited"] = True
    other = a_day_of(Span(), day=day.day.replace(day=22), most_groups=1)
    session.add(other)
    session.commit()
    above = desk.book(slots[NINE], over_limit_reason=REASON)
    desk.move(above.id, other.slots[0].id)
    session.expire_all()
    assert session.get_one(ReceptionDay, other.id).groups_booked == 0


def test_a_move_to_a_day_whose_cap_is_reached_is_refused_and_counts_nothing(desk, session, day, slots):
    session.info["unaudited"] = True
    other = a_day_of(Span(), Span("10:00", "10:40"), day=day.day.replace(day=22), most_groups=1)
    session.add(other)
    session.commit()
    desk.book(other.slots[0].id, phone=TWO)
    mine = desk.book(slots[NINE], phone=ONE)
    with pytest.raises(Full):
        desk.move(mine.id, other.slots[1].id)
    assert desk.now_on_file(mine).slot_id == slots[NINE]


@pytest.mark.parametrize(
    "counts", [{"groups_booked": 3}, {"matters_booked": 5}, {"groups_booked": -1}, {"matters_booked": -1}]
)
def test_the_schema_alone_keeps_a_day_within_its_caps(session, day, capped, counts):
    capped(groups=2, matters=4)
    with pytest.raises(IntegrityError):
        session.execute(update(ReceptionDay).where(ReceptionDay.id == day.id).values(**counts))


def test_the_schema_alone_asks_for_a_reason_above_the_cap(session, desk, slots):
    booking = desk.book(slots[NINE])
    with pytest.raises(IntegrityError):
        session.execute(update(Booking).where(Booking.id == booking.id).values(counted=False))
    session.rollback()


# --- a second booking of a day -----------------------------------------------------


def test_a_second_booking_of_an_enterprise_that_day_needs_a_reason(desk, slots):
    first = desk.book(slots[NINE], name="安澜甲有限公司", phone=ONE)
    with pytest.raises(AlreadyBooked):
        desk.book(slots[TEN], name="安澜甲有限公司", phone=TWO)
    second = desk.book(slots[TEN], name="安澜甲有限公司", phone=TWO, again_reason="上下午两批人员")
    assert (first.day_ordinal, second.day_ordinal) == (1, 2)


def test_with_a_reason_kept_ready_the_first_booking_is_the_first(desk, slots):
    assert desk.book(slots[NINE], again_reason="上下午两批人员").day_ordinal == 1


def test_a_second_booking_moved_to_a_day_where_the_enterprise_stands_is_refused(desk, session, day, slots):
    session.info["unaudited"] = True
    other = a_day_of(Span(), Span("10:00", "10:40"), day=day.day.replace(day=22))
    session.add(other)
    session.commit()
    early, late = (slot.id for slot in other.slots)
    desk.book(slots[NINE], name="安澜甲有限公司", phone=ONE)
    second = desk.book(slots[TEN], name="安澜甲有限公司", phone=TWO, again_reason="上下午两批人员")
    there = desk.book(early, name="安澜甲有限公司", phone=ONE)
    with pytest.raises(AlreadyBooked) as refusal:
        desk.move(second.id, late)
    assert refusal.value.booking_id == there.id
    desk.cancel(there.id)
    assert desk.move(second.id, late).day_ordinal == 1
    with pytest.raises(AlreadyBooked):
        desk.book(early, name="安澜甲有限公司", phone=ONE)


# --- one person, one place ---------------------------------------------------------


@pytest.mark.parametrize("other", [PARALLEL, OVERLAPPING])
def test_one_person_is_not_expected_in_two_rooms_at_once(desk, slots, other):
    desk.book(slots[NINE], phone=ONE)
    with pytest.raises(Conflict, match="同一时间已在另一条预约中") as refusal:
        desk.book(slots[other], phone=ONE)
    assert refusal.value.field == "visitor_name"
    assert desk.book(slots[other], phone=TWO)


def test_one_person_may_come_for_two_enterprises_one_after_the_other(desk, slots):
    desk.book(slots[OVERLAPPING], phone=ONE)
    assert desk.book(slots[TEN], phone=ONE)


def test_one_person_may_speak_for_two_enterprises_of_one_session(desk, session, slots):
    first = desk.book(slots[TOGETHER], phone=ONE)
    second = desk.book(slots[TOGETHER], phone=ONE)
    desk.cancel(first.id)
    session.rollback()
    assert session.scalars(select(PersonPresence.booking_id)).all() == [second.id], "still expected for the other"
    desk.cancel(second.id)
    assert session.scalar(select(func.count()).select_from(PersonPresence)) == 0


def test_of_two_enterprises_with_one_person_the_mover_leaves_the_person_to_the_other(desk, slots):
    first, second = desk.book(slots[TOGETHER], phone=ONE), desk.book(slots[TOGETHER], phone=ONE)
    desk.move(first.id, slots[NINE])
    with pytest.raises(Conflict):
        desk.move(second.id, slots[PARALLEL])


def test_a_name_alone_or_a_shared_telephone_alone_is_nobody_in_particular(desk, slots):
    desk.book(slots[NINE], companions=(CompanionGiven("随示例"),), phone=ONE)
    assert desk.book(slots[PARALLEL], companions=(CompanionGiven("随示例"),), phone=TWO)
    desk.visitor(desk.book(slots[TEN], phone=ONE).id, "另示例", ONE)


def test_companions_are_persons_too(desk, slots):
    mine = CompanionGiven("随示例", phone="13500000001")
    desk.book(slots[NINE], phone=ONE, companions=(mine,))
    with pytest.raises(Conflict):
        desk.book(slots[PARALLEL], phone=TWO, companions=(mine,))


def test_an_identity_number_tells_a_person_whatever_the_telephone(desk, session, slots):
    session.info["unaudited"] = True
    session.add(OfficeSetting(name="id_number", value="everybody"))
    session.commit()
    same = {"id_number": "E12345678"}
    desk.order(with_visitor(an_order(slots[NINE], phone=ONE), **same))
    with pytest.raises(Conflict):
        desk.order(with_visitor(an_order(slots[PARALLEL], phone=TWO), **same))


def with_visitor(order, **given):
    return replace(order, visitor=replace(order.visitor, **given))


def test_who_has_cancelled_is_expected_nowhere(desk, slots):
    desk.cancel(desk.book(slots[NINE], phone=ONE).id)
    assert desk.book(slots[PARALLEL], phone=ONE)


def test_who_has_moved_is_expected_there_and_no_longer_here(desk, slots):
    moved = desk.book(slots[NINE], phone=ONE)
    desk.move(moved.id, slots[TEN])
    other = desk.book(slots[NINE], phone=ONE)
    with pytest.raises(Conflict):
        desk.move(moved.id, slots[PARALLEL])
    desk.cancel(other.id)
    desk.move(moved.id, slots[PARALLEL])


def test_who_is_expected_elsewhere_cannot_come_instead(desk, slots):
    desk.book(slots[NINE], phone=ONE)
    other = desk.book(slots[PARALLEL], phone=TWO)
    with pytest.raises(Conflict):
        desk.visitor(other.id, "申示例", ONE)
    desk.visitor(other.id, "申示例", "13700000003")
    assert desk.book(slots[OVERLAPPING], phone=TWO), "who came before is free"


def test_the_schema_alone_refuses_one_person_twice_at_the_same_minute(session, desk, day, slots):
    booking = desk.book(slots[NINE], phone=ONE)
    (mine,) = session.scalars(select(PersonPresence)).all()
    session.add(
        PersonPresence(
            reception_day_id=day.id, starts_at=time(9), person=mine.person, slot_id=slots[1], booking_id=booking.id
        )
    )
    session.expunge(mine)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_when_the_day_begins_later_everybody_is_expected_later(desk, session, day, slots):
    desk.book(slots[NINE], phone=ONE)
    desk.book(slots[TEN], phone=ONE)
    session.rollback()
    version = session.scalar(select(ReceptionDay.version))
    given = {"venue": "区工商联会议室", "starts_at": time(10), "theme": "", "version": version}
    desk.do(reception_days.change_day, day.id, **given)
    must_be_true(session, desk.now)
    with pytest.raises(Conflict):
        desk.book(slots[PARALLEL], phone=ONE)
    version = session.scalar(select(ReceptionDay.version))
    added = desk.do(reception_days.add_slot, day.id, starts_at=time(9), minutes=40, room="", version=version)
    assert desk.book(added.id, phone=ONE)


# --- the end of the day ------------------------------------------------------------


def test_when_the_day_is_closed_nobody_waits_any_more(desk, session, day, slots):
    session.info["unaudited"] = True
    session.add(OfficeSetting(name="screening", value=False))
    session.commit()
    places = [desk.book(slots[place], phone=f"1380000000{place}") for place in range(4)]
    taken = [desk.book(slots[4], phone=f"1381000000{number}") for number in range(3)]
    waiting = [desk.book(slots[0], phone=f"1382000000{number}", waits=True) for number in range(2)]
    desk.cancel(places[0].id)
    session.info["unaudited"] = True
    session.get_one(ReceptionDay, day.id).state = DayState.ONGOING
    session.commit()
    desk.do(receptions.close_day, day.id)
    assert [desk.state(it) for it in waiting] == [BookingState.CANCELLED] * 2
    assert {desk.state(it) for it in (*places[1:], *taken)} == {BookingState.NO_SHOW}
