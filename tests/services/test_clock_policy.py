"""The clock policy: one row a stage, checked, versioned, on record, and one truth with the rules of the office (domain 2.3)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.clock_policy import MEASURES, OFFICE_RULE, clock_problems
from portal.domain.clocks import DEFAULT_CLOCKS, Measure, OnRestDay, Overdue, Stage
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.office import OfficeRules
from portal.domain.people import Actor, Role
from portal.services import results, slip_receipts
from portal.services.clock_policy import clock_mark, clocks_in_force, reset_clock, set_clock
from portal.services.office_settings import change_rules
from portal.services.slip_orders import usual_limit
from portal.store.models.audit import AuditLine
from portal.store.models.handling import ClockRule
from portal.store.queries.office import office_rules
from tests.handled_matters import SOLVED, a_matter_in_hand
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip

HEAD_IN_TWO_HOURS = replace(DEFAULT_CLOCKS[Stage.HEAD], length=2, measure=Measure.HOURS)


def test_the_default_of_every_stage_is_in_order_and_says_what_the_offices_rules_say():
    rules = OfficeRules()
    for stage in Stage:
        assert clock_problems(DEFAULT_CLOCKS[stage]) == []
    for stage, (rule, measure) in OFFICE_RULE.items():
        clock = DEFAULT_CLOCKS[stage]
        assert (clock.length, clock.measure) == (getattr(rules, rule), measure)


def test_what_is_set_is_in_force_and_on_record(session):
    set_clock(session, HEAD_IN_TWO_HOURS, actor=OFFICE, now=NOW)
    session.commit()
    assert clocks_in_force(session)[Stage.HEAD] == HEAD_IN_TWO_HOURS
    (line,) = session.scalars(select(AuditLine).where(AuditLine.act == "clock_rule_set"))
    assert line.summary == "修改时限规则“单位负责人审签”：1个工作日改为2小时"


@pytest.mark.parametrize("stage", OFFICE_RULE)
def test_a_length_among_the_offices_rules_is_kept_there_alone(session, stage):
    rule, measure = OFFICE_RULE[stage]
    set_clock(session, replace(DEFAULT_CLOCKS[stage], length=9), actor=OFFICE, now=NOW)
    assert getattr(office_rules(session), rule) == 9
    change_rules(session, {rule: 11}, actor=OFFICE, now=NOW)
    assert (clocks_in_force(session)[stage].length, clocks_in_force(session)[stage].measure) == (11, measure)


def test_a_stage_set_back_runs_by_the_default_again(session):
    set_clock(session, replace(DEFAULT_CLOCKS[Stage.RECEIPT], length=2), actor=OFFICE, now=NOW)
    reset_clock(session, Stage.RECEIPT, actor=OFFICE, now=NOW)
    assert clocks_in_force(session) == DEFAULT_CLOCKS
    assert office_rules(session) == OfficeRules()
    assert session.scalars(select(ClockRule)).all() == []
    with pytest.raises(RuleBroken, match="默认"):
        reset_clock(session, Stage.RECEIPT, actor=OFFICE, now=NOW)


def test_whoever_saw_an_older_row_is_refused(session):
    seen = clock_mark(clocks_in_force(session)[Stage.HEAD])
    set_clock(session, HEAD_IN_TWO_HOURS, seen=seen, actor=OFFICE, now=NOW)
    with pytest.raises(Conflict):
        set_clock(session, replace(HEAD_IN_TWO_HOURS, length=4), seen=seen, actor=OFFICE, now=NOW)
    with pytest.raises(Conflict):
        reset_clock(session, Stage.HEAD, seen=seen, actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICE])
def test_only_the_office_sets_clocks(session, role):
    with pytest.raises(NotAllowed):
        set_clock(session, HEAD_IN_TWO_HOURS, actor=Actor(9, "别人", role), now=NOW)


@pytest.mark.parametrize(
    "stage, given, field",
    [
        (Stage.HEAD, {"length": 0}, "length"),
        (Stage.HEAD, {"length": 251}, "length"),
        (Stage.HEAD, {"measure": Measure.HOURS, "length": 241}, "length"),
        (Stage.HEAD, {"measure": Measure.MONTHS}, "measure"),
        (Stage.SIGNING, {"measure": Measure.HOURS}, "measure"),
        (Stage.HEAD, {"extensions": 1, "extend_by": 1}, "extensions"),
        (Stage.HANDLING, {"extensions": 6}, "extensions"),
        (Stage.HANDLING, {"extend_by": 0}, "extend_by"),
        (Stage.HANDLING, {"extensions": 0}, "extend_by"),
        (Stage.HANDLING, {"ask_before": 31}, "ask_before"),
    ],
)
def test_a_row_that_cannot_work_is_refused_beside_its_field(session, stage, given, field):
    with pytest.raises(RuleBroken) as refused:
        set_clock(session, replace(DEFAULT_CLOCKS[stage], **given), actor=OFFICE, now=NOW)
    assert field in {it.field for it in clock_problems(replace(DEFAULT_CLOCKS[stage], **given))}
    assert refused.value.message
    assert session.get(ClockRule, stage.value) is None


def test_saving_what_is_in_force_changes_nothing(session):
    with pytest.raises(RuleBroken, match="相同"):
        set_clock(session, DEFAULT_CLOCKS[Stage.HEAD], actor=OFFICE, now=NOW)


def test_every_measure_a_stage_may_have_is_one_it_can_be_set_to(session):
    for stage, measures in MEASURES.items():
        for measure in measures:
            wanted = replace(DEFAULT_CLOCKS[stage], length=2, measure=measure, overdue=Overdue.TELL_LEADER)
            set_clock(session, wanted, actor=OFFICE, now=NOW)
            assert clocks_in_force(session)[stage] == wanted


def test_a_step_counted_in_hours_ends_at_a_moment(session):
    it = a_matter_in_hand(session)
    set_clock(session, HEAD_IN_TWO_HOURS, actor=OFFICE, now=NOW)
    at = datetime(2026, 11, 23, 23, 30, tzinfo=ZONE)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=at)
    assert it.matter.step_due_at == at + timedelta(hours=2)
    assert it.matter.step_due_on == date(2026, 11, 24)
    results.head_signs(session, it.matter.id, actor=it.head, now=at)
    assert it.matter.step_due_at is None


def test_units_sign_within_hours_where_the_policy_says_so(session):
    set_clock(session, replace(DEFAULT_CLOCKS[Stage.RECEIPT], length=2, measure=Measure.HOURS), actor=OFFICE, now=NOW)
    slip = an_issued_slip(session, a_scene(session))
    assert (slip.receipt_due_at, slip.receipt_due_on) == (NOW + timedelta(hours=2), NOW.date())
    matter = slip.entries[0].matter
    assert (matter.step_due_at, matter.step_due_on) == (slip.receipt_due_at, slip.receipt_due_on)
    head = Actor(31, "经办人", Role.UNIT, unit_id=slip.lead_unit_id)
    slip_receipts.receive_slip(session, slip.id, actor=head, now=NOW)
    assert matter.step_due_at is None


def test_an_urgent_slip_is_signed_for_within_the_offices_hours(session):
    change_rules(session, {"urgent_hours": 2}, actor=OFFICE, now=NOW)
    scene = a_scene(session)
    plain = an_issued_slip(session, scene, scene.ids[0])
    assert plain.receipt_due_at is None
    scene.matters[1].urgent = True
    session.commit()
    urgent = an_issued_slip(session, scene, scene.ids[1])
    assert urgent.receipt_due_at == NOW + timedelta(hours=2)


def test_a_handling_time_in_months_is_proposed_and_counted_so(session):
    month = replace(
        DEFAULT_CLOCKS[Stage.HANDLING], length=1, measure=Measure.MONTHS, extend_by=1, on_rest_day=OnRestDay.NEXT
    )
    set_clock(session, month, actor=OFFICE, now=NOW)
    limit = usual_limit(session, date(2026, 11, 20), date(2026, 11, 22))
    assert (limit.due, limit.days, limit.measure) == (date(2026, 12, 21), 1, Measure.MONTHS)
