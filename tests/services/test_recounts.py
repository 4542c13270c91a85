"""A changed working calendar moves open limits and coming days, on both engines, and never what is past (domain 11.10)."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.almanac.announcements import read_json
from portal.domain.accounts import AccountState
from portal.domain.errors import Conflict, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.domain.recounts import Hold
from portal.domain.slips import SlipState
from portal.domain.workdays import DayKind
from portal.services import slip_drafts, slip_signing, slips
from portal.services.announcements import import_arrangement, proposed_import
from portal.services.calendar_days import clear_day, proposed_clearing, proposed_setting, set_day
from portal.services.recounts import pending_moves, recount
from portal.services.slip_orders import Helper
from portal.services.slip_sheets import print_papers
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.duty import Leave
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.people import Account, AccountLeader
from portal.store.models.reception import ReceptionDay
from portal.store.queries.slip_records import slip_records
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, an_enterprise
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene, a_signed_slip, an_issued_slip, draft_of

PORTAL = Actor.system()
TODAY = NOW.date()
DUE = date(2026, 12, 7)
"""Fifteen working days after 16 November."""

EXTRA = date(2026, 12, 1)
"""A working day that becomes a holiday in these tests."""


@contextmanager
def records(app):
    with app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def a_holiday(day=EXTRA, *, seen=None, now=NOW):
    with transaction() as session:
        set_day(session, day, DayKind.LOCAL, "区庆", "安政办发〔2026〕12号", seen=seen, actor=PORTAL, now=now)


def acts(session, act):
    return session.execute(
        select(AuditLine.target_kind, AuditLine.target_id, AuditLine.summary)
        .where(AuditLine.act == act)
        .order_by(AuditLine.id)
    ).all()


def proposed_order(scene, **given):
    return scene.order(due_on=DUE, assisting=(), **given)


def an_account(session, role, **given):
    account = Account(
        username=f"{role.value}-{len(given)}", display_name=role.label, password_hash="-", role=role,
        state=AccountState.ACTIVE, created_at=NOW, password_changed_at=NOW, **given,
    )  # fmt: skip
    session.add(account)
    session.commit()
    return account


def fresh(session, slip):
    session.expire_all()
    (found,) = slip_records(session, [slip.id], fresh=True)
    return found


def test_a_proposed_date_keeps_how_it_was_counted_until_somebody_sets_another(app):
    with records(app) as session:
        slip = a_draft(session, a_scene(session))
        assert (slip.due_on, slip.due_from, slip.due_days) == (DUE, date(2026, 11, 16), 15)
        draft = draft_of(slip)
        slip_drafts.edit_draft(session, slip.id, draft, actor=OFFICE, now=NOW)
        assert slip.due_days == 15
        by_hand = replace(draft, order=replace(draft.order, due_on=date(2026, 12, 10)))
        slip_drafts.edit_draft(session, slip.id, by_hand, actor=OFFICE, now=NOW)
        assert (slip.due_from, slip.due_days) == (None, None)
        slip_drafts.edit_draft(session, slip.id, draft, actor=OFFICE, now=NOW)
        assert (slip.due_from, slip.due_days) == (date(2026, 11, 16), 15)
        slip_drafts.edit_draft(
            session, slip.id, replace(draft, order=replace(draft.order, due_on=None)), actor=OFFICE, now=NOW
        )
        assert (slip.due_on, slip.due_from, slip.due_days) == (None, None, None)


def test_a_date_the_leader_sets_by_hand_does_not_move_with_the_calendar(app):
    with records(app) as session:
        scene = a_scene(session)
        slip = a_numbered_slip(session, scene)
        slip_signing.sign_slip(session, slip.id, scene.order(due_on=date(2026, 12, 9)), actor=scene.signer, now=NOW)
        session.commit()
        a_holiday()
        assert fresh(session, slip).due_on == date(2026, 12, 9)
        assert acts(session, "deadline_moved") == []


def test_a_draft_moves_with_its_proposal(each_app):
    with records(each_app) as session:
        slip = a_draft(session, a_scene(session))
        a_holiday()
        slip = fresh(session, slip)
        assert slip.due_on == date(2026, 12, 8)
        assert "于2026年12月8日前办结" in slip.proposal
        ((kind, target, summary),) = acts(session, "deadline_moved")
        assert (kind, target) == ("slip", str(slip.id))
        assert "办结时限由2026年12月7日调整为2026年12月8日" in summary


def test_an_issued_slip_moves_and_its_paper_keeps_what_it_printed(each_app):
    with records(each_app) as session:
        scene = a_scene(session)
        helper = (Helper(scene.units[1].id, DUE), Helper(scene.units[2].id, date(2026, 11, 30)))
        slip = a_numbered_slip(session, scene)
        slip_signing.sign_slip(session, slip.id, scene.order(due_on=DUE, assisting=helper), actor=scene.signer, now=NOW)
        slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
        session.commit()
        lead = an_account(session, Role.UNIT, unit_id=scene.units[0].id)
        office = an_account(session, Role.OFFICE)
        before = print_papers(session, [slip.id], address="", actor=OFFICE, now=NOW)
        a_holiday()
        slip = fresh(session, slip)
        assert (slip.due_on, slip.due_days) == (date(2026, 12, 8), 15)
        assert [it.due_on for it in slip.assisting] == [date(2026, 12, 8), date(2026, 11, 30)]
        assert {it.due_on for it in session.scalars(select(Matter))} == {date(2026, 12, 8)}
        after = print_papers(session, [slip.id], address="", actor=OFFICE, now=NOW)
        assert after == before
        assert after[0].due_on == DUE
        told = dict(session.execute(select(Message.account_id, Message.subject)).all())
        assert told[lead.id] == f"{slip.number}办结时限调整为2026年12月8日"
        assert "1 张交办单的时限随之调整" in told[office.id]


def test_a_date_before_or_on_today_never_moves(app):
    with records(app) as session:
        slip = a_draft(session, a_scene(session))
        for at in (NOW.replace(month=12, day=7), NOW.replace(month=12, day=20)):
            assert not proposed_setting(session, EXTRA, DayKind.LOCAL, "区庆", "通知", today=at.date())
        a_holiday(now=NOW.replace(month=12, day=7))
        assert fresh(session, slip).due_on == DUE


def test_a_date_that_would_move_to_today_stays_and_is_shown(app):
    with records(app) as session:
        slip = a_draft(session, a_scene(session))
        at = NOW.replace(month=12, day=6)
        moves = proposed_setting(session, date(2026, 12, 5), DayKind.MAKE_UP, "", "通知", today=at.date())
        (limit,) = moves.limits
        assert (limit.after, limit.stays) == (date(2026, 12, 5), True)
        assert moves.moved_limits == ()
        with transaction() as writing:
            set_day(writing, date(2026, 12, 5), DayKind.MAKE_UP, "", "通知", actor=PORTAL, now=at)
        assert fresh(session, slip).due_on == DUE


def test_a_void_slip_stays_as_it_is(app):
    with records(app) as session:
        slip = a_signed_slip(session, a_scene(session))
        slips.void_slip(session, slip.id, "内容有误，重新草拟", actor=OFFICE, now=NOW)
        session.commit()
        a_holiday()
        assert acts(session, "deadline_moved") == []


def test_clearing_a_day_moves_back_what_it_had_moved(app):
    with records(app) as session:
        slip = a_draft(session, a_scene(session))
        a_holiday()
        assert proposed_clearing(session, EXTRA, today=TODAY).moved_limits[0].after == DUE
        with transaction() as writing:
            clear_day(writing, EXTRA, actor=PORTAL, now=NOW)
        slip = fresh(session, slip)
        assert slip.due_on == DUE
        assert "于2026年12月7日前办结" in slip.proposal


def test_whoever_looked_at_other_moves_changes_nothing(each_app):
    with records(each_app) as session:
        seen = proposed_setting(session, EXTRA, DayKind.LOCAL, "区庆", "通知", today=TODAY).mark
        slip = a_draft(session, a_scene(session))
        with pytest.raises(Conflict, match="请看过新的影响"):
            a_holiday(seen=seen)
        assert fresh(session, slip).due_on == DUE
        a_holiday(seen=proposed_setting(session, EXTRA, DayKind.LOCAL, "区庆", "通知", today=TODAY).mark)
        assert fresh(session, slip).due_on == date(2026, 12, 8)


def of_2027(*off):
    days = [{"name": "元旦", "date": day.isoformat(), "isOffDay": True} for day in off]
    return read_json(json.dumps({"year": 2027, "papers": [], "days": days}))


def a_planned_day(day, **given):
    return a_reception_day(
        **{"day": day, "state": DayState.PLANNED, "nominal": day, "on_holiday": OnHoliday.NEXT, "make_up_days": True,
           "rule": f"monthday:{day.day}", "why": "如期安排。"} | given
    )  # fmt: skip


def test_an_import_moves_coming_days_and_tells_those_on_duty(each_app):
    with records(each_app) as session:
        leader = a_leader()
        moving = a_planned_day(date(2027, 1, 15), turns=[a_turn(leader)])
        following = a_planned_day(date(2027, 1, 18))
        session.add_all([moving, following, a_planned_day(date(2027, 1, 20))])
        session.flush()
        account = an_account(session, Role.LEADER, serves=[AccountLeader(leader_id=leader.id)])
        arrangement = of_2027(date(2027, 1, 15))
        preview = proposed_import(session, arrangement, today=TODAY)
        assert [(it.day, it.to) for it in preview.moves.moved_days] == [
            (date(2027, 1, 15), date(2027, 1, 18)),
            (date(2027, 1, 18), date(2027, 1, 19)),
        ]
        session.rollback()
        with transaction() as writing:
            import_arrangement(writing, arrangement, seen=preview.mark, actor=PORTAL, now=NOW)
        session.expire_all()
        days = session.execute(
            select(ReceptionDay.day, ReceptionDay.sequence, ReceptionDay.why).order_by(ReceptionDay.day)
        ).all()
        assert [tuple(it) for it in days] == [
            (date(2027, 1, 18), 1, "1月15日 周五是元旦（调休放假），顺延至1月18日 周一。"),
            (date(2027, 1, 19), 1, "1月18日 周一已有接待日，顺延至1月19日 周二。"),
            (date(2027, 1, 20), 0, "如期安排。"),
        ]
        assert [it.summary.partition("：")[0] for it in acts(session, "day_moved")] == [
            "放假安排调整，接待日由2027年1月18日移至2027年1月19日",
            "放假安排调整，接待日由2027年1月15日移至2027年1月18日",
        ]
        told = session.scalars(select(Message).where(Message.account_id == account.id)).one()
        assert (told.subject, told.url) == ("接待日由2027年1月15日移至2027年1月18日", "/reception-days/2027-01-18")


def test_a_published_or_booked_day_stays_and_the_office_is_told(app):
    with records(app) as session:
        published = a_planned_day(date(2027, 1, 15), state=DayState.PUBLISHED)
        booked = a_planned_day(date(2027, 2, 15))
        session.add_all([published, booked, a_booking(booked, an_enterprise())])
        session.flush()
        office = an_account(session, Role.OFFICE)
        with transaction() as writing:
            done = import_arrangement(writing, of_2027(date(2027, 1, 15), date(2027, 2, 15)), actor=PORTAL, now=NOW)
        assert [(it.day, it.hold) for it in done.moves.held_days] == [
            (date(2027, 1, 15), Hold.PUBLISHED),
            (date(2027, 2, 15), Hold.BOOKED),
        ]
        session.expire_all()
        assert set(session.scalars(select(ReceptionDay.day))) == {date(2027, 1, 15), date(2027, 2, 15)}
        told = session.scalars(select(Message).where(Message.account_id == office.id)).one()
        assert "2 个接待日须人工办理" in told.subject
        assert "接待日2027年1月15日：已发布，须办理改期" in told.body


JANUARY = NOW.replace(year=2026, month=1, day=5)


def test_days_planned_before_the_arrangement_was_known_are_counted_anew_on_demand(each_app):
    with records(each_app) as session:
        session.add_all([a_planned_day(date(2026, 2, 20)), a_planned_day(date(2026, 2, 26))])
        session.commit()
        moves = pending_moves(session, today=JANUARY.date())
        assert [(it.day, it.to) for it in moves.days] == [(date(2026, 2, 20), date(2026, 2, 24))]
        with pytest.raises(Conflict), transaction() as writing:
            recount(writing, seen="another", actor=PORTAL, now=JANUARY)
        with transaction() as writing:
            recount(writing, seen=moves.mark, actor=PORTAL, now=JANUARY)
        session.expire_all()
        assert set(session.scalars(select(ReceptionDay.day))) == {date(2026, 2, 24), date(2026, 2, 26)}
        assert len(acts(session, "day_moved")) == 1
        with pytest.raises(RuleBroken, match="没有需要自动调整的"), transaction() as writing:
            recount(writing, actor=PORTAL, now=JANUARY)


def test_whoever_is_on_leave_on_the_new_date_is_named(app):
    with records(app) as session:
        here, away = a_leader(), a_leader(name="请假示")
        day = a_planned_day(date(2027, 1, 15), turns=[a_turn(here), a_turn(away, seat="standby")])
        session.add(day)
        session.flush()
        session.add(
            Leave(leader_id=away.id, starts_on=date(2027, 1, 18), ends_on=date(2027, 1, 18), reason="出差",
                  state=LeaveState.APPROVED, asked_by="办公室", asked_at=NOW)
        )  # fmt: skip
        session.commit()
        moves = proposed_import(session, of_2027(date(2027, 1, 15)), today=TODAY).moves
        assert moves.away(day.id) == "请假示"


def test_a_past_day_is_put_right_without_moving_anything(app):
    with records(app) as session:
        day = a_planned_day(date(2026, 11, 16), state=DayState.CLOSED)
        session.add(day)
        session.commit()
        a_holiday(date(2026, 11, 16))
        session.expire_all()
        assert session.scalars(select(ReceptionDay.day)).all() == [date(2026, 11, 16)]
        assert acts(session, "day_moved") == []


def test_every_state_of_a_standing_slip_moves(app):
    with records(app) as session:
        made = [a_draft(session, a_scene(session, day=date(2026, 11, 16)))]
        for step, make in enumerate((a_numbered_slip, an_issued_slip), start=1):
            scene = a_scene(session, day=date(2026, 11, 16) - timedelta(days=step))
            slip = make(session, scene)
            slip.due_from, slip.due_days, slip.due_on = date(2026, 11, 16), 15, DUE
            made.append(slip)
        session.commit()
        assert [it.state for it in made] == [SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.ISSUED]
        a_holiday()
        assert {fresh(session, slip).due_on for slip in made} == {date(2026, 12, 8)}
        assert len(acts(session, "deadline_moved")) == 3
