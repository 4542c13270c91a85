"""The bands of a supervision notice: a colour and a hatching, so that grey print and fax tell them apart."""

from collections.abc import Iterator

from markupsafe import Markup

from portal.domain.paper_kinds import UrgingColour

WIDTH_MM, HEIGHT_MM = 58, 6
INKS = {UrgingColour.BLUE: "#1f5fa8", UrgingColour.YELLOW: "#b87800", UrgingColour.RED: "#b0201c"}

Line = tuple[float, float, float, float]


def hatched_band(colour: UrgingColour) -> Markup:
    """The band as inline SVG: blue lies, yellow slants, red is crossed and close."""
    drawn = Markup().join(Markup('<path d="M{:g} {:g}L{:g} {:g}"/>').format(*line) for line in _LINES[colour]())
    return Markup(
        '<svg class="band" viewBox="0 0 {w} {h}" fill="none" stroke="{ink}" stroke-width="{thick}">'
        '<title>{word}</title>{drawn}<rect x="0.25" y="0.25" width="{iw}" height="{ih}" stroke-width="0.5"/></svg>'
    ).format(
        w=WIDTH_MM,
        h=HEIGHT_MM,
        iw=WIDTH_MM - 0.5,
        ih=HEIGHT_MM - 0.5,
        ink=INKS[colour],
        thick=0.9 if colour is UrgingColour.RED else 0.6,
        word=colour.label,
        drawn=drawn,
    )


def _lying() -> Iterator[Line]:
    for n in (1.5, 3.0, 4.5):
        yield 0, n, WIDTH_MM, n


def _slanting(step: float = 3.0) -> Iterator[Line]:
    """What runs over an end is cut off by the picture's edge."""
    left = -float(HEIGHT_MM)
    while left < WIDTH_MM:
        yield left, HEIGHT_MM, left + HEIGHT_MM, 0
        left += step


def _crossed() -> Iterator[Line]:
    for left, _, right, _ in _slanting(2.0):
        yield left, HEIGHT_MM, right, 0
        yield left, 0, right, HEIGHT_MM


_LINES = {UrgingColour.BLUE: _lying, UrgingColour.YELLOW: _slanting, UrgingColour.RED: _crossed}
