from datetime import date, time

import pytest
from sqlalchemy import select

from portal.domain.bookings import BookingState
from portal.domain.day_changes import ChangeKind
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.messages import Channel
from portal.domain.people import Actor, Role
from portal.domain.receiving import ReceptionMode
from portal.domain.reception_days import DayState
from portal.services.day_changes import Wish, ask
from portal.services.reception_days import (
    add_slot,
    change_day,
    publish_day,
    remove_slot,
    restore_day,
    withdraw_day,
)
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Leader
from portal.store.models.reception import ReceptionDay, Slot
from portal.store.queries.reception_days import day_file, day_on, slots_of_day
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_account, an_enterprise
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)


def a_day(session, *, main=True, **given):
    day = a_reception_day(**{"state": DayState.PLANNED} | given)
    if main:
        day.turns = [a_turn(a_leader())]
    session.add(day)
    session.commit()
    return day


def act(service, day, *args, version=None, actor=OFFICE, now, **given):
    with audited() as session:
        return service(session, day.id, *args, version=version or day.version, actor=actor, now=now, **given)


def cancel(day, reason="市级会议冲突", *, now):
    return act(ask, day, Wish(ChangeKind.CANCEL, reason), now=now)


def test_publishing_needs_a_main_receiver(session, now):
    day = a_day(session, main=False)
    with pytest.raises(RuleBroken, match="还没有安排主接待领导"):
        act(publish_day, day, now=now)


def test_publishing_needs_places_to_book(session, now):
    day = a_day(session, slots=0)
    with pytest.raises(RuleBroken, match="还没有可预约的时段"):
        act(publish_day, day, now=now)


def test_a_published_day_can_be_withdrawn_and_published_again(session, now):
    day = a_day(session)
    act(publish_day, day, now=now)
    assert (day.state, day.published_at) == (DayState.PUBLISHED, now)
    act(withdraw_day, day, now=now)
    assert (day.state, day.published_at) == (DayState.PLANNED, None)
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert acts == ["day_published", "day_withdrawn"]


def test_a_day_is_published_once(session, now):
    day = a_day(session, state=DayState.PUBLISHED)
    with pytest.raises(RuleBroken, match="不能变更为“已发布”"):
        act(publish_day, day, now=now)


def test_whoever_comes_second_does_not_overwrite(session, now):
    day = a_day(session)
    seen = day.version
    act(change_day, day, venue="望岳街道会议室", starts_at=time(9), theme="", now=now)
    with pytest.raises(Conflict, match="别人已修改这个接待日"):
        act(change_day, day, venue="别处", starts_at=time(9), theme="", version=seen, now=now)
    assert day_on(session, DAY).venue == "望岳街道会议室"


def test_a_new_beginning_moves_every_slot(session, now):
    day = a_day(session, slots=3)
    act(change_day, day, venue="区工商联会议室", starts_at=time(10), theme="融资专场", now=now)
    assert [it.starts_at for it in slots_of_day(session, day.id)] == [time(10), time(11), time(12)]
    act(change_day, day, venue="区工商联会议室", starts_at=time(8, 30), theme="融资专场", now=now)
    assert [it.starts_at for it in slots_of_day(session, day.id)] == [time(8, 30), time(9, 30), time(10, 30)]


def test_who_was_told_another_place_or_hour_hears_of_it(session, now):
    day = a_day(session, state=DayState.PUBLISHED)
    leader = session.scalars(select(Leader)).one()
    session.add_all([an_account(Role.LEADER, serves=[leader]), a_booking(day, an_enterprise())])
    session.commit()
    for venue, begins, theme, heard in (
        ("区工商联会议室", time(9), "融资专场", []),
        (
            "望岳街道会议室",
            time(9),
            "融资专场",
            ["接待地点有变：12月15日 周二 09:00", "12月15日 周二接待日的时间或地点有变"],
        ),
        (
            "望岳街道会议室",
            time(10),
            "融资专场",
            ["接待时间有变：12月15日 周二 10:00", "12月15日 周二接待日的时间或地点有变"],
        ),
    ):
        before = session.scalars(select(Message.id)).all()
        act(change_day, day, venue=venue, starts_at=begins, theme=theme, now=now)
        assert (
            session.scalars(select(Message.subject).where(Message.id.not_in(before)).order_by(Message.id)).all()
            == heard
        )
    newest = session.scalars(
        select(Message.body).where(Message.channel == Channel.CALL).order_by(Message.id.desc())
    ).first()
    assert "由12月15日 周二 09:00改为12月15日 周二 10:00" in newest


def test_a_beginning_that_pushes_a_slot_past_midnight_is_refused(session, now):
    day = a_day(session, slots=3)
    with pytest.raises(RuleBroken, match="会超出当天") as caught:
        act(change_day, day, venue="会议室", starts_at=time(22), theme="", now=now)
    assert caught.value.field == "starts_at"


def test_changing_nothing_writes_no_line(session, now):
    day = a_day(session)
    act(change_day, day, venue=day.venue, starts_at=day.starts_at, theme="", now=now)
    assert session.scalars(select(AuditLine)).all() == []


def test_cancelling_takes_the_standing_bookings_with_it(session, now):
    day = a_day(session, slots=3)
    kept = [
        a_booking(day, an_enterprise(), slot=0),
        a_booking(day, an_enterprise(), slot=1, state=BookingState.PENDING),
    ]
    session.add_all(kept)
    session.commit()
    cancel(day, now=now)
    states = session.execute(select(Booking.state, Booking.seat_id, Booking.ended_reason)).all()
    assert {tuple(it) for it in states} == {(BookingState.CANCELLED, None, "接待日取消：市级会议冲突")}
    assert day_file(session, DAY).ended_reason == "市级会议冲突"
    assert day_on(session, DAY).booked == 0


