"""Our own papers as a scanner, a telephone or a fax machine gives them back."""

from collections.abc import Sequence
from io import BytesIO
from random import Random

import pypdfium2
from PIL import Image, ImageFilter

from portal.documents.assignment_slip import assignment_slip
from tests.documents.slip_sheets import a_slip_sheet

CODES = ("ABCDEFGHIJKLMNOP", "QRSTUVWXYZ234567", "MZXW6YTBOI223344")


def a_paper(code: str = CODES[0], address: str = "HTTP://10.20.30.40:8000") -> bytes:
    """A printed slip with that code."""
    return assignment_slip(a_slip_sheet(verify_code=code, verify_url=f"{address}/VERIFY/{code}"))


def scanned(pdf: bytes, dots_an_inch: int = 200) -> Image.Image:
    """The first page as a scanner sees it, in grey."""
    page = pypdfium2.PdfDocument(pdf)[0]
    return page.render(scale=dots_an_inch / 72, grayscale=True).to_pil().convert("L")


def skewed(page: Image.Image, degrees: float) -> Image.Image:
    """Laid on the glass at an angle."""
    return page.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def pale(page: Image.Image) -> Image.Image:
    """Printed with little toner, on grey paper."""
    return page.point([150 + level // 4 for level in range(256)])


def specked(page: Image.Image, seed: int = 7, share: float = 0.01) -> Image.Image:
    """With dust on the glass."""
    chance, spoilt = Random(seed), page.copy()
    dots = spoilt.load()
    for _ in range(int(page.width * page.height * share)):
        dots[chance.randrange(page.width), chance.randrange(page.height)] = chance.choice((0, 255))
    return spoilt


def faxed(page: Image.Image) -> Image.Image:
    """Sent by fax in its fine mode: black and white, 204 by 196 dots an inch."""
    return page.resize((1728, 2292), Image.Resampling.BILINEAR).point([0 if it < 140 else 255 for it in range(256)])


def photographed(page: Image.Image) -> Image.Image:
    """Held a little unsteadily, with a shadow over it."""
    blurred = skewed(page, 3).filter(ImageFilter.GaussianBlur(1.4))
    shadow = Image.linear_gradient("L").resize(blurred.size).point([60 + level * 195 // 255 for level in range(256)])
    return Image.composite(blurred, Image.new("L", blurred.size, 40), shadow)


def as_png(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def as_jpg(page: Image.Image, quality: int = 70) -> bytes:
    out = BytesIO()
    page.save(out, "JPEG", quality=quality)
    return out.getvalue()


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    """Several pages as a scanner puts them into one file."""
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=list(pages[1:]), resolution=200, quality=70)
    return out.getvalue()


def a_blank_page() -> Image.Image:
    """The back of a sheet."""
    return Image.new("L", (1654, 2339), 250)
