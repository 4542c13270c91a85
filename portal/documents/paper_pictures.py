"""A paper as pictures to look at on a page, one a page of it: what the printer would draw."""

import io
from threading import Lock

_one_at_a_time = Lock()
"""The library that draws pages must not be called from two threads."""

SCALE = 1.4
"""About 100 dots an inch: legible on a screen, some 60 kB a page."""


def page_pictures(pdf: bytes, *, most: int = 3) -> list[bytes]:
    """The first pages of a PDF as PNG, `most` of them at most."""
    import pypdfium2  # noqa: PLC0415 - only pages that show a paper need it

    with _one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [_drawn(document[place]) for place in range(min(len(document), most))]
        finally:
            document.close()


def _drawn(page: object) -> bytes:
    target = io.BytesIO()
    page.render(scale=SCALE).to_pil().convert("P", palette=1, colors=64).save(target, "PNG", optimize=True)  # type: ignore[attr-defined]
    return target.getvalue()
