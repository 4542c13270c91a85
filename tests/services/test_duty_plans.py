from collections import Counter
from datetime import date, datetime, time

import pytest
from sqlalchemy import func, select

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.reception_rules import OnHoliday, parse_rule
from portal.domain.rota import DutySeat
from portal.services.day_plans import DayLayout, PlanOrder, plan_reception_days
from portal.services.duty_plans import fairness, fill_rota, next_turn, plan_mark, proposed_turns, spread
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Leader, Post
from portal.store.models.reception import DutyTurn
from portal.store.queries.reception_days import day_on, days_between
from tests.builders import a_leader, a_reception_day, a_turn
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
TODAY = date(2026, 11, 22)
MAIN, STANDBY = DutySeat.MAIN, DutySeat.STANDBY


def filled(now, **given):
    with audited() as session:
        return fill_rota(session, actor=OFFICE, now=now, **given)


@pytest.fixture
def year(session):
    """Twelve planned days of 2027 and six leaders."""
    session.add_all(a_leader(name=f"领示{number}") for number in "一二三四五六")
    session.commit()
    order = PlanOrder(
        parse_rule("monthday:15"), (2027, 1), 12, OnHoliday.NEXT, True, DayLayout("会议室", time(9), slots=1)
    )
    with audited() as records:
        plan_reception_days(records, order, actor=OFFICE, now=datetime(2026, 11, 22, 9, tzinfo=ZONE))


def test_a_year_is_filled_evenly_seat_by_seat(session, year, now):
    filled(now)
    days = days_between(session, TODAY, reasons=True)
    assert [len(day.turns) for day in days] == [3] * 12
    for seat in DutySeat:
        assert set(Counter(day.seated(seat)[0].leader for day in days).values()) == {2}
    assert all(turn.why and len(turn.passed_over) == 5 for day in days for turn in day.turns)


def test_what_was_shown_is_what_is_stored(session, year, now):
    plan = proposed_turns(session, today=TODAY)
    filled(now, seen=plan_mark(plan))
    stored = [
        (day.day, turn.seat, turn.leader, turn.why)
        for day in days_between(session, TODAY, reasons=True)
        for turn in day.turns
    ]
    assert stored == [(it.day, it.seat, it.leader, it.why) for it in plan]


def test_filling_twice_seats_nobody_twice(session, year, now):
    mark = plan_mark(proposed_turns(session, today=TODAY))
    assert len(filled(now, seen=mark)) == 36
    assert filled(now, seen=mark) == []
    assert session.scalar(select(func.count(DutyTurn.id))) == 36


def test_a_plan_that_is_no_longer_what_was_shown_is_refused(session, year, now):
    mark = plan_mark(proposed_turns(session, today=TODAY))
    session.add(a_reception_day(day=date(2027, 1, 20), state=DayState.PLANNED))
    session.commit()
    with pytest.raises(Conflict, match="记录有了变化"):
        filled(now, seen=mark)
    assert session.scalar(select(func.count(DutyTurn.id))) == 0


def test_places_already_held_stay_and_count(session, now):
    busy, free = a_leader(name="忙示一"), a_leader(name="闲示二")
    session.add_all(
        [
            a_reception_day(day=date(2026, 12, 1), state=DayState.PLANNED, turns=[a_turn(busy, why="手工指定")]),
            a_reception_day(day=date(2026, 12, 8), state=DayState.PLANNED),
            free,
        ]
    )
    session.commit()
    filled(now)
    first, second = days_between(session, TODAY, reasons=True)
    assert [(turn.seat, turn.leader) for turn in first.turns] == [(MAIN, "忙示一"), (DutySeat.ACCOMPANYING, "闲示二")]
    assert first.turns[0].why == "手工指定"
    assert second.seated(MAIN)[0].leader == "闲示二"
    passed = first.turns[1].passed_over
    assert [(it.leader, it.why) for it in passed] == [("忙示一", "当日已安排其他席位。")]


def test_turns_of_the_past_count_and_cancelled_days_do_not(session, now):
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二")
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(second)]),
            a_reception_day(day=date(2026, 10, 15), state=DayState.CANCELLED, turns=[a_turn(first)]),
            a_reception_day(day=date(2026, 12, 15), state=DayState.PLANNED),
        ]
    )
    session.commit()
    turn = proposed_turns(session, today=TODAY)[0]
    assert (turn.leader, turn.why) == ("甲示一", "主接待尚未轮到过，为可安排领导中最少；此前没有轮值记录。")


def test_nobody_serves_out_of_term(session, now):
    session.add_all(
        [
            a_leader(name="将离任", serves_until=date(2026, 12, 1)),
            a_leader(name="将到任", since=date(2027, 1, 1)),
            a_reception_day(state=DayState.PLANNED),
        ]
    )
    session.commit()
    plan = proposed_turns(session, today=TODAY)
    assert [it.leader_id for it in plan] == [None, None, None]
    assert "将离任：当日不在任期内" in plan[0].why
    assert filled(now) == []


