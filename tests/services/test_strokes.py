"""Handwriting as a page sends it: taken when it is handwriting, refused in words when it is not."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.domain.errors import RuleBroken
from portal.services.strokes import canonical_strokes, strokes_from

NAME = [[[10, 10], [14, 22], [19, 31], [25, 44]], [[40, 12], [41, 20], [43, 33], [47, 41]]]
POINTS = some.tuples(some.floats(-1e4, 1e4), some.floats(-1e4, 1e4))


def test_a_written_name_is_taken_and_always_put_down_the_same_way():
    text = canonical_strokes(strokes_from(json.dumps(NAME)))
    assert (
        text == "[[[10.0,10.0],[14.0,22.0],[19.0,31.0],[25.0,44.0]],[[40.0,12.0],[41.0,20.0],[43.0,33.0],[47.0,41.0]]]"
    )
    assert canonical_strokes(strokes_from(text)) == text


@pytest.mark.parametrize(
    "sent,told",
    [
        ("", "手写签名"),
        ("[]", "太短"),
        ("[[[1,1],[2,2]]]", "太短"),
        (json.dumps([[[5, 5]] * 20]), "太短"),
        (json.dumps([[[5, 5], [6, 8]] * 10]), "太短"),
        ("nothing of the kind", "没有收到"),
        ("[" * 5_000, "没有收到"),
        ('[[[1,"x"]]]', "没有收到"),
        ("[[[NaN,1]]]", "没有收到"),
        (f"[[[1{'0' * 400},1]]]", "没有收到"),
        (json.dumps([[[99_999, 1]] * 9]), "没有收到"),
        (json.dumps([[[n % 90, n % 70] for n in range(4_001)]]), "过多"),
        (json.dumps([[[1, 1], [30, 30]]] * 201), "过多"),
        ("[" + " " * 400_001, "过多"),
    ],
)
def test_what_is_no_handwriting_is_refused_beside_the_field(sent, told):
    with pytest.raises(RuleBroken, match=told) as refusal:
        strokes_from(sent)
    assert refusal.value.field == "strokes"


@given(some.lists(some.lists(POINTS, min_size=1, max_size=9), max_size=9))
def test_any_strokes_are_either_handwriting_or_refused_in_words(given_strokes):
    taken = ()
    with suppress(RuleBroken):
        taken = strokes_from(json.dumps(given_strokes))
    if taken:
        assert strokes_from(canonical_strokes(taken)) == taken
