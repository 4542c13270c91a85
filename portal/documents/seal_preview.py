"""The organ's seal as a picture to look at on a page: drawn exactly as it is set into a paper."""

import io
from datetime import datetime

from portal.documents.signature_look import Seal, SignatureLook, look_pdf

WIDTH_PT, HEIGHT_PT = 130.0, 130.0
SCALE = 2.0


def seal_picture(seal: Seal, at: datetime) -> io.BytesIO:
    """A PNG of the seal with a date below it, as it will stand on a slip issued at that moment."""
    import pypdfium2  # noqa: PLC0415 - only the page where the seal is set needs it

    look = SignatureLook(name=seal.organ, signed_at=at, seal=seal)
    document = pypdfium2.PdfDocument(look_pdf(look, WIDTH_PT, HEIGHT_PT))
    try:
        drawn = document[0].render(scale=SCALE).to_pil()
    finally:
        document.close()
    target = io.BytesIO()
    drawn.save(target, "PNG")
    target.seek(0)
    return target
