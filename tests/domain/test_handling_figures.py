from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.handling_figures import RATES, Fact, Group, Rate, Tally, sorted_groups, total_of

counts = st.dictionaries(st.sampled_from(list(Fact)), st.integers(0, 10_000))


def closed_under_the_rates(given_counts):
    """Counts as the tables can hold them: what is counted is part of what it is counted out of."""
    held = {fact: given_counts.get(fact, 0) for fact in Fact}
    for _ in RATES:
        for rate in RATES:
            held[rate.numerator] = min(held[rate.numerator], held[rate.denominator])
    return held


tallies = st.builds(
    lambda held, days, worked: Tally(closed_under_the_rates(held), days if worked else 0, worked),
    counts,
    st.integers(0, 100_000),
    st.integers(0, 1_000),
)


@given(tallies)
def test_no_rate_is_below_0_or_above_100_and_none_is_made_of_nothing(tally):
    for rate in RATES:
        shown = tally.share(rate)
        if not tally[rate.denominator]:
            assert shown == "—"
        else:
            exact = Decimal(tally[rate.numerator]) * 100 / tally[rate.denominator]
            assert abs(Decimal(shown.removesuffix("%")) - exact) <= Decimal("0.05")
            assert 0 <= Decimal(shown.removesuffix("%")) <= 100


@given(st.lists(tallies, max_size=6))
def test_a_total_is_the_sum_of_its_parts(parts):
    whole = total_of(parts)
    for fact in Fact:
        assert whole[fact] == sum(it[fact] for it in parts)
    assert (whole.worked_days, whole.worked) == (sum(it.worked_days for it in parts), sum(it.worked for it in parts))
    assert all(whole[rate.numerator] <= whole[rate.denominator] for rate in RATES)


@given(tallies)
def test_an_average_is_a_dash_when_nothing_was_handed_in(tally):
    assert (tally.average_days == "—") == (tally.worked == 0)


@given(st.lists(tallies, min_size=1, max_size=6))
def test_sorting_keeps_every_group_and_puts_what_cannot_be_counted_last(parts):
    groups = [Group(str(place), str(place), it) for place, it in enumerate(parts)]
    for rate in RATES:
        found = sorted_groups(groups, rate.key, descending=True)
        assert sorted(it.key for it in found) == sorted(it.key for it in groups)
        countable = [bool(it.tally[rate.denominator]) for it in found]
        assert countable == sorted(countable, reverse=True)


def test_halves_are_rounded_up():
    rate = Rate("r", "率", Fact.SOLVED, Fact.HANDLING_DUE, "")
    assert Tally({Fact.SOLVED: 1, Fact.HANDLING_DUE: 2000}).share(rate) == "0.1%"
    assert Tally({}, worked_days=1, worked=4).average_days == "0.3"


def test_every_rate_says_how_it_is_made_and_has_a_name_of_its_own():
    assert len({it.key for it in RATES}) == len({it.label for it in RATES}) == len(RATES)
    assert all("÷" in it.formula for it in RATES)


def test_completed_solved_content_and_closed_are_four_things():
    by_key = {it.key: it for it in RATES}
    assert len({Fact.HANDED_IN, by_key["solved"].numerator, by_key["content"].numerator, Fact.CLOSED}) == 4
    assert by_key["completed"].denominator is by_key["solved"].denominator is by_key["in_time"].denominator
