"""Pictures keep what they show and lose what the camera wrote into them."""

import io

import pytest
from PIL import Image

from portal.documents import pictures
from portal.documents.pictures import PictureRefused, small_picture, tidy_picture


def a_photo(size=(400, 300), *, kind="JPEG", mode="RGB", orientation=1) -> bytes:
    """A picture as a telephone takes it: red on its left side, with the place where it was taken."""
    picture = Image.new(mode, size, "blue" if mode == "RGB" else (0, 0, 255, 0))
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (28.0, 53.0, 12.0)
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_the_place_where_it_was_taken_and_the_camera_are_gone():
    before, after = a_photo(), tidy_picture(a_photo())
    assert opened(before).getexif().get_ifd(0x8825)
    assert b"SECRET-CAMERA" in before
    assert not opened(after).getexif()
    assert b"SECRET-CAMERA" not in after
    assert b"Exif" not in after


def test_a_picture_is_at_most_2560_px_long_and_a_small_one_is_not_blown_up():
    assert opened(tidy_picture(a_photo((4000, 3000)))).size == (2560, 1920)
    assert opened(tidy_picture(a_photo((3000, 4000)))).size == (1920, 2560)
    assert opened(tidy_picture(a_photo())).size == (400, 300)
    assert max(opened(small_picture(a_photo((4000, 3000)))).size) == 320


def test_a_picture_is_turned_the_way_it_was_taken():
    upright = opened(tidy_picture(a_photo(orientation=6)))
    assert upright.size == (300, 400)
    assert upright.getpixel((150, 50))[0] > 200


def test_what_shows_through_a_png_is_white():
    drawn = opened(tidy_picture(a_photo(kind="PNG", mode="RGBA")))
    assert drawn.format == "JPEG"
    assert min(drawn.getpixel((390, 10))) > 250


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 %%EOF", b"GIF89a", a_photo()[:2000], b"\xff\xd8\xff\xda", b"<svg/>"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(PictureRefused, match="不是 JPG 或 PNG"):
        tidy_picture(data)


def test_a_picture_too_large_to_unpack_is_refused_before_it_is(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(PictureRefused, match="400×300"):
        tidy_picture(a_photo())


def test_a_bomb_is_refused():
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(PictureRefused, match="像素过大"):
        tidy_picture(out.getvalue())
