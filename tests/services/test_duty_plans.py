import itertools
from collections import Counter
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.duty_plans import PlanMode, PlanState
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.leaves import LeaveState
from portal.domain.people import Actor, Role
from portal.domain.planned_days import OnHoliday
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import parse_rule
from portal.domain.rota import DutySeat
from portal.domain.turns import TurnAct, TurnOrigin
from portal.services import duty_plans, plan_problems
from portal.services.day_plans import DayLayout, PlanOrder, plan_reception_days
from portal.services.duty import assign_turn
from portal.store.models.duty import DutyChange, DutyPlan, Leave, SeatPool, UnsuitableDay
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Account, AccountLeader, Leader, Post
from portal.store.models.reception import DutyTurn, ReceptionDay
from portal.store.queries.duty_plans import open_plan, plan_file
from portal.store.queries.reception_days import day_on, days_between
from tests.builders import a_booking, a_category, a_leader, a_matter, a_reception_day, a_turn, an_enterprise
from tests.conftest import NOW, PASSWORD_HASH
from tests.plan_days import FIRST, LAST, OFFICE, TODAY, drafted, published, reworked, seated
from tests.services.acting import audited

MAIN, ACCOMPANYING, STANDBY = DutySeat
DAY = date(2026, 12, 15)


def act(service, plan, *more, **given):
    with audited() as session:
        version = plan_file(session, plan.row.id).row.version
        service(session, plan.row.id, *more, version=given.pop("version", version), actor=OFFICE, now=NOW, **given)
        return plan_file(session, plan.row.id, reasons=True)


def only_main(session):
    session.add(OfficeSetting(name="seats", value=["main"]))


def id_of(session, name):
    return session.scalar(select(Leader.id).where(Leader.name == name))


def place(plan, day, seat=MAIN):
    return next(it for it in plan.turns if (it.day, it.seat) == (day, seat))


@pytest.fixture
def year(session):
    """Twelve planned days of 2027 and six leaders."""
    session.add_all(a_leader(name=f"领示{number}") for number in "一二三四五六")
    session.commit()
    order = PlanOrder(
        parse_rule("monthday:15"), (2027, 1), 12, OnHoliday.NEXT, True, DayLayout("会议室", time(9), slots=1)
    )
    with audited() as records:
        plan_reception_days(records, order, actor=OFFICE, now=NOW)


# --- working out ---


def test_a_year_is_planned_evenly_seat_by_seat_and_every_place_says_why(session, year):
    plan = drafted()
    for seat in DutySeat:
        assert set(Counter(it.leader for it in plan.turns if it.seat is seat).values()) == {2}
    assert all(it.why and len(it.passed_over) == 5 for it in plan.turns)
    assert (plan.row.state, plan.row.outcome, plan.findings["spread"]["total"]) == (PlanState.DRAFT, "optimal", 0.0)
    assert session.scalar(select(func.count(DutyTurn.id))) == 0


def test_publishing_seats_everybody_as_drafted_with_the_reasons(session, year):
    plan = published(drafted())
    days = days_between(session, TODAY, reasons=True)
    stored = {(day.day, it.seat.value, it.position): it.leader for day in days for it in day.turns}
    assert stored == seated(plan)
    assert all(turn.why and len(turn.passed_over) == 5 for day in days for turn in day.turns)
    assert (plan.row.state, open_plan(session)) == (PlanState.PUBLISHED, None)
    assert set(session.scalars(select(DutyChange.act))) == {TurnAct.SEATED}


def test_a_second_plan_is_refused_while_one_is_open(session, year):
    drafted()
    with pytest.raises(Conflict, match="已有一个排班方案"):
        drafted()


def test_there_must_be_something_to_plan(session, year):
    published(drafted())
    with pytest.raises(RuleBroken, match="都已排定"):
        drafted()
    with pytest.raises(RuleBroken, match="没有可以排班的接待日"):
        drafted(first=date(2030, 1, 1), last=date(2030, 12, 31))
    with pytest.raises(RuleBroken, match="不能早于"):
        drafted(first=LAST, last=FIRST)


