"""The record of a reception: written by several at once, saved every few seconds, completed after the day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest

from portal.clock import ZONE
from portal.domain.attendance import Attendance
from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.writers import others_writing
from portal.services import receptions, records
from portal.services.records import AttendanceNote, RecordText, fingerprint
from portal.store.audit_trail import UnauditedChange, record_now_and_then, verify
from portal.store.extension import db, read, transaction
from portal.store.models.bookings import InvitedUnit, Reception
from portal.store.models.reception import ReceptionDay
from tests.builders import a_booking, a_reception_day, a_unit, an_enterprise
from tests.held_receptions import LI, ZHANG, Held

MINUTE = timedelta(minutes=1)


@pytest.fixture
def held(each_app):
    return Held(each_app)


def test_the_record_is_kept_and_saving_the_same_again_leaves_no_line(held):
    text = {"inquiry": "询问了进度", "crux": "资金未到位\n第二行", "recorder": "李示例"}
    held.save(**text)
    held.save(base=text, **text)
    stands = held.stands()
    assert (stands.crux, stands.recorder, stands.version) == ("资金未到位\n第二行", "李示例", 2)
    assert held.acts() == [("record_saved", "张示例")]


def test_line_ends_of_a_browser_become_plain_ones_and_nothing_but_blanks_is_nothing(held):
    held.save(inquiry="甲\r\n乙", crux=" \r\n ")
    assert (held.stands().inquiry, held.stands().crux) == ("甲\n乙", "")


def test_two_who_write_the_same_record_both_keep_what_they_wrote(held):
    held.save(inquiry="问了进度", crux="共同的")
    base = {"inquiry": "问了进度", "crux": "共同的"}
    held.save(base=base, inquiry="问了进度，张补充", crux="共同的", approach="张的思路")
    held.save(base=base, inquiry="问了进度", crux="共同的\n李的一行", approach="李的思路", actor=LI)
    stands = held.stands()
    assert stands.inquiry == "问了进度，张补充"
    assert stands.crux == "共同的\n李的一行"
    assert stands.approach == "张的思路\n李的思路"


def test_where_both_wrote_something_else_the_second_is_named(held):
    held.save(answer="本月拨付")
    base = {"answer": "本月拨付"}
    held.save(base=base, answer="年底拨付")
    held.save(base=base, answer="下月拨付", actor=LI)
    assert held.stands().answer == "年底〔李示例同时写：下月〕拨付"


def test_a_form_that_says_nothing_of_where_it_began_overwrites_nothing(held):
    held.save(inquiry="张写的")
    held.save(inquiry="李写的", actor=LI)
    assert held.stands().inquiry == "张写的\n李写的"


def test_many_who_save_at_the_same_moment_all_keep_what_they_wrote(each_app):
    held, people = Held(each_app), 8
    start = Barrier(people)

    def write(number):
        actor, text = Actor(100 + number, f"写手{number}", Role.OFFICE), ""
        start.wait()
        for line in range(4):
            more = f"{text}\n第{number}人第{line}行" if text else f"第{number}人第{line}行"
            held.save(base={"inquiry": text}, inquiry=more, actor=actor)
            text = more

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(write, range(people)))
    written = held.stands().inquiry
    expected = [f"第{number}人第{line}行" for number in range(people) for line in range(4)]
    assert {line: written.count(line) for line in expected} == dict.fromkeys(expected, 1)


def test_a_record_needs_a_reception_and_somebody_of_the_office(session, app):
    with pytest.raises(RuleBroken, match="还没有开始"):
        records.save_record(session, 99, RecordText(inquiry="问"), actor=ZHANG, now=datetime.now(ZONE))
    with pytest.raises(NotAllowed):
        Held(app).save(inquiry="问", actor=Actor(3, "领导", Role.LEADER))


# --- the audit trail ---------------------------------------------------------------


def test_who_saves_every_few_seconds_leaves_one_line_in_five_minutes(held):
    text = ""
    for step in range(40):
        base, text = text, text + "字"
        held.save(base={"inquiry": base}, inquiry=text, now=held.now + step * timedelta(seconds=15))
    assert held.stands().inquiry == "字" * 40
    assert held.acts() == [("record_saved", "张示例")] * 2


def test_everybody_who_writes_leaves_a_line_of_his_own(held):
    held.save(inquiry="一")
    held.save(base={"inquiry": "一"}, inquiry="一二", actor=LI, now=held.now + MINUTE)
    held.save(base={"inquiry": "一二"}, inquiry="一二三", now=held.now + 2 * MINUTE)
    assert held.acts() == [("record_saved", "张示例"), ("record_saved", "李示例")]


def test_a_line_carries_the_seal_of_what_was_written(held):
    held.save(inquiry="一")
    assert fingerprint(RecordText(inquiry="一")) in held.details()[0]
    assert fingerprint(RecordText(inquiry="二")) != fingerprint(RecordText(crux="二"))


def test_what_was_written_in_the_end_is_sealed_when_the_enterprise_leaves(held):
    held.save(inquiry="一")
    held.save(base={"inquiry": "一"}, inquiry="一二", now=held.now + MINUTE)
    held.do(receptions.finish_reception, held.booking, now=held.now + 2 * MINUTE)
    assert [act for act, _ in held.acts()] == ["record_saved", "reception_finished"]
    assert fingerprint(RecordText(inquiry="一二")) in held.details()[-1]


def test_a_line_covers_its_own_record_and_no_other_change(held):
    held.save(inquiry="一")

    def save_and_more(session, *, actor, now):
        records.save_record(session, held.booking, RecordText(inquiry="二"), actor=actor, now=now)
        session.get_one(ReceptionDay, held.day).theme = "没有说的改动"

    with pytest.raises(UnauditedChange, match="ReceptionDay"):
        held.do(save_and_more, now=held.now + MINUTE)
    assert held.stands().inquiry == "一"


def test_a_line_of_somebody_else_or_of_another_record_covers_nothing(app, session):
    held = Held(app)
    held.save(inquiry="一")
    ours_id = held.stands().id
    day = a_reception_day(day=date(2026, 12, 16))
    other = Reception(booking=a_booking(day, an_enterprise()), started_at=held.now)
    session.add(other)
    session.commit()
    covered = {"within": 5 * MINUTE, "summary": "保存", "alike": {}}
    with transaction() as writing:
        assert record_now_and_then(
            writing, ZHANG, held.now, "record_saved", writing.get_one(Reception, other.id), **covered
        )
        ours = writing.get_one(Reception, ours_id)
        assert record_now_and_then(writing, LI, held.now, "record_saved", ours, **covered)
        assert not record_now_and_then(writing, ZHANG, held.now, "record_saved", ours, **covered)
        assert record_now_and_then(
            writing, ZHANG, held.now, "record_saved", ours, **covered | {"alike": {"late_reason": "停电"}}
        )
    assert verify(read())[1] is None


# --- who else is writing -------------------------------------------------------------


def test_who_else_is_writing_where_is_known_for_a_moment(held):
    held.save(inquiry="一")
    held.save(base={"inquiry": "一"}, inquiry="一", crux="二", actor=LI, now=held.now + timedelta(seconds=5))
    writers = held.stands().writers
    seen = others_writing(writers, ZHANG.account_id, held.now + timedelta(seconds=10))
    assert [(it.name, it.parts) for it in seen] == [("李示例", ("crux",))]
    assert others_writing(writers, ZHANG.account_id, held.now + timedelta(seconds=26)) == []


# --- after the day ---------------------------------------------------------------------

FRIDAY = date(2026, 11, 20)


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.fixture
def closed(each_app):
    return Held(each_app, now=at(20, 15), day=FRIDAY, state=DayState.CLOSED)


def test_until_the_set_hour_a_closed_day_is_completed_without_reason_each_time_with_a_line(closed):
    closed.save(inquiry="一", now=at(20, 15, 30))
    closed.save(base={"inquiry": "一"}, inquiry="一二", now=at(20, 16))
    assert closed.acts() == [("record_saved", "张示例")] * 2
    assert closed.stands().late_reason == ""


def test_after_it_only_with_a_reason_which_is_kept(closed):
    with pytest.raises(RuleBroken, match="补录时限（11月20日 16:00）已过") as refused:
        closed.save(inquiry="一", now=at(20, 16, 1))
    assert refused.value.field == "late_reason"
    with pytest.raises(RuleBroken, match="最多 200 个字"):
        closed.save(inquiry="一", now=at(23, 9), late_reason="长" * 201)
    closed.save(inquiry="一", now=at(23, 9), late_reason=" 当日停电，按手工记录补录 ")
    assert closed.stands().late_reason == "当日停电，按手工记录补录"
    assert "当日停电，按手工记录补录" in closed.details()[0]


def test_a_day_still_held_asks_for_no_reason_until_the_day_is_over(each_app):
    held = Held(each_app, now=at(20, 15), day=FRIDAY)
    held.save(inquiry="一", now=at(20, 18))
    with pytest.raises(RuleBroken, match="补录时限"):
        held.save(base={"inquiry": "一"}, inquiry="一二", now=at(23, 9))


def test_nothing_is_entered_before_the_day_has_begun(app):
    held = Held(app, state=DayState.PUBLISHED)
    with pytest.raises(RuleBroken, match="请先点“开始接待”"):
        held.save(inquiry="一")


# --- who came ----------------------------------------------------------------------------


def test_attendance_is_noted_with_who_came_and_late_only_with_a_reason(app, session):
    closed = Held(app, now=at(20, 15), day=FRIDAY, state=DayState.CLOSED)
    unit = a_unit()
    session.add_all([unit, InvitedUnit(booking_id=closed.booking, unit=unit, attendance=Attendance.INVITED)])
    session.commit()
    notes = [AttendanceNote(unit.id, Attendance.ATTENDED, " 陶示例 ")]
    with pytest.raises(RuleBroken, match="补录时限"):
        closed.do(records.note_attendance, closed.booking, notes, now=at(23, 9))
    closed.do(records.note_attendance, closed.booking, notes, now=at(23, 9), late_reason="漏登记了")
    closed.do(records.note_attendance, closed.booking, notes, now=at(23, 10))  # nothing changes, nothing to explain
    invited = db.session().get_one(InvitedUnit, (closed.booking, unit.id), populate_existing=True)
    assert (invited.attendance, invited.representative) == (Attendance.ATTENDED, "陶示例")
    assert closed.stands().late_reason == "漏登记了"
