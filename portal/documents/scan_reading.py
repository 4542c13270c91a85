"""Reads a scan in a process of its own, within bounds: run as a program by `scans` only, with the file on its standard input.

A few kilobytes can unpack to any size, and a broken file can end the library that draws it. So the process that serves pages
never opens one. Called as `codes` it writes the text of the codes on each page as JSON, as `parts 0,1;2` the file cut into parts
(base64), as `picture` a small JPEG of the first page.
"""

import base64
import json
import re
import sys
import time
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

MOST_PAGES = 100
MOST_PIXELS = 40_000_000
"""An A4 page at 600 dpi has 35 million."""

PATIENCE = 12.0
"""Seconds after which a page is only looked at once, however hard its code is to read."""

DRAWN_PIXELS = 9_000_000
LONG_SIDES = (1_754, 2_480, 1_240, 3_508)
"""How long the longer side of a page is drawn, in the order tried: 150, 210, 105 and 300 dpi of an A4 page."""

SMALL_SIDE = 320
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
CODE = re.compile(r"/VERIFY/([A-Z2-7]{16})\b")

NOT_READABLE, TOO_MANY_PAGES, TOO_LARGE = 3, 4, 5
"""The exit statuses that say what is wrong with the file; any other but 0 means that a bound was met."""


class Refused(Exception):
    """The file is not read; the number is the exit status."""


class Pages:
    """The pages of a PDF, or the one of a picture, drawn in grey as often and as large as needed."""

    def __init__(self, data: bytes) -> None:
        self.picture: Image.Image | None = None
        self.count = 1
        if data.startswith(b"%PDF-"):
            self.document = pypdfium2.PdfDocument(data)
            self.count = len(self.document)
            return
        opened = Image.open(BytesIO(data), formats=("JPEG", "PNG"))
        if opened.width * opened.height > MOST_PIXELS:
            raise Refused(TOO_LARGE)
        self.picture = ImageOps.exif_transpose(opened).convert("L")

    def drawn(self, number: int, long_side: int) -> Image.Image:
        """A page in grey, its longer side that long, or as large as may be."""
        if self.picture is not None:
            return _no_longer(self.picture, long_side)
        page = self.document[number]
        try:
            width, height = page.get_size()
            if min(width, height) < 1:
                raise Refused(NOT_READABLE)
            factor = min(long_side / max(width, height), (DRAWN_PIXELS / (width * height)) ** 0.5)
            bitmap = page.render(scale=factor, grayscale=True)
            drawn: Image.Image = bitmap.to_pil().convert("L")
            return drawn
        finally:
            page.close()


def _no_longer(picture: Image.Image, long_side: int) -> Image.Image:
    longest = max(picture.size)
    if longest <= long_side:
        return picture
    size = tuple(max(round(side * long_side / longest), 1) for side in picture.size)
    return picture.resize((size[0], size[1]), Image.Resampling.BOX)


def codes(data: bytes) -> list[str]:
    """The verify code on each page, empty where none can be read."""
    pages, begun = Pages(data), time.monotonic()
    if pages.count > MOST_PAGES:
        raise Refused(TOO_MANY_PAGES)
    return [_code_on(pages, number, hurry=time.monotonic() - begun > PATIENCE) for number in range(pages.count)]


def _code_on(pages: Pages, number: int, *, hurry: bool) -> str:
    for long_side in LONG_SIDES:
        plain = pages.drawn(number, long_side)
        for tried in _tries(plain):
            for found in zxingcpp.read_barcodes(
                tried, formats=QR_CODES, try_invert=False, text_mode=zxingcpp.TextMode.Plain
            ):
                code = CODE.search(found.text.upper())
                if code:
                    return code[1]
            if hurry:
                return ""
        if _is_blank(plain):
            return ""
    return ""


def _is_blank(page: Image.Image) -> bool:
    """Whether next to nothing is on a page: the back of a sheet need not be looked at four times."""
    dark = sum(page.resize((200, 280), Image.Resampling.BOX).histogram()[:160])
    return dark < 60


def _tries(page: Image.Image) -> Iterator[Image.Image]:
    """A page as it is, with its contrast stretched, its specks taken out, its fine holes closed, and in black and white."""
    yield page
    stretched = ImageOps.autocontrast(page, cutoff=2)
    yield stretched
    yield page.filter(ImageFilter.MedianFilter(3))
    yield stretched.filter(ImageFilter.GaussianBlur(1.2))
    for threshold in (110, 170):
        yield stretched.point([0 if level < threshold else 255 for level in range(256)])


def parts(data: bytes, groups: list[list[int]]) -> list[str]:
    """A PDF cut into parts by the numbers of their pages; the same file gives the same parts."""
    cut = []
    with pikepdf.open(BytesIO(data)) as whole:
        for group in groups:
            part = pikepdf.new()
            part.pages.extend(whole.pages[number] for number in group)
            out = BytesIO()
            part.save(out, deterministic_id=True)
            cut.append(base64.b64encode(out.getvalue()).decode())
    return cut


def picture(data: bytes) -> str:
    """The first page, small enough for a list."""
    out = BytesIO()
    _no_longer(Pages(data).drawn(0, 2 * SMALL_SIDE), SMALL_SIDE).save(out, "JPEG", quality=80)
    return base64.b64encode(out.getvalue()).decode()


def work(arguments: list[str], data: bytes) -> object:
    """Do what the arguments ask for; answers what is written as JSON."""
    match arguments:
        case ["codes"]:
            return codes(data)
        case ["parts", groups]:
            return parts(data, [[int(number) for number in group.split(",")] for group in groups.split(";")])
        case ["picture"]:
            return picture(data)
    raise ValueError("codes, parts or picture")


def main() -> int:
    """Answers the exit status."""
    try:
        json.dump(work(sys.argv[1:], sys.stdin.buffer.read()), sys.stdout)
    except Refused as refused:
        return int(refused.args[0])
    except (Image.DecompressionBombError, MemoryError):
        return TOO_LARGE
    except (pypdfium2.PdfiumError, pikepdf.PdfError, OSError, SyntaxError, ValueError):
        return NOT_READABLE
    return 0


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    sys.exit(main())