def test_without_leaders_nothing_is_planned(session):
    session.add(a_reception_day(state=DayState.PLANNED))
    session.commit()
    with pytest.raises(RuleBroken, match="没有可以轮值的领导"):
        drafted()


def test_records_that_change_before_the_draft_is_kept_are_noticed(session, year):
    order = plan_problems.PlanOrder(FIRST, LAST)
    worked = plan_problems.worked_plan(session, order, today=TODAY)
    session.add(a_leader(name="新示七"))
    session.commit()
    with pytest.raises(Conflict, match="没有保存"), audited() as records:
        duty_plans.draft_plan(records, order, worked, actor=OFFICE, now=NOW)


def test_only_the_office_plans(session, year):
    order = plan_problems.PlanOrder(FIRST, LAST)
    worked = plan_problems.worked_plan(session, order, today=TODAY)
    with pytest.raises(NotAllowed), audited() as records:
        duty_plans.draft_plan(records, order, worked, actor=Actor(2, "领导", Role.LEADER), now=NOW)


def test_two_accompanying_leaders_are_two_positions(session):
    session.add(OfficeSetting(name="seats", value=["main", "accompanying", "accompanying"]))
    session.add_all([a_leader(), a_leader(), a_leader(), a_reception_day(state=DayState.PLANNED)])
    session.commit()
    published(drafted())
    day = day_on(session, DAY)
    assert [(turn.seat.value, turn.position) for turn in day.turns] == [
        ("main", 1),
        ("accompanying", 1),
        ("accompanying", 2),
    ]


def test_the_post_is_the_one_held_on_that_day(session):
    only_main(session)
    leader = a_leader(name="升示一", post="副区长")
    leader.posts.append(Post(title="常务副区长", starts_on=date(2027, 1, 1)))
    session.add_all(
        [
            leader,
            a_reception_day(state=DayState.PLANNED),
            a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED),
        ]
    )
    session.commit()
    assert [it.post for it in drafted().turns] == ["副区长", "常务副区长"]


# --- what the records say ---


def test_places_already_held_stay_and_count(session):
    only_main(session)
    busy, free = a_leader(name="忙示一"), a_leader(name="闲示二")
    turn = a_turn(busy, why="早已排定")
    session.add_all(
        [
            a_reception_day(day=date(2026, 12, 1), state=DayState.PLANNED, turns=[turn]),
            a_reception_day(day=date(2026, 12, 8), state=DayState.PLANNED),
            free,
        ]
    )
    session.commit()
    plan = drafted()
    assert next((it.leader, it.why) for it in plan.turns) == ("忙示一", "早已排定")
    assert plan.turns[1].leader == "闲示二"


def test_turns_of_the_past_count_and_cancelled_or_missed_ones_do_not(session):
    only_main(session)
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二")
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(second)]),
            a_reception_day(day=date(2026, 10, 15), state=DayState.CANCELLED, turns=[a_turn(first)]),
            a_reception_day(day=date(2026, 8, 14), state=DayState.CLOSED, turns=[a_turn(first, attended=False)]),
            a_reception_day(state=DayState.PLANNED),
        ]
    )
    session.commit()
    assert [it.leader for it in drafted().turns] == ["甲示一"]


@pytest.mark.parametrize("counts, expected", [(True, "乙示二"), (False, "甲示一")])
def test_whether_a_day_nobody_came_to_uses_up_the_turn_is_a_setting(session, counts, expected):
    only_main(session)
    session.add(OfficeSetting(name="empty_day_counts", value=counts))
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二")
    received = a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(second)])
    session.add_all(
        [
            received,
            a_booking(received, an_enterprise(), state="finished"),
            a_reception_day(day=date(2026, 10, 15), state=DayState.CLOSED, turns=[a_turn(first)]),
            a_reception_day(day=date(2026, 8, 14), state=DayState.CLOSED, turns=[a_turn(first)]),
            a_reception_day(state=DayState.PLANNED),
        ]
    )
    session.commit()
    assert drafted().turns[0].leader == expected


