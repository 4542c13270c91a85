from dataclasses import replace
from datetime import date

import pytest

from portal.domain.slips import SlipFacts, issuing_problems, numbering_problems, signing_problems, voiding_problems

TODAY = date(2026, 11, 23)
COMPLETE = SlipFacts(
    matters=2,
    signer_id=1,
    lead_official_id=2,
    lead_unit_id=10,
    assisting_unit_ids=frozenset({11, 12}),
    instruction="请某某同志牵头，召集相关部门，迅速落实到位。",
    due_on=date(2026, 12, 14),
    signed_on=TODAY,
)


def fields(problems):
    return [it.field for it in problems]


def test_a_complete_slip_may_be_numbered_signed_and_issued():
    assert numbering_problems(COMPLETE) == signing_problems(COMPLETE) == issuing_problems(COMPLETE, TODAY) == []


def test_a_slip_is_numbered_with_its_instruction_box_still_blank():
    assert numbering_problems(SlipFacts(matters=1, signer_id=1)) == []


def test_an_empty_draft_is_told_everything_it_lacks_for_its_number():
    assert fields(numbering_problems(SlipFacts())) == ["matters", "signer_id"]


@pytest.mark.parametrize(
    "missing", [{"instruction": "  "}, {"lead_official_id": None}, {"lead_unit_id": None}, {"matters": 0}]
)
def test_a_signature_needs_instruction_lead_official_and_lead_unit(missing):
    assert fields(signing_problems(replace(COMPLETE, **missing))) == list(missing)


@pytest.mark.parametrize(
    "change,field",
    [
        ({"signed_on": None}, "signed_on"),
        ({"signed_on": date(2026, 11, 24)}, "signed_on"),
        ({"due_on": None}, "due_on"),
        ({"due_on": date(2026, 11, 22)}, "due_on"),
        ({"lead_official_id": None}, "lead_official_id"),
    ],
)
def test_a_slip_goes_out_signed_and_with_a_due_date_ahead(change, field):
    assert fields(issuing_problems(replace(COMPLETE, **change), TODAY)) == [field]


def test_a_slip_due_today_may_still_go_out():
    assert issuing_problems(replace(COMPLETE, due_on=TODAY), TODAY) == []


def test_the_lead_unit_does_not_assist_itself():
    clash = replace(COMPLETE, assisting_unit_ids=frozenset({10, 11}))
    assert fields(numbering_problems(clash)) == ["assisting_unit_ids"]


@pytest.mark.parametrize("reason,is_refused", [("", True), ("错了 ", True), ("牵头单位有误", False)])
def test_a_slip_is_voided_only_with_a_reason(reason, is_refused):
    assert bool(voiding_problems(reason)) is is_refused
