from hypothesis import given
from hypothesis import strategies as st

from portal.domain.numbering import checked_row
from portal.domain.reserved_numbers import (
    MOST_AT_ONCE,
    ReservedState,
    open_problems,
    reserving_problems,
    voiding_problems,
)


def test_numbers_are_set_aside_for_a_purpose_and_not_too_many():
    assert reserving_problems(MOST_AT_ONCE, "停电备用") == []
    assert [it.field for it in reserving_problems(0, "备")] == ["count", "purpose"]
    assert [it.field for it in reserving_problems(MOST_AT_ONCE + 1, "停电备用")] == ["count"]


def test_only_an_open_number_can_be_used_or_made_void():
    assert open_problems(ReservedState.OPEN, "安民接交〔2026〕3号", "state") == []
    for state in (ReservedState.USED, ReservedState.VOID):
        (problem,) = open_problems(state, "安民接交〔2026〕3号", "state")
        assert state.label in problem.message


def test_an_unused_number_ends_with_a_reason():
    assert voiding_problems("空白单写坏") == []
    assert voiding_problems("写坏")[0].field == "reason"


@given(st.integers(0, 40), st.sets(st.integers(1, 45)), st.sets(st.integers(1, 40)))
def test_a_row_is_whole_exactly_when_every_number_is_there_once(last, serials, twice):
    found = checked_row(last, [*serials, *(serials & twice)])
    assert set(found.missing) == set(range(1, last + 1)) - serials
    assert set(found.double) == serials & twice
    assert set(found.beyond) == {it for it in serials if it > last}
    assert found.is_whole == (serials == set(range(1, last + 1)) and not serials & twice)
