"""Meetings: the agenda from open matters, and what a meeting assigns becomes real by the rules that hold anyway (JY-05)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import MatterClass, MatterState
from portal.domain.meetings import AgendaReason, Decided, MeetingKind, MeetingState
from portal.domain.people import Actor, Role
from portal.domain.slips import SlipState
from portal.services import extensions, meeting_decisions, meetings
from portal.services.meetings import MeetingPlan
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Extension
from portal.store.models.meetings import AgendaItem, Meeting
from portal.store.models.messages import Message
from portal.store.models.slips import Slip
from portal.store.queries.agenda import found_items, proposed_items
from portal.store.queries.meetings import meeting_page, meetings_of_matter
from portal.store.queries.overdue import start_of
from tests.builders import an_account
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene, unit_actor

TODAY = NOW.date()
PLAN = MeetingPlan(MeetingKind.DISPATCH, "十一月企业诉求调度会", TODAY, "区工商联会议室")
SAID = "由牵头单位倒排工期，抓紧落实。"


def a_meeting(session, *matters, **given):
    plan = MeetingPlan(**{"kind": PLAN.kind, "title": PLAN.title, "held_on": PLAN.held_on, "venue": PLAN.venue} | given)
    made = meetings.plan_meeting(session, plan, [it.id for it in matters], actor=OFFICE, now=NOW)
    session.commit()
    return made


def held(session, meeting, **decided):
    done = meeting_decisions.hold_meeting(
        session,
        meeting.id,
        "各单位汇报了进展。",
        {int(key[1:]): it for key, it in decided.items()},
        actor=OFFICE,
        now=NOW,
    )
    session.commit()
    return done


def order_of(session, meeting):
    found = session.scalars(
        select(AgendaItem.matter_id).where(AgendaItem.meeting_id == meeting.id).order_by(AgendaItem.position)
    )
    return list(found)


def acts_on(session, matter):
    return list(
        session.scalars(
            select(AuditLine.act).where(AuditLine.target_kind == "matter", AuditLine.target_id == str(matter.id))
        )
    )


def test_the_same_plan_sent_twice_is_one_meeting_and_another_plan_is_another(session):
    first, second, _ = a_scene(session, matters=3).matters
    meeting = a_meeting(session, first)
    assert a_meeting(session, first, second).id == meeting.id
    assert order_of(session, meeting) == [first.id, second.id]
    assert a_meeting(session, first, venue="区政府会议室").id != meeting.id


def test_an_agenda_is_put_together_ordered_and_thinned(session):
    scene = a_scene(session, matters=3)
    first, second, third = scene.matters
    meeting = a_meeting(session, first, second)
    meetings.put_on_agenda(session, meeting.id, [second.id, third.id], actor=OFFICE, now=NOW)
    assert order_of(session, meeting) == [first.id, second.id, third.id]
    meetings.move_item(session, meeting.id, third.id, -1, actor=OFFICE, now=NOW)
    assert order_of(session, meeting) == [first.id, third.id, second.id]
    meetings.move_item(session, meeting.id, first.id, -1, actor=OFFICE, now=NOW)
    meetings.order_agenda(session, meeting.id, [second.id], actor=OFFICE, now=NOW)
    assert order_of(session, meeting) == [second.id, first.id, third.id]
    meetings.take_off_agenda(session, meeting.id, first.id, actor=OFFICE, now=NOW)
    session.commit()
    assert order_of(session, meeting) == [second.id, third.id]
    assert [it.position for it in meeting.agenda] == [1, 2]


def test_the_agenda_is_part_of_the_meetings_version(session):
    scene = a_scene(session)
    meeting = a_meeting(session, scene.matters[0])
    seen = meeting.version
    meetings.put_on_agenda(session, meeting.id, [scene.matters[1].id], version=seen, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="已修改"):
        meetings.cancel_meeting(session, meeting.id, "领导外出开会", version=seen, actor=OFFICE, now=NOW)


def test_what_has_ended_does_not_come_on_an_agenda(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    meeting = a_meeting(session)
    with pytest.raises(RuleBroken, match="已经办结"):
        meetings.put_on_agenda(session, meeting.id, [it.matter.id], actor=OFFICE, now=NOW)
    with pytest.raises(NotFound):
        meetings.put_on_agenda(session, meeting.id, [9_999], actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR, Role.SYSTEM])
def test_only_the_office_keeps_meetings(session, role):
    actor = Actor(9, "别人", role, unit_id=1 if role is Role.UNIT else None)
    with pytest.raises(NotAllowed):
        meetings.plan_meeting(session, PLAN, actor=actor, now=NOW)


def test_a_meeting_called_off_keeps_its_agenda_and_is_over(session):
    meeting = a_meeting(session, *a_scene(session).matters)
    with pytest.raises(RuleBroken, match="取消原因"):
        meetings.cancel_meeting(session, meeting.id, "有", actor=OFFICE, now=NOW)
    meetings.cancel_meeting(session, meeting.id, "主要领导外出，改期再定", actor=OFFICE, now=NOW)
    session.commit()
    assert (meeting.state, len(order_of(session, meeting))) == (MeetingState.CANCELLED, 2)
    with pytest.raises(RuleBroken, match="已取消"):
        held(session, meeting)


def test_a_meeting_is_recorded_on_its_day_and_not_before(session):
    scene = a_scene(session, matters=1)
    meeting = a_meeting(session, scene.matters[0], held_on=TODAY + timedelta(days=1))
    with pytest.raises(RuleBroken, match="还没有到日子"):
        held(session, meeting, **{f"m{scene.matters[0].id}": Decided(SAID)})


def test_a_matter_that_waits_gets_a_slip_draft_with_the_unit_of_the_meeting(session):
    scene = a_scene(session, matters=1)
    matter, due = scene.matters[0], date(2026, 12, 18)
    held(session, a_meeting(session, matter), **{f"m{matter.id}": Decided(SAID, scene.units[2].id, due)})
    slip = session.scalars(select(Slip)).one()
    assert (slip.state, slip.lead_unit_id, slip.due_on) == (SlipState.DRAFT, scene.units[2].id, due)
    assert matter.state is MatterState.AWAITING_ASSIGNMENT
    assert acts_on(session, matter) == ["meeting_decided"]


def test_a_matter_on_a_draft_already_gets_its_unit_written_there(session):
    scene = a_scene(session, matters=1)
    slip = a_draft(session, scene)
    matter = scene.matters[0]
    held(session, a_meeting(session, matter), **{f"m{matter.id}": Decided(SAID, scene.units[0].id)})
    assert session.scalar(select(func.count()).select_from(Slip)) == 1
    assert session.get(Slip, slip.id, populate_existing=True).lead_unit_id == scene.units[0].id


def test_a_slip_that_waits_for_its_signature_is_not_changed_behind_the_leaders_back(session):
    scene = a_scene(session, matters=1)
    a_numbered_slip(session, scene)
    matter = scene.matters[0]
    meeting = a_meeting(session, matter)
    with pytest.raises(meeting_decisions.DecisionsRefused, match="待签批") as refused:
        held(session, meeting, **{f"m{matter.id}": Decided(SAID, scene.units[0].id)})
    assert refused.value.field == f"unit_id_{matter.id}"
    session.rollback()
    held(session, meeting, **{f"m{matter.id}": Decided(SAID)})


def test_what_is_decided_of_a_matter_in_hand_stands_on_its_course_and_its_unit_hears_of_it(session):
    it = a_matter_in_hand(session)
    account = an_account(Role.UNIT, unit_id=it.scene.units[0].id)
    session.add(account)
    session.commit()
    meeting = a_meeting(session, it.matter)
    held(session, meeting, **{f"m{it.matter.id}": Decided(SAID, it.scene.units[0].id, date(2026, 12, 1))})
    assert it.matter.due_on == date(2026, 12, 7)
    assert "meeting_decided" in acts_on(session, it.matter)
    told = session.scalars(select(Message.subject).where(Message.account_id == account.id)).all()
    assert any("调度会议定" in subject for subject in told)
    (seen,) = meetings_of_matter(session, OFFICE, it.matter.id)
    assert (seen.conclusion, seen.due_on) == (SAID, date(2026, 12, 1))


def test_a_meeting_cannot_put_off_a_last_day_nobody_asked_to_put_off(session):
    it = a_matter_in_hand(session)
    meeting = a_meeting(session, it.matter)
    with pytest.raises(meeting_decisions.DecisionsRefused, match="先申请"):
        held(session, meeting, **{f"m{it.matter.id}": Decided(SAID, None, date(2026, 12, 20))})
    session.rollback()
    assert session.get(Meeting, meeting.id).state is MeetingState.PLANNED
    assert it.matter.due_on == date(2026, 12, 7)


def an_extension_is_asked(session, it, until):
    extensions.ask_extension(session, it.matter.id, until, "材料尚在省厅审批，需要时间", actor=it.handler, now=NOW)
    session.commit()


def test_a_meeting_grants_the_extension_that_was_asked_for(session):
    it = a_matter_in_hand(session)
    until = date(2026, 12, 14)
    an_extension_is_asked(session, it, until)
    meeting = a_meeting(session, it.matter)
    with pytest.raises(meeting_decisions.DecisionsRefused, match="2026-12-14"):
        held(session, meeting, **{f"m{it.matter.id}": Decided(SAID, None, date(2026, 12, 11))})
    session.rollback()
    held(session, meeting, **{f"m{it.matter.id}": Decided(SAID, None, until)})
    extension = session.scalars(select(Extension)).one()
    assert (it.matter.due_on, extension.state.label, extension.decided_by) == (until, "同意", OFFICE.name)
    assert "调度会" in extension.remark


def test_an_extension_that_is_the_leaders_to_grant_is_not_granted_by_the_offices_meeting(session):
    it = a_matter_in_hand(session)
    it.matter.matter_class = MatterClass.A
    session.commit()
    until = date(2026, 12, 14)
    an_extension_is_asked(session, it, until)
    meeting = a_meeting(session, it.matter)
    with pytest.raises(meeting_decisions.DecisionsRefused, match="领导") as refused:
        held(session, meeting, **{f"m{it.matter.id}": Decided(SAID, None, until)})
    assert refused.value.field == f"due_on_{it.matter.id}"
    session.rollback()
    assert session.scalars(select(Extension)).one().state.label == "待审批"


def test_every_problem_is_said_at_its_own_matter(session):
    it = a_matter_in_hand(session)
    first, second = it.scene.matters
    meeting = a_meeting(session, first, second)
    with pytest.raises(meeting_decisions.DecisionsRefused) as refused:
        held(session, meeting, **{f"m{second.id}": Decided(SAID, 9_999)})
    assert {problem.field for problem in refused.value.problems} == {f"conclusion_{first.id}", f"unit_id_{second.id}"}


def test_a_meeting_is_recorded_once(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        scene = a_scene(session, matters=1)
        matter = scene.matters[0]
        meeting = a_meeting(session, matter)
        held(session, meeting, **{f"m{matter.id}": Decided(SAID, scene.units[0].id)})
        with pytest.raises(RuleBroken, match="已召开"):
            held(session, meeting, **{f"m{matter.id}": Decided(SAID, scene.units[0].id)})
        session.rollback()
        assert session.scalar(select(func.count()).select_from(Slip)) == 1
        meetings.correct_minutes(session, meeting.id, "补充：督查室列席。", actor=OFFICE, now=NOW)
        session.commit()
        assert meeting_page(session, OFFICE, meeting.id).minutes == "补充：督查室列席。"


def test_open_matters_are_proposed_with_the_reasons(session):
    late = a_matter_in_hand(session)
    late.matter.hard = True
    an_extension_is_asked(session, late, date(2026, 12, 14))
    waiting = a_scene(session, matters=1, day=date(2026, 11, 18))
    done = a_matter_in_hand(session, day=date(2026, 11, 17))
    closed(session, done)
    session.commit()
    later = date(2027, 3, 1)
    found = {it.id: it.reasons for it in proposed_items(session, OFFICE, None, now=start_of(later))}
    assert found[late.matter.id] == (
        AgendaReason.OVERDUE, AgendaReason.MORE_TIME, AgendaReason.SEVERAL, AgendaReason.URGENT
    )  # fmt: skip
    assert found[waiting.matters[0].id] == (AgendaReason.WAITING,)
    assert done.matter.id not in found
    meeting = a_meeting(session, waiting.matters[0])
    assert waiting.matters[0].id not in {
        it.id for it in proposed_items(session, OFFICE, meeting.id, now=start_of(later))
    }
    other = {it.id: it.planned for it in proposed_items(session, OFFICE, None, now=start_of(later))}
    assert other[waiting.matters[0].id] == PLAN.title
    assert [it.id for it in found_items(session, OFFICE, None, late.matter.number, now=start_of(later))] == [
        late.matter.id
    ]


def test_a_unit_sees_the_meetings_about_its_matters_and_of_those_only_its_own_items(session):
    it, other = a_matter_in_hand(session), a_matter_in_hand(session, day=date(2026, 11, 17))
    meeting = a_meeting(session, it.matter, other.matter)
    unit, stranger = unit_actor(it.scene.units[0]), unit_actor(it.scene.units[2])
    page = meeting_page(session, unit, meeting.id)
    assert ([row.matter_id for row in page.items], page.hidden) == ([it.matter.id], 1)
    with pytest.raises(NotFound):
        meeting_page(session, stranger, meeting.id)
    assert meeting_page(session, Actor(8, "督查", Role.SUPERVISOR), meeting.id).hidden == 0


def test_the_leader_who_chairs_sees_the_whole_meeting_and_another_only_what_is_his(session):
    it, other = a_matter_in_hand(session), a_matter_in_hand(session, day=date(2026, 11, 17))
    meeting = a_meeting(session, it.matter, other.matter, chair_id=other.scene.other.id)
    chair = Actor(5, "主持", Role.LEADER, leader_ids=frozenset({other.scene.other.id}))
    assert meeting_page(session, chair, meeting.id).hidden == 0
    assert meeting_page(session, it.signer, meeting.id).hidden == 1


def test_a_matter_closed_before_the_meeting_needs_no_conclusion(session):
    it = a_matter_in_hand(session)
    meeting = a_meeting(session, it.matter)
    closed(session, it)
    session.commit()
    assert held(session, meeting).state is MeetingState.HELD


def test_the_moment_of_the_portal_decides_what_today_is(session):
    scene = a_scene(session, matters=1)
    meeting = a_meeting(session, scene.matters[0], held_on=date(2026, 11, 23))
    night = datetime(2026, 11, 23, 0, 30, tzinfo=ZONE)
    done = meeting_decisions.hold_meeting(
        session, meeting.id, "", {scene.matters[0].id: Decided(SAID)}, actor=OFFICE, now=night
    )
    assert done.state is MeetingState.HELD
