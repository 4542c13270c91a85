"""The waiting list of a day: in order, by offers that lapse, and nobody is overtaken or asked at night."""

from datetime import datetime, time

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.reception_days import DayState
from portal.services import reception_days, waiting_list
from portal.services.bookings import AlreadyBooked, Full
from portal.services.day_caps import change_caps
from portal.store.extension import transaction
from portal.store.models.audit import AuditLine
from portal.store.models.office import OfficeSetting
from portal.store.models.reception import ReceptionDay
from tests.booking_orders import an_order, the_district
from tests.desks import Desk, Span, a_day_of, must_be_true

WAITING, OFFERED, PENDING = BookingState.WAITING, BookingState.OFFERED, BookingState.PENDING


@pytest.fixture
def day(session):
    day = a_day_of(Span("09:00", "09:40"), Span("10:00", "10:40"))
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
def full(desk, slots):
    """Both places are taken; answers by whom."""
    return [desk.book(slot, phone=f"1380000000{number}") for number, slot in enumerate(slots)]


def waits(desk, slot, number, **given):
    """The `number`-th enterprise goes on the list, a minute after the one before."""
    desk.wait(minutes=1)
    return desk.book(slot, waits=True, phone=f"1390000000{number}", **given)


def acts(session, booking):
    lines = select(AuditLine.act).where(AuditLine.target_kind == "booking", AuditLine.target_id == str(booking.id))
    return session.scalars(lines.order_by(AuditLine.id)).all()


def test_without_being_asked_nobody_goes_on_the_list(desk, full, slots):
    with pytest.raises(Full):
        desk.book(slots[0])


def test_where_the_office_keeps_no_list_nobody_goes_on_it(desk, session, full, slots):
    session.info["unaudited"] = True
    session.add(OfficeSetting(name="waiting_list", value=False))
    session.commit()
    with pytest.raises(Full):
        desk.book(slots[0], waits=True)


def test_who_waits_keeps_matters_without_place_or_count(desk, session, day, full, slots):
    waiting = waits(desk, slots[0], 1)
    assert (waiting.state, waiting.seat_id, waiting.waiting_since) == (WAITING, None, desk.now)
    assert desk.state(waiting) is WAITING
    assert acts(session, waiting) == ["put_on_waiting_list"]


def test_an_enterprise_is_on_the_list_of_a_day_once(desk, full, slots):
    waits(desk, slots[0], 1, name="安澜甲有限公司")
    with pytest.raises(AlreadyBooked):
        waits(desk, slots[0], 2, name="安澜甲有限公司")


def test_the_same_form_sent_twice_waits_once(desk, full, slots):
    first = waits(desk, slots[0], 1, form_token="a" * 32)
    assert waits(desk, slots[0], 1, form_token="a" * 32).id == first.id


def test_a_place_given_up_is_offered_to_who_waits_longest(desk, session, full, slots):
    first, second = waits(desk, slots[1], 1), waits(desk, slots[1], 2)
    desk.cancel(full[0].id)
    assert (desk.state(first), desk.state(second)) == (OFFERED, WAITING)
    assert desk.now_on_file(first).slot_id == slots[0], "who takes any slot is offered the one that is free"
    assert acts(session, first) == ["put_on_waiting_list", "place_offered"]


def test_who_waits_for_one_slot_only_is_passed_over_for_the_other_and_keeps_the_turn(desk, full, slots):
    first, second = waits(desk, slots[1], 1, any_slot=False), waits(desk, slots[1], 2)
    desk.cancel(full[0].id)
    assert (desk.state(first), desk.state(second)) == (WAITING, OFFERED)
    desk.cancel(full[1].id)
    assert desk.state(first) is OFFERED


@pytest.mark.parametrize("how", ["cancel", "refuse", "move", "decline", "lapse"])
def test_every_way_of_giving_up_a_place_offers_it_on(desk, session, day, full, slots, how):
    first, second = waits(desk, slots[0], 1), waits(desk, slots[0], 2)
    if how == "cancel":
        desk.cancel(full[0].id)
    elif how == "refuse":
        desk.refuse(full[0].id)
    elif how == "move":
        session.info["unaudited"] = True
        other = a_day_of(Span(), day=day.day.replace(day=22))
        session.add(other)
        session.commit()
        desk.move(full[0].id, other.slots[0].id)
    elif how == "decline":
        desk.cancel(full[0].id)
        desk.decline(first.id)
        first = second
    else:
        desk.cancel(full[0].id)
        desk.wait(hours=5)
        assert desk.take_back(day.id) == 1
        first = second
    assert desk.state(first) is OFFERED


