"""Checks an answer of `duty solve` against its problem, from the two JSON texts alone and with no code of the solver.

`python -m tests.rota_checker --problems 1000` solves and checks invented problems; `python -m tests.rota_checker
problem.json answer.json` checks one answer. Every sentence of a reason is read and recomputed.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise, product
from math import ceil
from typing import Any

Turn = tuple[date, str, str]
"""Day, seat, leader."""
Plan = frozenset[Turn]
LABELS = {"main": "主接待", "accompanying": "参加", "standby": "补位", "total": "各席位合计"}


@dataclass(frozen=True, order=True)
class Worth:
    """The cost of a plan in the order of the contract: rules given up, changes, spreads, heaps, mismatches."""

    given_up: tuple[int, ...]
    changed: int
    spreads: tuple[Fraction, ...]
    heaped: int
    mismatches: int

    def is_nowhere_above(self, other: "Worth") -> bool:
        """Whether no level costs more than there."""
        pairs = zip(
            (*self.given_up, self.changed, *self.spreads, self.heaped, self.mismatches),
            (*other.given_up, other.changed, *other.spreads, other.heaped, other.mismatches),
            strict=True,
        )
        return all(its <= others for its, others in pairs)


class Rota:
    """A problem as its JSON says it."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.days = sorted(date.fromisoformat(it) for it in data["days"])
        self.seats = {it["id"]: it for it in data["seats"]}
        self.leaders = {it["id"]: it for it in data["leaders"]}
        self.rules = data.get("rules") or {}
        self.fixed = frozenset(_turn(it) for it in data.get("fixed") or [])
        self.previous = [it for it in {_turn(it) for it in data.get("previous") or []} if it[0] in self.days]
        self.gap = self.rules.get("min_gap_days") or 0
        self.weight = {it: Fraction(str(leader.get("weight", 1))) for it, leader in self.leaders.items()}

    def count(self, seat: str) -> int:
        return self.seats[seat].get("count", 1)

    def label(self, seat: str) -> str:
        return LABELS.get(seat, seat)

    def name(self, leader: str) -> str:
        return self.leaders[leader].get("name") or leader

    def in_term(self, leader: str, day: date) -> bool:
        its = self.leaders[leader]
        first, last = _day(its.get("from")), _day(its.get("until"))
        return not (first and day < first) and not (last and day > last)

    @cached_property
    def away(self) -> set[tuple[str, date]]:
        return {
            (it["leader"], day)
            for it in self.data.get("leaves") or []
            for day in self.days
            if it["from"] <= day.isoformat() <= it["until"]
        }

    def able(self, leader: str, day: date) -> bool:
        return self.in_term(leader, day) and (leader, day) not in self.away

    def pooled(self, leader: str, seat: str) -> bool:
        pool = self.seats[seat].get("pool")
        return pool is None or leader in pool

    def may(self, day: date, seat: str, leader: str) -> bool:
        return self.able(leader, day) and self.pooled(leader, seat)

    @cached_property
    def compared(self) -> dict[str, list[str]]:
        """Who is compared in each seat and in total: in term all the time, and able to come once at least."""
        whole = [
            it
            for it in self.leaders
            if all(self.in_term(it, day) for day in self.days) and any(self.able(it, day) for day in self.days)
        ]
        groups = {seat: [it for it in whole if self.pooled(it, seat)] for seat in self.seats}
        return {**groups, "total": [it for it in whole if any(self.pooled(it, seat) for seat in self.seats)]}

    @cached_property
    def history(self) -> dict[str, Counter[str]]:
        told = {}
        for leader, its in self.leaders.items():
            before = Counter(its.get("history") or {})
            told[leader] = Counter({**before, "total": before.total()})
        return told

    def turns(self, plan: Plan) -> dict[str, Counter[str]]:
        told: dict[str, Counter[str]] = {it: Counter() for it in self.leaders}
        for _, seat, leader in plan:
            told[leader].update([seat, "total"])
        return told

    def load(self, plan: Plan, leader: str, group: str) -> Fraction:
        turns = sum(it == leader and group in (seat, "total") for _, seat, it in plan)
        return Fraction(self.history[leader][group] + turns) / self.weight[leader]

    def spreads(self, plan: Plan) -> dict[str, Fraction]:
        turns, told = self.turns(plan), {}
        for group, members in self.compared.items():
            loads = [(self.history[it][group] + turns[it][group]) / self.weight[it] for it in members]
            told[group] = max(loads) - min(loads) if loads else Fraction()
        return told

    def unevenness(self, plan: Plan) -> Fraction:
        """The squares of all loads, each counted by its weight, so that half the weight is half the turns."""
        turns = self.turns(plan)
        return sum(
            (
                (self.history[it][group] + turns[it][group]) ** 2 / self.weight[it]
                for it in self.leaders
                for group in [*self.seats, "total"]
            ),
            Fraction(),
        )

    def evener(self, plan: Plan) -> Iterator[tuple[Turn, str]]:
        """Every place that could be given to another with no level worse and the loads more even."""
        now, uneven = self.worth(plan), self.unevenness(plan)
        seated = {(day, leader) for day, _, leader in plan}
        for turn in sorted(plan - self.fixed):
            for other in self.leaders:
                if self.may(*turn[:2], other) and (turn[0], other) not in seated:
                    given = plan - {turn} | {(*turn[:2], other)}
                    if self.unevenness(given) < uneven and self.worth(given).is_nowhere_above(now):
                        yield turn, other

    def dates(self, plan: Plan, leader: str) -> list[date]:
        last = _day(self.leaders[leader].get("last_turn"))
        return sorted([day for day, _, it in plan if it == leader] + ([last] if last else []))

    def close_pairs(self, plan: Plan) -> list[tuple[str, date, date]]:
        return [
            (leader, first, second)
            for leader in self.leaders
            for first, second in pairwise(self.dates(plan, leader))
            if (second - first).days < self.gap
        ]

    @cached_property
    def stretches(self) -> set[tuple[str, tuple[date, ...]]]:
        every = self.rules.get("chief_every_days")
        if not every or not self.days:
            return set()
        found = set()
        for chief in self.rules.get("chiefs") or []:
            start = _day(self.leaders[chief].get("last_turn")) or self.days[0] - timedelta(days=1)
            for begin in [start, *self.days]:
                within = tuple(day for day in self.days if 0 < (day - begin).days <= every)
                if within and any((day - begin).days > every for day in self.days):
                    found.add((chief, within))
        return found

    def missed(self, plan: Plan) -> set[tuple[str, tuple[date, ...]]]:
        seats = self.rules.get("chief_seats")
        served = {(leader, day) for day, seat, leader in plan if seats is None or seat in seats}
        return {(chief, days) for chief, days in self.stretches if not any((chief, day) in served for day in days)}

    def excess(self, plan: Plan) -> dict[str, int]:
        most = self.rules.get("max_per_leader")
        turns = self.turns(plan)
        return {} if most is None else {it: n for it in self.leaders if (n := turns[it]["total"] - most) > 0}

    def shortfall(self, plan: Plan) -> dict[str, int]:
        least = self.rules.get("min_per_leader") or 0
        turns = self.turns(plan)
        return {it: n for it in self.compared["total"] if (n := least - turns[it]["total"]) > 0}

    @cached_property
    def places(self) -> int:
        return len(self.days) * sum(self.count(seat) for seat in self.seats)

    @cached_property
    def shares(self) -> dict[str, int]:
        found, whole = {}, sum(self.weight.values())
        for leader in self.leaders:
            days = sum(self.able(leader, day) for day in self.days)
            part = not all(self.in_term(leader, day) for day in self.days)
            if part and days and any(self.pooled(leader, seat) for seat in self.seats):
                found[leader] = ceil(self.weight[leader] / whole * self.places * days / len(self.days))
        return found

    def mismatches(self, plan: Plan) -> int:
        present: dict[date, set[str]] = {}
        for day, _, leader in plan:
            present.setdefault(day, set()).update(self.leaders[leader].get("portfolios") or [])
        return sum(
            name not in present.get(date.fromisoformat(it["day"]), ())
            for it in self.data.get("wanted") or []
            for name in dict.fromkeys(it["portfolios"])
        )

    def worth(self, plan: Plan) -> Worth:
        turns = self.turns(plan)
        return Worth(
            (
                self.places - len(plan),
                len(self.close_pairs(plan)),
                sum(self.excess(plan).values()),
                len(self.missed(plan)),
                sum(self.shortfall(plan).values()),
            ),
            sum(it not in plan for it in self.previous),
            tuple(self.spreads(plan).values()),
            sum(max(0, turns[it]["total"] - share) for it, share in self.shares.items()),
            self.mismatches(plan),
        )

    def all_plans(self) -> Iterator[Plan]:
        """Every plan with as many places filled as can be; that is decided day by day, nothing else forbids it."""
        by_day = []
        for day in self.days:
            options = self._day_options(day)
            filled = max(map(len, options))
            by_day.append([it for it in options if len(it) == filled])
        for chosen in product(*by_day):
            yield frozenset().union(*chosen)

    def _day_options(self, day: date) -> list[Plan]:
        options: list[Plan] = [frozenset()]
        for seat in self.seats:
            crews = [
                frozenset((day, seat, it) for it in crew)
                for size in range(self.count(seat) + 1)
                for crew in combinations([it for it in self.leaders if self.may(day, seat, it)], size)
            ]
            options = [
                plan | crew for plan in options for crew in crews if not {it[2] for it in plan} & {it[2] for it in crew}
            ]
        fixed = {it for it in self.fixed if it[0] == day}
        return [it for it in options if fixed <= it]

    def best(self) -> Worth:
        """The worth of the best plan, by trying all of them: for tiny problems only."""
        return min(self.worth(plan) for plan in self.all_plans())


