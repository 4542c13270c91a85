from datetime import date
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, PortalError, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.services.duty import assign_turn, free_leaders, remove_turn
from portal.store.extension import db
from portal.store.models.audit import AuditLine
from portal.store.models.duty import Leave
from portal.store.models.people import Post
from portal.store.models.reception import DutyTurn
from portal.store.queries.duty import turn_on
from portal.store.queries.reception_days import day_on
from tests.builders import a_leader, a_reception_day, a_turn
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
DAY = date(2026, 12, 15)
MAIN, STANDBY = DutySeat.MAIN, DutySeat.STANDBY


@pytest.fixture
def people(session):
    """A planned day without duty, and three leaders."""
    day = a_reception_day(state=DayState.PLANNED)
    leaders = [a_leader(name=name, post="副区长") for name in ("甲示一", "乙示二", "丙示三")]
    session.add_all([day, *leaders])
    session.commit()
    return day.id, [it.id for it in leaders]


def seat(day_id, leader_id, *, now, place=MAIN, holder=None, reason="统战部商定", actor=OFFICE, position=1):
    with audited() as session:
        return assign_turn(session, day_id, place, position, leader_id, reason, holder=holder, actor=actor, now=now).id


def test_a_leader_is_seated_with_the_reason_and_the_post_of_that_day(session, people, now):
    day_id, (first, *_) = people
    session.add(Post(leader_id=first, title="常务副区长", starts_on=date(2026, 12, 1)))
    session.commit()
    seat(day_id, first, now=now)
    turn = turn_on(session, DAY, MAIN, 1)
    assert (turn.leader, turn.post, turn.why) == ("甲示一", "常务副区长", "手工指定：统战部商定")
    (line,) = session.scalars(select(AuditLine)).all()
    assert (line.act, line.target_kind) == ("duty_assigned", "reception_day")
    assert line.summary == "2026年12月15日主接待：甲示一（统战部商定）"


def test_a_reason_is_needed(people, now):
    day_id, (first, *_) = people
    with pytest.raises(RuleBroken, match="请写明理由") as caught:
        seat(day_id, first, reason="忙", now=now)
    assert caught.value.field == "reason"


def test_another_leader_takes_the_place_over(session, people, now):
    day_id, (first, second, _) = people
    seat(day_id, first, now=now)
    seat(day_id, second, holder=first, reason="甲示一外出培训", now=now)
    turn = turn_on(session, DAY, MAIN, 1)
    assert (turn.leader, turn.why) == ("乙示二", "手工更换：甲示一外出培训")
    assert session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all() == ["duty_assigned", "duty_replaced"]


def test_a_leader_holds_one_seat_a_day_and_the_others_are_offered(people, now):
    day_id, (first, *_) = people
    seat(day_id, first, now=now)
    with pytest.raises(Conflict, match="甲示一当日已是主接待") as caught:
        seat(day_id, first, place=STANDBY, now=now)
    assert caught.value.alternatives == ("乙示二", "丙示三")


def test_whoever_saw_an_empty_place_does_not_overwrite(session, people, now):
    day_id, (first, second, _) = people
    seat(day_id, first, now=now)
    with pytest.raises(Conflict, match="别人已安排甲示一担任当日主接待"):
        seat(day_id, second, now=now)
    with pytest.raises(Conflict, match="别人已撤下当日补位"):
        seat(day_id, second, place=STANDBY, holder=first, now=now)
    assert turn_on(session, DAY, MAIN, 1).leader == "甲示一"


def test_a_leader_out_of_term_is_refused(session, people, now):
    day_id, _ = people
    gone = a_leader(name="丁示四", serves_until=date(2026, 12, 14))
    session.add(gone)
    session.commit()
    with pytest.raises(RuleBroken, match="丁示四在2026年12月15日不在任期内"):
        seat(day_id, gone.id, now=now)
    assert "丁示四" not in [leader.name for leader, _ in free_leaders(session, day_on(session, DAY))]


def test_a_place_the_office_does_not_have_is_not_found(people, now):
    day_id, (first, *_) = people
    with pytest.raises(NotFound):
        seat(day_id, first, position=2, now=now)


