"""A changed working calendar moves every open last day by the rule it was counted by, on both engines, never one that has passed."""

from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.accounts import AccountState
from portal.domain.extensions import PauseKind
from portal.domain.limit_moves import LimitOf
from portal.domain.look_backs import LookBackWhy
from portal.domain.matters import MatterState
from portal.domain.objections import ObjectionReason
from portal.domain.people import Actor, Role
from portal.domain.workdays import DayKind
from portal.services import closing, objections, pauses, result_opinions, results, slip_signing, slips
from portal.services.calendar_days import proposed_setting, set_day
from portal.services.calendars import calendar_now
from portal.services.extensions import ask_extension, decide_extension
from portal.services.slip_orders import Helper
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.handling import Closing, LookBack, Objection
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.people import Account
from portal.store.models.slips import AssistingUnit, Slip
from tests.handled_matters import CONTESTED, SOLVED, InHand, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, an_issued_slip

PORTAL = Actor.system()
LATER = datetime(2026, 12, 8, 10, 0, tzinfo=ZONE)
REASONS = objections.ObjectionMade({ObjectionReason.NOT_OUR_DUTY}, "该事项不属于我单位职责，依据三定方案。")


@contextmanager
def records(app):
    with app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def a_holiday(day, *, now):
    with transaction() as session:
        set_day(session, day, DayKind.LOCAL, "区庆", "安政办发〔2026〕12号", actor=PORTAL, now=now)


def fresh(session, matter):
    session.expire_all()
    return session.get_one(Matter, matter.id)


def lines(session, kind):
    return session.execute(
        select(AuditLine.target_id, AuditLine.summary).where(
            AuditLine.act == "deadline_moved", AuditLine.target_kind == kind
        )
    ).all()


def an_account(session, role, **given):
    account = Account(
        username=f"{role.value}-{len(given)}", display_name=role.label, password_hash="-", role=role,
        state=AccountState.ACTIVE, created_at=NOW, password_changed_at=NOW, **given,
    )  # fmt: skip
    session.add(account)
    session.commit()
    return account


def begun_again(session) -> InHand:
    """Contested on 8 December: fifteen working days more."""
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=LATER)
    results.head_signs(session, it.matter.id, actor=it.head, now=LATER)
    result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=LATER)
    session.commit()
    assert it.matter.due_on == date(2026, 12, 29)
    return it


def test_a_matter_that_was_begun_again_moves_and_its_unit_is_told(each_app):
    with records(each_app) as session:
        it = begun_again(session)
        unit = an_account(session, Role.UNIT, unit_id=it.scene.units[0].id)
        a_holiday(date(2026, 12, 16), now=LATER)
        matter = fresh(session, it.matter)
        assert matter.due_on == matter.step_due_on == date(2026, 12, 30)
        assert lines(session, "matter") == [
            (str(matter.id), f"放假安排调整，诉求{matter.number}办结时限由2026年12月29日调整为2026年12月30日")
        ]
        told = session.scalars(select(Message.subject).where(Message.account_id == unit.id)).all()
        assert f"诉求 {matter.number} 办结时限调整为2026年12月30日" in told


def test_the_preview_names_what_would_move_and_moves_nothing(session):
    it = begun_again(session)
    moves = proposed_setting(session, date(2026, 12, 16), DayKind.LOCAL, "区庆", "文", today=LATER.date())
    (move,) = moves.limits
    assert (move.it.of, move.matter_id, move.before, move.after, move.stays) == (
        LimitOf.MATTER, it.matter.id, date(2026, 12, 29), date(2026, 12, 30), False,
    )  # fmt: skip
    assert moves.summary == "1 件诉求的时限随之调整"
    assert it.matter.due_on == date(2026, 12, 29)


