"""What the office may rely on when a rota is solved (contract 6)."""

from collections import Counter
from itertools import pairwise

import pytest

from tests.domain.solving.problems import a_leader, a_problem, answered, monthly, seated
from tests.rota_checker import faults

SEATS = [{"id": "main"}, {"id": "accompanying"}, {"id": "standby"}]


def checked(problem):
    answer = answered(problem)
    assert faults(problem, answer) == []
    assert answer["proved"]
    return answer


def test_everybody_has_one_turn_where_that_is_possible():
    answer = checked(a_problem())
    assert (answer["status"], answer["spread"], answer["relaxed"]) == ("optimal", {"main": 0, "total": 0}, [])
    assert {it["leader"] for it in answer["plan"]} == {"L1", "L2", "L3", "L4"}


def test_a_leader_on_leave_is_passed_over_and_told_so():
    answer = checked(a_problem(leaves=[{"leader": "L1", "from": "2027-01-01", "until": "2027-03-31"}]))
    assert seated(answer)[3] == ("2027-04-15", "main", "L1")
    why = {other["leader"]: other["why"] for other in answer["plan"][0]["passed_over"]}
    assert why["L1"] == "请假"


def test_turns_before_count():
    leaders = [a_leader("L1", history={"main": 2}), a_leader("L2"), a_leader("L3", history={"main": 2})]
    answer = checked(a_problem(leaders=leaders, days=monthly(2)))
    assert {it["leader"] for it in answer["plan"]} == {"L2"}
    assert answer["plan"][0]["why"] == "主接待此前尚未轮过，排后 2 次，全程在任的领导次数都相同；此前没有轮值记录。"


def test_a_turn_that_only_some_can_have_is_told_as_what_it_is_an_even_share():
    answer = checked(a_problem(leaders=[a_leader(f"L{at}") for at in range(1, 7)]))
    assert {it["why"] for it in answer["plan"]} == {
        "主接待此前尚未轮过，排后 1 次，全程在任的领导都是 0 至 1 次，在均衡范围内；此前没有轮值记录。"
    }


def test_a_load_far_above_the_others_is_called_so():
    leaders = [a_leader("L1", history={"main": 3}), a_leader("L2"), a_leader("L3")]
    fixed = [{"day": monthly(1)[0], "seat": "main", "leader": "L1"}]
    answer = checked(a_problem(leaders=leaders, days=monthly(3), fixed=fixed))
    assert "排后 4 次，比全程在任的领导中最少者多 3 次" in answer["plan"][0]["why"]


def test_half_the_weight_is_half_the_turns():
    leaders = [a_leader("L1"), a_leader("L2", weight=0.5), a_leader("L3")]
    answer = checked(a_problem(leaders=leaders, days=monthly(5)))
    assert answer["spread"]["main"] == 0
    assert answer["loads"]["L2"] == {"main": 2, "total": 2}


def test_somebody_in_charge_of_what_is_asked_comes():
    leaders = [a_leader("L1"), a_leader("L2"), a_leader("L3", portfolios=["用地"]), a_leader("L4")]
    answer = checked(a_problem(leaders=leaders, wanted=[{"day": "2027-02-14", "portfolios": ["用地"]}]))
    (place,) = [it for it in answer["plan"] if it["day"] == "2027-02-14"]
    assert (place["leader"], answer["mismatches"]) == ("L3", 0)
    assert "分管用地，与当日诉求对应" in place["why"]
    assert {it["why"] for it in place["passed_over"]} == {
        "不分管当日诉求涉及的用地，且再排则主接待 2 次，多于均衡上限 1 次"
    }


def test_the_gap_reaches_back_to_the_last_turn():
    leaders = [a_leader("L1", last_turn="2026-12-20"), a_leader("L2", last_turn="2026-11-01")]
    answer = checked(a_problem(leaders=leaders, days=monthly(2), rules={"min_gap_days": 45}))
    assert [it["leader"] for it in answer["plan"]] == ["L2", "L1"]
    assert answer["plan"][0]["passed_over"][0]["why"] == "与2026年12月20日的轮值只隔 26 天，少于 45 天"


def test_a_chief_has_a_turn_in_every_stretch():
    rules = {"chiefs": ["L1"], "chief_every_days": 65}
    answer = checked(a_problem(days=monthly(8), rules=rules))
    months = [at for at, it in enumerate(answer["plan"]) if it["leader"] == "L1"]
    assert months[0] <= 2
    assert all(second - first <= 2 for first, second in pairwise(months))
    assert months[-1] >= 5
    assert answer["status"] == "optimal"


def test_a_chief_serves_in_the_seats_that_count():
    rules = {"chiefs": ["L1"], "chief_every_days": 65, "chief_seats": ["main"]}
    problem = a_problem(days=monthly(8), seats=SEATS, rules=rules, leaders=[a_leader(f"L{at}") for at in range(9)])
    answer = answered(problem)
    assert faults(problem, answer) == []
    assert sum((it["seat"], it["leader"]) == ("main", "L1") for it in answer["plan"]) >= 3


def test_a_seat_has_as_many_leaders_as_wanted():
    answer = checked(a_problem(seats=[{"id": "main"}, {"id": "accompanying", "count": 2}]))
    assert Counter(it["seat"] for it in answer["plan"]) == {"main": 4, "accompanying": 8}
    assert [it.get("position") for it in answer["plan"][:3]] == [None, 1, 2]