def test_nobody_serves_out_of_term(session):
    session.add_all(
        [
            a_leader(name="将离任", serves_until=date(2026, 12, 1)),
            a_leader(name="将到任", since=date(2027, 1, 1)),
            a_reception_day(state=DayState.PLANNED),
            a_reception_day(day=date(2026, 11, 25), state=DayState.PLANNED),
        ]
    )
    session.commit()
    plan = drafted()
    assert [it.leader for it in plan.turns if it.day == DAY] == ["", "", ""]
    assert "不在任期" in place(plan, DAY).why
    assert plan.row.outcome == "infeasible"
    assert plan.findings["relaxed"]


def test_a_newcomer_does_not_have_to_catch_up_and_it_is_said(session):
    only_main(session)
    old = [a_leader(name=f"老示{it}") for it in "一二"]
    session.add_all(
        a_reception_day(day=date(2026, month, 15), state=DayState.CLOSED, turns=[a_turn(old[month % 2])])
        for month in range(3, 11)
    )
    session.add(a_leader(name="新示三", since=date(2026, 11, 1)))
    session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in range(1, 7))
    session.commit()
    plan = drafted()
    assert set(Counter(it.leader for it in plan.turns).values()) == {2}
    assert any("到任前按同期平均计 4 次" in it.why for it in plan.turns if it.leader == "新示三")


def test_half_the_weight_serves_half_as_often(session):
    only_main(session)
    session.add_all([a_leader(name="甲示一"), a_leader(name="乙示二"), a_leader(name="半示三", weight=0.5)])
    session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in range(1, 11))
    session.commit()
    assert Counter(it.leader for it in drafted().turns) == {"甲示一": 4, "乙示二": 4, "半示三": 2}


def test_leave_and_unsuitable_days_are_kept_clear_and_named(session):
    only_main(session)
    first, second, third = a_leader(name="甲示一"), a_leader(name="乙示二"), a_leader(name="丙示三")
    day = a_reception_day(state=DayState.PLANNED)
    session.add_all([first, second, third, day])
    session.flush()
    session.add_all(
        [
            Leave(leader_id=first.id, starts_on=date(2026, 12, 10), ends_on=DAY, reason="学习", state=LeaveState.APPROVED,
                  asked_by="甲", asked_at=NOW),
            Leave(leader_id=third.id, starts_on=DAY, ends_on=DAY, reason="外出", state=LeaveState.REQUESTED,
                  asked_by="丙", asked_at=NOW),
            UnsuitableDay(reception_day_id=day.id, leader_id=second.id, marked_by="乙", marked_at=NOW),
        ]
    )  # fmt: skip
    session.commit()
    turn = drafted().turns[0]
    assert turn.leader == "丙示三"
    assert {it.leader: it.why for it in turn.passed_over} == {
        "甲示一": "请假（12月10日 周四至12月15日 周二）。",
        "乙示二": "已标记当日不便。",
    }


def test_a_seat_with_a_list_is_for_those_on_it_and_hands_may_still_differ(session):
    only_main(session)
    chief, other = a_leader(name="主示一"), a_leader(name="副示二")
    session.add_all(
        [
            chief,
            a_reception_day(state=DayState.PLANNED, turns=[a_turn(other, origin=TurnOrigin.HAND, why="手工指定")]),
            a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED),
            a_reception_day(day=date(2027, 2, 15), state=DayState.PLANNED),
        ]
    )
    session.flush()
    session.add(SeatPool(seat="main", leader_id=chief.id))
    session.commit()
    plan = drafted()
    assert [it.leader for it in plan.turns] == ["副示二", "主示一", "主示一"]
    assert (plan.turns[0].why, plan.row.outcome) == ("手工指定", "optimal")


