import pytest

from portal.domain.matters import Check, Disposition, MatterKind, MatterState, disposition_problems, starter_categories


def test_the_starter_list_has_twelve_categories_of_two_levels():
    categories = starter_categories()
    top = [it for it in categories if it.parent is None]
    assert len(top) == 12
    assert {it.parent for it in categories} == {None, *(it.code for it in top)}


def test_codes_and_names_are_used_once_and_parents_come_first():
    categories = starter_categories()
    codes = [it.code for it in categories]
    assert codes == sorted(set(codes))
    assert len({(it.parent, it.name) for it in categories}) == len(categories)


@pytest.mark.parametrize("name", ["奖补资金", "政策兑现", "验收办证", "费用减免"])
def test_the_four_appeals_of_the_source_find_their_category(name):
    assert name in {it.name for it in starter_categories()}


def test_each_disposition_leads_to_its_state():
    assert [it.state for it in Disposition] == [
        MatterState.SETTLED,
        MatterState.AWAITING_ASSIGNMENT,
        MatterState.REFUSED,
    ]


def test_settling_on_the_spot_needs_the_answer():
    [problem] = disposition_problems(Disposition.SETTLE, "  ")
    assert problem.field == "answer"
    assert disposition_problems(Disposition.SETTLE, "已当场说明申报条件。") == []


def test_refusing_needs_the_reason_and_the_proper_channel():
    [problem] = disposition_problems(Disposition.REFUSE, "")
    assert "渠道" in problem.message


def test_assigning_needs_no_answer():
    assert disposition_problems(Disposition.ASSIGN, "") == []


def test_what_nobody_checked_yet_is_neither_yes_nor_no():
    assert [it.label for it in Check] == ["待核实", "是", "否"]


def test_the_kinds_are_the_offices_five():
    assert [it.label for it in MatterKind] == ["问题", "建议", "批评", "咨询", "投诉"]
