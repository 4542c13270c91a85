import pytest

from portal.domain.errors import Conflict, NotAllowed, PortalError, Problem, RuleBroken, refuse


def test_a_refusal_reads_as_its_sentence_and_names_its_field():
    refusal = RuleBroken("请填写联系电话。", field="phone")
    assert (str(refusal), refusal.message, refusal.field) == ("请填写联系电话。", "请填写联系电话。", "phone")


def test_a_conflict_is_a_broken_rule_that_offers_what_is_still_possible():
    refusal = Conflict("该时段已约满。", alternatives=["09:40", "10:20"])
    assert isinstance(refusal, RuleBroken)
    assert refusal.alternatives == ("09:40", "10:20")


def test_not_allowed_is_no_broken_rule():
    assert issubclass(NotAllowed, PortalError)
    assert not issubclass(NotAllowed, RuleBroken)


def test_problems_are_refused_together_and_point_to_the_first_field():
    with pytest.raises(RuleBroken, match=r"^请选择牵头单位。请填写办结时限。$") as caught:
        refuse([Problem("lead_unit", "请选择牵头单位。"), Problem("due_on", "请填写办结时限。")])
    assert caught.value.field == "lead_unit"


def test_each_of_several_problems_keeps_its_own_field():
    problems = [Problem("told", "请写明经过。"), Problem("files", "请附上材料。")]
    with pytest.raises(RuleBroken) as refusal:
        refuse(problems)
    assert refusal.value.one_by_one == tuple(problems)


def test_no_problem_is_no_refusal():
    refuse([])
