"""What units, office and leaders do with a matter in hand, apart from closing it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.extensions import ExtensionState, PauseKind
from portal.domain.matter_course import Party
from portal.domain.matter_parties import parties_of
from portal.domain.matters import MatterState
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.domain.slips import SlipState
from portal.services import (
    extensions,
    instructing_anew,
    objections,
    pauses,
    progress,
    results,
    slip_drafts,
    slip_receipts,
    slip_signing,
    slips,
    unit_tasks,
    withdrawals,
)
from portal.services.handling import handling_of
from portal.services.objections import ObjectionMade
from portal.services.progress import ProgressTold
from portal.services.unit_tasks import TaskGiven
from portal.store.models.handling import Closing, Extension, Pause, UnitTask
from portal.store.models.messages import Message
from portal.store.models.slips import Slip
from portal.store.queries.slip_links import slip_links as links_of
from tests.builders import an_account
from tests.handled_matters import SOLVED, a_matter_in_hand, closed
from tests.slip_builders import INSTRUCTION, NOW, OFFICE, a_draft, a_scene, a_shared_matter, unit_actor

LATER = NOW + timedelta(days=1)
NOT_OURS = ObjectionMade({ObjectionReason.NOT_OUR_DUTY}, "该事项不属于本单位的职责范围。")
MORE_TIME = "需要等待上级部门批复，预计两周后方能办结。"


def subjects(session, word):
    return set(session.scalars(select(Message.subject).where(Message.key.contains(word))))


# --- the enterprise takes its matter back ----------------------------------------


def test_a_matter_in_hand_is_withdrawn_with_all_that_waited_on_it(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    withdrawals.withdraw_matter(session, it.matter.id, "企业已自行解决", actor=OFFICE, now=LATER)
    session.commit()
    assert (it.matter.state, it.matter.ended_reason) == (MatterState.WITHDRAWN, "企业已自行解决")
    assert it.matter.step_due_on is None
    assert session.scalars(select(Extension.state)).all() == [ExtensionState.WITHDRAWN]


def test_a_paused_matter_is_withdrawn_and_its_pause_is_over(session):
    it = a_matter_in_hand(session)
    pauses.pause(
        session, it.matter.id, PauseKind.SUSPENSION, "等待法院判决结果再行办理", date(2026, 12, 20),
        actor=OFFICE, now=NOW,
    )  # fmt: skip
    session.commit()
    withdrawals.withdraw_matter(session, it.matter.id, "企业已自行解决", actor=OFFICE, now=LATER)
    session.commit()
    assert session.scalars(select(Pause.ended_why)).all() == ["企业撤回"]


def test_a_proposed_result_ends_with_the_matter_that_is_withdrawn(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    withdrawals.withdraw_matter(session, it.matter.id, "企业已自行解决", actor=OFFICE, now=LATER)
    session.commit()
    assert session.scalars(select(Closing.ended_why)).all() == ["企业撤回"]


def test_a_matter_that_waits_for_a_slip_is_withdrawn(session):
    matter = a_scene(session).matters[0]
    withdrawals.withdraw_matter(session, matter.id, "企业来电表示不再反映", actor=OFFICE, now=NOW)
    session.commit()
    assert matter.state is MatterState.WITHDRAWN


def test_a_matter_on_a_draft_is_taken_from_it_before_it_is_withdrawn(session):
    scene = a_scene(session)
    a_draft(session, scene)
    with pytest.raises(RuleBroken, match="先从草稿中去掉"):
        withdrawals.withdraw_matter(session, scene.ids[0], "企业来电表示不再反映", actor=OFFICE, now=NOW)


def test_withdrawing_needs_a_reason_and_is_the_offices(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken) as refusal:
        withdrawals.withdraw_matter(session, it.matter.id, "无", actor=OFFICE, now=NOW)
    assert refusal.value.field == "why"
    for actor in (it.signer, Actor(9, "督查", Role.SUPERVISOR), it.handler):
        with pytest.raises(NotAllowed):
            withdrawals.withdraw_matter(session, it.matter.id, "企业已自行解决", actor=actor, now=NOW)


def test_a_withdrawn_matter_stays_withdrawn(session):
    matter = a_scene(session).matters[0]
    withdrawals.withdraw_matter(session, matter.id, "企业来电表示不再反映", actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="企业撤回"):
        withdrawals.withdraw_matter(session, matter.id, "企业来电表示不再反映", actor=OFFICE, now=NOW)


def test_the_slip_is_closed_when_its_last_matter_is_withdrawn(session):
    it = a_matter_in_hand(session)
    for matter in it.scene.matters:
        withdrawals.withdraw_matter(session, matter.id, "企业已自行解决", actor=OFFICE, now=NOW)
    session.commit()
    assert it.slip.state is SlipState.CLOSED


# --- a new instruction -----------------------------------------------------------


@pytest.mark.parametrize("by_the_signer", [False, True])
def test_a_new_instruction_drafts_a_slip_that_follows_the_closed_one(session, by_the_signer):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    actor = it.signer if by_the_signer else OFFICE
    draft = instructing_anew.instruct_anew(session, it.matter.id, "请再核实资金到账情况", actor=actor, now=LATER)
    session.commit()
    assert it.matter.state is MatterState.AWAITING_ASSIGNMENT
    assert (draft.follows_id, draft.instruction, draft.state) == (it.slip.id, "请再核实资金到账情况", SlipState.DRAFT)
    assert [link.id for link in links_of(session, it.slip.id).followed_by] == [draft.id]
    assert links_of(session, draft.id).follows.id == it.slip.id


def test_a_matter_instructed_on_anew_can_be_closed_a_second_time(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    draft = instructing_anew.instruct_anew(session, it.matter.id, INSTRUCTION, actor=OFFICE, now=LATER)
    session.commit()
    slips.number_slip(session, draft.id, actor=OFFICE, now=LATER)
    slip_signing.sign_slip(session, draft.id, it.scene.order(), actor=it.signer, now=LATER)
    slips.issue_slip(session, draft.id, actor=OFFICE, now=LATER)
    slip_receipts.receive_slip(session, draft.id, actor=it.handler, now=LATER)
    session.commit()
    closed(session, replace(it, slip=draft), now=LATER)
    session.commit()
    assert it.matter.state is MatterState.CLOSED
    assert session.scalar(select(func.count(Closing.id)).where(Closing.matter_id == it.matter.id)) == 2


def test_only_a_closed_matter_is_instructed_on_anew(session):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match="已销号"):
        instructing_anew.instruct_anew(session, it.matter.id, INSTRUCTION, actor=OFFICE, now=NOW)
    assert session.scalar(select(func.count(Slip.id))) == 1


# --- sending back ----------------------------------------------------------------


def test_the_slip_drafted_after_an_upheld_return_follows_the_old_one(session):
    it = a_matter_in_hand(session)
    session.add(an_account(role=Role.UNIT, unit_id=it.scene.units[0].id))
    objections.object_to(session, it.matter.id, NOT_OURS, actor=it.handler, now=NOW)
    objections.rule_on_objection(session, it.matter.id, Ruling.UPHELD, "确属其他单位职责", actor=OFFICE, now=NOW)
    session.commit()
    draft = slip_drafts.draft_slip(session, [it.matter.id], actor=OFFICE, now=LATER)
    session.commit()
    assert draft.follows_id == it.slip.id
    assert f"同意退回，重新交办，不必再办理：{it.matter.number} {it.matter.title}" in subjects(
        session, f"matter-uphold:{it.matter.id}"
    )


def test_the_same_return_sent_twice_is_one(session):
    it = a_matter_in_hand(session)
    seen = it.matter.version
    first = objections.object_to(session, it.matter.id, NOT_OURS, version=seen, actor=it.handler, now=NOW)
    session.commit()
    again = objections.object_to(session, it.matter.id, NOT_OURS, version=seen, actor=it.handler, now=NOW)
    assert again is first


# --- more time -------------------------------------------------------------------


def test_a_unit_takes_back_what_it_asked_for_and_may_ask_again(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    extensions.withdraw_extension(session, it.matter.id, actor=it.handler, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="没有等待审批"):
        extensions.withdraw_extension(session, it.matter.id, actor=it.handler, now=NOW)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 21), MORE_TIME, actor=it.handler, now=NOW)
    session.commit()
    assert [row.value for row in session.scalars(select(Extension.state).order_by(Extension.id))] == [
        "withdrawn",
        "asked",
    ]


def test_the_same_request_sent_twice_is_one_and_another_is_refused(session):
    it = a_matter_in_hand(session)
    first = extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    session.commit()
    again = extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    assert again is first
    with pytest.raises(Conflict, match="不能重复申请"):
        extensions.ask_extension(session, it.matter.id, date(2026, 12, 21), MORE_TIME, actor=it.handler, now=NOW)


def test_a_request_for_more_time_lapses_with_the_result(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    session.commit()
    assert session.scalars(select(Extension.state)).all() == [ExtensionState.WITHDRAWN]


def test_a_request_for_more_time_lapses_when_the_slip_is_made_void(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    session.commit()
    slips.void_slip(session, it.slip.id, "牵头单位有误，另行交办", actor=OFFICE, now=LATER)
    session.commit()
    assert session.scalars(select(Extension.state)).all() == [ExtensionState.WITHDRAWN]


def test_a_request_for_more_time_outlives_a_return_that_is_not_upheld(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    objections.object_to(session, it.matter.id, NOT_OURS, actor=it.handler, now=NOW)
    objections.rule_on_objection(session, it.matter.id, Ruling.DISMISSED, "仍由原单位办理", actor=OFFICE, now=NOW)
    extensions.decide_extension(session, it.matter.id, grant=True, actor=OFFICE, now=NOW)
    session.commit()
    assert it.matter.due_on == date(2026, 12, 20)


def test_a_slip_is_due_when_the_last_of_its_matters_is_after_more_time_was_granted(session):
    it = a_matter_in_hand(session)
    extensions.ask_extension(session, it.matter.id, date(2026, 12, 20), MORE_TIME, actor=it.handler, now=NOW)
    extensions.decide_extension(session, it.matter.id, grant=True, actor=OFFICE, now=NOW)
    session.commit()
    assert it.slip.due_on == date(2026, 12, 20)
    assert it.scene.matters[1].due_on < it.slip.due_on


# --- the units among themselves --------------------------------------------------


def a_clerk(session, unit_id, **given):
    account = an_account(role=Role.UNIT, unit_id=unit_id, **given)
    session.add(account)
    session.commit()
    return account


def test_a_unit_gives_a_part_of_a_matter_to_one_of_its_people_who_finishes_it(session):
    it = a_matter_in_hand(session)
    clerk = a_clerk(session, it.scene.units[0].id)
    given = TaskGiven("核对补贴资金台账", clerk.id, due_on=date(2026, 11, 27))
    task = unit_tasks.give_task(session, it.matter.id, given, actor=it.handler, now=NOW)
    session.commit()
    assert unit_tasks.give_task(session, it.matter.id, given, actor=it.handler, now=NOW) is task
    assert subjects(session, f"task-given:{task.id}") == {f"分派给您：{it.matter.title}"}
    unit_tasks.finish_task(session, task.id, "台账已核对无误", actor=it.handler, now=LATER)
    session.commit()
    assert (task.handler, task.outcome, task.done_at) == (clerk.display_name, "台账已核对无误", LATER)
    with pytest.raises(Conflict):
        unit_tasks.finish_task(session, task.id, "另一种说法", actor=it.handler, now=LATER)


def test_a_task_is_not_given_to_another_units_people_nor_finished_by_them(session):
    it = a_matter_in_hand(session)
    stranger = a_clerk(session, it.scene.units[1].id)
    with pytest.raises(RuleBroken) as refusal:
        unit_tasks.give_task(session, it.matter.id, TaskGiven("核对台账", stranger.id), actor=it.handler, now=NOW)
    assert refusal.value.field == "account_id"
    task = unit_tasks.give_task(
        session, it.matter.id, TaskGiven("核对台账", handler="申示例"), actor=it.handler, now=NOW
    )
    session.commit()
    with pytest.raises(NotFound):
        unit_tasks.finish_task(session, task.id, "已经核对", actor=it.helper, now=NOW)


def test_the_office_gives_no_tasks_inside_a_unit(session):
    it = a_matter_in_hand(session)
    with pytest.raises(NotAllowed):
        unit_tasks.give_task(session, it.matter.id, TaskGiven("核对台账", handler="申示例"), actor=OFFICE, now=NOW)
    assert session.scalar(select(func.count(UnitTask.id))) == 0


# --- one matter, several lead units (分办) ----------------------------------------


def test_who_leads_on_the_second_slip_of_a_shared_matter_assists_the_lead_unit(session):
    scene, first, second = a_shared_matter(session)
    lead, helper, other = (unit_actor(it) for it in scene.units)
    assert parties_of(first, lead, [second]) == {Party.LEAD_UNIT}
    assert parties_of(first, replace(lead, heads_unit=True), [second]) == {Party.LEAD_UNIT, Party.UNIT_HEAD}
    assert parties_of(first, helper, [second]) == {Party.ASSISTING_UNIT}
    assert parties_of(first, other, [second]) == {Party.ASSISTING_UNIT}
    assert parties_of(first, other) == frozenset()


@pytest.mark.parametrize("asked_by", [0, 2])
def test_a_shared_matter_is_found_with_the_slip_of_its_lead_unit_whoever_asks(session, asked_by):
    scene, first, second = a_shared_matter(session)
    handling = handling_of(session, scene.ids[0], actor=unit_actor(scene.units[asked_by]))
    assert handling.slip.id == first.id
    assert [it.id for it in handling.others] == [second.id]
    assert handling.parties == ({Party.LEAD_UNIT} if asked_by == 0 else {Party.ASSISTING_UNIT})


def test_the_second_lead_unit_of_a_shared_matter_answers_the_first_and_cannot_propose(session):
    scene, first, second = a_shared_matter(session)
    lead, _, other = (unit_actor(it) for it in scene.units)
    slip_receipts.receive_slip(session, first.id, actor=lead, now=NOW)
    slip_receipts.receive_slip(session, second.id, actor=other, now=NOW)
    session.commit()
    progress.report_progress(
        session, scene.ids[0], ProgressTold(ProgressKind.ANSWER, "本单位已完成配合事项。"), actor=other, now=NOW
    )
    with pytest.raises(NotAllowed):
        results.propose_result(session, scene.ids[0], SOLVED, actor=other, now=NOW)
    results.propose_result(session, scene.ids[0], SOLVED, actor=lead, now=NOW)
    session.commit()
    assert scene.matters[0].state is MatterState.PROPOSED


def test_a_shared_matter_sent_back_and_upheld_is_on_neither_slip(session):
    scene, first, second = a_shared_matter(session)
    lead = unit_actor(scene.units[0])
    slip_receipts.receive_slip(session, first.id, actor=lead, now=NOW)
    session.commit()
    objections.object_to(session, scene.ids[0], NOT_OURS, actor=lead, now=NOW)
    objections.rule_on_objection(session, scene.ids[0], Ruling.UPHELD, "确属其他单位职责", actor=OFFICE, now=NOW)
    session.commit()
    assert scene.matters[0].state is MatterState.AWAITING_ASSIGNMENT
    assert second.state is SlipState.RETURNED
    assert first.state is SlipState.RECEIVED
