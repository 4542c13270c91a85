"""QR codes as drawings inside a page: sharp at every size, and nothing to load."""

import segno
from markupsafe import Markup


def qr_code(text: str, title: str) -> Markup:
    """The code as inline SVG, `title` for who cannot see it; its size is the style sheet's business. Nothing for no text."""
    if not text:
        return Markup()
    code = segno.make_qr(text, error="m")
    svg = code.svg_inline(border=0, omitsize=True, svgclass=None, lineclass=None, title=title)
    return Markup(svg)  # noqa: S704 - segno draws modules only, the text is not in the markup
