"""A problem that is written wrongly is refused with the entry that is wrong."""

from dataclasses import replace

import pytest

from portal.domain.errors import RuleBroken
from portal.domain.solving.problem import Assignment, Leave
from portal.domain.solving.reading import problem_of
from portal.domain.solving.solve import solve
from tests.domain.solving.problems import a_leader, a_problem

TURN = {"day": "2027-01-15", "seat": "main", "leader": "L1"}
AWAY = {"leader": "L1", "from": "2027-01-10", "until": "2027-01-20"}


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"days": ["2027-01-15", "2027-01-15"]}, "days 中 2027-01-15 写了 2 次"),
        ({"days": [20270115]}, "days 第 1 项应是文字"),
        ({"days": ["0001-01-01"]}, "年份应在 1900 到 2999 之间"),
        ({"days": ["2027-02-30"]}, "days 第 1 项“2027-02-30”不是日期"),
        ({"days": "2027-01-15"}, "days 应是 JSON 数组"),
        ({"seats": [{"id": "main"}, {"id": "main"}]}, "席位 main 写了 2 次"),
        ({"seats": [{"id": "main", "pool": ["L9"]}]}, "席位 main 的名单 提到的领导 L9 没有列出"),
        ({"seats": [{"id": "total"}]}, "席位编号不能叫“total”"),
        ({"seats": [{"id": "main", "count": 0}]}, "seats 第 1 项的 count 是 0"),
        ({"seats": ["main"]}, "seats 第 1 项应是 JSON 对象"),
        ({"leaders": [a_leader("L1"), a_leader("L1")]}, "领导 L1 写了 2 次"),
        ({"leaders": [{"name": "甲示"}]}, "leaders 第 1 项的 id 应是文字"),
        ({"leaders": [a_leader("L1", weight=0)]}, "领导 L1 的 weight 是 0，应大于 0"),
        ({"leaders": [a_leader("L1", weight=-1)]}, "应大于 0"),
        ({"leaders": [a_leader("L1", weight=float("nan"))]}, "应是数字"),
        ({"leaders": [a_leader("L1", weight=1e-9)]}, "weight 是 1e-09，应在 0.01 到 100 之间"),
        ({"leaders": [a_leader("L1", weight="1")]}, "应是数字"),
        ({"leaders": [a_leader("L1", weight=1e308)]}, "应在 0.01 到 100 之间"),
        ({"leaders": [a_leader("L1", weight=10**400)]}, "weight 是 10000000000000000000…"),
        ({"leaders": [a_leader("L\ud800")]}, "id 含有不能显示的字符"),
        ({"leaders": [a_leader("L1", name="甲\n乙")]}, "name 含有不能显示的字符"),
        ({"days": ["20270115"]}, "应写成 2027-01-15"),
        ({"days": ["2027-W03-5"]}, "应写成 2027-01-15"),
        ({"leaves": {}}, "leaves 应是 JSON 数组"),
        ({"time_limit_s": 10**400}, "time_limit_s 是 10000000000000000000…"),
        ({"leaders": [a_leader("L1", history={"main": 1.5})]}, "history.main 应是整数"),
        ({"leaders": [a_leader("L1", history={"main": True})]}, "history.main 应是整数"),
        ({"leaders": [a_leader("L1", last_turn="去年")]}, "“去年”不是日期"),
        ({"leaders": [a_leader("L1", **{"from": "2027-02-01", "until": "2027-01-01"})]}, "早于起始日"),
        ({"leaves": [{**AWAY, "leader": "L9"}]}, "leaves 提到的领导 L9 没有列出"),
        ({"leaves": [{**AWAY, "until": "2027-01-01"}]}, "早于起始日"),
        ({"wanted": [{"day": "2027-01-16", "portfolios": ["用地"]}]}, "wanted 提到的 2027-01-16 不在 days 之中"),
        ({"wanted": [{"day": "2027-01-15", "portfolios": "用地"}]}, "portfolios 应是 JSON 数组"),
        ({"fixed": [{**TURN, "leader": "L9"}]}, "fixed 提到的领导 L9 没有列出"),
        ({"fixed": [{**TURN, "seat": "mian"}]}, "fixed 提到的席位 mian 没有列出"),
        ({"fixed": [{**TURN, "day": "2027-01-16"}]}, "fixed 提到的 2027-01-16 不在 days 之中"),
        ({"fixed": [TURN], "leaves": [AWAY]}, "固定安排 2027-01-15 主接待 L1示：当日请假"),
        ({"fixed": [TURN], "leaders": [a_leader("L1", until="2027-01-14")]}, "当日不在任期内"),
        (
            {"fixed": [TURN], "leaders": [a_leader("L1"), a_leader("L2")], "seats": [{"id": "main", "pool": ["L2"]}]},
            "不在该席位的名单中",
        ),
        (
            {"fixed": [TURN, {**TURN, "seat": "standby"}], "seats": [{"id": "main"}, {"id": "standby"}]},
            "当日已固定安排主接待，一人一天只能任一个席位",
        ),
        ({"fixed": [TURN, {**TURN, "leader": "L2"}]}, "该席位只有 1 人，固定安排超出"),
        ({"previous": [{**TURN, "leader": "L9"}]}, "previous 提到的领导 L9 没有列出"),
        ({"rules": {"min_gap_day": 45}}, "rules 中没有“min_gap_day”这条规则"),
        ({"rules": {"min_gap_days": -1}}, "rules.min_gap_days 是 -1"),
        ({"rules": {"chiefs": ["L9"]}}, "rules.chiefs 提到的领导 L9"),
        ({"rules": {"chief_seats": ["mian"]}}, "rules.chief_seats 提到的席位 mian"),
        ({"rules": {"chief_every_days": 0}}, "应在 1 到"),
        ({"seed": "x"}, "seed 应是整数"),
        ({"time_limit_s": 0}, "time_limit_s 是 0"),
        ({"time_limit_s": float("inf")}, "应是数字"),
    ],
)
def test_what_is_wrong_is_named(changes, sentence):
    with pytest.raises(RuleBroken) as refused:
        problem_of(a_problem(**changes))
    assert sentence in refused.value.message


