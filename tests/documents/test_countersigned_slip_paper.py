"""What a slip prints for a deputy, for countersigners, and for signatures set into the finished PDF."""

import pytest

from portal.documents.assignment_slip import assignment_slip, placed_assignment_slip
from portal.documents.kept_sheets import sheet_from_text, sheet_text
from portal.documents.sheets import AssignmentSlipSheet, OfficialLine
from portal.documents.slip_fit import TYPE_SIZES, Reckoning
from portal.domain.errors import RuleBroken
from tests.documents.signing_builders import COUNTERSIGNERS, SLIP_DATA, handwriting_of
from tests.documents.slip_sheets import a_random_slip_sheet, a_slip_sheet, page_texts

THREE = (*COUNTERSIGNERS, OfficialLine(name="吴海涛", post="区委常委、区委统战部部长、区政协党组副书记"))
DEPUTY = OfficialLine(name="刘晓梅", post="常务副区长")
LARGE = {"countersigners": THREE, "signed_for": DEPUTY, "for_signing": True}


def apart(one, other):
    return (
        one.page != other.page
        or one.right <= other.left + 0.1
        or other.right <= one.left + 0.1
        or one.top <= other.bottom + 0.1
        or other.top <= one.bottom + 0.1
    )


def test_deputy_and_countersigners_are_named():
    (text,) = page_texts(assignment_slip(a_slip_sheet(countersigners=COUNTERSIGNERS, signed_for=DEPUTY)))
    assert "签批领导：孙国强区长刘晓梅常务副区长（代）" in text
    assert "会签：" in text
    assert "赵立新区委常委、统战部部长" in text
    assert "会签" not in page_texts(assignment_slip(a_slip_sheet()))[0]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_signature_has_a_place_of_its_own(count):
    places = placed_assignment_slip(a_slip_sheet(countersigners=THREE[:count], for_signing=True)).places
    names = ["signature", "seal", *(f"countersign-{number + 1}" for number in range(count))]
    assert {"instruction", *names} == set(places)
    assert all(apart(places[one], places[other]) for one in names for other in names if one != other)
    assert all(places[name].height_mm >= 12.9 for name in names)
    for name in names[:1] + names[2:]:
        assert places["instruction"].bottom <= places[name].bottom <= places[name].top <= places["instruction"].top


def test_a_fourth_countersigner_is_refused():
    with pytest.raises(RuleBroken, match="最多3位") as refusal:
        assignment_slip(a_slip_sheet(countersigners=(*THREE, DEPUTY)))
    assert refusal.value.field == "countersigners"


def test_a_countersigner_s_handwriting_is_on_the_paper():
    blank = assignment_slip(a_slip_sheet(countersigners=THREE))
    written = assignment_slip(a_slip_sheet(countersigners=THREE, countersignatures=((), handwriting_of())))
    assert len(written) > len(blank)


@pytest.mark.parametrize("seed", range(10))
def test_a_countersigned_slip_reckoned_to_fit_one_page_does(seed):
    sheet = a_random_slip_sheet(seed)
    changed = AssignmentSlipSheet(**{name: getattr(sheet, name) for name in sheet.__slots__} | LARGE)
    paper = placed_assignment_slip(changed)
    assert paper.pages == Reckoning(changed, TYPE_SIZES[-1]).pages()


def test_an_instruction_longer_than_a_page_still_has_every_place():
    sheet = a_slip_sheet(instruction="请晓梅同志牵头，逐项研究，迅速落实到位。" * 75, **LARGE)
    paper = placed_assignment_slip(sheet)
    places = paper.places
    assert "".join(page_texts(paper.pdf)).count("迅速落实到位。") >= 73  # two page breaks
    assert {"signature", "countersign-1", "countersign-2", "countersign-3", "seal"} < set(places)
    assert all(place.bottom > 30 for name, place in places.items() if name != "instruction")


def test_the_same_sheet_gives_the_same_bytes_for_the_archive():
    sheet = a_slip_sheet(**LARGE)
    one, other = (placed_assignment_slip(sheet, archived=True, data=SLIP_DATA) for _ in range(2))
    assert one.pdf == other.pdf
    assert placed_assignment_slip(sheet, archived=True, data=b"{}").pdf != one.pdf


def test_a_paper_for_the_archive_has_a_date():
    with pytest.raises(ValueError, match="printed_at"):
        placed_assignment_slip(a_slip_sheet(printed_at=None), archived=True, data=b"{}")


def test_a_countersigned_sheet_is_kept_and_comes_back():
    sheet = a_slip_sheet(**LARGE, countersignatures=(handwriting_of(),))
    assert sheet_from_text(AssignmentSlipSheet, sheet_text(sheet)) == sheet