def test_who_declines_goes_behind_the_others(desk, full, slots):
    first, second, third = (waits(desk, slots[0], number) for number in (1, 2, 3))
    desk.cancel(full[0].id)
    desk.wait(minutes=1)
    desk.decline(first.id)
    desk.wait(minutes=1)
    desk.decline(second.id)
    assert [desk.state(it) for it in (first, second, third)] == [WAITING, WAITING, OFFERED]
    desk.cancel(full[1].id)
    assert desk.state(first) is OFFERED


def test_a_declined_place_may_go_to_a_newcomer_when_nobody_else_waits(desk, full, slots):
    only = waits(desk, slots[0], 1)
    desk.cancel(full[0].id)
    desk.decline(only.id)
    assert desk.state(only) is WAITING
    assert desk.book(slots[0]).state is PENDING


def test_an_accepted_offer_is_a_booking_for_review_or_a_confirmed_one(desk, session, full, slots):
    first, second = waits(desk, slots[0], 1), waits(desk, slots[0], 2)
    desk.cancel(full[0].id)
    assert desk.accept(first.id).state is PENDING
    session.info["unaudited"] = True
    session.add(OfficeSetting(name="screening", value=False))
    session.commit()
    desk.cancel(full[1].id)
    accepted = desk.accept(second.id)
    assert (accepted.state, accepted.offered_until) == (BookingState.CONFIRMED, None)


def test_an_offer_is_confirmed_only_after_its_answer(desk, full, slots):
    waiting = waits(desk, slots[0], 1)
    desk.cancel(full[0].id)
    with pytest.raises(RuleBroken, match="还没有答复"):
        desk.confirm(waiting.id)
    desk.accept(waiting.id)
    assert desk.confirm(waiting.id).state is BookingState.CONFIRMED


def test_nobody_accepts_what_was_not_offered(desk, full, slots):
    waiting = waits(desk, slots[0], 1)
    with pytest.raises(RuleBroken, match="没有等待答复的名额"):
        desk.accept(waiting.id)
    with pytest.raises(RuleBroken, match="没有等待答复的名额"):
        desk.decline(full[0].id)


def test_a_late_answer_counts_while_nobody_else_waits_for_the_place(desk, full, slots):
    first, other = waits(desk, slots[0], 1), waits(desk, slots[1], 2, any_slot=False)
    desk.cancel(full[0].id)
    desk.wait(hours=6)
    assert desk.accept(first.id).state is PENDING
    assert desk.state(other) is WAITING


def test_a_late_answer_is_too_late_when_somebody_else_waits(desk, day, full, slots):
    first, second = waits(desk, slots[0], 1), waits(desk, slots[0], 2)
    desk.cancel(full[0].id)
    desk.wait(hours=6)
    with pytest.raises(Conflict, match="保留的时间已过"):
        desk.accept(first.id)
    assert desk.take_back(day.id) == 1
    assert (desk.state(first), desk.state(second)) == (WAITING, OFFERED)


def test_an_answer_after_the_day_is_no_answer(desk, full, slots):
    first = waits(desk, slots[0], 1)
    desk.cancel(full[0].id)
    desk.wait(days=20)
    with pytest.raises(RuleBroken, match="已经过去"):
        desk.accept(first.id)
    desk.now = datetime(2026, 12, 1, 9, 0, tzinfo=ZONE)


def test_time_for_an_answer_runs_in_the_daytime_only(desk, full, slots):
    first = waits(desk, slots[0], 1)
    desk.now = desk.now.replace(hour=19)
    desk.cancel(full[0].id)
    until = desk.now_on_file(first).offered_until
    assert (until.date(), until.time() > time(10)) == (desk.now.date().replace(month=12, day=1), True)


def test_an_offer_never_lasts_beyond_the_beginning_of_its_slot(desk, day, full, slots):
    first = waits(desk, slots[0], 1)
    desk.now = datetime(2026, 12, 15, 8, 30, tzinfo=ZONE)
    desk.cancel(full[0].id)
    assert desk.now_on_file(first).offered_until == datetime(2026, 12, 15, 9, 0, tzinfo=ZONE)


def test_a_slot_that_has_begun_is_offered_to_nobody(desk, full, slots):
    first = waits(desk, slots[0], 1)
    desk.now = datetime(2026, 12, 15, 9, 0, tzinfo=ZONE)
    desk.cancel(full[0].id)
    assert desk.state(first) is WAITING
    desk.cancel(full[1].id)
    assert desk.now_on_file(first).slot_id == slots[1]