def test_a_problem_that_was_not_read_from_a_text_is_checked_too():
    problem = problem_of(a_problem())
    day = problem.days[0]
    with pytest.raises(RuleBroken, match="当日请假"):
        solve(replace(problem, leaves=(Leave("L1", day, day),), fixed=(Assignment(day, "main", "L1"),)))
    with pytest.raises(RuleBroken, match="days 应按先后排列"):
        solve(replace(problem, days=problem.days[::-1]))


@pytest.mark.parametrize("name", ["days", "seats", "leaders"])
def test_a_problem_without_its_parts_is_refused(name):
    problem = a_problem()
    del problem[name]
    with pytest.raises(RuleBroken, match=f"题目没有 {name}"):
        problem_of(problem)


@pytest.mark.parametrize("data", [None, 3, [], "days"])
def test_what_is_no_problem_at_all_is_refused(data):
    with pytest.raises(RuleBroken, match="题目应是 JSON 对象"):
        problem_of(data)


def test_days_are_put_in_order_and_what_is_missing_has_its_usual_value():
    problem = problem_of(a_problem(days=["2027-02-15", "2027-01-15"]))
    assert [it.month for it in problem.days] == [1, 2]
    assert (problem.seed, problem.time_limit_s, problem.rules.min_gap_days) == (0, 10, 0)
    assert (problem.leaders[0].weight, problem.leaders[0].history) == (1, {})


def test_a_leader_without_a_name_is_called_by_the_id():
    assert problem_of(a_problem(leaders=[{"id": "L1"}])).leaders[0].name == "L1"
