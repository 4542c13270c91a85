from datetime import datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.preparing import Expected, Pressing, by_priority, proposed_exchanges

BEGIN = datetime(2026, 12, 1, 9, 0)
pressing = st.builds(Pressing, st.booleans(), st.booleans(), st.booleans())


@st.composite
def days(draw):
    """Up to nine enterprises on places of their own, several to a turn."""
    count = draw(st.integers(0, 9))
    places = draw(st.permutations(range(1, count + 1)))
    return [
        Expected(
            booking_id=number,
            booked_at=BEGIN + timedelta(minutes=draw(st.integers(0, 3))),
            matters=tuple(draw(st.lists(pressing, max_size=3))),
            place=place,
            turn=place // 2,
            stays=draw(st.integers(0, 4)) == 0,
        )
        for number, place in enumerate(places, start=1)
    ]


def one(number, *matters, place=None, booked=0, stays=False):
    return Expected(number, BEGIN + timedelta(minutes=booked), matters, place or number, place or number, stays)


def test_urgent_outweighs_grave_and_hard_together():
    every = [Pressing(*flags) for flags in product([True, False], repeat=3)]
    words = [
        "".join(word for word, on in zip("急重难", (it.urgent, it.grave, it.hard), strict=True) if on)
        for it in sorted(every, key=lambda it: it.rank)
    ]
    assert words == ["急重难", "急重", "急难", "急", "重难", "重", "难", ""]


def test_the_most_pressing_matter_speaks_for_its_enterprise_then_who_booked_first():
    late = one(1, Pressing(), Pressing(urgent=True), booked=9)
    early, plain = one(2, Pressing(urgent=True), booked=3), one(3, Pressing(), booked=1)
    assert [it.booking_id for it in by_priority([plain, late, early])] == [2, 1, 3]


def test_the_more_pressing_gets_the_earlier_place_and_who_stays_is_left_alone():
    hall = [one(1, Pressing()), one(2, Pressing(), stays=True), one(3, Pressing(urgent=True))]
    assert {(it.booking_id, it.to_place) for it in proposed_exchanges(hall)} == {(3, 1), (1, 3)}


def test_a_day_in_order_proposes_nothing():
    assert proposed_exchanges([one(1, Pressing(urgent=True)), one(2, Pressing(hard=True)), one(3)]) == []


@given(days())
def test_the_order_names_everybody_once_and_does_not_depend_on_how_they_were_listed(hall):
    ordered = by_priority(hall)
    assert sorted(it.booking_id for it in ordered) == sorted(it.booking_id for it in hall)
    assert by_priority(hall[::-1]) == ordered


@given(days(), st.data())
def test_a_matter_that_becomes_more_pressing_never_puts_its_enterprise_back(hall, data):
    if not hall:
        return
    chosen = data.draw(st.sampled_from(hall))
    before = by_priority(hall).index(chosen)
    raised = Expected(
        chosen.booking_id, chosen.booked_at, (*chosen.matters, Pressing(True, True, True)), chosen.place, chosen.turn
    )
    assert by_priority([raised if it is chosen else it for it in hall]).index(raised) <= before


@given(days())
def test_exchanging_keeps_the_places_moves_nobody_who_stays_and_puts_the_day_in_order(hall):
    moves = {it.booking_id: it for it in proposed_exchanges(hall)}
    assert sorted(it.from_place for it in moves.values()) == sorted(it.to_place for it in moves.values())
    assert not {it.booking_id for it in hall if it.stays} & set(moves)
    turns = {it.place: it.turn for it in hall}
    after = {it.booking_id: turns[moves[it.booking_id].to_place] if it.booking_id in moves else it.turn for it in hall}
    moved = by_priority([it for it in hall if not it.stays])
    assert [after[it.booking_id] for it in moved] == sorted(after[it.booking_id] for it in moved)
    again = [
        Expected(
            it.booking_id, it.booked_at, it.matters,
            moves[it.booking_id].to_place if it.booking_id in moves else it.place, after[it.booking_id], it.stays,
        )
        for it in hall
    ]  # fmt: skip
    assert proposed_exchanges(again) == []
