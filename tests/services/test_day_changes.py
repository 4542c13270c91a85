from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from portal.domain.accounts import AccountState
from portal.domain.attendance import Attendance
from portal.domain.bookings import BookingState
from portal.domain.day_changes import ApprovedHow, ChangeKind, ChangeState
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.services.day_changes import (
    Wish,
    approve,
    approve_on_paper,
    ask,
    clashes_on,
    decline,
    note_call_list,
    withdraw,
)
from portal.services.office_settings import change_rules
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.bookings import Booking, InvitedUnit
from portal.store.models.duty import Leave
from portal.store.models.messages import Message
from portal.store.models.people import Account, AccountLeader
from portal.store.models.reception import DayChange, ReceptionDay
from portal.store.queries.day_changes import enterprises_to_call, redated_days
from portal.store.queries.reception_days import day_file, day_on, slots_of_day
from tests.builders import a_booking, a_leader, a_reception_day, a_turn, a_unit, an_enterprise
from tests.conftest import NOW
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
LEADER = Actor(2, "吴示宁", Role.LEADER)
DAY, NEW = date(2026, 12, 15), date(2026, 12, 22)
SUNDAY = date(2026, 12, 20)


def act(service, *args, actor=OFFICE, **given):
    with audited() as session:
        return service(session, *args, actor=actor, now=NOW, **given)


def a_day(session, **given):
    day = a_reception_day(**{"state": DayState.PLANNED, "turns": [a_turn(a_leader())]} | given)
    session.add(day)
    session.commit()
    return day


def move(to_day=NEW, reason="与市级会议冲突", on_rest_day=""):
    return Wish(ChangeKind.REDATE, reason, to_day, on_rest_day)


CANCEL = Wish(ChangeKind.CANCEL, "与市级会议冲突")


def an_account(role, **given):
    return Account(
        **{
            "username": f"{role.value}{given.get('unit_id', '')}{len(given)}",
            "display_name": role.label,
            "password_hash": "x",
            "role": role,
            "state": AccountState.ACTIVE,
            "created_at": NOW,
            "password_changed_at": NOW,
        }
        | given
    )


def told(session, key):
    """The roles of those who were told, and what about."""
    rows = session.execute(
        select(Account.role, Message.subject)
        .join(Message, Message.account_id == Account.id)
        .where(Message.key.startswith(key))
        .order_by(Account.role)
    )
    return [tuple(row) for row in rows]


def test_a_planned_day_is_moved_at_once_with_everything_on_it(session):
    day = a_day(session, nominal=DAY, on_holiday=OnHoliday.NEXT)
    session.add(a_booking(day, an_enterprise()))
    session.commit()
    change = act(ask, day.id, move(), version=day.version)
    assert (change.state, change.how, change.decided_by) == (ChangeState.APPROVED, ApprovedHow.NOT_NEEDED, "办公室")
    found = day_file(session, NEW)
    assert (found.row.id, found.row.booked, len(found.row.turns), len(slots_of_day(session, day.id))) == (
        day.id, 1, 1, 2,
    )  # fmt: skip
    assert found.why == "由2026年12月15日改期至此：与市级会议冲突"
    assert session.execute(select(ReceptionDay.sequence, ReceptionDay.nominal)).one() == (1, None)
    assert redated_days(session, [DAY, NEW]) == {DAY: NEW}
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert acts == ["day_change_asked", "day_redated"]


def test_a_day_moved_to_where_its_rule_puts_it_now_still_belongs_to_the_rule(session):
    day = a_day(session, day=date(2026, 12, 14), nominal=DAY, on_holiday=OnHoliday.NEXT)
    act(ask, day.id, move(DAY))
    assert session.scalar(select(ReceptionDay.nominal)) == DAY


def test_a_published_day_waits_for_a_leader(session):
    session.add_all([an_account(Role.LEADER), an_account(Role.OFFICE)])
    day = a_day(session, state=DayState.PUBLISHED)
    change = act(ask, day.id, move())
    assert (change.state, day_on(session, DAY).state) == (ChangeState.WAITING, DayState.PUBLISHED)
    assert told(session, "day-change-asked") == [(Role.LEADER, "等您批准：接待日改期（2026年12月15日→2026年12月22日）")]
    act(approve, change.id, actor=LEADER)
    row = session.execute(select(DayChange.state, DayChange.how, DayChange.decided_by, DayChange.decided_on)).one()
    assert row == (ChangeState.APPROVED, ApprovedHow.SCREEN, "吴示宁", NOW.date())
    assert day_on(session, NEW).state is DayState.PUBLISHED


