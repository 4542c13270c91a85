"""Who came, how many, who was away for a moment, who went: by scan and by button."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.queueing import Stage, call_order
from portal.domain.scanning import Verdict, read_scan
from portal.services import arrivals, calling
from portal.services.arrivals import Scanned
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Companion
from portal.store.queries.arrivals import meant
from portal.store.queries.receptions import queue_of_day
from tests.builders import a_booking, a_reception_day, an_enterprise
from tests.reception_rooms import ReceptionRoom


@pytest.fixture
def room(session, now):
    return ReceptionRoom(session, now, slots=4)


def changed(session, booking_id, **values):
    booking = session.get_one(Booking, booking_id, populate_existing=True)
    for name, value in values.items():
        setattr(booking, name, value)
    session.info["unaudited"] = True
    session.commit()
    del session.info["unaudited"]
    return booking


def booking(session, booking_id):
    return session.get_one(Booking, booking_id, populate_existing=True)


def test_a_scanned_code_checks_in_at_once(session, room):
    first = booking(session, room.bookings[0])
    assert room.do(arrivals.scan_in, room.day, f"{first.code}\n") == Scanned(first.id, checked_in=True)
    assert booking(session, first.id).arrived_at == room.now
    assert session.scalars(select(AuditLine.act)).all() == ["checked_in"]


@pytest.mark.parametrize("typed", ["２号", "CODE", "安澜乙", "aly", "91510500MA6ABCDE3X"])
def test_number_code_name_initials_and_credit_code_mean_the_same_booking(session, room, typed):
    second = booking(session, room.bookings[1])
    enterprise = session.scalars(
        select(type(an_enterprise())).where(type(an_enterprise()).id == second.enterprise_id)
    ).one()
    enterprise.name, enterprise.initials, enterprise.credit_code = "安澜乙有限公司", "alyyxgs", "91510500MA6ABCDE3X"
    session.info["unaudited"] = True
    session.commit()
    del session.info["unaudited"]
    came = room.do(arrivals.scan_in, room.day, second.code if typed == "CODE" else typed)
    assert came == Scanned(second.id, checked_in=True)


def test_who_is_here_already_is_not_checked_in_again(session, room):
    code = booking(session, room.bookings[0]).code
    room.do(arrivals.scan_in, room.day, code)
    again = room.do(arrivals.scan_in, room.day, code, now=room.now + timedelta(minutes=5))
    assert again == Scanned(room.bookings[0], checked_in=False)
    assert booking(session, room.bookings[0]).arrived_at == room.now


@pytest.mark.parametrize(
    "state, verdict",
    [
        (BookingState.CANCELLED, Verdict.CANCELLED),
        (BookingState.REFUSED, Verdict.REFUSED),
        (BookingState.WAITING, Verdict.WAITING),
        (BookingState.PENDING, Verdict.PENDING),
    ],
)
def test_what_does_not_stand_is_named_and_left_alone(session, room, now, state, verdict):
    kept = {"waiting_since": now} if state is BookingState.WAITING else {}
    seat = {} if state is BookingState.PENDING else {"seat_id": None}
    code = changed(session, room.bookings[0], state=state, **seat, **kept).code
    assert room.do(arrivals.scan_in, room.day, code) == Scanned(room.bookings[0], checked_in=False)
    assert [it.verdict for it in meant(session, room.day, read_scan(code))] == [verdict]
    assert booking(session, room.bookings[0]).state is state


def test_a_booking_of_another_day_is_named_and_left_alone(session, room):
    session.info["unaudited"] = True
    day = a_reception_day(day=date(2027, 1, 15))
    other = a_booking(day, an_enterprise(name="安澜他日有限公司"))
    session.add_all([day, other])
    session.commit()
    assert room.do(arrivals.scan_in, room.day, other.code) == Scanned(other.id, checked_in=False)
    assert [it.verdict for it in meant(session, room.day, read_scan("安澜他日"))] == [Verdict.ANOTHER_DAY]
    assert booking(session, other.id).state is BookingState.CONFIRMED


def test_several_or_none_change_nothing(session, room):
    assert room.do(arrivals.scan_in, room.day, "安澜示例企业") == Scanned()
    assert len(meant(session, room.day, read_scan("安澜示例企业"))) == 4
    assert room.do(arrivals.scan_in, room.day, "没有这一家") == Scanned()
    assert room.do(arrivals.scan_in, room.day, "99") == Scanned()
    assert room.do(arrivals.scan_in, room.day, " ") == Scanned()
    assert room.stages(session) == [Stage.COMING] * 4
    for each in room.bookings[:3]:
        room.do(arrivals.check_in, each)
    room.do(arrivals.park, room.bookings[0])
    assert room.do(arrivals.scan_in, room.day, "安澜示例企业") == Scanned()


def test_of_several_bookings_of_an_enterprise_the_one_that_stands_is_meant(session, room):
    first = booking(session, room.bookings[0])
    changed(session, room.bookings[1], state=BookingState.CANCELLED, seat_id=None, enterprise_id=first.enterprise_id)
    name = queue_of_day(session, room.day)[0].enterprise_name
    assert room.do(arrivals.scan_in, room.day, name) == Scanned(first.id, checked_in=True)


def test_as_many_came_as_were_announced_until_somebody_corrects_it(session, room):
    session.info["unaudited"] = True
    session.add_all(Companion(booking_id=room.bookings[0], position=it, name="同示例") for it in (2, 3))
    session.commit()
    assert queue_of_day(session, room.day)[0].persons == 3
    assert room.do(arrivals.check_in, room.bookings[0]).persons_came == 3
    assert room.do(arrivals.correct_persons, room.bookings[0], 2).persons_came == 2
    for wrong in (0, -1, 100):
        with pytest.raises(RuleBroken, match="1 至 99"):
            room.do(arrivals.correct_persons, room.bookings[0], wrong)
    with pytest.raises(RuleBroken, match="签到以后"):
        room.do(arrivals.correct_persons, room.bookings[1], 2)


def test_who_is_parked_is_not_called_and_comes_back_to_its_turn(session, room):
    for each in room.bookings[:2]:
        room.do(arrivals.check_in, each)
    room.do(arrivals.park, room.bookings[0])
    assert [it.number for it in call_order(queue_of_day(session, room.day))] == [2]
    code = booking(session, room.bookings[0]).code
    assert room.do(arrivals.scan_in, room.day, code) == Scanned(room.bookings[0], checked_in=True)
    session.expire_all()
    assert [it.number for it in call_order(queue_of_day(session, room.day))] == [1, 2]


def test_who_left_may_be_brought_back_or_come_again_later(session, room):
    later = room.now + timedelta(hours=1)
    room.do(arrivals.check_in, room.bookings[0])
    assert room.do(arrivals.leave, room.bookings[0]).left_at == room.now
    assert room.stages(session)[0] is Stage.LEFT
    back = room.do(arrivals.undo_leaving, room.bookings[0], now=later)
    assert (back.arrived_at, back.left_at) == (room.now, None)
    room.do(arrivals.leave, room.bookings[0])
    assert room.do(arrivals.check_in, room.bookings[0], now=later).arrived_at == later
    with pytest.raises(RuleBroken, match="没有可撤销的离开"):
        room.do(arrivals.undo_leaving, room.bookings[0])


def test_nothing_of_this_is_done_with_somebody_inside_or_not_here(room):
    room.do(arrivals.check_in, room.bookings[0])
    room.do(calling.start_reception, room.bookings[0])
    for verb in (arrivals.park, arrivals.leave, arrivals.undo_arrival):
        with pytest.raises(RuleBroken, match="已经开始"):
            room.do(verb, room.bookings[0])
    with pytest.raises(RuleBroken, match="请先签到"):
        room.do(arrivals.park, room.bookings[1])


def test_what_was_changed_meanwhile_is_not_acted_on(session, room):
    version = room.do(arrivals.check_in, room.bookings[0]).version
    room.do(arrivals.park, room.bookings[0], version=version)
    with pytest.raises(Conflict):
        room.do(arrivals.leave, room.bookings[0], version=version)


def test_undoing_a_check_in_forgets_all_that_came_of_it(session, room):
    room.do(arrivals.check_in, room.bookings[0])
    room.do(calling.call_next, room.day, "")
    undone = room.do(arrivals.undo_arrival, room.bookings[0])
    assert (undone.arrived_at, undone.persons_came, undone.called_at, undone.calls, undone.holds_room) == (
        None, None, None, 0, None,
    )  # fmt: skip
