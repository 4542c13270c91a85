"""The order of the queue: one rule, whoever looks and whenever."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.queueing import Stage, call_order, minutes_missing, stage_of, turn_of, whole_minutes

DAY = date(2026, 12, 15)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute), ZONE)


EARLY = at(8, 50)


@dataclass(frozen=True)
class Somebody:
    number: int
    starts_at: time = time(9)
    arrived_at: datetime | None = EARLY
    is_walk_in: bool = False
    stage: Stage = Stage.WAITING
    day: date = DAY


def numbers(*queue: Somebody) -> list[int]:
    return [it.number for it in call_order(queue)]


@st.composite
def queues(draw: st.DrawFn) -> list[Somebody]:
    count = draw(st.integers(0, 12))
    return [
        Somebody(
            number,
            time(9 + draw(st.integers(0, 3)), draw(st.sampled_from([0, 20, 40]))),
            at(8) + timedelta(minutes=draw(st.integers(0, 300))),
            draw(st.booleans()),
            draw(st.sampled_from([Stage.WAITING, Stage.WAITING, Stage.PARKED, Stage.INSIDE, Stage.COMING])),
        )
        for number in range(1, count + 1)
    ]


def test_who_came_in_time_is_called_by_the_time_of_its_slot_however_early_it_came():
    assert numbers(
        Somebody(3, time(10, 20), at(8)), Somebody(1, time(9), at(8, 59)), Somebody(2, time(9, 40), at(9))
    ) == [
        1,
        2,
        3,
    ]


def test_who_came_late_stands_behind_those_present_whose_time_had_come():
    late = Somebody(1, time(9), at(9, 50))
    assert numbers(late, Somebody(2, time(9, 40), at(9, 30)), Somebody(3, time(10, 20), at(9, 45))) == [2, 1, 3]
    assert numbers(Somebody(1, time(9), at(9, 40)), Somebody(2, time(9, 40), at(9, 40))) == [2, 1]


def test_walk_ins_follow_all_booked_ones_in_the_order_they_came():
    first, second = Somebody(1, time(9), at(8), is_walk_in=True), Somebody(2, time(9), at(7), is_walk_in=True)
    assert numbers(first, second, Somebody(6, time(11), at(10))) == [6, 2, 1]


def test_who_is_away_for_a_moment_is_not_called_and_keeps_its_turn():
    away = Somebody(1, stage=Stage.PARKED)
    assert numbers(away, Somebody(2, time(9, 40))) == [2]
    assert numbers(replace(away, stage=Stage.WAITING), Somebody(2, time(9, 40))) == [1, 2]


def test_who_has_not_come_has_no_turn():
    with pytest.raises(ValueError, match="has no turn"):
        turn_of(Somebody(1, arrived_at=None))


@given(queues(), st.randoms())
def test_the_order_is_the_same_however_the_list_is_shuffled(queue, chance):
    shuffled = list(queue)
    chance.shuffle(shuffled)
    assert numbers(*shuffled) == numbers(*queue)


@given(queues())
def test_everybody_who_waits_is_called_once_and_nobody_else(queue):
    assert sorted(numbers(*queue)) == sorted(it.number for it in queue if it.stage is Stage.WAITING)


@given(queues())
def test_nobody_changes_places_with_another_when_somebody_comes_or_goes(queue):
    order = numbers(*queue)
    for gone in queue:
        without = numbers(*(it for it in queue if it is not gone))
        assert without == [it for it in order if it != gone.number]


@given(queues())
def test_booked_ones_go_before_walk_ins_and_punctual_ones_by_their_slots(queue):
    called = call_order(queue)
    assert [it.is_walk_in for it in called] == sorted(it.is_walk_in for it in called)
    punctual = [it for it in called if not it.is_walk_in and it.arrived_at <= datetime.combine(DAY, it.starts_at, ZONE)]
    assert [(it.starts_at, it.number) for it in punctual] == sorted((it.starts_at, it.number) for it in punctual)


@given(queues())
def test_a_late_one_is_never_called_before_somebody_present_whose_time_had_come(queue):
    called = [it for it in call_order(queue) if not it.is_walk_in]
    begins = {it.number: datetime.combine(DAY, it.starts_at, ZONE) for it in called}
    for place, late in enumerate(called):
        if late.arrived_at > begins[late.number]:
            behind = [it for it in called[place + 1 :] if it.arrived_at <= begins[it.number]]
            assert all(begins[it.number] > late.arrived_at for it in behind)


@pytest.mark.parametrize(
    "state, known, stage",
    [
        (BookingState.PENDING, {}, Stage.PENDING),
        (BookingState.OFFERED, {}, Stage.PENDING),
        (BookingState.CONFIRMED, {}, Stage.COMING),
        (BookingState.ARRIVED, {}, Stage.WAITING),
        (BookingState.ARRIVED, {"called": True}, Stage.CALLED),
        (BookingState.ARRIVED, {"called": True, "started": True}, Stage.INSIDE),
        (BookingState.ARRIVED, {"parked": True}, Stage.PARKED),
        (BookingState.FINISHED, {"started": True, "finished": True}, Stage.FINISHED),
        (BookingState.LEFT, {}, Stage.LEFT),
        (BookingState.NO_SHOW, {}, Stage.NO_SHOW),
    ],
)
def test_the_stage_is_the_last_thing_that_happened(state, known, stage):
    given_ = {"started": False, "finished": False, "called": False, "parked": False} | known
    assert stage_of(state, **given_) is stage


def test_whoever_is_missing_is_asked_for_after_the_minutes_the_office_has_set():
    missing = Somebody(1, time(9), None, stage=Stage.COMING)
    assert minutes_missing(missing, at(9, 14), call_after=15) is None
    assert minutes_missing(missing, at(9, 15), call_after=15) == 15
    assert minutes_missing(replace(missing, stage=Stage.WAITING), at(11), call_after=15) is None


def test_minutes_are_whole_and_never_negative():
    assert whole_minutes(at(9), at(9, 17) + timedelta(seconds=59)) == 17
    assert whole_minutes(at(9), at(8)) == 0
    assert whole_minutes(None, at(9)) == 0
