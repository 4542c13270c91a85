"""Pictures made fit to keep: upright, not larger than a screen, and without what the camera wrote into them."""

from io import BytesIO

from PIL import Image, ImageOps

LONGEST_SIDE = 2560
SMALL_SIDE = 320
MOST_PIXELS = 80_000_000
"""More than any telephone's ordinary photo; a picture that unpacks to more is refused before it is unpacked."""
QUALITY = 85


class PictureRefused(Exception):
    """The bytes are no picture that can be kept; the message says why, in Chinese, after the file's name."""


def tidy_picture(data: bytes) -> bytes:
    """A JPEG of the picture, at most 2560 px long, turned the way it was taken.

    Drawn anew, so nothing else of the file is left: no place where it was taken (GPS), no camera, no thumbnail, no remark.
    Raises PictureRefused for what is no JPG or PNG, is damaged, or is too large to unpack.
    """
    return _drawn(data, LONGEST_SIDE)


def small_picture(data: bytes) -> bytes:
    """The same, small enough for a list."""
    return _drawn(data, SMALL_SIDE)


DAMAGED = "不是 JPG 或 PNG 图片，或已经损坏，请重新拍摄或另存后再传。"


def _is_cut_off(data: bytes) -> bool:
    """Whether the end of a picture is missing; the library tells that only until WeasyPrint has told it to draw half ones."""
    end = b"IEND\xaeB`\x82" if data.startswith(b"\x89PNG") else b"\xff\xd9"
    return end not in data


def _drawn(data: bytes, longest: int) -> bytes:
    if _is_cut_off(data):
        raise PictureRefused(DAMAGED)
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PictureRefused(f"像素过大（{opened.width}×{opened.height}），请缩小后再传。")
            opened.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((longest, longest))
            return _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise PictureRefused("像素过大，请缩小后再传。") from bomb
    except (OSError, SyntaxError, ValueError) as damage:
        raise PictureRefused(DAMAGED) from damage


def _on_white(picture: Image.Image) -> bytes:
    """As a JPEG knows no transparency, what shows through is white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        shape = picture.convert("RGBA")
        picture = Image.new("RGBA", shape.size, "white")
        picture.alpha_composite(shape)
    out = BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=QUALITY, optimize=True, exif=b"", icc_profile=None)
    return out.getvalue()
