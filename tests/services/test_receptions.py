"""The day itself: who came, what was said, how each matter left the room."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.errors import RuleBroken
from portal.domain.matters import Disposition
from portal.domain.queueing import Stage
from portal.domain.reception_days import DayState
from portal.services import dispositions, receptions
from portal.services.dispositions import Decision
from portal.store.extension import transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, Reception
from portal.store.models.reception import ReceptionDay
from portal.store.queries.receptions import board_of_day, queue_of_day
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_booking, a_matter, a_reception_day, an_enterprise

SETTLE = Decision(Disposition.SETTLE, "本月内拨付到位", "区财政局")


class Room:
    """A reception day with two bookings of one matter each, by their ids."""

    def __init__(self, session, now, **given):
        session.add_all(the_district())
        day = a_reception_day(state=DayState.ONGOING, **given)
        bookings = [a_booking(day, an_enterprise(), slot=slot) for slot in (0, 1)]
        matters = [a_matter(booking) for booking in bookings]
        session.add_all([day, *bookings, *matters])
        session.commit()
        self.day, self.now = day.id, now
        self.bookings = [it.id for it in bookings]
        self.matters = [it.id for it in matters]
        session.info.pop("unaudited", None)

    def do(self, verb, *given, **named):
        with transaction() as session:
            return verb(session, *given, actor=OFFICE, now=named.pop("now", self.now), **named)

    def receive(self, place=0):
        self.do(receptions.check_in, self.bookings[place])
        self.do(receptions.start_reception, self.bookings[place])


@pytest.fixture
def room(session, now):
    return Room(session, now)


def selects(statements):
    return [it for it in statements if it.startswith("SELECT")]


def state(session, booking_id):
    return session.get_one(Booking, booking_id, populate_existing=True).state


def test_a_visitor_is_checked_in_called_in_and_done(session, room):
    room.receive()
    booking = room.do(receptions.finish_reception, room.bookings[0])
    assert booking.state is BookingState.FINISHED
    assert booking.arrived_at == room.now
    reception = session.scalars(select(Reception)).one()
    assert (reception.started_at, reception.finished_at) == (room.now, room.now)
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert acts == ["checked_in", "reception_started", "reception_finished"]


def test_nobody_is_called_in_before_checking_in(room):
    with pytest.raises(RuleBroken, match="请先签到"):
        room.do(receptions.start_reception, room.bookings[0])


def test_one_enterprise_is_in_a_room_at_a_time(room):
    room.receive()
    room.do(receptions.check_in, room.bookings[1])
    with pytest.raises(RuleBroken, match="还在接待中"):
        room.do(receptions.start_reception, room.bookings[1])
    room.do(receptions.finish_reception, room.bookings[0])
    room.do(receptions.start_reception, room.bookings[1])


def test_nothing_happens_in_the_room_before_the_day_is_opened(session, room):
    session.get_one(ReceptionDay, room.day).state = DayState.PUBLISHED
    session.info["unaudited"] = True
    session.commit()
    room.do(receptions.check_in, room.bookings[0])
    with pytest.raises(RuleBroken, match="请先点“开始接待”"):
        room.do(receptions.start_reception, room.bookings[0])
    assert room.do(receptions.open_day, room.day).state is DayState.ONGOING


def test_a_no_show_keeps_its_place_and_may_still_come(session, room):
    room.do(receptions.mark_no_show, room.bookings[0])
    assert session.get_one(Booking, room.bookings[0]).seat_id is not None
    assert room.do(receptions.check_in, room.bookings[0]).state is BookingState.ARRIVED


def test_a_check_in_can_be_taken_back_until_the_reception_begins(room):
    room.do(receptions.check_in, room.bookings[0])
    assert room.do(receptions.undo_arrival, room.bookings[0]).arrived_at is None
    room.receive()
    with pytest.raises(RuleBroken, match="不能撤销签到"):
        room.do(receptions.undo_arrival, room.bookings[0])


def test_the_day_does_not_end_with_a_matter_undecided_or_somebody_inside(session, room):
    room.receive()
    with pytest.raises(RuleBroken, match="没有处置") as refused:
        room.do(receptions.close_day, room.day)
    assert "没有接待完毕" in refused.value.message
    room.do(dispositions.dispose_matter, room.matters[0], SETTLE)
    room.do(receptions.finish_reception, room.bookings[0])
    day = room.do(receptions.close_day, room.day)
    assert (day.state, day.closed_at) == (DayState.CLOSED, room.now)
    assert state(session, room.bookings[1]) is BookingState.NO_SHOW


def test_the_day_does_not_end_while_a_booking_waits_for_review(session, room):
    session.get_one(Booking, room.bookings[0]).state = BookingState.PENDING
    session.info["unaudited"] = True
    session.commit()
    with pytest.raises(RuleBroken, match="待审核"):
        room.do(receptions.close_day, room.day)


def test_the_queue_says_who_waits_since_when_and_costs_one_statement(session, room, statements):
    room.do(receptions.check_in, room.bookings[1])
    statements.clear()
    queue = queue_of_day(session, room.day)
    assert len(selects(statements)) == 1
    assert [(it.number, it.waits, it.undecided) for it in queue] == [(1, False, 1), (2, True, 1)]
    assert queue[1].minutes_waited(room.now + timedelta(minutes=17, seconds=59)) == 17


def test_a_number_stays_when_the_booking_before_it_is_gone(session, room):
    booking = session.get_one(Booking, room.bookings[0])
    booking.state, booking.seat_id = BookingState.CANCELLED, None
    session.info["unaudited"] = True
    session.commit()
    assert [it.number for it in queue_of_day(session, room.day)] == [2]


def test_the_board_says_how_far_everybody_is_in_three_statements_and_reads_no_name(session, room, statements):
    day = session.get_one(ReceptionDay, room.day).day
    room.receive()
    statements.clear()
    board = board_of_day(session, day)
    assert len(selects(statements)) == 3
    assert "enterprise" not in " ".join(statements).replace("enterprise_id", "")
    assert "visitor" not in " ".join(statements)
    assert [(it.number, it.stage) for it in board.rows] == [(1, Stage.INSIDE), (2, Stage.COMING)]
    room.do(receptions.finish_reception, room.bookings[0])
    room.do(receptions.check_in, room.bookings[1])
    assert [it.stage for it in board_of_day(session, day).rows] == [Stage.FINISHED, Stage.WAITING]
