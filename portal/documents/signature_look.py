"""What a signature looks like on the paper: handwriting, a red seal, and a small line with name and time."""

import io
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from PIL import Image

from portal.documents.fonts import must_be_printable
from portal.documents.handwriting import handwriting
from portal.documents.seal_drawing import drawn_seal
from portal.documents.sheets import Stroke
from portal.documents.slip_fit import em_width
from portal.documents.typesetter import typeset
from portal.documents.words import day, moment
from portal.domain.errors import RuleBroken

TEMPLATE, STYLE = "signature_look.html", "signature_look.css"
LARGEST_LINE_PT, SMALLEST_LINE_PT, LINE_HEIGHT = 7.5, 4.5, 1.15
LARGEST_TYPED_PT = 20.0
MM_A_POINT = 25.4 / 72
INK_MARGIN_MM = 1.2
LARGEST_PICTURE, MOST_PIXELS, LONGEST_SIDE = 2 << 20, 25_000_000, 800
LARGEST_DRAWING = 200_000
PNG_END = b"IEND\xaeB`\x82"
NOT_IN_A_DRAWING = re.compile(
    rb"<!|<\?(?!xml )|href|<use|<image|<script|<style|<foreignObject|url\((?!#)|@import", re.IGNORECASE
)
NO_SEAL = "印章图片无法读取，请选择 PNG 或简单的 SVG 图片（不超过 2 MB）。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The organ's seal: its own picture (PNG or SVG), or drawn with the organ's name around."""

    organ: str
    picture: bytes = b""
    is_sample: bool = False
    is_oval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLook:
    """What is set into a signature field; without handwriting and seal the name is set in 楷体.

    A seal alone stands over the organ's name, with the day beneath the name (GB/T 9704-2012 7.3.5.1).
    """

    name: str
    signed_at: datetime
    strokes: tuple[Stroke, ...] = ()
    seal: Seal | None = None


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sizes and places in points from the upper left corner of the field."""

    width: float
    height: float
    line_size: float
    ink_height: float
    hand: Markup
    typed_size: float
    seal: Markup
    seal_width: float
    seal_height: float
    seal_left: float
    seal_top: float
    alone: bool


def look_pdf(look: SignatureLook, width: float, height: float) -> bytes:
    """One page as large as the field, in points, with every font in it.

    Raises RuleBroken for a seal that is no picture (field `seal`) and for a name no print font can set.
    """
    must_be_printable(look.name, field="name")
    alone = look.seal is not None and not look.strokes
    line = f"{look.name} {moment(look.signed_at)}"
    size = min(LARGEST_LINE_PT, width / (em_width(line) + 0.5), height / 4)
    size = size if size >= SMALLEST_LINE_PT and not alone else 0.0
    context = {"title": line, "printed_at": None, "name": look.name, "line": line, "issued": day(look.signed_at.date())}
    return typeset(TEMPLATE, STYLE, context | {"look": _measured(look, width, height, size)})


def seal_must_be_a_picture(picture: bytes) -> None:
    """Raise RuleBroken (field `seal`) for what cannot be set as a seal; for the page where the office uploads it."""
    _as_image(picture, "")


def _measured(look: SignatureLook, width: float, height: float, line_size: float) -> _Measures:
    ink = height - line_size * LINE_HEIGHT - (1.0 if line_size else 0.0)
    alone = look.seal is not None and not look.strokes
    seal, seal_width, seal_height = _seal(look.seal, width if alone else width / 2, ink)
    room = width if not look.seal or alone else width - seal_width - 2
    mm = MM_A_POINT
    return _Measures(
        width=width,
        height=height,
        line_size=line_size,
        ink_height=ink,
        hand=handwriting(look.strokes, room * mm - INK_MARGIN_MM, ink * mm - INK_MARGIN_MM),
        typed_size=0.0 if alone else min(LARGEST_TYPED_PT, ink * 0.8, room / max(em_width(look.name), 1)),
        seal=seal,
        seal_width=seal_width,
        seal_height=seal_height,
        seal_left=(width - seal_width) / 2 if alone else width - seal_width,
        seal_top=(ink - seal_height) / 2,
        alone=alone,
    )


def _seal(seal: Seal | None, width: float, height: float) -> tuple[Markup, float, float]:
    """The seal, and its width and height inside the room given."""
    if seal is None:
        return Markup(), 0.0, 0.0
    if seal.picture:
        image, ratio = _as_image(seal.picture, seal.organ)
    else:
        must_be_printable(seal.organ, field="seal")
        image, ratio = (
            drawn_seal(seal.organ, is_sample=seal.is_sample, is_oval=seal.is_oval),
            0.75 if seal.is_oval else 1.0,
        )
    fits = min(width, height / ratio)
    return image, fits, fits * ratio


def _as_image(picture: bytes, organ: str) -> tuple[Markup, float]:
    """The picture as an element of the page, and its height for a width of one."""
    if picture.startswith(b"\x89PNG"):
        data, ratio = _drawn_anew(picture)
        kind = "png"
    else:
        data, ratio, kind = _simple_drawing(picture), 1.0, "svg+xml"
    address = f"data:image/{kind};base64,{b64encode(data).decode()}"
    return Markup('<img src="{}" alt="{}（印章）">').format(address, organ), ratio


def _drawn_anew(picture: bytes) -> tuple[bytes, float]:
    if PNG_END not in picture[-32:]:  # the library draws half pictures once WeasyPrint has told it to
        raise RuleBroken(NO_SEAL, field="seal")
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG",)) as opened:
            if len(picture) > LARGEST_PICTURE or opened.width * opened.height > MOST_PIXELS:
                raise RuleBroken(NO_SEAL, field="seal")
            opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            out = io.BytesIO()
            opened.convert("RGBA").save(out, "PNG", optimize=True)
            return out.getvalue(), opened.height / opened.width
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as damage:
        raise RuleBroken(NO_SEAL, field="seal") from damage


def _simple_drawing(picture: bytes) -> bytes:
    """An SVG of shapes and text only: nothing from elsewhere, nothing repeated, no style sheet."""
    text = picture.strip()
    is_drawing = text.startswith((b"<svg", b"<?xml ")) and b"</svg>" in text[-40:]
    if not is_drawing or len(text) > LARGEST_DRAWING or NOT_IN_A_DRAWING.search(text):
        raise RuleBroken(NO_SEAL, field="seal")
    return text
