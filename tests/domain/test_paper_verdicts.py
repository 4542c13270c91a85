import pytest

from portal.domain.paper_verdicts import Standing, VersionFacts, judge_companion, judge_reserved, judge_version
from portal.domain.slips import SlipState


def facts(**given):
    return VersionFacts(**{"state": SlipState.ISSUED, "version": 2, "latest": 2, "signed": True} | given)


@pytest.mark.parametrize(
    "given, standing",
    [
        ({}, Standing.GENUINE),
        ({"state": SlipState.AWAITING_SIGNATURE, "signed": False}, Standing.UNSIGNED),
        ({"version": 1}, Standing.NEWER),
        ({"version": 1, "signed_by_hand": True}, Standing.ORIGINAL),
        ({"state": SlipState.DRAFT, "signed": False}, Standing.RETURNED),
        ({"state": SlipState.DRAFT, "signed": False, "version": 1}, Standing.RETURNED),
        ({"state": SlipState.VOID}, Standing.VOID),
        ({"state": SlipState.VOID, "signed_by_hand": True}, Standing.VOID),
        ({"state": SlipState.VOID, "replaced_by": "安民接交〔2026〕9号"}, Standing.REPLACED),
        ({"state": SlipState.VOID, "replaced_by": ""}, Standing.REPLACED),
        ({"is_whole": False}, Standing.DOUBTFUL),
        ({"is_whole": False, "state": SlipState.VOID}, Standing.DOUBTFUL),
    ],
)
def test_a_version_is_judged_by_what_became_of_its_slip(given, standing):
    assert judge_version(facts(**given)).standing is standing


def test_only_papers_that_may_be_relied_on_count():
    counting = {it for it in Standing if it.counts}
    assert counting == {Standing.GENUINE, Standing.ORIGINAL, Standing.SCAN, Standing.REGISTERED}
    assert {it for it in Standing if it.tone == "good"} == counting


def test_the_original_says_which_version_the_office_entered_from_it():
    said = judge_version(facts(version=1, signed_by_hand=True)).meaning
    assert "签批原件" in said
    assert "第 2 版" in said


def test_a_replaced_slip_names_the_one_that_counts():
    assert (
        "安民接交〔2026〕9号" in judge_version(facts(state=SlipState.VOID, replaced_by="安民接交〔2026〕9号")).meaning
    )


@pytest.mark.parametrize(
    "given, standing",
    [
        ({}, Standing.GENUINE),
        ({"is_void": True}, Standing.VOID),
        ({"slip_is_void": True}, Standing.VOID),
        ({"is_whole": False}, Standing.DOUBTFUL),
    ],
)
def test_a_paper_beside_a_slip_falls_with_it(given, standing):
    said = judge_companion(**{"kind": "催办单", "is_whole": True, "is_void": False, "slip_is_void": False} | given)
    assert said.standing is standing


@pytest.mark.parametrize(
    "is_void, slip, standing",
    [
        (False, None, Standing.BLANK),
        (True, None, Standing.VOID),
        (False, facts(), Standing.REGISTERED),
        (False, facts(state=SlipState.VOID), Standing.VOID),
        (False, facts(state=SlipState.VOID, replaced_by="x"), Standing.REPLACED),
    ],
)
def test_a_blank_paper_counts_once_it_is_entered(is_void, slip, standing):
    assert judge_reserved(is_void=is_void, slip=slip).standing is standing


def test_no_judgement_claims_force_of_law():
    said = [judge_version(facts(**it)).meaning for it in ({}, {"version": 1, "signed_by_hand": True})]
    assert not [it for it in said if "法律效力" in it]