def test_one_leave_changes_one_place():
    problem = a_problem(
        days=monthly(12), seats=SEATS, leaders=[a_leader(f"L{at}") for at in range(20)], rules={"min_gap_days": 45}
    )
    before = answered(problem)
    place = before["plan"][16]
    leave = {"leader": place["leader"], "from": place["day"], "until": place["day"]}
    previous = [{name: it[name] for name in ("day", "seat", "leader")} for it in before["plan"]]
    after = checked({**problem, "previous": previous, "leaves": [leave]})
    assert [(it["day"], it["seat"], it["from"]) for it in after["changed"]] == [
        (place["day"], place["seat"], place["leader"])
    ]
    assert "沿用原安排" in after["plan"][0]["why"]


def test_a_previous_place_on_a_day_that_is_gone_is_no_change():
    previous = [{"day": "2026-12-15", "seat": "main", "leader": "L1"}]
    assert checked(a_problem(previous=previous))["changed"] == []


def test_changes_come_before_fairness():
    previous = [{"day": day, "seat": "main", "leader": "L1"} for day in monthly(4)]
    answer = checked(a_problem(previous=previous))
    assert (answer["changed"], answer["spread"]["main"], answer["status"]) == ([], 4, "optimal")


def test_who_serves_only_part_of_the_time_is_not_compared_nor_heaped_with_turns():
    leaders = [*(a_leader(f"L{at}") for at in range(1, 5)), a_leader("L5", **{"from": "2027-06-01"})]
    answer = checked(a_problem(days=monthly(12), leaders=leaders))
    assert answer["loads"]["L5"]["main"] <= 2
    assert answer["spread"]["main"] <= 1


@pytest.mark.parametrize(
    "changes, rule, told",
    [
        (
            {"rules": {"min_gap_days": 45}, "leaders": [a_leader("L1")]},
            "“两次轮值至少间隔 45 天”放宽 3 处",
            "L1示2027年1月15日与2月14日的轮值只隔 30 天",
        ),
        ({"rules": {"max_per_leader": 1}, "leaders": [a_leader("L1"), a_leader("L2")]}, "“每人最多 1 次”放宽 2 处", "L1示排 2 次"),
        (
            {
                "rules": {"chiefs": ["L1"], "chief_every_days": 31},
                "leaves": [{"leader": "L1", "from": "2027-01-01", "until": "2027-02-20"}],
            },
            "“主要领导每 31 天至少一次”放宽",
            "L1示在2027年1月15日至2月14日没有轮值（这段时间请假、不在任期或不在席位名单）",
        ),
        ({"rules": {"min_per_leader": 2}}, "“每人至少 2 次”放宽 4 处", "L1示只排 1 次"),
        (
            {"leaders": [a_leader("L1", until="2027-03-01")]},
            "“席位全部排满”放宽 2 处",
            "2027年3月16日主接待空缺；2027年4月15日主接待空缺",
        ),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_said_and_the_rest_is_kept(changes, rule, told):
    answer = checked(a_problem(**changes))
    (sentence,) = answer["relaxed"]
    assert answer["status"] == "infeasible"
    assert sentence.startswith(rule)
    assert told in sentence
    assert "不能同时做到" in sentence


def test_an_empty_place_says_why():
    answer = checked(a_problem(days=monthly(1), leaders=[a_leader("L1", until="2026-12-31")]))
    assert answer["unfilled"] == [{"day": "2027-01-15", "seat": "main", "why": "没有可以安排的领导：不在任期 1 人。"}]


def test_a_place_is_filled_before_the_gap_is_kept_and_the_gap_before_the_most_and_the_most_before_the_chief():
    rules = {"min_gap_days": 45, "max_per_leader": 2, "chiefs": ["L1"], "chief_every_days": 31}
    answer = checked(a_problem(leaders=[a_leader("L1"), a_leader("L2")], rules=rules))
    (sentence,) = answer["relaxed"]
    assert "主要领导" in sentence
    rules = {"min_gap_days": 45, "max_per_leader": 1}
    (sentence,) = checked(a_problem(leaders=[a_leader("L1"), a_leader("L2")], rules=rules))["relaxed"]
    assert "每人最多" in sentence


def test_a_fixed_turn_that_breaks_a_rule_holds_and_is_said():
    fixed = [{"day": day, "seat": "main", "leader": "L1"} for day in monthly(2)]
    answer = checked(a_problem(fixed=fixed, rules={"min_gap_days": 45}))
    assert [it["leader"] for it in answer["plan"][:2]] == ["L1", "L1"]
    assert "（均为固定安排）" in answer["relaxed"][0]
    assert answer["plan"][0]["why"].startswith("固定安排；")


@pytest.mark.parametrize("part", ["days", "seats", "leaders"])
def test_nothing_to_plan_is_answered_too(part):
    answer = checked(a_problem(**{part: []}))
    assert answer["plan"] == []
    assert len(answer["unfilled"]) == (4 if part == "leaders" else 0)


def test_a_chief_is_not_said_to_be_needed_where_another_chief_is_as_well():
    leaders = [a_leader("L1", last_turn="2026-12-05"), a_leader("L2", last_turn="2026-11-16")]
    rules = {"chiefs": ["L1", "L2"], "chief_every_days": 67}
    answer = checked(a_problem(days=["2027-01-18", "2027-02-16"], leaders=leaders, rules=rules))
    assert answer["status"] == "infeasible"
    assert not any("不能换下" in other["why"] for it in answer["plan"] for other in it["passed_over"])


def test_with_too_few_people_the_main_seat_is_not_the_one_left_empty():
    answer = checked(a_problem(seats=SEATS, leaders=[a_leader("L1")]))
    assert {it["seat"] for it in answer["plan"]} == {"main"}
    two = checked(a_problem(seats=SEATS, leaders=[a_leader("L1"), a_leader("L2")]))
    assert Counter(it["seat"] for it in two["plan"])["main"] == 4
    assert two["spread"]["main"] == 0
