"""Invented handwriting for the sample: strokes as a tablet sends them, in thousandths of the frame's width."""

from math import cos, pi, sin

from portal.documents.sheets import Stroke

_STROKES = ((90, 90, 200, -14), (120, 150, 150, 6), (180, 70, -20, 250), (300, 110, 170, 24), (370, 80, -90, 230))
_MORE = ((400, 190, 90, 90), (560, 80, 210, -10), (660, 60, -30, 260), (600, 170, -60, 120), (690, 180, 130, 110))
"""Where each stroke begins, and how far it goes to the right and down."""


def handwriting(swing: float = 8.0) -> tuple[Stroke, ...]:
    """Ten strokes that swing a little, as a name written quickly does."""
    return tuple(_stroke(place, begun, swing) for place, begun in enumerate((*_STROKES, *_MORE)))


def _stroke(place: int, begun: tuple[int, int, int, int], swing: float) -> Stroke:
    x, y, right, down = begun
    steps = [number / 15 for number in range(16)]
    return tuple(
        (
            round(x + right * at + swing * sin(pi * at * 2 + place) * (abs(down) > abs(right)), 1),
            round(y + down * at + swing * cos(pi * at + place), 1),
        )
        for at in steps
    )