def test_where_only_chiefs_approve_no_other_leader_can_and_only_chiefs_are_asked(session):
    chief, deputy = a_leader(name="郑示和", is_chief=True), a_leader(name="吴示宁")
    session.add_all([chief, deputy])
    session.flush()
    session.add_all(
        an_account(Role.LEADER, username=it.initials, serves=[AccountLeader(leader_id=it.id)]) for it in (chief, deputy)
    )
    session.commit()
    act(change_rules, {"chiefs_approve": True})
    change = act(ask, a_day(session, state=DayState.PUBLISHED).id, move())
    asked = select(Account.username).join(Message, Message.account_id == Account.id)
    assert session.scalars(asked.where(Message.key.startswith("day-change-asked"))).all() == [chief.initials]
    no_chief = Actor(2, "吴示宁", Role.LEADER, None, frozenset({deputy.id}))
    with pytest.raises(NotAllowed, match="只有党政主要负责人可以在系统内批准"):
        act(approve, change.id, actor=no_chief)
    with pytest.raises(NotAllowed, match="只有党政主要负责人可以不批准"):
        act(decline, change.id, "不宜改期", actor=no_chief)
    act(approve, change.id, actor=Actor(3, "郑示和", Role.LEADER, None, frozenset({chief.id})))
    assert session.scalar(select(DayChange.decided_by)) == "郑示和"


@pytest.mark.parametrize("setting,state", [("always", DayState.PLANNED), ("never", DayState.PUBLISHED)])
def test_the_setting_decides_whether_approval_is_needed(session, setting, state):
    act(change_rules, {"day_change_approval": setting})
    change = act(ask, a_day(session, state=state).id, move())
    assert (change.state is ChangeState.WAITING) is (setting == "always")


def test_an_approval_on_paper_is_recorded_for_what_it_is(session):
    change = act(ask, a_day(session, state=DayState.PUBLISHED).id, CANCEL)
    act(approve_on_paper, change.id, approver="郑示和 区长", approved_on=date(2026, 11, 20))
    row = session.execute(select(DayChange.how, DayChange.decided_by, DayChange.decided_on)).one()
    assert row == (ApprovedHow.PAPER, "郑示和 区长", date(2026, 11, 20))
    assert day_on(session, DAY).state is DayState.CANCELLED


@pytest.mark.parametrize(
    "given,field",
    [
        ({"approver": " 郑", "approved_on": NOW.date()}, "approver"),
        ({"approver": "郑" * 81, "approved_on": NOW.date()}, "approver"),
        ({"approver": "郑示和 区长", "approved_on": NOW.date() + timedelta(days=1)}, "approved_on"),
    ],
)
def test_an_approval_on_paper_needs_a_name_and_a_date_that_has_been(session, given, field):
    change = act(ask, a_day(session, state=DayState.PUBLISHED).id, move())
    with pytest.raises(RuleBroken) as caught:
        act(approve_on_paper, change.id, **given)
    assert caught.value.field == field


def test_a_request_that_is_not_approved_leaves_the_day_and_tells_the_office_why(session):
    session.add(an_account(Role.OFFICE))
    change = act(ask, a_day(session, state=DayState.PUBLISHED).id, move())
    with pytest.raises(RuleBroken, match="须写明意见") as caught:
        act(decline, change.id, "不", actor=LEADER)
    assert caught.value.field == "remark"
    act(decline, change.id, "会议可以调开，按原定日期开展", actor=LEADER)
    assert day_on(session, DAY).state is DayState.PUBLISHED
    assert told(session, "day-change-decided") == [
        (Role.OFFICE, "未获批准：接待日改期（2026年12月15日→2026年12月22日）")
    ]
    with pytest.raises(Conflict, match="由吴示宁办理，现为“未批准”"):
        act(approve, change.id, actor=LEADER)


def test_a_request_is_withdrawn_and_asked_anew(session):
    day = a_day(session, state=DayState.PUBLISHED)
    change = act(ask, day.id, move())
    with pytest.raises(Conflict, match="已有一份待批准的改期申请"):
        act(ask, day.id, CANCEL)
    act(withdraw, change.id)
    assert act(ask, day.id, CANCEL).state is ChangeState.WAITING


@pytest.mark.parametrize(
    "wish,field,words",
    [
        (move(None), "to_day", "请选择改到哪一天"),
        (move(DAY), "to_day", "新日期与原日期相同"),
        (move(NOW.date()), "to_day", "最早是明天"),
        (move(date(2026, 12, 29)), "to_day", "12月29日 周二已有接待日（已取消）"),
        (move(SUNDAY), "on_rest_day", "12月20日 周日是周末，如确需安排"),
        (move(SUNDAY, on_rest_day="长" * 41), "on_rest_day", "最多 40 个字"),
        (move(reason="忙"), "reason", "改期须写明理由"),
        (Wish(ChangeKind.CANCEL, "忙"), "reason", "取消接待日须写明理由"),
    ],
)
def test_a_wish_without_sense_is_refused_at_its_field(session, wish, field, words):
    day = a_day(session)
    a_day(session, day=date(2026, 12, 29), state=DayState.CANCELLED, turns=[])
    with pytest.raises(RuleBroken, match=words) as caught:
        act(ask, day.id, wish)
    assert caught.value.field == field
    assert session.scalar(select(func.count(DayChange.id))) == 0


