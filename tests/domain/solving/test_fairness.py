"""The bound that proofs rest on: no way of handing out turns is more even."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.solving.fairness import Group, Vessel, spaced

VESSELS = st.lists(
    st.builds(
        lambda before, least, more, price: Vessel(before, least, least + more, price),
        st.integers(0, 4),
        st.integers(0, 1),
        st.integers(0, 3),
        st.sampled_from([2, 3, 6]),
    ),
    min_size=2,
    max_size=4,
)


def spreads(group):
    """Every spread there is, with the least load it has."""
    for turns in product(*(range(it.least, it.most + 1) for it in group.vessels)):
        if group.least <= sum(turns) <= group.most:
            loads = [vessel.load(it) for vessel, it in zip(group.vessels, turns, strict=True)]
            yield max(loads) - min(loads), min(loads)


@given(VESSELS, st.integers(0, 8), st.integers(0, 3))
def test_the_least_spread_is_the_least_of_all_ways(vessels, least, more):
    group = Group(tuple(vessels), least, least + more)
    every = [spread for spread, _ in spreads(group)]
    if every:
        assert group.least_spread() == min(every)
        assert all(spread % group.step == vessels_step(group) for spread in every)


def vessels_step(group):
    return 0 if group.step else None


@given(VESSELS, st.integers(0, 8), st.integers(0, 12))
def test_no_way_with_a_spread_starts_outside_its_floors(vessels, turns, spread):
    group = Group(tuple(vessels), turns, turns)
    starts = [least for it, least in spreads(group) if it <= spread]
    floors = group.floors(spread)
    if starts:
        assert floors is not None
        assert floors[0] <= min(starts)
        assert max(starts) <= floors[1]


def test_nobody_to_compare_with_is_even():
    assert Group((Vessel(3, 0, 2, 1),), 1, 1).least_spread() == 0


def test_turns_that_keep_the_gap_are_counted():
    following = [[1], [2], [3], []]
    assert (spaced([0, 1, 2, 3], following), spaced([1, 2], following), spaced([], following)) == (2, 1, 0)
