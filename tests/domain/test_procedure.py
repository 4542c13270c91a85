from datetime import datetime, timedelta

from portal.clock import ZONE
from portal.domain.procedure import STEPS, steps_passed

START = datetime(2026, 11, 16, 9, 0, tzinfo=ZONE)
FIRST = ("booked", "matter_checked", "reception_started", "matter_disposed")
SLIP = ("slip_drafted", "slip_numbered", "slip_signed", "slip_issued", "slip_received")
CLOSING = ("result_proposed", "result_signed", "enterprise_confirmed", "review_passed", "matter_closed")


def passed(*acts, **how):
    dated = [
        (act.partition("/")[0], START + timedelta(hours=n), {"kind": act.partition("/")[2]})
        for n, act in enumerate(acts)
    ]
    return [it.label for it in steps_passed(dated, **how) if it.at is not None]


def test_a_matter_that_went_the_whole_way_has_passed_every_step():
    acts = (*FIRST, *SLIP, "progress_reported/contact", *CLOSING, "called_back", "look_back_done")
    assert passed(*acts) == [label for label, _ in STEPS]


def test_only_a_contact_with_the_enterprise_is_the_step_of_contact():
    assert "联系企业" not in passed(*SLIP, "progress_reported/progress")
    assert "联系企业" in passed(*SLIP, "progress_reported/contact")


def test_a_result_that_was_refused_counts_no_more():
    assert passed(*SLIP, *CLOSING[:3], "review_failed")[-1] == "单位签收"
    assert passed(*SLIP, *CLOSING[:3], "review_failed", "result_proposed")[-1] == "报送结果"


def test_a_matter_in_hand_has_no_result_that_counts():
    assert passed(*SLIP, *CLOSING[:3], in_hand=True)[-1] == "单位签收"


def test_a_slip_whose_matter_was_taken_from_it_counts_no_more():
    assert passed(*FIRST, *SLIP, "objection_upheld") == ["登记诉求", "前期核实", "领导接待", "决定处置"]
    assert passed(*FIRST, *SLIP, "slip_voided", "slip_drafted")[-1] == "草拟交办单"


def test_a_new_instruction_begins_with_the_draft_it_made():
    acts = (*FIRST, *SLIP, *CLOSING, "slip_drafted", "matter_instructed_anew")
    assert passed(*acts)[-1] == "草拟交办单"


def test_units_see_the_steps_from_the_slip_on():
    found = steps_passed([], whole=False)
    assert found[0].label == "草拟交办单"


def test_a_step_left_out_by_rule_is_named_and_not_passed():
    found = {it.label: it for it in steps_passed([], skipped=("head",))}
    assert found["单位审签"].is_skipped
    assert found["单位审签"].at is None
    assert not found["企业确认"].is_skipped
