"""Which rules could not hold together, and where each gave way: a plain sentence for each."""

from collections import Counter

from portal.domain.solving.grid import Grid, Plan
from portal.domain.solving.problem import Rule
from portal.domain.solving.reasons import written

_FOR_EVER = "请假、任期、席位名单、一日一席和固定安排"


def rule_text(grid: Grid, rule: Rule) -> str:
    """The rule as the office says it."""
    rules = grid.problem.rules
    return {
        Rule.FILLED: "席位全部排满",
        Rule.GAP: f"两次轮值至少间隔 {rules.min_gap_days} 天",
        Rule.MOST: f"每人最多 {rules.max_per_leader} 次",
        Rule.CHIEF: f"主要领导每 {rules.chief_every_days} 天至少一次",
        Rule.LEAST: f"每人至少 {rules.min_per_leader} 次",
    }[rule]


def relaxed_rules(grid: Grid, plan: Plan, *, proved: bool) -> tuple[str, ...]:
    """Each rule that gave way, with leaders and days, and what it could not hold together with."""
    found = []
    for rule in Rule:
        places = _PLACES[rule](grid, plan)
        if places:
            told = f"“{rule_text(grid, rule)}”放宽 {len(places)} 处：{'；'.join(places)}。"
            found.append(told + _conflict(grid, rule, proved=proved))
    return tuple(found)


def _conflict(grid: Grid, rule: Rule, *, proved: bool) -> str:
    kept = [f"“{rule_text(grid, it)}”" for it in Rule if it < rule and _is_asked(grid, it)]
    others = "、".join([*kept, _FOR_EVER])
    if proved:
        return f"它与{others}不能同时做到。"
    return f"限定时间内没有找到它与{others}同时做到的安排。"


def _is_asked(grid: Grid, rule: Rule) -> bool:
    rules = grid.problem.rules
    return {
        Rule.FILLED: True,
        Rule.GAP: rules.min_gap_days > 0,
        Rule.MOST: rules.max_per_leader is not None,
        Rule.CHIEF: bool(grid.stretches),
        Rule.LEAST: bool(rules.min_per_leader),
    }[rule]


def _empty_places(grid: Grid, plan: Plan) -> list[str]:
    taken = Counter((day, seat) for day, seat, _ in plan)
    return [
        f"{written(day)}{seat.label}空缺{f' {missing} 人' if seat.count > 1 else ''}"
        for at, day in enumerate(grid.days)
        for number, seat in enumerate(grid.seats)
        if (missing := seat.count - taken[at, number])
    ]


def _close_turns(grid: Grid, plan: Plan) -> list[str]:
    fixed = {(day, leader) for day, _, leader in grid.fixed}
    told = []
    for at, days in enumerate(grid.days_of(plan)):
        leader = grid.leaders[at]
        for first, second, apart in grid.too_close(at, days):
            whens = [(leader.last_turn if it is None else grid.days[it]) for it in (first, second)]
            one, other = (it for it in whens if it is not None)
            both_fixed = all(it is None or (it, at) in fixed for it in (first, second))
            note = "（均为固定安排）" if both_fixed else ""
            told.append(f"{leader.name}{written(one)}与{written(other, one)}的轮值只隔 {apart} 天{note}")
    return told


def _too_many_turns(grid: Grid, plan: Plan) -> list[str]:
    most = grid.problem.rules.max_per_leader
    if most is None:
        return []
    return [
        f"{leader.name}排 {len(days)} 次（{'、'.join(written(grid.days[at]) for at in days)}）"
        for leader, days in zip(grid.leaders, grid.days_of(plan), strict=True)
        if len(days) > most
    ]


def _missed_stretches(grid: Grid, plan: Plan) -> list[str]:
    seats = set(grid.chief_seats)
    told = []
    for chief, days in grid.missed_stretches(plan):
        first, last = grid.days[days[0]], grid.days[days[-1]]
        when = written(first) if first == last else f"{written(first)}至{written(last, first)}"
        possible = any(grid.may(day, seat, chief) for day in days for seat in seats)
        note = "" if possible else "（这段时间请假、不在任期或不在席位名单）"
        told.append(f"{grid.leaders[chief].name}在{when}没有轮值{note}")
    return told


def _too_few_turns(grid: Grid, plan: Plan) -> list[str]:
    least = grid.problem.rules.min_per_leader or 0
    total = grid.turns(plan)[-1]
    return [f"{grid.leaders[at].name}只排 {total[at]} 次" for at in grid.least_asked_of() if total[at] < least]


_PLACES = {
    Rule.FILLED: _empty_places,
    Rule.GAP: _close_turns,
    Rule.MOST: _too_many_turns,
    Rule.CHIEF: _missed_stretches,
    Rule.LEAST: _too_few_turns,
}