def test_tomorrow_is_early_enough_and_a_sunday_needs_its_own_reason(session):
    change = act(ask, a_day(session).id, move(NOW.date() + timedelta(days=1)))
    assert change.state is ChangeState.APPROVED
    other = a_day(session, day=date(2026, 12, 28))
    change = act(ask, other.id, move(SUNDAY, on_rest_day="区委书记只有周日有空"))
    assert change.reason == "与市级会议冲突；休息日安排：区委书记只有周日有空"


@pytest.mark.parametrize("state", [DayState.ONGOING, DayState.CLOSED, DayState.CANCELLED])
def test_only_a_day_still_to_come_is_moved_or_cancelled(session, state):
    day = a_day(session, state=state)
    for wish in (move(), CANCEL):
        with pytest.raises(RuleBroken, match="只有计划或已发布的才能"):
            act(ask, day.id, wish)


def test_a_day_that_is_over_is_not_moved(session):
    day = a_day(session, day=date(2026, 11, 20))
    with pytest.raises(RuleBroken, match="已经过去"):
        act(ask, day.id, move())


def test_a_date_taken_while_the_request_waited_stops_the_approval(session):
    change = act(ask, a_day(session, state=DayState.PUBLISHED).id, move())
    a_day(session, day=NEW, turns=[])
    with pytest.raises(RuleBroken, match="12月22日 周二已有接待日（计划）"):
        act(approve, change.id, actor=LEADER)
    assert session.scalar(select(DayChange.state)) is ChangeState.WAITING


def test_everybody_concerned_is_told_once(session):
    unit, leader = a_unit(), a_leader(name="吴示宁")
    session.add_all([unit, leader])
    session.flush()
    serves = [AccountLeader(leader_id=leader.id)]
    session.add_all(
        [
            an_account(Role.OFFICE),
            an_account(Role.LEADER, serves=serves),
            an_account(Role.SECRETARY, serves=[AccountLeader(leader_id=leader.id)]),
            an_account(Role.UNIT, unit_id=unit.id),
            an_account(Role.SUPERVISOR),
        ]
    )
    day = a_day(session, turns=[a_turn(leader)])
    booking = a_booking(day, an_enterprise())
    booking.invited = [InvitedUnit(unit=unit, attendance=Attendance.INVITED)]
    session.add(booking)
    session.add(
        Leave(
            leader_id=leader.id, starts_on=NEW, ends_on=NEW, reason="外出", state=LeaveState.APPROVED,
            asked_by="联络员", asked_at=NOW,
        )
    )  # fmt: skip
    session.commit()
    act(ask, day.id, move())
    subject = "接待日已改期（2026年12月15日→2026年12月22日）"
    assert told(session, "day-redated") == [
        (role, subject) for role in (Role.LEADER, Role.OFFICE, Role.SECRETARY, Role.UNIT)
    ]
    body = session.scalar(select(Message.body).join(Account).where(Account.role == Role.OFFICE))
    assert ("已预约的 1 家企业须逐一电话告知" in body, "主接待吴示宁：12月22日 周二至" in body) == (True, True)
    assert session.scalar(select(Message.url).join(Account).where(Account.role == Role.UNIT)) == (
        "/reception-days/2026-12-22"
    )


def test_a_cancelled_day_takes_its_bookings_along_and_lists_them_to_call(session):
    day = a_day(session, slots=3)
    gone = a_booking(day, an_enterprise(), slot=2, state=BookingState.CANCELLED, ended_reason="企业来电取消")
    gone.seat = None
    session.add_all([a_booking(day, an_enterprise(name="安澜甲公司")), gone])
    session.commit()
    act(ask, day.id, CANCEL)
    assert session.scalar(select(func.count(Booking.id)).where(Booking.seat_id.is_not(None))) == 0
    assert [it.enterprise for it in enterprises_to_call(session, day.id, "接待日取消：")] == ["安澜甲公司"]
    assert session.scalar(select(ReceptionDay.sequence)) == 1


def test_duty_that_does_not_suit_the_new_date_is_named(session):
    leader, free = a_leader(name="吴示宁", serves_until=date(2026, 12, 18)), a_leader()
    day = a_day(session, turns=[a_turn(leader), a_turn(free, seat="standby")])
    assert [(it.name, it.why) for it in clashes_on(session, day.id, NEW)] == [("吴示宁", "12月22日 周二不在任期内")]
    assert clashes_on(session, day.id, date(2026, 12, 17)) == ()


