from datetime import date, datetime, time

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.day_changes import ChangeKind
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.day_changes import Wish, approve, ask
from portal.services.day_papers import notice_sheet, plate_sheet, spans_of
from portal.services.duty import assign_turn
from portal.services.office_settings import change_rules
from portal.services.reception_days import add_slot, change_day, mark_noticed, publish_day, withdraw_day
from portal.store.models.audit import AuditLine
from portal.store.models.people import Post
from portal.store.models.reception import DutyTurn, Slot, Venue
from portal.store.queries.reception_days import SlotRow, day_file
from tests.builders import a_leader, a_reception_day, a_turn
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


@pytest.fixture
def a_day(session):
    """A published day of 吴示宁, 郑示和 taking part, 孙示安 standing by, in a room of the register."""
    main = a_leader(name="吴示宁", post="区长", fields=("用地", "融资"))
    beside, standby = a_leader(name="郑示和", post="副区长"), a_leader(name="孙示安", post="副区长")
    day = a_reception_day(
        venue="区政务中心三楼",
        turns=[a_turn(main), a_turn(beside, seat="accompanying"), a_turn(standby, seat="standby")],
    )
    session.add_all([day, Venue(name="区政务中心三楼", address="安澜大道1号")])
    session.commit()
    return day


def act(service, day, *args, actor=OFFICE, **given):
    with audited() as session:
        return service(session, day.id, *args, actor=actor, now=NOW, **given)


def sheet(session, day=DAY, **given):
    return notice_sheet(session, day_file(session, day), actor=OFFICE, now=NOW, **given)


def test_a_notice_says_who_receives_with_post_and_fields_but_not_who_stands_by(session, a_day):
    found = sheet(session)
    assert [(it.name, it.post, it.seat, it.fields) for it in found.leaders] == [
        ("吴示宁", "区长", "主接待", ("用地", "融资")),
        ("郑示和", "副区长", "参加", ()),
    ]
    assert (found.address, found.slots, found.slot_minutes, found.issued_on) == ("安澜大道1号", 2, 40, NOW.date())
    assert (found.is_draft, found.issuing_organ) == (False, "本区工商业联合会")


def test_the_post_is_the_one_held_on_the_day(session, a_day):
    session.add(Post(leader_id=a_day.turns[0].leader_id, title="区委书记", starts_on=date(2026, 12, 10)))
    session.commit()
    assert sheet(session).leaders[0].post == "区委书记"


def test_booking_closes_some_working_days_before(session, a_day):
    assert sheet(session).closes_at == datetime(2026, 12, 11, 17, 0, tzinfo=ZONE)
    with audited() as records:
        change_rules(records, {"booking_close_days": 0}, actor=OFFICE, now=NOW)
    assert sheet(session).closes_at is None


def test_a_place_only_written_down_has_no_address(session):
    session.add(a_reception_day(turns=[a_turn(a_leader())], state=DayState.PLANNED))
    session.commit()
    found = sheet(session)
    assert (found.venue, found.address, found.is_draft) == ("区工商联会议室", "", True)


def slot(first, last):
    return SlotRow(1, first, last, "", ())


@pytest.mark.parametrize(
    "slots,spans",
    [
        ([slot(time(9), time(9, 40)), slot(time(9, 40), time(10, 20))], ((time(9), time(10, 20)),)),
        ([slot(time(9), time(9, 40)), slot(time(10, 10), time(10, 50))], ((time(9), time(10, 50)),)),
        (
            [slot(time(13, 30), time(14)), slot(time(9), time(9, 40))],
            ((time(9), time(9, 40)), (time(13, 30), time(14))),
        ),
        ([slot(time(9), time(10)), slot(time(9), time(9, 30))], ((time(9), time(10)),)),
        ([], ()),
    ],
)
def test_slots_that_follow_one_another_are_one_span(slots, spans):
    assert spans_of(slots) == spans


@pytest.mark.parametrize(
    "given,words",
    [
        ({"state": DayState.CANCELLED}, "已取消"),
        ({"turns": []}, "还没有安排主接待领导"),
        ({"slots": 0}, "还没有可预约的时段"),
    ],
)
def test_a_notice_with_nothing_to_say_is_not_printed(session, given, words):
    session.add(a_reception_day(**({"turns": [a_turn(a_leader())]} | given)))
    session.commit()
    with pytest.raises(RuleBroken, match=words):
        sheet(session)