def test_a_leader_with_half_the_weight_serves_half_as_often(session, year, now):
    leader = session.scalar(select(Leader).where(Leader.name == "领示一"))
    leader.weight = 0.5
    session.commit()
    filled(now)
    mains = Counter(day.seated(MAIN)[0].leader for day in days_between(session, TODAY, date(2027, 11, 30)))
    assert sorted(mains.values()) == [1, 2, 2, 2, 2, 2]
    assert mains["领示一"] == 1


def test_the_distance_between_turns_is_kept_on_both_sides(session, now):
    session.add(OfficeSetting(name="min_gap_days", value=20))
    session.add(OfficeSetting(name="seats", value=["main"]))
    taken = a_leader(name="近示一")
    session.add_all(
        [
            a_reception_day(day=date(2026, 12, 15), state=DayState.PLANNED, turns=[a_turn(taken)]),
            a_reception_day(day=date(2026, 12, 8), state=DayState.PLANNED),
            a_reception_day(day=date(2026, 12, 22), state=DayState.PLANNED),
        ]
    )
    session.commit()
    before, after = proposed_turns(session, today=TODAY)
    assert "距12月15日 周二的轮值只有 7 天，少于要求的 20 天" in before.why
    assert "距12月15日 周二的轮值只有 7 天" in after.why


def test_two_accompanying_leaders_are_two_positions(session, now):
    session.add(OfficeSetting(name="seats", value=["main", "accompanying", "accompanying"]))
    session.add_all([a_leader(), a_leader(), a_leader(), a_reception_day(state=DayState.PLANNED)])
    session.commit()
    filled(now)
    day = day_on(session, date(2026, 12, 15))
    assert [(turn.seat.value, turn.position) for turn in day.turns] == [
        ("main", 1),
        ("accompanying", 1),
        ("accompanying", 2),
    ]
    assert day.missing(["main", "accompanying", "accompanying", "standby"]) == ("缺补位",)


def test_the_post_is_the_one_held_on_that_day(session, now):
    leader = a_leader(name="升示一", post="副区长")
    leader.posts.append(Post(title="常务副区长", starts_on=date(2027, 1, 1)))
    session.add_all(
        [
            leader,
            a_reception_day(day=date(2026, 12, 15), state=DayState.PLANNED),
            a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED),
        ]
    )
    session.commit()
    filled(now)
    assert [day.turns[0].post for day in days_between(session, TODAY)] == ["副区长", "常务副区长"]


def test_the_next_turn_is_on_the_first_day_without_a_main_receiver(session, year, now):
    answer = next_turn(session, today=TODAY)
    assert (answer.day, answer.is_planned, answer.leader) == (date(2027, 1, 15), True, "领示一")
    assert len(answer.passed_over) == 5


def test_with_every_day_filled_the_next_turn_is_after_all_of_them(session, year, now):
    filled(now)
    answer = next_turn(session, today=TODAY)
    assert (answer.day, answer.is_planned) == (date(2027, 12, 16), False)
    assert answer.leader


def test_with_nobody_in_office_the_next_turn_says_so(session, now):
    session.add(a_reception_day(state=DayState.PLANNED))
    session.commit()
    answer = next_turn(session, today=TODAY)
    assert (answer.leader, "轮值名单为空" in answer.why) == ("", True)


def test_fairness_counts_what_was_held_and_what_is_planned(session, now):
    first, second = a_leader(name="甲示一"), a_leader(name="乙示二", weight=0.5)
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(first)]),
            a_reception_day(
                day=date(2026, 12, 15), turns=[a_turn(second), a_turn(first, seat="standby")], state=DayState.PLANNED
            ),
        ]
    )
    session.commit()
    rows = {row.leader: row for row in fairness(session, today=TODAY)}
    assert (rows["甲示一"].held, rows["甲示一"].planned) == ({MAIN: 1}, {STANDBY: 1})
    assert rows["乙示二"].load() == 2.0
    assert spread(rows.values(), MAIN) == 1.0
    assert spread(rows.values()) == 0.0


def test_a_newcomer_is_listed_but_not_compared(session, now):
    session.add_all(
        [
            a_reception_day(day=date(2026, 9, 15), state=DayState.CLOSED, turns=[a_turn(a_leader(name="老示一"))]),
            a_leader(name="新示二", since=date(2026, 11, 1)),
        ]
    )
    session.commit()
    rows = fairness(session, today=TODAY)
    assert [(row.leader, row.whole) for row in rows] == [("老示一", True), ("新示二", False)]
    assert spread(rows) == 0.0
    assert spread([]) is None


def test_only_the_office_fills_the_rota(app, now):
    with app.app_context(), pytest.raises(NotAllowed), audited() as session:
        fill_rota(session, actor=Actor(2, "领导", Role.LEADER), now=now)
