"""A matter handled as a petition runs by the law's clocks; no day that has passed moves (domain 2.3, 5.2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.documents.words import day as dated
from portal.domain.clocks import Measure
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.extensions import PauseKind
from portal.domain.matters import MatterClass, MatterState
from portal.domain.objections import ObjectionReason
from portal.domain.people import Actor, Role
from portal.services import objections, pauses, result_opinions, results, slip_links
from portal.services.calendars import calendar_now
from portal.services.counted_dates import counted_due
from portal.services.extensions import ask_extension, decide_extension
from portal.services.objections import object_to
from portal.services.petition_slips import Remedy
from portal.services.petitions import mark_petition, petition_effect
from portal.services.slip_drafts import edit_draft
from portal.services.slip_orders import Helper, handling_time, usual_limit
from portal.services.slips import return_to_draft
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.slips import SlipVersion
from tests.handled_matters import CONTESTED, SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene, a_signed_slip, an_issued_slip, draft_of

WHY = "来访人书面提出按信访程序办理"
DUE = date(2026, 12, 7)
RESUMED = datetime(2026, 12, 8, 10, 0, tzinfo=ZONE)


@pytest.fixture
def it(session):
    return a_matter_in_hand(session)


def by_law(it):
    return it.scene.day.day + timedelta(days=60)


def mark(session, it, *, marked=True, now=NOW, **given):
    effect = mark_petition(session, it.matter.id, WHY, marked=marked, actor=OFFICE, now=now, **given)
    session.commit()
    return effect


def test_sixty_calendar_days_from_the_reception_run_for_a_marked_matter(session, it):
    mark(session, it)
    limit = counted_due(it.matter)
    assert it.matter.is_petition
    assert it.matter.due_on == it.matter.step_due_on == by_law(it)
    assert (limit.start, limit.days, limit.measure) == (it.scene.day.day, 60, Measure.CALENDAR_DAYS)
    (line,) = session.scalars(select(AuditLine).where(AuditLine.act == "petition_marked"))
    assert WHY in line.summary
    assert "办结时限由2026年12月7日调整为" in line.summary


def test_unmarking_gives_back_the_day_of_the_slip_as_it_was_counted(session, it):
    before = counted_due(it.matter)
    mark(session, it)
    mark(session, it, marked=False)
    assert not it.matter.is_petition
    assert counted_due(it.matter) == before
    assert it.matter.step_due_on == DUE


def test_a_day_that_has_passed_does_not_move(session, it):
    late = datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)
    effect = mark(session, it, now=late)
    assert it.matter.is_petition
    assert it.matter.due_on == DUE
    assert "已过" in effect.why


def test_unmarking_makes_nobody_late(session, it):
    mark(session, it)
    late = datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)
    effect = mark(session, it, marked=False, now=late)
    assert it.matter.due_on == by_law(it)
    assert "不在今天之后" in effect.why


def test_an_extended_day_stays_within_what_the_law_lets(session, it):
    until = date(2026, 12, 28)
    ask_extension(session, it.matter.id, until, "涉及部门多，需要再协调一次会议。", actor=it.handler, now=NOW)
    decide_extension(session, it.matter.id, grant=True, actor=it.signer, now=NOW)
    session.commit()
    mark(session, it)
    assert (it.matter.due_on, it.matter.due_days) == (until, None)


def test_a_day_set_by_hand_beyond_the_law_is_brought_back_to_it(session, it):
    it.matter.due_on, it.matter.due_from, it.matter.due_days = date(2027, 6, 1), None, None
    session.commit()
    mark(session, it)
    assert (it.matter.due_on, it.matter.due_days) == (by_law(it), None)


def test_a_petition_may_be_extended_by_thirty_days_once(session, it):
    mark(session, it)
    latest = by_law(it) + timedelta(days=30)
    with pytest.raises(RuleBroken, match="最迟"):
        ask_extension(
            session, it.matter.id, latest + timedelta(days=1), "涉及部门多，需要再协调一次会议。",
            actor=it.handler, now=NOW,
        )  # fmt: skip
    ask_extension(session, it.matter.id, latest, "涉及部门多，需要再协调一次会议。", actor=it.handler, now=NOW)
    decide_extension(session, it.matter.id, grant=True, actor=it.signer, now=NOW)
    assert it.matter.due_on == latest
    with pytest.raises(RuleBroken, match="最多延期 1 次"):
        ask_extension(
            session, it.matter.id, latest + timedelta(days=1), "涉及部门多，需要再协调一次会议。",
            actor=it.handler, now=NOW,
        )  # fmt: skip


def test_an_objection_to_a_petition_may_come_within_five_working_days(session, it):
    made = objections.ObjectionMade({ObjectionReason.NOT_OUR_DUTY}, "该事项不属于我单位职责，依据三定方案。")
    fifth = datetime.combine(calendar_now(session).after(NOW.date(), 5), NOW.timetz())
    with pytest.raises(RuleBroken):
        object_to(session, it.matter.id, made, actor=it.handler, now=fifth)
    session.rollback()
    mark(session, it)
    object_to(session, it.matter.id, made, actor=it.handler, now=fifth)
    assert it.matter.state is MatterState.OBJECTED


@pytest.mark.parametrize("first", [True, False])
def test_what_a_paused_matter_has_left_is_counted_in_the_days_of_its_clock(session, it, first):
    reason = "等待上级主管部门批复规划调整"

    def pause():
        pauses.pause(session, it.matter.id, PauseKind.SUSPENSION, reason, date(2026, 12, 30), actor=OFFICE, now=NOW)
        session.commit()

    steps = [lambda: mark(session, it), pause]
    for step in steps if first else reversed(steps):
        step()
    pauses.resume(session, it.matter.id, "批复已到", actor=OFFICE, now=RESUMED)
    left = (by_law(it) - NOW.date()).days
    assert it.matter.due_on == RESUMED.date() + timedelta(days=left)
    assert it.matter.due_measure == Measure.CALENDAR_DAYS.value


def test_the_days_a_matter_stood_still_do_not_count(session, it):
    pauses.pause(
        session, it.matter.id, PauseKind.SUSPENSION, "等待上级主管部门批复规划调整", date(2026, 12, 30),
        actor=OFFICE, now=NOW,
    )  # fmt: skip
    pauses.resume(session, it.matter.id, "批复已到", actor=OFFICE, now=RESUMED)
    session.commit()
    mark(session, it, now=RESUMED)
    assert it.matter.due_on == by_law(it) + (RESUMED.date() - NOW.date())


def test_a_result_that_waits_for_its_head_answers_to_the_new_day(session, it):
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    session.commit()
    step = it.matter.step_due_on
    mark(session, it)
    assert it.matter.due_on == session.scalars(select(Closing)).one().due_on == by_law(it)
    assert it.matter.step_due_on == step


def test_a_round_begun_again_is_counted_from_its_own_beginning(session, it):
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=RESUMED)
    results.head_signs(session, it.matter.id, actor=it.head, now=RESUMED)
    result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=RESUMED)
    it.matter.matter_class = MatterClass.C
    session.commit()
    mark(session, it, now=RESUMED)
    assert it.matter.due_on == RESUMED.date() + timedelta(days=60)
    mark(session, it, marked=False, now=RESUMED)
    assert it.matter.due_on == calendar_now(session).after(RESUMED.date(), 5)


def test_a_closed_matter_stays_as_it_was_handled(session, it):
    closed(session, it)
    session.commit()
    with pytest.raises(RuleBroken, match="已销号"):
        mark(session, it)


def test_a_matter_is_marked_before_it_has_a_slip_and_its_slip_follows(session):
    scene = a_scene(session)
    mark_petition(session, scene.ids[0], WHY, marked=True, actor=OFFICE, now=NOW)
    matter = session.get_one(Matter, scene.ids[0])
    assert matter.is_petition
    limit = usual_limit(session, scene.day.day, NOW.date(), scene.matters)
    assert limit.due == scene.day.day + timedelta(days=60)
    assert handling_time(session, scene.matters).label == "信访事项 60日"


def test_what_is_refused_changes_nothing(session, it):
    with pytest.raises(NotAllowed):
        mark_petition(session, it.matter.id, WHY, marked=True, actor=it.handler, now=NOW)
    with pytest.raises(NotAllowed):
        mark_petition(session, it.matter.id, WHY, marked=True, actor=Actor(8, "督查室", Role.SUPERVISOR), now=NOW)
    with pytest.raises(RuleBroken):
        mark_petition(session, it.matter.id, "略", marked=True, actor=OFFICE, now=NOW)
    with pytest.raises(Conflict):
        mark_petition(session, it.matter.id, WHY, marked=True, version=999, actor=OFFICE, now=NOW)
    with pytest.raises(Conflict):
        mark_petition(session, it.matter.id, WHY, marked=False, actor=OFFICE, now=NOW)
    with pytest.raises(NotFound):
        mark_petition(session, 987654, WHY, marked=True, actor=OFFICE, now=NOW)
    session.rollback()
    assert not session.get_one(Matter, it.matter.id).is_petition


def test_the_effect_shown_is_the_effect_had(session, it):
    shown = petition_effect(session, it.matter.id, marked=True, today=NOW.date())
    assert it.matter.due_on == DUE
    had = mark(session, it)
    assert shown == replace(had)


# --- what becomes of its slips ------------------------------------------------------


def on_paper(slip):
    return slip.due_on, slip.due_days, slip.due_measure


def told(session, matter, marked=True):
    return [(it.remedy, it.said) for it in petition_effect(session, matter.id, marked=marked, today=NOW.date()).slips]


def flag(session, matter, *, marked=True, now=NOW):
    mark_petition(session, matter.id, WHY, marked=marked, actor=OFFICE, now=now)
    session.commit()


def test_the_date_a_draft_proposes_follows_the_flag_there_and_back(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    before, law = on_paper(slip), scene.day.day + timedelta(days=60)
    ((remedy, said),) = told(session, scene.matters[0])
    assert remedy is Remedy.FOLLOWS
    assert "2026年12月7日改为" in said
    flag(session, scene.matters[0])
    assert on_paper(slip) == (law, 60, Measure.CALENDAR_DAYS.value)
    assert f"于{dated(law)}前办结" in slip.proposal
    (line,) = session.scalars(select(AuditLine).where(AuditLine.act == "slip_changed"))
    assert scene.matters[0].number in line.summary
    flag(session, scene.matters[0], marked=False)
    assert on_paper(slip) == before


def test_a_draft_with_another_petition_on_it_keeps_the_clock_of_the_law(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    for matter in scene.matters:
        flag(session, matter)
    assert told(session, scene.matters[0], marked=False) == []
    flag(session, scene.matters[0], marked=False)
    assert slip.due_on == scene.day.day + timedelta(days=60)


def test_a_date_set_by_hand_on_a_draft_stays_and_the_page_says_so(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    draft = draft_of(slip)
    by_hand = date(2026, 12, 18)
    edit_draft(session, slip.id, replace(draft, order=replace(draft.order, due_on=by_hand)), actor=OFFICE, now=NOW)
    session.commit()
    ((remedy, said),) = told(session, scene.matters[0])
    assert remedy is Remedy.EDIT
    assert "人工设定" in said
    flag(session, scene.matters[0])
    assert slip.due_on == by_hand


def test_assisting_units_never_have_longer_than_the_draft(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    flag(session, scene.matters[0])
    draft = draft_of(slip)
    late = Helper(scene.units[1].id, slip.due_on - timedelta(days=1))
    edit_draft(session, slip.id, replace(draft, order=replace(draft.order, assisting=(late,))), actor=OFFICE, now=NOW)
    session.commit()
    flag(session, scene.matters[0], marked=False)
    assert slip.due_on == DUE
    assert slip.assisting[0].due_on < DUE


def test_what_is_out_for_its_signature_stays_until_it_is_sent_back(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    assert [remedy for remedy, _ in told(session, scene.matters[0])] == [Remedy.SEND_BACK]
    flag(session, scene.matters[0])
    assert slip.due_on == DUE
    return_to_draft(session, slip.id, "按信访事项办理，修改时限", actor=OFFICE, now=NOW)
    session.commit()
    assert slip.due_on == scene.day.day + timedelta(days=60)


@pytest.mark.parametrize("made, remedy", [(a_signed_slip, Remedy.SEND_BACK), (an_issued_slip, Remedy.REPLACE)])
def test_the_paper_of_a_signed_slip_stays_and_the_page_says_how_it_is_drafted_anew(session, made, remedy):
    scene = a_scene(session)
    slip = made(session, scene)
    sheet = session.scalar(select(SlipVersion.sheet).where(SlipVersion.slip_id == slip.id))
    ((offered, said),) = told(session, scene.matters[0])
    assert offered is remedy
    assert "纸面的时限不改" in said
    flag(session, scene.matters[0])
    assert session.scalar(select(SlipVersion.sheet).where(SlipVersion.slip_id == slip.id)) == sheet
    assert scene.matters[0].due_on == scene.day.day + timedelta(days=60)


def test_one_that_is_drafted_anew_says_the_date_of_the_law(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    for matter in scene.matters:
        flag(session, matter)
    made = slip_links.replace_slip(session, slip.id, "改按信访事项办理", actor=OFFICE, now=NOW)
    session.commit()
    assert made.due_on == scene.day.day + timedelta(days=60)


def test_a_slip_its_unit_has_signed_for_is_only_spoken_of(session, it):
    ((remedy, said),) = told(session, it.matter)
    assert remedy is Remedy.NOTHING
    assert "以事项的时限为准" in said


def test_nothing_is_said_of_a_paper_whose_matter_keeps_its_date(session, it):
    late = datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)
    assert petition_effect(session, it.matter.id, marked=True, today=late.date()).slips == ()