def _turn(it: dict[str, Any]) -> Turn:
    return date.fromisoformat(it["day"]), it["seat"], it["leader"]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def faults(problem: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What is wrong with the answer, nothing when all is right."""
    rota = Rota(problem)
    turns = [_turn(it) for it in answer["plan"]]
    found = list(_broken(rota, turns))
    if found:
        return found
    plan = frozenset(turns)
    checks = (_wrong_figures, _wrong_changes, _wrong_relaxed, _wrong_reasons, _uneven)
    return [it for check in checks for it in check(rota, plan, answer)]


def _broken(rota: Rota, turns: list[Turn]) -> Iterator[str]:
    """Rules that never give way."""
    for day, seat, leader in turns:
        if day not in rota.days or seat not in rota.seats or leader not in rota.leaders:
            yield f"unknown place {day} {seat} {leader}"
        elif not rota.in_term(leader, day):
            yield f"{leader} is out of term on {day}"
        elif not rota.able(leader, day):
            yield f"{leader} is on leave on {day}"
        elif not rota.pooled(leader, seat):
            yield f"{leader} is not in the pool of {seat}"
    for (day, leader), times in Counter((day, leader) for day, _, leader in turns).items():
        if times > 1:
            yield f"{leader} has {times} seats on {day}"
    for (day, seat), times in Counter((day, seat) for day, seat, _ in turns).items():
        if times > rota.count(seat):
            yield f"{seat} has {times} leaders on {day}"
    for it in rota.fixed - set(turns):
        yield f"fixed {it} is not in the plan"


def _wrong_figures(rota: Rota, plan: Plan, answer: dict[str, Any]) -> Iterator[str]:
    taken = Counter((day, seat) for day, seat, _ in plan)
    empty = Counter({(day, seat): rota.count(seat) - taken[day, seat] for day in rota.days for seat in rota.seats})
    if Counter((date.fromisoformat(it["day"]), it["seat"]) for it in answer["unfilled"]) != +empty:
        yield f"unfilled is {answer['unfilled']} and not {+empty}"
    if not all(it["why"] for it in answer["unfilled"]):
        yield "an empty place has no reason"
    for leader in rota.leaders:
        for group in [*rota.seats, "total"]:
            told, right = answer["loads"][leader][group], rota.load(plan, leader, group)
            if abs(told - right) > 1e-9:
                yield f"load of {leader} in {group} is {right} and not {told}"
    for group, right in rota.spreads(plan).items():
        if abs(answer["spread"][group] - right) > 1e-9:
            yield f"spread of {group} is {right} and not {answer['spread'][group]}"
    if answer["mismatches"] != rota.mismatches(plan):
        yield f"mismatches are {rota.mismatches(plan)} and not {answer['mismatches']}"


def _wrong_changes(rota: Rota, plan: Plan, answer: dict[str, Any]) -> Iterator[str]:
    told = [(date.fromisoformat(it["day"]), it["seat"], it["from"], it["to"]) for it in answer["changed"]]
    if Counter((day, seat, leader) for day, seat, leader, _ in told) != Counter(set(rota.previous) - plan):
        yield f"changed is {answer['changed']}"
    for day, seat, _, to in told:
        if to is None and sum((at, it) == (day, seat) for at, it, _ in plan) >= rota.count(seat):
            yield f"changed says that {seat} stays empty on {day}"
        if to is not None and (day, seat, to) not in plan - set(rota.previous):
            yield f"changed says {to}, who is not new in {seat} on {day}"


def _wrong_relaxed(rota: Rota, plan: Plan, answer: dict[str, Any]) -> Iterator[str]:
    given_up = rota.worth(plan).given_up
    relaxed = answer["relaxed"]
    if (answer["status"] == "infeasible") != any(given_up) or bool(relaxed) != any(given_up):
        yield f"status is {answer['status']} with {relaxed} while {given_up} was given up"
    if answer["status"] not in ("optimal", "feasible", "infeasible"):
        yield f"status is {answer['status']}"
    words = ("席位全部排满", "至少间隔", "每人最多", "主要领导每", "每人至少")
    for word, cost in zip(words, given_up, strict=True):
        sentences = [it for it in relaxed if it.startswith("“") and word in it.split("”")[0]]
        if bool(sentences) != bool(cost):
            yield f"{word} cost {cost} and the sentences are {sentences}"
    said = "".join(relaxed)
    for leader, first, second in rota.close_pairs(plan):
        if not re.search(f"{rota.name(leader)}.{{6,12}}与.{{4,12}}的轮值只隔 {(second - first).days} 天", said):
            yield f"nothing says that {leader} serves on {first} and {second}"
    named = {*rota.excess(plan), *rota.shortfall(plan), *(chief for chief, _ in rota.missed(plan))}
    for leader in named:
        if rota.name(leader) not in said:
            yield f"nothing names {leader}"


def _uneven(rota: Rota, plan: Plan, answer: dict[str, Any]) -> Iterator[str]:
    if answer["proved"]:
        for turn, other in rota.evener(plan):
            yield f"{turn} given to {other} would be more even"


def _wrong_reasons(rota: Rota, plan: Plan, answer: dict[str, Any]) -> Iterator[str]:
    proved = answer["proved"]
    for it in answer["plan"]:
        turn = _turn(it)
        if not _true_why(rota, plan, turn, it["why"]):
            yield f"not true of {turn}: {it['why']}"
        others = [other["leader"] for other in it["passed_over"]]
        if sorted(others) != sorted(leader for leader in rota.leaders if leader != turn[2]):
            yield f"passed over at {turn} are {others}"
        for other in it["passed_over"]:
            if not _true_why_not(rota, plan, turn, other["leader"], other["why"], proved=proved):
                yield f"not true of {other['leader']} at {turn}: {other['why']}"


def _true_why(rota: Rota, plan: Plan, turn: Turn, why: str) -> bool:
    day, seat, leader = turn
    before = rota.history[leader][seat]
    after = before + rota.turns(plan)[leader][seat]
    members = rota.compared[seat]
    weighted = "按权重折算" if len({rota.weight[it] for it in members}) > 1 else ""
    earlier = [it for it in rota.dates(plan, leader) if it < day]
    parts = why.removesuffix("。").split("；")
    past = f"已轮 {before} 次" if before else "尚未轮过"
    if leader in members:
        fair = _true_standing(rota, plan, seat, leader, weighted)
    else:
        fair = "任期只在其中一段，不参与均衡比较"
    expected = [f"{rota.label(seat)}此前{past}，排后 {after} 次，{fair}"]
    expected.append(f"距上次轮值 {(day - earlier[-1]).days} 天" if earlier else "此前没有轮值记录")
    if turn in rota.fixed:
        expected.insert(0, "固定安排")
    elif turn in rota.previous:
        expected.insert(0, "沿用原安排")
    if turn not in rota.fixed and not any(rota.may(day, seat, it) for it in rota.leaders if it != leader):
        expected.append("当日此席位仅此一人可以安排")
    asked = {
        name
        for it in rota.data.get("wanted") or []
        if it["day"] == day.isoformat()
        for name in it["portfolios"]
        if name in (rota.leaders[leader].get("portfolios") or [])
    }
    if asked:
        expected.append(f"分管{'、'.join(sorted(asked))}，与当日诉求对应")
    return parts == expected


def _true_standing(rota: Rota, plan: Plan, seat: str, leader: str, weighted: str) -> str:
    """What must be said of a leader's load beside the others': the range, where it is no wider than one turn."""
    members = rota.compared[seat]
    loads = [rota.load(plan, it, seat) for it in members]
    mine, low, high = rota.load(plan, leader, seat), min(loads), max(loads)
    whom = "全程在任的领导" if rota.seats[seat].get("pool") is None else "名单内全程在任的领导"
    if low == high and len(loads) > 1:
        return f"{whom}{weighted}次数都相同"
    if mine == low:
        return f"{weighted}属{whom}中最少"
    if high - low > max(1 / rota.weight[it] for it in members):
        return f"{weighted}比{whom}中最少者多 {_written(mine - low)} 次"
    return f"{whom}{weighted}都是 {_written(low)} 至 {_written(high)} 次，在均衡范围内"


def _written(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"{float(number):.2f}".rstrip("0").rstrip(".")


def _read_day(text: str, beside: date) -> date:
    year, month, day = re.fullmatch(r"(?:(\d+)年)?(\d+)月(\d+)日", text).groups()
    return date(int(year or beside.year), int(month), int(day))


def _true_why_not(rota: Rota, plan: Plan, turn: Turn, other: str, why: str, *, proved: bool) -> bool:
    day, seat, leader = turn
    swapped = plan - {turn} | {(day, seat, other)}
    now, then = rota.worth(plan), rota.worth(swapped)
    name = re.escape(rota.name(leader))
    seat_there = [it for at, it, who in plan if (at, who) == (day, other)]

    def gap(when: str, apart: str, least: str) -> bool:
        turned = _read_day(when, day)
        return (
            turned in rota.dates(plan, other)
            and abs((turned - day).days) == int(apart) < rota.gap
            and int(least) == rota.gap
        )

    def group(label: str) -> str:
        return next(it for it in [seat, "total"] if rota.label(it) == label)

    def above(lost: str | None, when: str | None, label: str, weighted: str, told: str, limit: str) -> bool:
        its = group(label)
        top = max(rota.load(plan, it, its) for it in rota.compared[its])
        new = rota.load(swapped, other, its)
        return (
            (_written(new), _written(top)) == (told, limit)
            and bool(lost) == (then.mismatches > now.mismatches)
            and (when is None or _read_day(when, day) in rota.dates(plan, other))
            and new > top
            and rota.spreads(swapped)[its] > rota.spreads(plan)[its]
            and bool(weighted) == (len({rota.weight[it] for it in rota.compared[its]}) > 1)
        )

    def below(label: str, weighted: str, told: str, limit: str) -> bool:
        its = group(label)
        bottom = min(rota.load(plan, it, its) for it in rota.compared[its])
        new = rota.load(swapped, leader, its)
        return (
            (_written(new), _written(bottom)) == (told, limit)
            and new < bottom
            and rota.spreads(swapped)[its] > rota.spreads(plan)[its]
            and bool(weighted) == (len({rota.weight[it] for it in rota.compared[its]}) > 1)
        )

    added = rota.unevenness(swapped) - rota.unevenness(plan)

    def as_good(told: str) -> bool:
        if told == "同样合适":
            return proved and now == then and added == 0
        return then <= now if not proved else now == then and added < 0

    labels = f"({re.escape(rota.label(seat))}|各席位合计)(按权重折算)?"
    free = rota.may(day, seat, other) and not seat_there
    patterns: list[tuple[str, Callable[..., bool]]] = [
        ("不在任期", lambda: not rota.in_term(other, day)),
        ("请假", lambda: rota.in_term(other, day) and not rota.able(other, day)),
        ("不在该席位名单", lambda: rota.able(other, day) and not rota.pooled(other, seat)),
        ("当日已任(.+)", lambda label: [rota.label(it) for it in seat_there] == [label]),
        (f"该席位已固定安排{name}", lambda: free and turn in rota.fixed),
        (r"与(.+)的轮值只隔 (\d+) 天，少于 (\d+) 天", lambda *words: free and gap(*words)),
        (r"已达上限 (\d+) 次", lambda most: free and rota.turns(plan)[other]["total"] >= int(most)),
        (f"{name}每 \\d+ 天须轮到一次，不能换下", lambda: free and then.given_up[3] > now.given_up[3]),
        (f"{name}至少要轮 \\d+ 次，不能换下", lambda: free and then.given_up[4] > now.given_up[4]),
        (f"沿用原安排的{name}，少作变动", lambda: free and then.changed > now.changed),
        (f"(?:不分管当日诉求涉及的(.+)，且)?(?:已另排在(.+)，)?再排则{labels} (.+) 次，多于均衡上限 (.+) 次", lambda *words: free and above(*words)),
        (f"换下{name}则其{labels}只有 (.+) 次，少于均衡下限 (.+) 次", lambda *words: free and below(*words)),
        (r"按任职天数应轮 (\d+) 次，已经排满", lambda share: free and rota.turns(plan)[other]["total"] >= rota.shares[other] == int(share)),
        ("不分管当日诉求涉及的(.+)", lambda _: free and then.mismatches > now.mismatches),
        (r"已另排在(.+)，再排则各人次数更不均匀", lambda when: free and added > 0 and _read_day(when, day) in rota.dates(plan, other)),
        (r"由其担任则各人次数更不均匀", lambda: free and added > 0 and not rota.turns(plan)[other]["total"]),
        (r"(同样合适|也可安排)，已另排在(.+)", lambda told, when: free and as_good(told) and _read_day(when, day) in rota.dates(plan, other)),
        (f"(同样合适|也可安排)，本次排了{name}", lambda told: free and as_good(told) and not rota.turns(plan)[other]["total"]),
    ]  # fmt: skip
    for pattern, holds in patterns:
        match = re.fullmatch(pattern, why)
        if match:
            return holds(*match.groups())
    return False


def main() -> int:
    """Check one answer, or many invented problems."""
    from portal.domain.solving.answer import as_data  # noqa: PLC0415 - the checks themselves know nothing of it
    from portal.domain.solving.reading import problem_of  # noqa: PLC0415
    from portal.domain.solving.solve import solve  # noqa: PLC0415
    from tests.rota_problems import invented  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m tests.rota_checker", description=__doc__)
    parser.add_argument("files", nargs="*", help="problem.json answer.json")
    parser.add_argument("--problems", type=int, default=0, help="solve and check so many invented problems")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    asked = parser.parse_args()
    if asked.files:
        problem, answer = (json.loads(open(it, encoding="utf-8").read()) for it in asked.files)  # noqa: PTH123, SIM115
        wrong = faults(problem, answer)
        print("\n".join(wrong) or "right")
        return bool(wrong)
    bad, statuses, slowest = 0, Counter[str](), 0.0
    for number in range(asked.first, asked.first + asked.problems):
        problem = invented(number)
        asked_of = problem_of(problem)
        answer = json.loads(json.dumps(as_data(asked_of, solve(asked_of))))
        statuses[answer["status"] + ("" if answer["proved"] else " (unproved)")] += 1
        slowest = max(slowest, answer["seconds"])
        wrong = faults(problem, answer)
        if wrong:
            bad += 1
            print(f"problem {number}: {wrong[:5]}")
    print(f"{asked.problems} problems, {bad} wrong, {dict(statuses)}, slowest {slowest:.2f} s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