def test_the_distance_to_turns_outside_the_span_is_kept_as_well(session):
    only_main(session)
    session.add(OfficeSetting(name="min_gap_days", value=20))
    near = a_leader(name="近示一")
    session.add_all(
        [
            near,
            a_leader(name="远示二"),
            a_reception_day(state=DayState.PLANNED),
            a_reception_day(day=date(2026, 12, 22), state=DayState.PLANNED, turns=[a_turn(near)]),
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[]),
        ]
    )
    session.commit()
    turn = drafted(last=date(2026, 12, 16)).turns[0]
    assert turn.leader == "远示二"
    assert turn.passed_over[0].why == "与12月22日 周二的轮值只隔 7 天，少于 20 天。"


def test_rules_that_cannot_hold_together_are_named(session):
    only_main(session)
    session.add(OfficeSetting(name="min_gap_days", value=60))
    session.add(a_leader(name="独示一"))
    session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in (1, 2))
    session.commit()
    plan = drafted()
    assert [it.leader for it in plan.turns] == ["独示一", "独示一"]
    assert (
        "“两次轮值至少间隔 60 天”放宽 1 处：独示一2027年1月15日与2月15日的轮值只隔 31 天" in plan.findings["relaxed"][0]
    )


def test_the_chief_receives_once_a_quarter(session):
    only_main(session)
    session.add_all([a_leader(name="主示一", is_chief=True), *(a_leader() for _ in range(5))])
    session.add_all(a_reception_day(day=date(2027, month, 15), state=DayState.PLANNED) for month in range(1, 13))
    session.commit()
    months = [it.day.month for it in drafted().turns if it.leader == "主示一"]
    assert len(months) >= 3
    assert all(later - earlier <= 3 for earlier, later in itertools.pairwise(months))


def test_who_looks_after_what_is_asked_about_should_be_there(session):
    only_main(session)
    session.add_all([a_leader(name="甲示一"), a_leader(name="管示二", fields=("用地",))])
    day = a_reception_day(state=DayState.PLANNED)
    booking = a_booking(day, an_enterprise())
    session.add_all([day, booking, a_matter(booking, a_category(name="用地规划"))])
    session.commit()
    turn = drafted().turns[0]
    assert turn.leader == "管示二"
    assert "分管用地规划，与当日诉求对应" in turn.why


# --- changing a draft ---


def test_a_place_chosen_by_hand_is_fixed_and_stays_when_worked_out_again(session, year):
    plan = drafted()
    turn = plan.turns[0]
    other = next(it for it in "一二三四五六" if f"领示{it}" not in {its.leader for its in plan.turns[:3]})
    act(duty_plans.choose_by_hand, plan, turn.id, id_of(session, f"领示{other}"), "分管当日诉求")
    changed = plan_file(session, plan.row.id)
    assert (changed.turns[0].leader, changed.turns[0].is_fixed, changed.findings["stale"]) == (
        f"领示{other}",
        True,
        True,
    )
    again = reworked(plan)
    assert (again.turns[0].leader, again.turns[0].is_fixed) == (f"领示{other}", True)
    assert again.turns[0].why == "手工指定：分管当日诉求"
    assert ([it.leader for it in again.turns[1:]], again.findings["stale"]) == (
        [it.leader for it in plan.turns[1:]],
        False,
    )
    published(again)
    turn = session.scalar(select(DutyTurn).join(ReceptionDay).order_by(ReceptionDay.day, DutyTurn.id).limit(1))
    assert (turn.origin, turn.is_fixed) == (TurnOrigin.HAND, True)


