"""Calling: whose turn it is, and one enterprise at a time in a room however many press at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.domain.errors import Conflict, RuleBroken
from portal.domain.queueing import HELD, Stage
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.services import arrivals, calling, receptions
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.queries.receptions import queue_of_day
from tests.booking_orders import OFFICE
from tests.conftest import NOW
from tests.reception_rooms import ReceptionRoom, day_of

TOGETHER = {"slots": 1, "seats": 4, "mode": ReceptionMode.GROUP}
LEFT, RIGHT = "第一接待室", "第二接待室"


@pytest.fixture
def room(session, now):
    room = ReceptionRoom(session, now, slots=3)
    for each in room.bookings:
        room.do(arrivals.check_in, each)
    return room


def test_the_next_is_called_comes_in_and_goes(session, room):
    assert room.do(calling.call_next, room.day, "").id == room.bookings[0]
    assert room.stages(session) == [Stage.CALLED, Stage.WAITING, Stage.WAITING]
    called = room.do(calling.call_again, room.bookings[0], now=room.now + timedelta(minutes=3))
    assert (called.calls, called.called_at) == (2, room.now + timedelta(minutes=3))
    room.do(calling.start_reception, room.bookings[0])
    assert room.stages(session)[0] is Stage.INSIDE
    room.do(calling.finish_reception, room.bookings[0])
    assert room.do(calling.call_next, room.day, "").id == room.bookings[1]
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()[3:]
    assert acts == ["called", "called", "reception_started", "reception_finished", "called"]


def test_nobody_is_called_into_a_room_that_is_somebodys(room):
    room.do(calling.call_next, room.day, "")
    with pytest.raises(Conflict, match="已经叫到接待室（第 1 次"):
        room.do(calling.call_next, room.day, "")
    with pytest.raises(RuleBroken, match="已经叫到"):
        room.do(calling.start_reception, room.bookings[1])
    room.do(calling.start_reception, room.bookings[0])
    with pytest.raises(Conflict, match="还在接待中"):
        room.do(calling.call_next, room.day, "")


def test_a_call_is_taken_back_and_the_room_is_free(session, room):
    room.do(calling.call_next, room.day, "")
    room.do(calling.take_call_back, room.bookings[0])
    assert room.stages(session)[0] is Stage.WAITING
    with pytest.raises(RuleBroken, match="没有被叫号"):
        room.do(calling.call_again, room.bookings[0])
    assert room.do(calling.call_next, room.day, "").calls == 2


def test_who_was_called_and_is_not_there_is_parked_and_the_next_is_called(session, room):
    room.do(calling.call_next, room.day, "")
    room.do(arrivals.park, room.bookings[0])
    assert room.do(calling.call_next, room.day, "").id == room.bookings[1]
    assert room.stages(session) == [Stage.PARKED, Stage.CALLED, Stage.WAITING]


def test_one_press_ends_a_reception_and_calls_the_next(session, room):
    room.do(calling.start_reception, room.bookings[0])
    assert room.do(calling.finish_and_call, room.bookings[0]).id == room.bookings[1]
    assert room.stages(session) == [Stage.FINISHED, Stage.CALLED, Stage.WAITING]
    room.do(calling.start_reception, room.bookings[1])
    room.do(arrivals.leave, room.bookings[2])
    assert room.do(calling.finish_and_call, room.bookings[1]).id == room.bookings[1]


def test_when_nobody_waits_nobody_is_called(session, now):
    room = ReceptionRoom(session, now)
    with pytest.raises(RuleBroken, match="没有等候的企业"):
        room.do(calling.call_next, room.day, "")


def test_nobody_is_called_before_the_day_is_opened_or_after_it_is_closed(session, room):
    session.info["unaudited"] = True
    for state, words in ((DayState.PUBLISHED, "请先点“开始接待”"), (DayState.CLOSED, "不能再叫号")):
        day_of(session, room).state = state
        session.commit()
        with pytest.raises(RuleBroken, match=words):
            room.do(calling.call_next, room.day, "")


def test_parallel_rooms_call_their_own_at_the_same_time(session, now):
    room = ReceptionRoom(session, now, rooms=(LEFT, RIGHT))
    for each in room.bookings:
        room.do(arrivals.check_in, each)
    assert room.do(calling.call_next, room.day, LEFT).id == room.bookings[0]
    assert room.do(calling.call_next, room.day, RIGHT).id == room.bookings[1]
    room.do(calling.start_reception, room.bookings[1])
    room.do(calling.start_reception, room.bookings[0])
    assert room.stages(session) == [Stage.INSIDE, Stage.INSIDE, Stage.WAITING, Stage.WAITING]


def test_a_group_comes_in_together_is_joined_by_who_comes_late_and_goes_together(session, now):
    room = ReceptionRoom(session, now, **TOGETHER)
    for each in room.bookings[:2]:
        room.do(arrivals.check_in, each)
    assert len(room.do(calling.start_group, room.slots[0])) == 2
    room.do(arrivals.check_in, room.bookings[2])
    assert [it.id for it in room.do(calling.start_group, room.slots[0])] == [room.bookings[2]]
    assert room.stages(session) == [Stage.INSIDE, Stage.INSIDE, Stage.INSIDE, Stage.COMING]
    with pytest.raises(RuleBroken, match="没有已签到"):
        room.do(calling.start_group, room.slots[0])
    room.do(calling.finish_reception, room.bookings[0])
    assert len(room.do(calling.finish_group, room.slots[0])) == 2
    with pytest.raises(RuleBroken, match="没有正在座谈"):
        room.do(calling.finish_group, room.slots[0])
    assert len({it.id for it in session.scalars(select(receptions.Booking)).all() if it.state.value == "finished"}) == 3


def test_calling_the_next_of_a_group_begins_its_session(session, now):
    room = ReceptionRoom(session, now, **TOGETHER)
    for each in room.bookings[:3]:
        room.do(arrivals.check_in, each)
    room.do(calling.call_next, room.day, "")
    assert room.stages(session) == [Stage.INSIDE] * 3 + [Stage.COMING]
    room.do(arrivals.check_in, room.bookings[3])
    room.do(calling.start_reception, room.bookings[3])
    assert room.stages(session) == [Stage.INSIDE] * 4


def test_a_slot_that_is_no_group_is_not_begun_as_one(room):
    with pytest.raises(RuleBroken, match="逐家接待"):
        room.do(calling.start_group, room.slots[0])


def test_the_schema_alone_keeps_a_room_one_enterprises(session, room):
    session.info["unaudited"] = True
    with pytest.raises(IntegrityError, match="holds_room"):
        session.execute(update(Booking).values(holds_room=""))


def test_the_schema_alone_lets_nobody_hold_a_room_who_is_not_there(session, now):
    ReceptionRoom(session, now)
    session.info["unaudited"] = True
    with pytest.raises(IntegrityError, match="holds_a_room_while_it_is_there"):
        session.execute(update(Booking).where(Booking.id == 1).values(holds_room=""))


@pytest.fixture
def full_house(each_app):
    """Six in each of two rooms, all checked in, on one engine after the other."""
    with each_app.app_context():
        db.session().info["unaudited"] = True
        room = ReceptionRoom(db.session(), NOW, rooms=(LEFT, RIGHT), slots=6)
        for each in room.bookings:
            room.do(arrivals.check_in, each)
        db.session.remove()
    return room


def _at_once(app, threads: int, act: Callable[[int], object]) -> Counter[str]:
    start = Barrier(threads)

    def press(place: int) -> str:
        with app.app_context():
            start.wait()
            try:
                act(place)
            except RuleBroken as refusal:
                return type(refusal).__name__
            else:
                return "called"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(press, range(threads)))


def _held(app, room: ReceptionRoom) -> list[tuple[str, int]]:
    with app.app_context():
        held = [(it.room, it.number) for it in queue_of_day(read(), room.day) if it.stage in HELD]
        db.session.remove()
    return sorted(held)


def test_however_many_press_at_once_one_is_called_a_room(each_app, full_house):
    def press(place: int) -> None:
        with transaction() as session:
            calling.call_next(session, full_house.day, (LEFT, RIGHT)[place % 2], actor=OFFICE, now=NOW)

    assert _at_once(each_app, 12, press) == {"called": 2, "Conflict": 10}
    assert _held(each_app, full_house) == [(LEFT, 1), (RIGHT, 2)]


def test_however_many_are_let_in_at_once_one_comes_in_a_room(each_app, full_house):
    def press(place: int) -> None:
        with transaction() as session:
            calling.start_reception(session, full_house.bookings[place], actor=OFFICE, now=NOW)

    came = _at_once(each_app, 12, press)
    assert came == {"called": 2, "RuleBroken": 10}
    assert [room for room, _ in _held(each_app, full_house)] == [LEFT, RIGHT]


def test_the_same_person_scanned_at_two_desks_at_once_is_checked_in_once(each_app, full_house):
    with each_app.app_context():
        code = read().get_one(Booking, full_house.bookings[5]).code
        with transaction() as session:
            arrivals.undo_arrival(session, full_house.bookings[5], actor=OFFICE, now=NOW)
        db.session.remove()

    def scan(_place: int) -> None:
        with transaction() as session:
            if not arrivals.scan_in(session, full_house.day, code, actor=OFFICE, now=NOW).checked_in:
                raise RuleBroken("已经签到")

    came = _at_once(each_app, 8, scan)
    assert came["called"] == 1, came