def test_on_the_day_itself_once_it_has_begun_nobody_is_telephoned(desk, session, day, full, slots):
    first = waits(desk, slots[0], 1)
    session.info["unaudited"] = True
    session.get_one(ReceptionDay, day.id).state = DayState.ONGOING
    session.commit()
    desk.cancel(full[0].id)
    assert desk.state(first) is WAITING


def test_who_waits_for_the_cap_is_offered_a_place_when_it_is_raised(desk, session, day, slots):
    session.info["unaudited"] = True
    session.get_one(ReceptionDay, day.id).most_groups = 1
    session.commit()
    desk.book(slots[0])
    waiting = waits(desk, slots[1], 1)
    assert desk.state(waiting) is WAITING
    with pytest.raises(RuleBroken):
        desk.do(waiting_list.offer_now, day.id)
    desk.do(change_caps, day.id, 2, 0, version=version_of(session, day))
    assert (desk.state(waiting), desk.now_on_file(waiting).slot_id) == (OFFERED, slots[1])


def version_of(session, day):
    session.rollback()
    return session.scalars(select(ReceptionDay.version).where(ReceptionDay.id == day.id)).one()


def test_who_has_too_many_matters_for_the_cap_is_passed_over_and_keeps_the_turn(desk, session, day, full, slots):
    told = an_order(slots[0]).matters * 3
    first, second = waits(desk, slots[0], 1, matters=told), waits(desk, slots[0], 2)
    session.info["unaudited"] = True
    session.get_one(ReceptionDay, day.id).most_matters = 2
    session.commit()
    desk.cancel(full[0].id)
    assert (desk.state(first), desk.state(second)) == (WAITING, OFFERED)
    desk.cancel(full[1].id)
    desk.do(change_caps, day.id, 0, 0, version=version_of(session, day))
    assert desk.state(first) is OFFERED


def test_who_is_expected_elsewhere_at_that_time_is_passed_over(desk, session, day, full, slots):
    parallel = added_slot(desk, session, day, "09:00", room="二号室")
    same = desk.book(parallel, phone="13900000001")
    first, second = waits(desk, slots[0], 1, any_slot=False), waits(desk, slots[0], 2, any_slot=False)
    desk.cancel(full[0].id)
    assert (desk.state(first), desk.state(second)) == (WAITING, OFFERED)
    desk.cancel(same.id)
    desk.decline(second.id)
    assert desk.state(first) is OFFERED


def added_slot(desk, session, day, starts_at, **more):
    more = {"starts_at": time.fromisoformat(starts_at), "minutes": 40, "version": version_of(session, day)} | more
    return desk.do(reception_days.add_slot, day.id, **more).id


def test_an_added_slot_is_offered_to_who_waits(desk, session, day, full, slots):
    first = waits(desk, slots[0], 1)
    added = added_slot(desk, session, day, "09:00", room="二号室")
    assert (desk.state(first), desk.now_on_file(first).slot_id) == (OFFERED, added)


def test_a_slot_for_which_alone_somebody_waits_is_not_taken_away(desk, session, day, full, slots):
    waiting = waits(desk, slots[0], 1, any_slot=False)
    desk.now = datetime(2026, 12, 15, 9, 0, tzinfo=ZONE)
    desk.cancel(full[0].id)
    assert desk.state(waiting) is WAITING
    with pytest.raises(RuleBroken, match="只候补 09:00"):
        desk.do(reception_days.remove_slot, day.id, slots[0], version=version_of(session, day))


def test_a_cancelled_day_ends_waiting_and_offers(desk, session, day, full, slots):
    first, second = waits(desk, slots[0], 1), waits(desk, slots[0], 2)
    desk.cancel(full[0].id)

    def off(writing, *, actor, now):
        held = reception_days.day_to_change(writing, day.id, None)
        return reception_days.take_off(writing, held, "会议冲突，另行安排", actor=actor, now=now)

    assert desk.do(off) == 3
    assert [desk.state(it) for it in (first, second)] == [BookingState.CANCELLED] * 2
    with pytest.raises(RuleBroken, match="没有等待答复的名额"):
        desk.accept(first.id)


def test_a_lapsed_offer_gives_way_to_a_newcomer_when_nobody_else_waits(desk, full, slots):
    only = waits(desk, slots[0], 1)
    desk.cancel(full[0].id)
    with pytest.raises(Full):
        desk.book(slots[0])
    desk.wait(hours=6)
    assert desk.book(slots[0]).state is PENDING
    assert desk.state(only) is WAITING