def test_everybody_on_duty_has_a_plate_in_the_order_of_the_seats(session, a_day):
    found = plate_sheet(session, day_file(session, DAY), actor=OFFICE)
    assert [(it.name, it.post) for it in found.plates] == [
        ("吴示宁", "区长"),
        ("郑示和", "副区长"),
        ("孙示安", "副区长"),
    ]
    with pytest.raises(NotAllowed):
        plate_sheet(session, day_file(session, DAY), actor=Actor(2, "领导", Role.LEADER))


def test_nobody_on_duty_no_plates(session):
    session.add(a_reception_day())
    session.commit()
    with pytest.raises(RuleBroken, match="没有桌牌可打"):
        plate_sheet(session, day_file(session, DAY), actor=OFFICE)


def test_a_notice_is_marked_public_once_and_keeps_its_date(session, a_day):
    act(mark_noticed, a_day, version=a_day.version)
    file = day_file(session, DAY)
    assert (file.noticed_at, file.notice_holds) == (NOW, True)
    later = notice_sheet(session, file, actor=OFFICE, now=datetime(2026, 12, 1, 9, tzinfo=ZONE))
    assert later.issued_on == NOW.date()
    with pytest.raises(RuleBroken, match="无需重复"):
        act(mark_noticed, a_day, version=a_day.version)
    assert session.scalars(select(AuditLine.act)).all() == ["day_noticed"]


def test_only_a_published_day_has_a_public_notice(session):
    session.add(day := a_reception_day(state=DayState.PLANNED, turns=[a_turn(a_leader())]))
    session.commit()
    with pytest.raises(RuleBroken, match="先发布接待日"):
        act(mark_noticed, day, version=day.version)
    with pytest.raises(Conflict):
        act(mark_noticed, day, version=99)
    with pytest.raises(NotAllowed):
        act(mark_noticed, day, version=day.version, actor=Actor(2, "领导", Role.LEADER))


def venue(day):
    act(change_day, day, venue="别处", starts_at=time(9), theme="", version=day.version)


def beginning(day):
    act(change_day, day, venue=day.venue, starts_at=time(9, 30), theme="", version=day.version)


def slots(day):
    act(add_slot, day, starts_at=time(14), minutes=30, version=day.version)


def leader(day):
    with audited() as session:
        session.add(other := a_leader())
        session.flush()
        assign_turn(
            session, day.id, DutySeat.MAIN, 1, other.id, "原领导外出学习",
            holder=session.scalar(select(DutyTurn.leader_id).where(DutyTurn.seat == "main")), actor=OFFICE, now=NOW,
        )  # fmt: skip


def date_of_the_day(day):
    change = act(ask, day, Wish(ChangeKind.REDATE, "与市级会议冲突", date(2026, 12, 22)))
    with audited() as session:
        approve(session, change.id, actor=Actor(2, "区长", Role.LEADER), now=NOW)


def publication(day):
    act(withdraw_day, day, version=day.version)
    act(publish_day, day, version=day.version)


@pytest.mark.parametrize("change", [venue, beginning, slots, leader, date_of_the_day, publication])
def test_a_public_notice_is_out_of_date_after_a_change_of(session, a_day, change):
    act(mark_noticed, a_day, version=a_day.version)
    change(a_day)
    day = session.scalar(select(type(a_day)))
    assert day_file(session, day.day).notice_holds is False
    assert sheet(session, day.day).issued_on == NOW.date()
    act(mark_noticed, day, version=day.version)
    assert day_file(session, day.day).notice_holds is True


def test_who_stands_by_leaves_a_public_notice_valid(session, a_day):
    act(mark_noticed, a_day, version=a_day.version)
    with audited() as records:
        records.add(other := a_leader())
        records.flush()
        holder = records.scalar(select(DutyTurn.leader_id).where(DutyTurn.seat == "standby"))
        assign_turn(
            records, a_day.id, DutySeat.STANDBY, 1, other.id, "原领导外出学习", holder=holder, actor=OFFICE, now=NOW
        )
    file = day_file(session, DAY)
    assert (file.notice_holds, file.sequence) == (True, 1)


def test_slots_given_up_do_not_lengthen_the_hours(session, a_day):
    session.add(Slot(reception_day_id=a_day.id, starts_at=time(16), ends_at=time(17), room="", seats=[]))
    session.commit()
    assert sheet(session).spans == ((time(9), time(10, 40)),)