def test_a_day_on_which_somebody_was_received_cannot_be_cancelled(session, now):
    day = a_day(session)
    session.add(a_booking(day, an_enterprise(), state=BookingState.ARRIVED))
    session.commit()
    with pytest.raises(RuleBroken, match="已有企业到访"):
        cancel(day, now=now)
    assert day_on(session, DAY).state is DayState.PLANNED


def test_cancelling_needs_a_reason(session, now):
    day = a_day(session)
    with pytest.raises(RuleBroken, match="须写明理由") as caught:
        cancel(day, "忙", now=now)
    assert caught.value.field == "reason"


def test_a_cancelled_day_comes_back_as_planned_with_its_duty(session, now):
    day = a_day(session)
    cancel(day, now=now)
    act(restore_day, day, now=now)
    found = day_file(session, DAY)
    assert (found.row.state, found.ended_reason, len(found.row.turns)) == (DayState.PLANNED, "", 1)


def test_only_a_cancelled_day_is_restored_and_only_a_published_one_withdrawn(session, now):
    day = a_day(session)
    with pytest.raises(RuleBroken, match="只有已取消的才能恢复"):
        act(restore_day, day, now=now)
    with pytest.raises(RuleBroken, match="只有已发布的才能撤回"):
        act(withdraw_day, day, now=now)


@pytest.mark.parametrize("state", [DayState.CLOSED, DayState.CANCELLED])
def test_a_day_that_ended_is_not_changed(session, now, state):
    day = a_day(session, state=state)
    with pytest.raises(RuleBroken, match="不能再修改"):
        act(change_day, day, venue="别处", starts_at=time(9), theme="", now=now)


def test_a_slot_is_added_between_others(session, now):
    day = a_day(session)
    act(add_slot, day, starts_at=time(14), minutes=30, seats=2, now=now)
    added = slots_of_day(session, day.id)[-1]
    assert (added.starts_at, added.ends_at, len(added.seats)) == (time(14), time(14, 30), 2)


def test_a_slot_that_overlaps_is_refused_unless_in_another_room(session, now):
    day = a_day(session)
    with pytest.raises(RuleBroken, match="与已有时段 09:00—09:40 重叠") as caught:
        act(add_slot, day, starts_at=time(9, 30), minutes=40, now=now)
    assert caught.value.field == "starts_at"
    act(add_slot, day, starts_at=time(9, 30), minutes=40, room="二号接待室", now=now)
    assert len(slots_of_day(session, day.id)) == 3


def test_changing_the_slots_counts_as_changing_the_day(session, now):
    day = a_day(session)
    seen, slot_id = day.version, day.slots[0].id
    act(add_slot, day, starts_at=time(14), minutes=30, now=now)
    with pytest.raises(Conflict):
        act(remove_slot, day, slot_id, version=seen, now=now)


def test_a_free_slot_is_removed(session, now):
    day = a_day(session)
    act(remove_slot, day, day.slots[1].id, now=now)
    assert [it.starts_at for it in slots_of_day(session, day.id)] == [time(9)]


def test_a_slot_with_a_booking_stays(session, now):
    day = a_day(session)
    session.add(a_booking(day, an_enterprise()))
    session.commit()
    with pytest.raises(RuleBroken, match="已有预约，不能删去"):
        act(remove_slot, day, day.slots[0].id, now=now)


def test_a_slot_with_ended_bookings_loses_its_places_and_can_come_back(session, now):
    day = a_day(session)
    session.add(_ended(day))
    session.commit()
    slot_id = day.slots[0].id
    act(remove_slot, day, slot_id, now=now)
    assert [it.starts_at for it in slots_of_day(session, day.id)] == [time(10)]
    assert session.get(Slot, slot_id) is not None
    with pytest.raises(NotFound):
        act(remove_slot, day, slot_id, now=now)
    act(add_slot, day, starts_at=time(9), minutes=30, now=now)
    assert next((it.id, it.ends_at) for it in slots_of_day(session, day.id)) == (slot_id, time(9, 30))


def _ended(day):
    booking = a_booking(day, an_enterprise(), state=BookingState.CANCELLED)
    booking.seat = None
    return booking


def test_only_the_office_acts_on_a_day(session, now):
    day = a_day(session)
    for service, given in ((publish_day, {}), (withdraw_day, {}), (restore_day, {})):
        with pytest.raises(NotAllowed):
            act(service, day, actor=Actor(3, "督查", Role.SUPERVISOR), now=now, **given)


def test_an_unknown_day_is_not_found(app, now):
    with app.app_context(), pytest.raises(NotFound):
        act(publish_day, ReceptionDay(id=99, version=1), now=now)


def test_a_slot_keeps_the_offices_pause_to_the_others_of_its_room(session, now):
    day = a_day(session)
    session.add(OfficeSetting(name="gap_minutes", value=10))
    session.commit()
    with pytest.raises(RuleBroken, match="只隔 5 分钟，按工作设置须间隔 10 分钟"):
        act(add_slot, day, starts_at=time(10, 45), minutes=30, now=now)
    act(add_slot, day, starts_at=time(10, 45), minutes=30, room="二号接待室", now=now)
    act(add_slot, day, starts_at=time(10, 50), minutes=30, now=now)


def test_a_slot_may_be_a_round_table_with_its_theme(session, now):
    day = a_day(session)
    slot = act(
        add_slot, day, starts_at=time(14), minutes=90, seats=9, mode=ReceptionMode.GROUP, theme="新质生产力", now=now
    )
    assert (slot.mode, slot.theme, len(slot.seats)) == (ReceptionMode.GROUP, "新质生产力", 9)