def test_choosing_somebody_who_sits_elsewhere_that_day_exchanges_the_two(session, year):
    plan = drafted()
    main, accompanying = plan.turns[0], plan.turns[1]
    changed = act(duty_plans.choose_by_hand, plan, main.id, accompanying.leader_id, "分管当日诉求")
    assert [it.leader for it in changed.turns[:2]] == [accompanying.leader, main.leader]
    with pytest.raises(RuleBroken, match="当日已固定任主接待"):
        act(duty_plans.choose_by_hand, plan, changed.turns[1].id, accompanying.leader_id, "再换一次")


def test_a_place_that_is_released_may_move_again(session, year):
    plan = drafted()
    changed = act(duty_plans.choose_by_hand, plan, plan.turns[0].id, plan.turns[1].leader_id, "分管当日诉求")
    assert act(duty_plans.release_place, plan, changed.turns[0].id).turns[0].is_fixed is False


@pytest.mark.parametrize(
    "leader, reason, said",
    [("领示一", "无", "请写明理由"), ("旧示一", "统战部商定", "不在任期内")],
)
def test_a_hand_needs_a_reason_and_somebody_in_office(session, year, leader, reason, said):
    session.add(a_leader(name="旧示一", serves_until=date(2026, 12, 31)))
    session.commit()
    plan = drafted()
    turn = next(it for it in plan.turns if it.leader != "领示一")
    with pytest.raises(RuleBroken, match=said):
        act(duty_plans.choose_by_hand, plan, turn.id, id_of(session, leader), reason)


def test_working_out_again_changes_as_little_as_a_mark_demands(session, year):
    plan = drafted()
    turn = plan.turns[0]
    session.add(UnsuitableDay(reception_day_id=turn.day_id, leader_id=turn.leader_id, marked_by="他", marked_at=NOW))
    session.commit()
    again = reworked(plan)
    before, after = seated(plan), seated(again)
    changed = {where for where in before if before[where] != after[where]}
    assert (turn.day, "main", 1) in changed
    assert len(changed) <= 4
    assert len(again.findings["changed"]) == len(changed)
    assert turn.leader not in {it.leader for it in again.turns if it.day == turn.day}


def test_with_nothing_new_working_out_again_changes_nothing(session, year):
    plan = drafted()
    assert seated(reworked(plan)) == seated(plan)


# --- the steps ---


def test_the_leaders_and_secretaries_are_asked_and_told(session, year):
    leader = id_of(session, "领示一")
    for name, role in (("leader", Role.LEADER), ("secretary", Role.SECRETARY)):
        session.add(
            Account(username=name, display_name=name, password_hash=PASSWORD_HASH, role=role, state="active",
                    created_at=NOW, password_changed_at=NOW, serves=[AccountLeader(leader_id=leader)])
        )  # fmt: skip
    session.commit()
    plan = act(duty_plans.consult, drafted())
    assert (plan.row.state, plan.row.consult_until) == (PlanState.CONSULTING, date(2026, 11, 27))
    published(plan)
    told = session.scalars(select(Message.subject).order_by(Message.id)).all()
    assert (
        told == ["轮值方案征求意见，请于11月27日 周五前标出不便的日期"] * 2 + ["轮值安排已发布，请查看您的轮值日期"] * 2
    )


def test_a_plan_goes_back_to_draft_and_can_be_given_up(session, year):
    plan = drafted()
    act(duty_plans.consult, plan)
    with pytest.raises(RuleBroken, match="请先退回草案"):
        act(duty_plans.choose_by_hand, plan, plan.turns[0].id, plan.turns[3].leader_id, "分管当日诉求")
    assert act(duty_plans.take_back, plan).row.state is PlanState.DRAFT
    assert act(duty_plans.discard, plan).row.state is PlanState.DISCARDED
    with pytest.raises(Conflict, match="已放弃"):
        act(duty_plans.consult, plan)
    assert drafted().row.state is PlanState.DRAFT
    assert session.scalar(select(func.count(DutyTurn.id))) == 0