def test_a_turn_too_close_to_the_new_date_is_named(session):
    act(change_rules, {"min_gap_days": 30})
    leader = a_leader(name="吴示宁")
    day = a_day(session, turns=[a_turn(leader)])
    a_day(session, day=date(2027, 1, 15), turns=[a_turn(leader)])
    a_day(session, day=date(2027, 1, 10), turns=[a_turn(leader)], state=DayState.CANCELLED)
    assert [it.why for it in clashes_on(session, day.id, NEW)] == [
        "与2027年1月15日 周五的轮值只隔 24 天，少于规定的 30 天"
    ]


def test_who_may_do_what(session):
    day = a_day(session, state=DayState.PUBLISHED)
    with pytest.raises(NotAllowed):
        act(ask, day.id, move(), actor=LEADER)
    change = act(ask, day.id, move())
    for service, given, actor in (
        (approve, {}, OFFICE),
        (decline, {"remark": "不同意改期"}, OFFICE),
        (approve_on_paper, {"approver": "郑示和 区长", "approved_on": NOW.date()}, LEADER),
        (withdraw, {}, LEADER),
        (approve, {}, Actor(3, "督查", Role.SUPERVISOR)),
    ):
        with pytest.raises(NotAllowed):
            act(service, change.id, actor=actor, **given)
    with pytest.raises(NotAllowed):
        act(note_call_list, day.id, actor=Actor(4, "单位", Role.UNIT))


def test_what_is_not_there_is_not_found(app):
    with app.app_context():
        for service, given in ((ask, {"wish": move()}), (withdraw, {}), (note_call_list, {})):
            with pytest.raises(NotFound):
                act(service, 99, **given)


def test_taking_the_telephone_numbers_is_written_down(session):
    act(note_call_list, a_day(session).id)
    assert session.scalars(select(AuditLine.act)).all() == ["personal_data_seen"]


def test_an_old_version_is_a_conflict(session):
    day = a_day(session)
    with pytest.raises(Conflict, match="别人已修改这个接待日"):
        act(ask, day.id, move(), version=99)


def race(app, *services):
    """Send several acts at once and answer what came of each: what was done, or the refusal's kind."""
    start, came = Barrier(len(services)), []

    def run(service):
        with app.app_context():
            start.wait()
            try:
                service()
                came.append("done")
            except RuleBroken as refusal:
                came.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=[service]) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)


@pytest.fixture
def asked(each_app):
    """The id of a request that waits on a published day."""
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        day = a_day(session, state=DayState.PUBLISHED)
        change = act(ask, day.id, move())
        db.session.remove()
        return change.id


def test_of_many_approvals_at_once_exactly_one_wins(each_app, asked):
    came = race(
        each_app,
        *[lambda: act(approve, asked, actor=LEADER)] * 3,
        lambda: act(approve_on_paper, asked, approver="郑示和 区长", approved_on=NOW.date()),
        lambda: act(decline, asked, "按原定日期开展", actor=LEADER),
        lambda: act(withdraw, asked),
    )
    assert came == ["Conflict"] * 5 + ["done"]
    with each_app.app_context():
        session = db.session()
        lines = session.scalars(select(AuditLine.act).where(AuditLine.act.startswith("day_"))).all()
        moved = session.scalar(select(ReceptionDay.day)) == NEW
        assert moved is ("day_redated" in lines)
        assert len(lines) == (3 if moved else 2)  # asked; then approved and carried out, or refused, or withdrawn
        db.session.remove()


def test_of_many_requests_at_once_exactly_one_waits(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        day_id = a_day(session, state=DayState.PUBLISHED).id
        db.session.remove()
    came = race(each_app, *[lambda: act(ask, day_id, move())] * 2, *[lambda: act(ask, day_id, CANCEL)] * 2)
    assert came == ["Conflict"] * 3 + ["done"]


def test_of_two_days_moved_to_one_date_at_once_exactly_one_gets_it(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        ids = [a_day(session).id, a_day(session, day=date(2026, 12, 16)).id]
        db.session.remove()
    came = race(each_app, *[lambda day_id=day_id: act(ask, day_id, move()) for day_id in ids])
    assert came[1] == "done"
    assert came[0] in ("Conflict", "RuleBroken")
    with each_app.app_context():
        assert db.session.scalar(select(func.count(ReceptionDay.id)).where(ReceptionDay.day == NEW)) == 1
        db.session.remove()


def test_a_request_that_was_settled_says_when(session):
    day = a_day(session, state=DayState.PUBLISHED)
    change = act(ask, day.id, move())
    with pytest.raises(IntegrityError, match="decided_at_some_moment"):
        session.execute(update(DayChange).where(DayChange.id == change.id).values(state=ChangeState.WITHDRAWN))
    session.rollback()