def test_a_resumed_matter_moves(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        pauses.pause(
            session, it.matter.id, PauseKind.SUSPENSION, "等待上级主管部门批复规划调整", date(2026, 12, 30),
            actor=OFFICE, now=NOW,
        )  # fmt: skip
        pauses.resume(session, it.matter.id, "批复已到", actor=OFFICE, now=LATER)
        session.commit()
        before = it.matter.due_on
        a_holiday(date(2026, 12, 16), now=LATER)
        assert fresh(session, it.matter).due_on == calendar_now(session).after(before, 1)


def test_an_extended_matter_stays(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        until = date(2026, 12, 10)
        ask_extension(session, it.matter.id, until, "涉及部门多，需要再协调一次会议。", actor=it.handler, now=NOW)
        decide_extension(session, it.matter.id, grant=True, actor=it.signer, now=NOW)
        session.commit()
        a_holiday(date(2026, 12, 1), now=NOW)
        assert fresh(session, it.matter).due_on == until


def test_a_ruling_moves_with_the_step(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        objections.object_to(session, it.matter.id, REASONS, actor=it.handler, now=at)
        session.commit()
        assert it.matter.step_due_on == date(2026, 11, 24)
        a_holiday(date(2026, 11, 24), now=at)
        matter = fresh(session, it.matter)
        objection = session.scalars(select(Objection)).one()
        assert matter.state is MatterState.OBJECTED
        assert matter.step_due_on == objection.due_on == date(2026, 11, 25)


@pytest.mark.parametrize("signed", [False, True])
def test_a_step_that_waits_moves_and_the_closing_keeps_the_matters_day(each_app, signed):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=at)
        if signed:
            results.head_signs(session, it.matter.id, actor=it.head, now=at)
        session.commit()
        a_holiday(date(2026, 11, 24), now=at)
        matter, kept = fresh(session, it.matter), session.scalars(select(Closing)).one()
        assert matter.step_due_on == date(2026, 11, 27 if signed else 25)
        assert (matter.due_on, kept.due_on) == (
            (date(2026, 12, 7), date(2026, 12, 7)) if signed else (date(2026, 12, 8),) * 2
        )


def test_the_leader_is_told_when_the_day_to_approve_moves(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        to_review(session, it, now=at)
        closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=at)
        session.commit()
        a_holiday(date(2026, 11, 24), now=at)
        assert fresh(session, it.matter).step_due_on == date(2026, 11, 26)


def test_a_step_that_ends_today_or_has_passed_never_moves(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        at = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
        results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=at)
        session.commit()
        a_holiday(date(2026, 11, 24), now=at + timedelta(days=1))
        assert fresh(session, it.matter).step_due_on == date(2026, 11, 24)


def test_a_receipt_moves_with_the_step_of_its_matters(each_app):
    with records(each_app) as session:
        slip = an_issued_slip(session, a_scene(session))
        assert slip.receipt_due_on == date(2026, 11, 23)
        a_holiday(date(2026, 11, 23), now=NOW)
        session.expire_all()
        assert session.get_one(Slip, slip.id).receipt_due_on == date(2026, 11, 24)
        assert {it.step_due_on for it in session.scalars(select(Matter))} == {date(2026, 11, 24)}


def test_an_assisting_unit_keeps_its_distance_from_the_slips_day_and_one_set_by_hand_stays(each_app):
    with records(each_app) as session:
        scene = a_scene(session)
        slip = a_numbered_slip(session, scene)
        early, by_hand = date(2026, 12, 2), date(2026, 11, 30)
        helpers = (Helper(scene.units[1].id, early), Helper(scene.units[2].id, by_hand))
        slip_signing.sign_slip(
            session, slip.id, scene.order(due_on=date(2026, 12, 7), assisting=helpers), actor=scene.signer, now=NOW
        )
        slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
        session.commit()
        a_holiday(date(2026, 12, 1), now=NOW)
        session.expire_all()
        dates = dict(session.execute(select(AssistingUnit.unit_id, AssistingUnit.due_on)).tuples().all())
        assert dates == {scene.units[1].id: date(2026, 12, 3), scene.units[2].id: by_hand}


def test_a_look_back_planned_by_rule_moves_and_one_ordered_for_a_day_stays(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        at = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
        closed(session, it, now=at)
        planned = LookBack(matter_id=it.matter.id, round=1, why=LookBackWhy.SAMPLE, planned_on=date(2027, 2, 25))
        ordered = LookBack(matter_id=it.matter.id, round=1, why=LookBackWhy.ORDERED, planned_on=date(2027, 2, 25))
        session.add_all([planned, ordered])
        session.commit()
        a_holiday(date(2027, 2, 25), now=at)
        session.expire_all()
        assert session.get_one(LookBack, planned.id).planned_on == date(2027, 2, 26)
        assert session.get_one(LookBack, ordered.id).planned_on == date(2027, 2, 25)


def test_a_slip_all_of_whose_matters_are_closed_moves_no_more(session):
    it = a_matter_in_hand(session, matters=1)
    closed(session, it, now=NOW)
    session.commit()
    moves = proposed_setting(session, date(2026, 12, 1), DayKind.LOCAL, "区庆", "文", today=NOW.date())
    assert [move for move in moves.limits if move.it.of in {LimitOf.SLIP, LimitOf.MATTER}] == []


def test_a_matter_moves_with_its_slip_once(each_app):
    with records(each_app) as session:
        it = a_matter_in_hand(session)
        a_holiday(date(2026, 12, 1), now=NOW)
        matter = fresh(session, it.matter)
        assert matter.due_on == matter.step_due_on == date(2026, 12, 8)
        assert lines(session, "matter") == []
        a_holiday(date(2026, 12, 2), now=NOW)
        assert fresh(session, it.matter).due_on == date(2026, 12, 9)
