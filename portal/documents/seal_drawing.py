"""A red seal drawn for the organ when it has given no picture of its own.

On purpose unlike a statutory seal: a double ring, an open star, and a word that says it was set by this system. A sample
says 示例 instead.
"""

from math import cos, pi, sin

from markupsafe import Markup

RED = "#c8102e"
HALF = 50.0
ARC_DEGREES = 250.0
LARGEST_TYPE, SMALLEST_TYPE = 13.0, 6.0
SET_BY_SYSTEM, SAMPLE = "系统用印", "示例"
FONT = "Portal XiaoBiaoSong, Portal Rare"


def drawn_seal(organ: str, *, is_sample: bool, is_oval: bool) -> Markup:
    """The seal as inline SVG, twice fifty units wide; an oval one is three quarters as high."""
    squeeze = 0.75 if is_oval else 1.0
    size = min(LARGEST_TYPE, max(SMALLEST_TYPE, 178 / max(len(organ), 1)))
    word = SAMPLE if is_sample else SET_BY_SYSTEM
    return Markup(
        '<svg viewBox="-50 {top} 100 {height}" font-family="{font}" fill="{red}">'
        "<title>{organ}（{word}）</title>"
        '<g fill="none" stroke="{red}"><ellipse rx="48.8" ry="{outer}" stroke-width="1.8"/>'
        '<ellipse rx="45.4" ry="{inner}" stroke-width="0.7"/>'
        '<polygon points="{star}" stroke-width="1.4" stroke-linejoin="round"/></g>'
        "{letters}{below}</svg>"
    ).format(
        top=-HALF * squeeze,
        height=2 * HALF * squeeze,
        font=FONT,
        red=RED,
        organ=organ,
        word=word,
        outer=f"{48.8 * squeeze:.2f}",
        inner=f"{48.8 * squeeze - 3.4:.2f}",
        star=_star(13.0 * squeeze),
        letters=_letters(organ, size, squeeze),
        below=_text(word, 0, 34 * squeeze, 8.5 * squeeze),
    )


def _star(radius: float) -> str:
    corners = ((radius * (1 if corner % 2 == 0 else 0.382), -pi / 2 + corner * pi / 5) for corner in range(10))
    return " ".join(f"{length * cos(turn):.2f},{length * sin(turn) - 1:.2f}" for length, turn in corners)


def _letters(organ: str, size: float, squeeze: float) -> Markup:
    """The name along the upper arc, each letter's foot towards the middle."""
    step = min(30.0, ARC_DEGREES / max(len(organ) - 1, 1))
    start = -step * (len(organ) - 1) / 2
    letters = []
    for place, letter in enumerate(organ):
        turn = start + step * place
        reach = 44.0 - size
        x, y = reach * sin(turn * pi / 180), -reach * squeeze * cos(turn * pi / 180)
        letters.append(_text(letter, x, y, size, turn))
    return Markup().join(letters)


def _text(text: str, x: float, y: float, size: float, turn: float = 0.0) -> Markup:
    return Markup('<text text-anchor="middle" font-size="{}" transform="translate({} {}) rotate({})">{}</text>').format(
        f"{size:.2f}", f"{x:.2f}", f"{y:.2f}", f"{turn:.2f}", text
    )
