from datetime import date, timedelta

import pytest

from portal.domain.errors import RuleBroken
from portal.domain.rota import Candidate, DutySeat, next_in_turn

MAIN, ACCOMPANYING, STANDBY = DutySeat
DAY = date(2026, 12, 15)


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


def test_a_newcomer_is_spared_what_the_others_served_before_and_it_is_said():
    choice = main_turn(a_leader(1, main=3), a_leader(2, main=0, credited={MAIN: 3}, last=DAY - timedelta(days=30)))
    assert choice.leader_id == 1
    assert "主接待次数相同" in reason(choice, 2) or "间隔" in reason(choice, 2)
    assert main_turn(a_leader(2, credited={MAIN: 3})).why.startswith("主接待已轮 3 次（其中到任前按平均计 3 次）")
