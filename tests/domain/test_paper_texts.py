"""Which words of each paper may be changed."""

import pytest

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.paper_texts import PARTS, PLACEHOLDERS, SLIP_LABELS, part_of, standard_texts


@pytest.mark.parametrize("kind", PaperKind)
def test_every_paper_has_a_heading_and_names_to_fill_in(kind):
    assert PARTS[kind][0].name == "heading"
    assert {"区县", "工商联", "联系方式"} <= set(PLACEHOLDERS[kind])
    assert len({part.name for part in PARTS[kind]}) == len(PARTS[kind])
    assert len({part.label for part in PARTS[kind]}) == len(PARTS[kind])


@pytest.mark.parametrize("kind", PaperKind)
def test_a_text_that_may_not_be_blank_has_standard_words(kind):
    assert all(part.default or part.may_be_blank for part in PARTS[kind])
    assert dict(standard_texts(kind)) == {part.name: part.default for part in PARTS[kind]}


def test_a_supervision_notice_has_words_of_its_own_for_each_colour():
    names = {part.name for part in PARTS[PaperKind.SUPERVISION]}
    assert {f"body_{colour}" for colour in UrgingColour} <= names
    assert {f"requirement_{colour}" for colour in UrgingColour} <= names


def test_the_labels_of_a_slip_fit_its_narrow_column():
    for name in SLIP_LABELS:
        part = part_of(PaperKind.SLIP, f"label_{name}")
        assert part.longest == 4
        assert len(part.default) <= 4


def test_a_part_a_paper_does_not_have_is_not_found():
    with pytest.raises(KeyError):
        part_of(PaperKind.NOTICE, "requirement")
