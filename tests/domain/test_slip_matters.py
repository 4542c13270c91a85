from hypothesis import given
from hypothesis import strategies as st

from portal.domain.slip_matters import (
    Raised,
    apart,
    enterprises_text,
    grouped,
    grouping_problems,
    merged,
    parted_from,
    same_lead_problems,
    splitting_problems,
)

MATTERS = st.lists(
    st.builds(Raised, st.integers(1, 30), st.just(1), st.one_of(st.none(), st.integers(1, 4)), st.booleans()),
    unique_by=lambda it: it.id,
    max_size=12,
)
TICKED = st.sets(st.integers(1, 30), max_size=8)


def the_ids(groups):
    return sorted(it for group in groups for it in group)


def test_matters_of_one_enterprise_and_day_share_a_slip():
    assert grouping_problems([Raised(1, 1, 7), Raised(2, 1, 7)]) == []


def test_matters_of_two_days_never_share_a_slip():
    (problem,) = grouping_problems([Raised(1, 1, 7, True), Raised(2, 2, 7, True)])
    assert "同一个接待日" in problem.message


def test_matters_of_two_enterprises_share_a_slip_only_if_all_are_common():
    assert grouping_problems([Raised(1, 1, 7, True), Raised(2, 1, 8, True)]) == []
    (problem,) = grouping_problems([Raised(1, 1, 7, True), Raised(2, 1, 8)])
    assert problem.field == "matters"
    assert "共性" in problem.message


def test_a_slip_of_several_enterprises_names_the_first_and_how_many():
    assert enterprises_text(["甲公司"]) == "甲公司"
    assert enterprises_text(["甲公司", "乙公司", "丙公司"]) == "甲公司等3家"
    assert enterprises_text([]) == ""


def test_a_day_is_laid_out_by_enterprise_or_one_slip_a_matter():
    day = [Raised(1, 1, 7), Raised(2, 1, 8), Raised(3, 1, 7), Raised(4, 1, None), Raised(5, 1, None)]
    assert grouped(day) == ((1, 3), (2,), (4,), (5,))
    assert grouped(day, one_each=True) == ((1,), (2,), (3,), (4,), (5,))


def test_ticked_matters_come_onto_one_slip_where_the_first_of_them_was():
    assert merged(((1, 3), (2,), (4,)), {3, 4}) == ((1,), (3, 4), (2,))
    assert merged(((1,), (2,)), {1, 2}) == ((1, 2),)
    assert merged(((1,),), set()) == ((1,),)


def test_ticked_matters_get_slips_of_their_own():
    assert apart(((1, 2, 3),), {2, 3}) == ((1,), (2,), (3,))
    assert apart(((1,),), {9}) == ((1,), (9,))


@given(MATTERS, TICKED, st.booleans())
def test_laying_out_anew_loses_no_matter_and_doubles_none(matters, ticked, one_each):
    groups = grouped(matters, one_each=one_each)
    everything = sorted(it.id for it in matters)
    assert the_ids(groups) == everything
    both = sorted({*everything, *ticked})
    assert the_ids(merged(groups, ticked)) == both
    assert the_ids(apart(groups, ticked)) == both
    assert the_ids(parted_from(groups, ticked)) == [it for it in everything if it not in ticked]
    assert all(merged(groups, ticked))
    assert not ticked or tuple(sorted(ticked)) in {tuple(sorted(it)) for it in merged(groups, ticked)}


def test_a_matter_is_split_among_different_lead_units_with_a_reason():
    assert splitting_problems("证照分属两局", {"安民接交〔2026〕1号": 5}, 6) == []
    assert [it.field for it in splitting_problems("短", {}, None)] == ["reason", "lead_unit_id"]
    (problem,) = splitting_problems("证照分属两局", {"安民接交〔2026〕1号": 5}, 5)
    assert "安民接交〔2026〕1号" in problem.message


def test_slips_without_a_lead_unit_yet_do_not_clash():
    assert same_lead_problems({"草稿": None}, None) == []
    assert same_lead_problems({"草稿": None}, 5) == []