def test_whoever_looked_at_an_older_version_is_told(session, year):
    plan = drafted()
    act(duty_plans.consult, plan)
    with pytest.raises(Conflict, match="别人改动了这个方案"):
        act(duty_plans.publish, plan, version=plan.row.version)


def test_a_plan_that_is_none_is_not_found(session):
    with pytest.raises(NotFound), audited() as records:
        duty_plans.discard(records, 99, version=1, actor=OFFICE, now=NOW)


# --- publishing over changed records ---


def _seated_by_hand(session, plan):
    day = session.get(ReceptionDay, plan.turns[0].day_id)
    with audited() as records:
        assign_turn(records, day.id, MAIN, 1, plan.turns[3].leader_id, "市里指定", holder=None, actor=OFFICE, now=NOW)


def _leave(session, plan):
    turn = plan.turns[0]
    session.add(
        Leave(leader_id=turn.leader_id, starts_on=turn.day, ends_on=turn.day, reason="外出", state=LeaveState.APPROVED,
              asked_by="他", asked_at=NOW)
    )  # fmt: skip


def _moved(session, plan):
    session.get(ReceptionDay, plan.turns[0].day_id).day += timedelta(days=1)


def _cancelled(session, plan):
    session.get(ReceptionDay, plan.turns[0].day_id).state = DayState.CANCELLED


def _left(session, plan):
    session.get(Leader, plan.turns[0].leader_id).serves_until = date(2026, 12, 31)


def _off_the_list(session, plan):
    session.add(SeatPool(seat="main", leader_id=plan.turns[1].leader_id))


@pytest.mark.parametrize(
    "change, said",
    [
        (_seated_by_hand, "主接待已由"),
        (_leave, "请假（1月15日 周五）"),
        (_moved, "已改到2027年1月16日"),
        (_cancelled, "接待日已取消"),
        (_left, "不在任期内"),
        (_off_the_list, "已不在主接待名单"),
    ],
)
def test_records_that_changed_under_a_plan_keep_it_from_being_published(session, year, change, said):
    plan = drafted()
    change(session, plan)
    session.commit()
    with pytest.raises(Conflict, match="请重新计算") as caught:
        published(plan)
    assert said in caught.value.message
    assert session.scalar(select(func.count(DutyTurn.id))) <= 1
    if change is not _cancelled:
        assert published(reworked(plan)).row.state is PlanState.PUBLISHED


# --- planning anew ---


def test_planning_anew_keeps_hands_and_swaps_and_published_days(session, year):
    published(drafted())
    turns = session.scalars(select(DutyTurn).join(ReceptionDay).order_by(ReceptionDay.day, DutyTurn.id)).all()
    turns[0].origin, turns[3].origin, turns[6].is_fixed = TurnOrigin.SWAP, TurnOrigin.HAND, True
    session.get(ReceptionDay, turns[9].reception_day_id).state = DayState.PUBLISHED
    keep = {(it.reception_day_id, it.seat): it.leader_id for it in (turns[0], turns[3], turns[6], *turns[9:12])}
    leader = session.get(Leader, turns[0].leader_id)
    leader.weight = 3.0
    session.commit()
    plan = drafted(mode=PlanMode.REPLAN)
    after = {(it.day_id, it.seat.value): it.leader_id for it in plan.turns}
    assert {where: after[where] for where in keep} == keep
    published(plan)
    assert len(session.scalars(select(DutyTurn.id)).all()) == 36


def test_leaders_who_change_places_within_a_day_are_stored(session, year):
    published(drafted())
    plan = drafted(mode=PlanMode.REPLAN)
    first, second = plan.turns[0], plan.turns[1]
    act(duty_plans.choose_by_hand, plan, first.id, second.leader_id, "分管当日诉求")
    published(plan)
    day = day_on(session, first.day)
    assert [it.leader for it in day.turns[:2]] == [second.leader, first.leader]
    assert session.scalar(select(func.count(DutyPlan.id))) == 2


