import io

import pytest
from PIL import Image, ImageDraw

from portal.documents.signature_look import Seal, SignatureLook, look_pdf, seal_must_be_a_picture
from portal.domain.errors import RuleBroken
from tests.documents.signing_builders import ORGAN, SIGNED_AT, handwriting_of
from tests.documents.slip_sheets import fonts_of, page_texts, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#c00"/></svg>'


def a_png(colour=(200, 16, 46, 255)):
    image = Image.new("RGBA", (120, 90), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((2, 2, 118, 88), fill=colour)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_name_and_time_stand_below_the_handwriting():
    pdf = look_pdf(SignatureLook(name="孙国强", signed_at=SIGNED_AT, strokes=handwriting_of()), 176, 42)
    assert page_texts(pdf) == ["孙国强2026年12月16日10:40"]
    assert all(fonts_of(pdf).values())


def test_without_handwriting_the_name_is_set():
    assert page_texts(look_pdf(SignatureLook(name="孙国强", signed_at=SIGNED_AT), 176, 42))[0].count("孙国强") == 2


@pytest.mark.parametrize("is_sample,word", [(True, "示例"), (False, "系统用印")])
def test_a_drawn_seal_says_what_it_is(is_sample, word):
    seal = Seal(organ=ORGAN, is_sample=is_sample)
    (text,) = page_texts(look_pdf(SignatureLook(name=ORGAN, signed_at=SIGNED_AT, seal=seal), 71, 74))
    assert word in text
    assert all(letter in text for letter in ORGAN)


@pytest.mark.parametrize(
    "seal", [Seal(organ=ORGAN, picture=a_png()), Seal(organ=ORGAN, picture=SVG), Seal(organ=ORGAN, is_oval=True)]
)
def test_a_seal_is_drawn_inside_the_field(seal, tmp_path):
    drawn = picture(look_pdf(SignatureLook(name=ORGAN, signed_at=SIGNED_AT, seal=seal), 71, 74), tmp_path, 144)
    assert drawn.darkest(0, 0, drawn.width, drawn.height * 3 // 4) < 160
    assert drawn.darkest(0, 0, 1, drawn.height * 3 // 4) > 100


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"GIF89a",
        a_png()[:60],
        b"<svg>" + b" " * 300_000 + b"</svg>",
        SVG.replace(b"<circle", b'<image href="file:///etc/passwd"/><circle'),
        SVG.replace(b"<circle", b"<use x='1'/><circle"),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG,
        SVG.replace(b"#c00", b"url(http://127.0.0.1/x)"),
        SVG.replace(b"<circle", b"<script>1</script><circle"),
    ],
)  # fmt: skip
def test_what_is_no_simple_picture_is_refused_as_a_seal(picture):
    with pytest.raises(RuleBroken, match="印章图片") as refusal:
        seal_must_be_a_picture(picture)
    assert refusal.value.field == "seal"


def test_a_name_no_face_has_is_refused_by_its_character():
    with pytest.raises(RuleBroken, match=r"U\+2A6A5"):
        look_pdf(SignatureLook(name="张\U0002a6a5", signed_at=SIGNED_AT), 176, 42)


@pytest.mark.parametrize("width,height", [(176, 42), (60, 20), (30, 10), (400, 200)])
def test_a_look_fits_any_field_on_one_page(width, height):
    look = SignatureLook(name="内蒙古·额尔古纳", signed_at=SIGNED_AT, strokes=handwriting_of(), seal=Seal(organ=ORGAN))
    assert len(page_texts(look_pdf(look, width, height))) == 1