def test_a_lapsed_offer_gives_way_where_only_the_cap_stands_in_the_way(desk, session, day, full, slots):
    only = waits(desk, slots[0], 1, any_slot=False)
    desk.cancel(full[0].id)
    desk.cancel(full[1].id)
    session.info["unaudited"] = True
    session.get_one(ReceptionDay, day.id).most_groups = 1
    session.commit()
    assert desk.state(only) is OFFERED
    with pytest.raises(Full, match="最多接待 1 家"):
        desk.book(slots[1])
    desk.wait(hours=6)
    assert desk.book(slots[1]).state is PENDING
    assert desk.state(only) is WAITING


def test_whose_offer_lapsed_for_a_newcomer_goes_to_who_waits_first(desk, full, slots):
    first, second = waits(desk, slots[0], 1), waits(desk, slots[0], 2)
    desk.cancel(full[0].id)
    desk.wait(hours=6)
    with pytest.raises(Full):
        desk.book(slots[0])
    assert desk.state(second) is WAITING, "what a refused booking did is undone with it"
    newcomer = desk.book(slots[0], waits=True, phone="13700000000")
    assert [desk.state(it) for it in (first, second, newcomer)] == [WAITING, OFFERED, WAITING]


def test_the_office_may_ask_for_offers_at_any_time_and_is_told_when_there_are_none(desk, session, day, full, slots):
    with pytest.raises(RuleBroken, match="没有可以通知候补的名额"):
        desk.do(waiting_list.offer_now, day.id)
    only = waits(desk, slots[0], 1)
    desk.cancel(full[0].id)
    desk.decline(only.id)
    assert [it.id for it in desk.do(waiting_list.offer_now, day.id)] == [only.id]


def test_the_round_finds_a_place_whose_hold_has_lapsed_for_whoever_was_never_asked(session, desk, day, slots):
    desk.book(slots[0], phone="13800000001")
    desk.hold(slots[1], "f" * 32)
    waiting = waits(desk, slots[0], 1)
    assert waiting_list.days_to_serve(session, now=desk.now) == []
    desk.wait(minutes=11)
    assert waiting_list.days_to_serve(session, now=desk.now) == [day.id]
    with transaction() as records:
        waiting_list.serve_first(records, day.id, now=desk.now)
    assert desk.state(waiting) is OFFERED
    assert waiting_list.days_to_serve(session, now=desk.now) == []


def test_the_round_leaves_those_alone_who_wait_for_another_slot_or_above_the_cap(session, desk, day, slots, full):
    waits(desk, slots[1], 1, any_slot=False)
    desk.cancel(full[0].id)
    assert waiting_list.days_to_serve(session, now=desk.now) == []


def test_who_is_let_wait_for_any_slot_is_offered_what_is_free_at_once_and_nobody_else_is_asked_again(
    desk, session, day, full, slots
):
    declined = waits(desk, slots[0], 1)
    desk.cancel(full[1].id)
    desk.decline(declined.id)
    only = waits(desk, slots[0], 2, any_slot=False)
    assert waiting_list.finds_somebody(session, day.id, now=desk.now), "whoever declined may be asked again"
    with pytest.raises(Conflict):
        desk.do(waiting_list.change_wish, only.id, True, version=desk.now_on_file(only).version - 1)
    desk.do(waiting_list.change_wish, only.id, True, version=desk.now_on_file(only).version)
    assert (desk.state(only), desk.now_on_file(only).slot_id) == (OFFERED, slots[1])
    assert desk.state(declined) is WAITING
    assert acts(session, only)[-2:] == ["wish_changed", "place_offered"]
    with pytest.raises(RuleBroken, match="不在候补"):
        desk.do(waiting_list.change_wish, only.id, False)


def test_a_wish_that_is_changed_keeps_its_turn_and_the_same_wish_writes_nothing(desk, session, full, slots):
    first, second = waits(desk, slots[0], 1, any_slot=False), waits(desk, slots[0], 2)
    desk.do(waiting_list.change_wish, second.id, True)
    assert "wish_changed" not in acts(session, second)
    desk.do(waiting_list.change_wish, first.id, True)
    desk.cancel(full[1].id)
    assert [desk.state(it) for it in (first, second)] == [OFFERED, WAITING]


def test_nobody_is_found_for_a_free_place_above_the_days_cap(desk, session, day, slots):
    row = session.get_one(ReceptionDay, day.id)
    row.most_groups = 1
    session.commit()
    desk.book(slots[0], phone="13800000001")
    waits(desk, slots[1], 1)
    assert not waiting_list.finds_somebody(session, day.id, now=desk.now)
