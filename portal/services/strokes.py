"""Handwriting from a screen: checked, made small, and written in one way only, so that it can be fingerprinted."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

from portal.documents.sheets import Stroke
from portal.domain.errors import RuleBroken

MOST_POINTS = 4_000
MOST_STROKES = 200
FEWEST_POINTS = 8
SMALLEST_EXTENT = 10.0
LARGEST = 10_000.0
LONGEST_TEXT = 400_000
UNREADABLE = "没有收到完整的手写签名，请清除后重签。"


def strokes_from(text: str) -> tuple[Stroke, ...]:
    """The strokes a page sent: JSON, a list of strokes, each a list of points [x, y], y downwards.

    Raises RuleBroken on `strokes` for anything that is not handwriting: nothing drawn, a dot, too much, not a number.
    """
    if not text.strip():
        raise RuleBroken("请在签名框内手写签名。", field="strokes")
    if len(text) > LONGEST_TEXT:
        raise RuleBroken("签名笔画过多，请清除后重签。", field="strokes")
    try:
        given = json.loads(text)
        strokes = tuple(tuple(_point(point) for point in stroke) for stroke in given)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise RuleBroken(UNREADABLE, field="strokes") from None
    strokes = tuple(stroke for stroke in strokes if stroke)
    points = sum(map(len, strokes))
    if points < FEWEST_POINTS or not _is_written(strokes):
        raise RuleBroken("签名太短，请在签名框内写下姓名。", field="strokes")
    if points > MOST_POINTS or len(strokes) > MOST_STROKES:
        raise RuleBroken("签名笔画过多，请清除后重签。", field="strokes")
    return strokes


def _is_written(strokes: Sequence[Stroke]) -> bool:
    """Whether the pen went somewhere: many points in one place are a dot and no name."""
    points = [point for stroke in strokes for point in stroke]
    return any(max(axis) - min(axis) >= SMALLEST_EXTENT for axis in zip(*points, strict=True))


def canonical_strokes(strokes: Sequence[Stroke]) -> str:
    """Strokes as text that is always the same for the same handwriting: tenths of a unit, no blanks."""
    plain = [[[round(x, 1), round(y, 1)] for x, y in stroke] for stroke in strokes]
    return json.dumps(plain, separators=(",", ":"))


def _point(given: Any) -> tuple[float, float]:
    x, y = given
    point = round(float(x), 1), round(float(y), 1)
    if not all(isfinite(it) and abs(it) <= LARGEST for it in point):
        raise ValueError("not a point of a screen")
    return point
