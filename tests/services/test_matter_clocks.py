"""Every clock of a matter, computed: from when, until when, when it ended, whether late."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from portal.clock import ZONE
from portal.domain.clocks import DEFAULT_CLOCKS, Measure, Stage
from portal.domain.progress import ProgressKind
from portal.services import result_opinions, results
from portal.services.clock_policy import set_clock
from portal.services.matter_clocks import clocks_of_matter
from portal.services.petitions import mark_petition
from portal.store.models.handling import Progress
from tests.handled_matters import CONTESTED, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip

NEXT_DAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
LATER = datetime(2026, 12, 10, 10, 0, tzinfo=ZONE)


def stages(session, it, now):
    return {(run.stage, run.round): run for run in clocks_of_matter(session, it.matter.id, now=now)}


def test_a_matter_no_unit_has_yet_has_no_clocks(session):
    scene = a_scene(session)
    assert clocks_of_matter(session, scene.ids[0], now=NOW) == ()


def test_a_matter_in_hand_shows_what_is_over_and_what_runs(session):
    it = a_matter_in_hand(session)
    found = stages(session, it, NEXT_DAY)
    receipt, handling, contact = (found[stage, 1] for stage in (Stage.RECEIPT, Stage.HANDLING, Stage.CONTACT))
    assert (receipt.length, receipt.due, receipt.ended, receipt.late) == ("1个工作日", date(2026, 11, 23), NOW, False)
    assert (handling.began, handling.length, handling.due) == (date(2026, 11, 16), "15个工作日", date(2026, 12, 7))
    assert handling.runs
    assert contact.runs
    assert [run.stage for run in found.values() if run.late] == [Stage.SIGNING]
    late = stages(session, it, LATER)
    assert late[Stage.HANDLING, 1].late
    assert late[Stage.CONTACT, 1].late


def test_contact_ends_the_contact_clock(session):
    it = a_matter_in_hand(session)
    session.add(
        Progress(
            matter_id=it.matter.id, slip_id=it.slip.id, unit_id=it.matter.lead_unit_id, kind=ProgressKind.PROGRESS,
            told="已电话联系企业", contacted_on=date(2026, 11, 24), by="经办人", at=NEXT_DAY,
        )
    )  # fmt: skip
    session.commit()
    contact = stages(session, it, LATER)[Stage.CONTACT, 1]
    assert (contact.ended, contact.late) == (date(2026, 11, 24), False)


def test_every_round_has_its_own_clocks(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=LATER)
    results.head_signs(session, it.matter.id, actor=it.head, now=LATER)
    result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=LATER)
    session.commit()
    found = stages(session, it, LATER)
    first, second = found[Stage.HANDLING, 1], found[Stage.HANDLING, 2]
    assert (first.due, first.ended, first.late) == (date(2026, 12, 7), LATER, True)
    assert (second.began, second.due, second.runs, second.late) == (LATER.date(), it.matter.due_on, True, False)
    assert found[Stage.CONFIRMING, 1].ended == LATER
    assert (Stage.REVIEW, 1) not in found


def test_a_closed_matter_runs_on_until_it_was_called_back(session):
    it = a_matter_in_hand(session)
    closed(session, it, now=NEXT_DAY)
    session.commit()
    found = stages(session, it, NEXT_DAY)
    for stage in (Stage.HANDLING, Stage.HEAD, Stage.CONFIRMING, Stage.REVIEW, Stage.APPROVAL):
        assert (found[stage, 1].ended, found[stage, 1].late) == (NEXT_DAY, False)
    assert found[Stage.CALL_BACK, 1].runs
    assert stages(session, it, LATER)[Stage.CALL_BACK, 1].late
    assert found[Stage.CONTACT, 1].never
    assert not found[Stage.HANDLING, 1].never


def test_the_step_that_runs_has_the_day_it_was_given(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NEXT_DAY)
    it.matter.step_due_on = date(2026, 11, 30)
    session.commit()
    assert stages(session, it, NEXT_DAY)[Stage.HEAD, 1].due == date(2026, 11, 30)


def test_hours_are_late_by_the_moment(session):
    set_clock(session, replace(DEFAULT_CLOCKS[Stage.RECEIPT], length=2, measure=Measure.HOURS), actor=OFFICE, now=NOW)
    slip = an_issued_slip(session, a_scene(session))
    matter = slip.entries[0].matter
    for hours, late in ((1, False), (2, False), (3, True)):
        runs = clocks_of_matter(session, matter.id, now=NOW + timedelta(hours=hours))
        receipt = next(run for run in runs if run.stage is Stage.RECEIPT)
        assert (receipt.due_at, receipt.length, receipt.late) == (NOW + timedelta(hours=2), "2小时", late)


def test_a_petition_shows_the_clocks_of_the_law(session):
    it = a_matter_in_hand(session)
    mark_petition(session, it.matter.id, "来访人书面提出", marked=True, actor=OFFICE, now=NOW)
    session.commit()
    found = stages(session, it, NEXT_DAY)
    day = it.scene.day.day
    assert (found[Stage.CONTACT, 1].due, found[Stage.CONTACT, 1].length) == (day + timedelta(days=15), "15日")
    assert (found[Stage.HANDLING, 1].due, found[Stage.HANDLING, 1].length) == (day + timedelta(days=60), "60日")


def test_the_panel_costs_few_statements(session, statements):
    it = a_matter_in_hand(session)
    statements.clear()
    clocks_of_matter(session, it.matter.id, now=NEXT_DAY)
    assert len(statements) <= 14
