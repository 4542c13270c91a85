from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import RuleBroken
from portal.domain.rota import Candidate, DutySeat, next_in_turn, plan_turns

MAIN, ACCOMPANYING, STANDBY = DutySeat
DAY = date(2026, 12, 15)
MONTHLY = [date(2026 + index // 12, index % 12 + 1, 15) for index in range(24)]


def a_leader(id_, main=0, *, last=None, accompanying=0, **facts):
    turns = {MAIN: main, ACCOMPANYING: accompanying}
    return Candidate(id_, f"领导{id_}", "副区长", turns, last, **facts)


def main_turn(*leaders, day=DAY, **options):
    return next_in_turn(leaders, seat=MAIN, day=day, **options)


def reason(choice, leader_id):
    return next(it.why for it in choice.passed_over if it.leader_id == leader_id)


# --- whose turn ---


def test_the_leader_with_the_fewest_turns_in_the_seat_is_next():
    choice = main_turn(a_leader(1, 4), a_leader(2, 3, accompanying=9, last=DAY - timedelta(days=92)))
    assert choice.leader_id == 2
    assert choice.why == "主接待已轮 3 次，为可安排领导中最少；距上次轮值 92 天。"
    assert reason(choice, 1) == "主接待已轮 4 次，多于领导2的 3 次。"


def test_with_equal_turns_in_the_seat_the_fewest_in_all_decide():
    choice = main_turn(a_leader(1, 3, accompanying=2), a_leader(2, 3, accompanying=1))
    assert choice.leader_id == 2
    assert choice.why == "主接待已轮 3 次，与另 1 人同为最少，合计轮值 4 次，为其中最少；此前没有轮值记录。"
    assert reason(choice, 1) == "主接待次数相同，合计轮值 5 次，多于领导2的 4 次。"


def test_with_equal_turns_in_all_the_longest_rested_is_next():
    choice = main_turn(a_leader(1, 3, last=date(2026, 11, 16)), a_leader(2, 3, last=date(2026, 10, 15)))
    assert choice.leader_id == 2
    assert choice.why == "主接待已轮 3 次，与另 1 人同为最少，合计次数也相同；距上次轮值 61 天，间隔最长。"
    assert reason(choice, 1) == "次数相同，距上次轮值 29 天，间隔短于领导2。"


def test_somebody_who_never_served_counts_as_the_longest_rested():
    choice = main_turn(a_leader(1, last=date(2020, 1, 1)), a_leader(2))
    assert choice.leader_id == 2
    assert choice.why == "主接待尚未轮到过，与另 1 人同为最少，合计次数也相同；此前没有轮值记录，间隔最长。"


def test_the_last_tie_ends_on_the_id():
    choice = main_turn(a_leader(2), a_leader(1))
    assert choice.leader_id == 1
    assert choice.why.startswith("主接待尚未轮到过，与另 1 人同为最少，合计次数和间隔也相同，按名单顺序；")
    assert reason(choice, 2) == "次数和间隔都相同，名单顺序在领导1之后。"


def test_half_a_weight_is_half_as_many_turns():
    choice = main_turn(a_leader(1, 3), a_leader(2, 2, weight=0.5))
    assert choice.leader_id == 1
    assert reason(choice, 2) == "主接待已轮 2 次（权重 0.5），按权重折算多于领导1的 3 次。"


def test_the_only_one_left_is_told_so():
    choice = main_turn(a_leader(1, 2, last=date(2026, 9, 15)), a_leader(2), away={2})
    assert choice.why == "主接待已轮 2 次，当日仅此一人可以安排；距上次轮值 91 天。"


def test_a_turn_already_planned_for_later_is_named_as_such():
    assert main_turn(a_leader(1, 1, last=date(2027, 1, 15))).why.endswith("；另有2027年1月15日 周五的轮值。")


# --- who is passed over ---


@pytest.mark.parametrize(
    "leader,options,why",
    [
        (a_leader(1), {"away": {1}}, "当日请假或另有公务。"),
        (a_leader(1), {"seated": {1}}, "当日已安排其他席位。"),
        (a_leader(1, 1, last=DAY), {}, "当日已安排其他席位。"),
        (a_leader(1, from_=DAY + timedelta(days=1)), {}, "当日不在任期内。"),
        (a_leader(1, until=DAY - timedelta(days=1)), {}, "当日不在任期内。"),
        (a_leader(1, weight=0), {}, "不参加轮值。"),
        (
            a_leader(1, last=date(2026, 12, 5)),
            {"min_gap_days": 25},
            "距12月5日 周六的轮值只有 10 天，少于要求的 25 天。",
        ),
        (
            a_leader(1, last=date(2026, 12, 25)),
            {"min_gap_days": 25},
            "距12月25日 周五的轮值只有 10 天，少于要求的 25 天。",
        ),
    ],
)
def test_a_leader_who_cannot_serve_is_passed_over_with_the_reason(leader, options, why):
    choice = main_turn(leader, a_leader(2, 9), **options)
    assert choice.leader_id == 2
    assert reason(choice, 1) == why


def test_the_first_and_the_last_day_of_a_term_count():
    assert main_turn(a_leader(1, from_=DAY, until=DAY)).leader_id == 1


def test_a_gap_of_exactly_the_days_asked_for_is_enough():
    assert main_turn(a_leader(1, last=DAY - timedelta(days=25)), min_gap_days=25).leader_id == 1


def test_when_nobody_is_left_the_refusal_names_everybody():
    with pytest.raises(RuleBroken) as caught:
        main_turn(a_leader(1), a_leader(2, until=date(2026, 1, 1)), away={1})
    assert caught.value.field == "day"
    assert caught.value.message == (
        "12月15日 周二没有可以安排主接待的领导。领导1：当日请假或另有公务。领导2：当日不在任期内。"
        "请调整日期、间隔要求或先登记补位领导。"
    )


def test_an_empty_list_is_refused_too():
    with pytest.raises(RuleBroken, match="轮值名单为空"):
        main_turn()


# --- many days ---


def served(plan, seat=MAIN):
    return Counter(turn.leader_id for turn in plan if turn.seat is seat)


def test_leaders_take_turns_month_by_month():
    plan = plan_turns(MONTHLY[:6], {MAIN: 1}, [a_leader(1), a_leader(2), a_leader(3)])
    assert [turn.leader_id for turn in plan] == [1, 2, 3, 1, 2, 3]


def test_who_was_on_leave_catches_up_afterwards():
    plan = plan_turns(MONTHLY[:4], {MAIN: 1}, [a_leader(1), a_leader(2)], away={MONTHLY[0]: {1}, MONTHLY[1]: {1}})
    assert [turn.leader_id for turn in plan] == [2, 2, 1, 1]


def test_seats_are_filled_main_first_and_positions_count_from_one():
    plan = plan_turns([DAY], {STANDBY: 1, ACCOMPANYING: 2, MAIN: 1}, [a_leader(id_) for id_ in range(1, 5)])
    assert [(turn.seat, turn.position, turn.leader_id) for turn in plan] == [
        (MAIN, 1, 1),
        (ACCOMPANYING, 1, 2),
        (ACCOMPANYING, 2, 3),
        (STANDBY, 1, 4),
    ]


def test_a_seat_nobody_can_take_stays_open_and_says_why():
    plan = plan_turns([DAY], {MAIN: 1, STANDBY: 1}, [a_leader(1)])
    assert [turn.leader_id for turn in plan] == [1, None]
    assert "没有可以安排补位的领导。领导1：当日已安排其他席位。" in plan[1].why


def test_a_day_named_twice_is_planned_once():
    assert len(plan_turns([DAY, DAY], {MAIN: 1}, [a_leader(1), a_leader(2)])) == 1


def test_somebody_of_half_weight_serves_half_as_often():
    plan = plan_turns(MONTHLY[:15], {MAIN: 1}, [a_leader(1), a_leader(2), a_leader(3, weight=0.5)])
    assert served(plan) == {1: 6, 2: 6, 3: 3}


LEADERS = st.integers(1, 9)
LEAVES = st.dictionaries(st.sampled_from(MONTHLY), st.sets(st.integers(1, 9)))


@given(LEADERS, st.integers(1, 24))
def test_everybody_available_serves_as_often_as_the_others_give_or_take_one(leaders, months):
    counts = served(plan_turns(MONTHLY[:months], {MAIN: 1}, [a_leader(id_) for id_ in range(1, leaders + 1)]))
    turns = [counts[id_] for id_ in range(1, leaders + 1)]
    assert max(turns) - min(turns) <= 1


@given(LEADERS, LEAVES)
def test_those_never_away_stay_within_one_turn_whoever_else_is(leaders, away):
    plan = plan_turns(MONTHLY, {MAIN: 1}, [a_leader(id_) for id_ in range(1, leaders + 1)], away=away)
    always = set(range(1, leaders + 1)).difference(*away.values())
    turns = [served(plan)[id_] for id_ in always]
    assert not turns or max(turns) - min(turns) <= 1


@given(LEADERS, LEAVES, st.integers(0, 2), st.integers(0, 2), st.integers(0, 60))
def test_nobody_sits_twice_a_day_and_nobody_away_sits_at_all(leaders, away, accompanying, standby, gap):
    seats = {MAIN: 1, ACCOMPANYING: accompanying, STANDBY: standby}
    candidates = [a_leader(id_) for id_ in range(1, leaders + 1)]
    plan = plan_turns(MONTHLY, seats, candidates, away=away, min_gap_days=gap)
    filled = [turn for turn in plan if turn.leader_id is not None]
    assert len({(turn.day, turn.leader_id) for turn in filled}) == len(filled)
    assert not any(turn.leader_id in away.get(turn.day, ()) for turn in filled)
    assert len(plan) == len(MONTHLY) * (1 + accompanying + standby)


@given(LEADERS, LEAVES, st.randoms(use_true_random=False))
def test_the_same_records_give_the_same_rota_in_any_order(leaders, away, random):
    candidates = [a_leader(id_) for id_ in range(1, leaders + 1)]
    shuffled = random.sample(candidates, len(candidates))
    seats = {MAIN: 1, ACCOMPANYING: 1}
    assert plan_turns(MONTHLY, seats, candidates, away=away) == plan_turns(MONTHLY, seats, shuffled, away=away)


@given(st.integers(3, 9), st.integers(3, 24))
def test_with_three_seats_a_day_each_seat_stays_fair(leaders, months):
    candidates = [a_leader(id_) for id_ in range(1, leaders + 1)]
    plan = plan_turns(MONTHLY[:months], dict.fromkeys(DutySeat, 1), candidates)
    for seat in DutySeat:
        turns = [served(plan, seat)[id_] for id_ in range(1, leaders + 1)]
        assert max(turns) - min(turns) <= (1 if seat is MAIN else 2)
