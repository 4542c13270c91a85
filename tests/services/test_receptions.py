"""The day itself: who came, what was said, how each matter left the room."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.matters import Disposition, MatterKind, MatterState
from portal.domain.queueing import Stage
from portal.domain.reception_days import DayState
from portal.services import dispositions, receptions, records, told_matters
from portal.services.booking_orders import MatterTold
from portal.services.dispositions import Decision
from portal.services.records import AttendanceNote, RecordText
from portal.store.extension import transaction
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, InvitedUnit, Reception
from portal.store.models.matters import Matter
from portal.store.models.reception import ReceptionDay
from portal.store.queries.receptions import board_of_day, queue_of_day
from tests.booking_orders import OFFICE, the_district
from tests.builders import a_booking, a_matter, a_reception_day, a_unit, an_enterprise

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


def test_the_record_is_kept_and_saving_the_same_again_leaves_no_line(session, room):
    room.receive()
    text = RecordText("询问了进度", "财政局汇报", "资金未到位", "分两批", "本月拨付", "李示例")
    room.do(records.save_record, room.bookings[0], text, version=1)
    room.do(records.save_record, room.bookings[0], text, version=1)
    reception = session.scalars(select(Reception)).one()
    assert (reception.crux, reception.recorder, reception.version) == ("资金未到位", "李示例", 2)
    assert session.scalars(select(AuditLine.act)).all().count("record_saved") == 1


def test_two_who_write_the_same_record_do_not_overwrite_each_other(session, room):
    room.receive()
    room.do(records.save_record, room.bookings[0], RecordText(inquiry="甲写的"), version=1)
    with pytest.raises(Conflict, match="您写的内容还在"):
        room.do(records.save_record, room.bookings[0], RecordText(inquiry="乙写的"), version=1)
    session.expire_all()
    assert session.scalars(select(Reception)).one().inquiry == "甲写的"


def test_a_record_needs_a_reception(room):
    with pytest.raises(RuleBroken, match="还没有开始"):
        room.do(records.save_record, room.bookings[0], RecordText(inquiry="问"))


def test_a_matter_told_on_the_spot_gets_the_next_place_and_a_number(room):
    room.receive()
    matter = room.do(told_matters.add_matter, room.bookings[0], MatterTold(MatterKind.SUGGESTION, "0301", "当场提出"))
    assert matter.number == "2026-0001"
    assert matter.state is MatterState.REGISTERED


def test_a_matter_of_somebody_who_has_not_come_cannot_be_told(room):
    with pytest.raises(RuleBroken, match="签到以后"):
        room.do(told_matters.add_matter, room.bookings[0], MatterTold(MatterKind.PROBLEM, "0301", "标题"))


@pytest.mark.parametrize(
    "decision, after, answer, reason",
    [
        (SETTLE, MatterState.SETTLED, "本月内拨付到位", ""),
        (Decision(Disposition.ASSIGN), MatterState.AWAITING_ASSIGNMENT, "", ""),
        (
            Decision(Disposition.REFUSE, "已在诉讼中", channel="诉讼"),
            MatterState.REFUSED,
            "",
            "已在诉讼中。应走渠道：诉讼。",
        ),
    ],
)
def test_a_matter_leaves_the_room_in_one_of_three_ways(room, decision, after, answer, reason):
    matter = room.do(dispositions.dispose_matter, room.matters[0], decision, version=1)
    assert (matter.state, matter.on_site_answer, matter.ended_reason) == (after, answer, reason)


@pytest.mark.parametrize(
    "decision, field",
    [
        (Decision(Disposition.SETTLE), "answer"),
        (Decision(Disposition.REFUSE, channel="信访"), "answer"),
        (Decision(Disposition.REFUSE, "不属受理范围"), "channel"),
    ],
)
def test_settling_needs_its_answer_and_refusing_its_reason_and_channel(room, decision, field):
    with pytest.raises(RuleBroken) as refused:
        room.do(dispositions.dispose_matter, room.matters[0], decision)
    assert refused.value.field == field


def test_a_decision_can_be_taken_back(room):
    room.do(dispositions.dispose_matter, room.matters[0], SETTLE)
    assert room.do(dispositions.reopen_matter, room.matters[0]).state is MatterState.REGISTERED
    assert room.do(dispositions.dispose_matter, room.matters[0], Decision(Disposition.ASSIGN)).state is (
        MatterState.AWAITING_ASSIGNMENT
    )


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


def test_attendance_is_noted_with_who_came(session, room):
    unit = a_unit()
    session.info["unaudited"] = True
    session.add_all([unit, InvitedUnit(booking_id=room.bookings[0], unit=unit, attendance=Attendance.INVITED)])
    session.commit()
    note = AttendanceNote(unit.id, Attendance.ATTENDED, " 陶示例 ")
    invited = room.do(records.note_attendance, room.bookings[0], [note]).invited[0]
    assert (invited.attendance, invited.representative) == (Attendance.ATTENDED, "陶示例")


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


def test_a_matter_changed_meanwhile_is_not_decided_over(session, room):
    room.do(dispositions.dispose_matter, room.matters[0], Decision(Disposition.ASSIGN), version=1)
    with pytest.raises(Conflict):
        room.do(dispositions.dispose_matter, room.matters[0], SETTLE, version=1)
    assert session.get_one(Matter, room.matters[0]).on_site_answer == ""
