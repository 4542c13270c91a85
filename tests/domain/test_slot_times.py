"""How a day is cut into slots."""

from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import RuleBroken
from portal.domain.slot_times import SlotTime, lay_out_slots


def test_slots_follow_one_another_with_a_pause():
    assert lay_out_slots(time(9, 20), 30, 3, 10) == [
        SlotTime(time(9, 20), time(9, 50)),
        SlotTime(time(10, 0), time(10, 30)),
        SlotTime(time(10, 40), time(11, 10)),
    ]


@given(st.times(), st.integers(1, 240), st.integers(1, 40), st.integers(0, 60))
def test_slots_never_overlap_and_have_the_length_asked_for(starts, length, count, gap):
    starts = starts.replace(second=0, microsecond=0)
    try:
        slots = lay_out_slots(starts, length, count, gap)
    except RuleBroken:
        assert starts.hour * 60 + starts.minute + count * (length + gap) - gap >= 24 * 60
        return
    minutes = [(it.starts.hour * 60 + it.starts.minute, it.ends.hour * 60 + it.ends.minute) for it in slots]
    assert len(slots) == count
    assert slots[0].starts == starts
    assert all(end - begin == length for begin, end in minutes)
    assert all(later[0] - earlier[1] == gap for earlier, later in pairwise(minutes))


def test_slots_past_midnight_are_refused_with_how_many_fit():
    with pytest.raises(RuleBroken, match="从 22:00 起当天最多排 3 个时段，排 5 个会超过 24:00") as caught:
        lay_out_slots(time(22, 0), 30, 5)
    assert caught.value.field == "count"
    assert len(lay_out_slots(time(22, 0), 30, 3)) == 3


def test_when_not_one_slot_fits_the_refusal_says_none():
    with pytest.raises(RuleBroken, match="最多排 0 个"):
        lay_out_slots(time(23, 50), 30, 1)


@pytest.mark.parametrize(
    "starts,length,count,gap,field",
    [
        (time(9, 20, 30), 30, 1, 0, "starts"),
        (time(9, 20), 0, 1, 0, "length_minutes"),
        (time(9, 20), 30, 0, 0, "count"),
        (time(9, 20), 30, 1, -1, "gap_minutes"),
    ],
)
def test_a_slot_without_sense_is_refused_at_its_field(starts, length, count, gap, field):
    with pytest.raises(RuleBroken) as caught:
        lay_out_slots(starts, length, count, gap)
    assert caught.value.field == field


# --- the break ---


def test_a_slot_that_would_run_into_the_break_begins_after_it():
    assert lay_out_slots(time(10, 30), 40, 4, 0, time(12, 0), 90) == [
        SlotTime(time(10, 30), time(11, 10)),
        SlotTime(time(11, 10), time(11, 50)),
        SlotTime(time(13, 30), time(14, 10)),
        SlotTime(time(14, 10), time(14, 50)),
    ]


def test_a_slot_may_end_when_the_break_begins():
    assert [it.starts for it in lay_out_slots(time(11, 0), 60, 2, 0, time(12, 0), 60)] == [time(11, 0), time(13, 0)]


def test_a_day_that_begins_in_the_break_begins_after_it():
    assert lay_out_slots(time(12, 30), 30, 1, 0, time(12, 0), 90)[0].starts == time(13, 30)


@given(
    st.times(max_value=time(18, 0)),
    st.integers(1, 120),
    st.integers(1, 12),
    st.integers(0, 60),
    st.times(min_value=time(6, 0), max_value=time(20, 0)),
    st.integers(1, 180),
)
def test_no_slot_ever_touches_the_break(starts, length, count, gap, rest, rest_length):
    starts, rest = starts.replace(second=0, microsecond=0), rest.replace(second=0, microsecond=0)
    begins, ends = rest.hour * 60 + rest.minute, rest.hour * 60 + rest.minute + rest_length
    try:
        slots = lay_out_slots(starts, length, count, gap, rest, rest_length)
    except RuleBroken:
        assert starts.hour * 60 + starts.minute + count * (length + gap) + rest_length + length >= 24 * 60
        return
    minutes = [(it.starts.hour * 60 + it.starts.minute, it.ends.hour * 60 + it.ends.minute) for it in slots]
    assert len(slots) == count
    assert all(end - begin == length for begin, end in minutes)
    assert all(end <= begins or begin >= ends for begin, end in minutes)
    assert all(later[0] - earlier[1] == gap or later[0] == ends for earlier, later in pairwise(minutes))


@pytest.mark.parametrize(
    "rest,length,field",
    [
        (time(12, 0), 0, "break_minutes"),
        (None, 30, "break_from"),
        (time(12, 0), -1, "break_minutes"),
        (time(23, 30), 60, "break_minutes"),
        (time(12, 0, 30), 60, "break_from"),
    ],
)
def test_a_break_without_sense_is_refused_at_its_field(rest, length, field):
    with pytest.raises(RuleBroken) as caught:
        lay_out_slots(time(9, 0), 30, 2, 0, rest, length)
    assert caught.value.field == field
