"""The kinds of paper."""

from portal.domain.paper_kinds import NUMBERED_KINDS, PaperKind, UrgingColour


def test_papers_that_order_something_have_a_number_and_forms_that_are_filled_in_have_none():
    assert {kind.label for kind in NUMBERED_KINDS} == {"交办单", "转办单", "催办单", "督办单"}
    assert PaperKind.RESULT_REPORT not in NUMBERED_KINDS


def test_a_supervision_notice_has_three_colours_each_with_a_word():
    assert [colour.label for colour in UrgingColour] == ["蓝色", "黄色", "红色"]