@pytest.mark.parametrize("state", [DayState.CLOSED, DayState.CANCELLED])
def test_an_ended_day_keeps_its_duty(session, people, now, state):
    _day_id, (first, *_) = people
    day = a_reception_day(day=date(2026, 12, 1), state=state, turns=[a_turn(a_leader())])
    session.add(day)
    session.commit()
    ended, holder = day.id, day.turns[0].leader_id
    with pytest.raises(RuleBroken, match="不能再调整轮值"):
        seat(ended, first, place=STANDBY, now=now)
    with pytest.raises(RuleBroken, match="不能再调整轮值"):
        taken_off(ended, holder, now=now)


def taken_off(day_id, holder, reason="领导外出学习", *, place=MAIN, now):
    with audited() as session:
        remove_turn(session, day_id, place, 1, reason, holder=holder, actor=OFFICE, now=now)


def test_a_leader_is_taken_off_with_a_reason(session, people, now):
    day_id, (first, *_) = people
    seat(day_id, first, now=now)
    with pytest.raises(RuleBroken, match="请写明理由"):
        taken_off(day_id, first, "忙", now=now)
    taken_off(day_id, first, now=now)
    assert turn_on(session, DAY, MAIN, 1) is None
    with pytest.raises(Conflict, match="别人已撤下"):
        taken_off(day_id, first, now=now)


def test_nobody_is_taken_off_but_the_leader_who_was_seen_there(session, people, now):
    day_id, (first, second, *_) = people
    seat(day_id, first, now=now)
    seat(day_id, second, holder=first, now=now)
    with pytest.raises(Conflict, match=r"已改由.+担任，没有撤下"):
        taken_off(day_id, first, now=now)
    assert turn_on(session, DAY, MAIN, 1).leader_id == second


def test_nobody_is_seated_by_hand_during_leave(session, people, now):
    day_id, (first, *_) = people
    session.add(
        Leave(
            leader_id=first, starts_on=DAY, ends_on=DAY, reason="外出", state=LeaveState.APPROVED,
            asked_by="办公室", asked_at=now,
        )
    )  # fmt: skip
    session.commit()
    with pytest.raises(RuleBroken, match="已批准请假，不能安排") as refused:
        seat(day_id, first, now=now)
    assert refused.value.field == "leader"


def test_a_published_day_keeps_a_main_receiver(session, people, now):
    day = a_reception_day(
        day=date(2026, 12, 1), turns=[a_turn(a_leader()), a_turn(a_leader(), seat="standby")], state=DayState.PUBLISHED
    )
    session.add(day)
    session.commit()
    published, (main, standby) = day.id, (turn.leader_id for turn in day.turns)
    with pytest.raises(RuleBroken, match="不能没有主接待"):
        taken_off(published, main, now=now)
    taken_off(published, standby, place=STANDBY, now=now)
    assert [turn.seat for turn in day_on(session, date(2026, 12, 1)).turns] == [MAIN]


def test_only_the_office_seats_leaders(people, now):
    day_id, (first, *_) = people
    with pytest.raises(NotAllowed):
        seat(day_id, first, actor=Actor(2, "秘书", Role.SECRETARY, leader_ids=frozenset({first})), now=now)


def test_of_two_people_who_seat_somebody_at_once_one_wins(each_app, now):
    with each_app.app_context():
        with audited() as session:
            session.info["unaudited"] = True
            day, leaders = a_reception_day(state=DayState.PLANNED), [a_leader() for _ in range(6)]
            session.add_all([day, *leaders])
            session.flush()
            day_id, ids = day.id, [it.id for it in leaders]
        db.session.remove()
    start, lost = Barrier(len(ids)), []

    def race(leader_id):
        with each_app.app_context():
            start.wait()
            try:
                seat(day_id, leader_id, now=now)
            except PortalError as refusal:
                lost.append(refusal)
            finally:
                db.session.remove()

    threads = [Thread(target=race, args=(leader_id,)) for leader_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(refusal) for refusal in lost] == [Conflict] * (len(ids) - 1)
    with each_app.app_context():
        assert db.session.scalar(select(func.count(DutyTurn.id))) == 1
        assert db.session.scalar(select(func.count(AuditLine.id))) == 1
        db.session.remove()
