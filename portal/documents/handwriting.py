"""Handwriting from a screen, drawn on paper."""

from collections.abc import Sequence

from markupsafe import Markup

from portal.documents.sheets import Stroke


def handwriting(strokes: Sequence[Stroke], width_mm: float, height_mm: float) -> Markup:
    """The strokes as inline SVG, as large as fits into the room given; nothing for no strokes."""
    points = [point for stroke in strokes for point in stroke]
    if not points:
        return Markup()
    left, top = min(x for x, _ in points), min(y for _, y in points)
    width = max(max(x for x, _ in points) - left, 1e-6)
    height = max(max(y for _, y in points) - top, 1e-6)
    scale = min(width_mm / width, height_mm / height)
    drawn = Markup().join(
        Markup('<polyline points="{}"/>').format(
            " ".join(f"{(x - left) * scale + 0.5:.2f},{(y - top) * scale + 0.5:.2f}" for x, y in stroke)
        )
        for stroke in strokes
    )
    return Markup(
        '<svg class="hand" viewBox="0 0 {w:.2f} {h:.2f}" style="width:{w:.2f}mm;height:{h:.2f}mm" fill="none" '
        'stroke="#000" stroke-width="0.55" stroke-linecap="round" stroke-linejoin="round">'
        "<title>手写签名</title>{d}</svg>"
    ).format(w=width * scale + 1, h=height * scale + 1, d=drawn)
