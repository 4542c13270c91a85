"""The code is read whatever the scanner does; a hostile file costs a sentence, not the portal."""

from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from portal.documents.scans import codes_on, parts_of, picture_of
from portal.domain.errors import RuleBroken
from tests.documents.scanned_papers import (
    CODES,
    a_blank_page,
    a_paper,
    as_jpg,
    as_pdf,
    as_png,
    faxed,
    pale,
    photographed,
    scanned,
    skewed,
    specked,
)


@pytest.fixture(scope="module")
def paper():
    return a_paper()


DISTORTIONS = {
    "as printed": lambda pdf: as_png(scanned(pdf)),
    "100 dpi": lambda pdf: as_png(scanned(pdf, 100)),
    "600 dpi": lambda pdf: as_png(scanned(pdf, 600)),
    "skewed by 5 degrees": lambda pdf: as_png(skewed(scanned(pdf), 5)),
    "upside down": lambda pdf: as_png(scanned(pdf).rotate(180)),
    "pale": lambda pdf: as_png(pale(scanned(pdf))),
    "dusty": lambda pdf: as_png(specked(scanned(pdf))),
    "by fax": lambda pdf: as_png(faxed(skewed(scanned(pdf), 2))),
    "by telephone": lambda pdf: as_jpg(photographed(scanned(pdf)), 40),
    "the file itself": lambda pdf: pdf,
}


@pytest.mark.parametrize("how", DISTORTIONS)
def test_the_code_is_read_from_a_page(paper, how):
    assert codes_on(DISTORTIONS[how](paper)) == (CODES[0],)


def test_each_page_tells_its_own_code(paper):
    other = scanned(a_paper(CODES[1]))
    assert codes_on(as_pdf([scanned(paper), a_blank_page(), other])) == (CODES[0], "", CODES[1])


def test_a_pile_is_cut_the_same_way_every_time(paper):
    pile = as_pdf([scanned(paper, 100)] * 3)
    cut = parts_of(pile, [[0, 2], [1]])
    assert cut == parts_of(pile, [[0, 2], [1]])
    assert [len(codes_on(part)) for part in cut] == [2, 1]


def test_a_scan_has_a_small_picture(paper):
    with Image.open(BytesIO(picture_of(as_pdf([scanned(paper, 100)])))) as small:
        assert max(small.size) == 320


def a_pdf_of_pages(number: int) -> bytes:
    pdf, out = pikepdf.new(), BytesIO()
    for _ in range(number):
        pdf.add_blank_page()
    pdf.save(out)
    return out.getvalue()


HOSTILE = {
    "a thousand pages": (lambda: a_pdf_of_pages(1_000), "超过 100 页"),
    "144 megapixels": (lambda: as_png(Image.new("1", (12_000, 12_000))), "展开后过大"),
    "no PDF": (lambda: b"%PDF-1.7\n" + b"x" * 1_000 + b"%%EOF", "打不开"),
    "half a picture": (lambda: as_png(a_blank_page())[:400], "打不开"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(what):
    make, told = HOSTILE[what]
    with pytest.raises(RuleBroken, match=told):
        codes_on(make(), name="扫描.pdf")


def test_a_code_that_is_not_ours_is_no_code(paper):
    assert codes_on(as_png(scanned(a_paper("ABCDEFGHIJKLMNOP", "HTTP://EXAMPLE.COM/X?")))) == ("ABCDEFGHIJKLMNOP",)
    assert codes_on(as_png(scanned(a_paper("abc")))) == ("",)