def test_planning_anew_from_scratch_is_even_whatever_was_planned(session, year):
    plan = published(drafted())
    first = plan.turns[0].leader_id
    for turn in session.scalars(select(DutyTurn).where(DutyTurn.seat == "main").order_by(DutyTurn.id)).all():
        if session.scalar(
            select(DutyTurn.id).where(
                DutyTurn.reception_day_id == turn.reception_day_id, DutyTurn.leader_id == first, DutyTurn.id != turn.id
            )
        ):
            continue
        turn.leader_id = first
    session.commit()
    close = drafted(mode=PlanMode.REPLAN)
    assert close.findings["spread"]["main"] > 0
    act(duty_plans.discard, close)
    anew = drafted(mode=PlanMode.ANEW)
    assert anew.findings["spread"] == {"main": 0.0, "accompanying": 0.0, "standby": 0.0, "total": 0.0}
    published(anew)
    assert session.scalar(select(func.count(DutyTurn.id))) == 36


def test_every_change_by_hand_makes_what_others_see_old(session, year):
    plan = drafted()
    first, second, *_ = [it for it in plan.turns if it.seat is MAIN]
    free = {it.leader_id: it.leader for it in plan.turns}
    seen = plan.row.version
    for turn in (first, second):
        sits = {it.leader_id for it in plan.turns if it.day == turn.day}
        plan = act(duty_plans.choose_by_hand, plan, turn.id, min(free.keys() - sits), "分管当日诉求")
        assert plan.row.version > seen
        seen = plan.row.version
    with pytest.raises(Conflict, match="别人改动了这个方案"):
        act(duty_plans.publish, plan, version=seen - 1)


def test_nobody_is_chosen_by_hand_during_leave(session, year):
    plan = drafted()
    turn = place(plan, date(2027, 1, 15))
    other = next(it for it in plan.turns if it.leader_id != turn.leader_id)
    session.add(
        Leave(
            leader_id=other.leader_id, starts_on=turn.day, ends_on=turn.day, reason="学习",
            state=LeaveState.APPROVED, asked_by="他", asked_at=NOW,
        )
    )  # fmt: skip
    session.commit()
    with pytest.raises(RuleBroken, match="已批准请假，不能安排"):
        act(duty_plans.choose_by_hand, plan, turn.id, other.leader_id, "分管当日诉求")


def test_a_plan_whose_day_has_passed_is_not_published_until_it_is_worked_out_again(session, year):
    plan = drafted()
    later = NOW + timedelta(days=60)
    with pytest.raises(Conflict, match="2027年1月15日接待日已过"), audited() as records:
        duty_plans.publish(records, plan.row.id, version=plan.row.version, actor=OFFICE, now=later)
    worked = plan_problems.reworked_plan(session, plan, today=later.date())
    with audited() as records:
        again = duty_plans.rework_plan(
            records, plan.row.id, worked, version=plan.row.version, actor=OFFICE, now=later
        ).version
    with audited() as records:
        duty_plans.publish(records, plan.row.id, version=again, actor=OFFICE, now=later)
    assert session.scalar(select(func.count(DutyTurn.id))) == 33


def test_a_fixed_turn_that_became_impossible_says_what_to_do(session, year):
    plan = drafted()
    turn = place(plan, date(2027, 1, 15))
    sits = {it.leader_id for it in plan.turns if it.day == turn.day}
    chosen = min({it.leader_id for it in plan.turns} - sits)
    plan = act(duty_plans.choose_by_hand, plan, turn.id, chosen, "分管当日诉求")
    session.add(UnsuitableDay(reception_day_id=turn.day_id, leader_id=chosen, marked_by="他", marked_at=NOW))
    session.commit()
    with pytest.raises(Conflict, match="已标记当日不便（已固定，请改选他人或取消固定）"):
        act(duty_plans.publish, plan)
