"""Why each place went to whom it did, and why to none of the others: true sentences, recomputed from the plan."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from portal.domain.solving.grid import Grid, Place, Plan
from portal.domain.solving.problem import PassedBy, Seated, Unfilled

MAY_BE_BETTER = "也可安排"
"""Said of somebody with whom nothing would be worse, where it is not certain that nothing would be better."""
_KEPT_EXTREMES = 3  # enough to know the greatest and the least of all but two


def written(day: date, beside: date | None = None) -> str:
    """A day within a sentence: 3月15日, with its year when it differs from the day it stands beside."""
    year = f"{day.year}年" if beside is None or beside.year != day.year else ""
    return f"{year}{day.month}月{day.day}日"


def amount(number: Fraction) -> str:
    """A number of turns: 3, or 1.33 where weights make it uneven."""
    if number.denominator == 1:
        return str(number)
    told = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "不到 0.01" if told == "0" else told


class Reasons:
    """The sentences of a plan."""

    def __init__(self, grid: Grid, plan: Plan, *, proved: bool) -> None:
        self.grid, self.plan = grid, plan
        self.as_good = "同样合适" if proved else MAY_BE_BETTER
        self.turns = grid.turns(plan)
        self.loads = grid.loads(plan)
        self.spreads = grid.spreads(self.loads)
        self.members = [frozenset(group) for group in grid.groups]
        self.days = grid.days_of(plan)
        self.seat_of = {(day, leader): seat for day, seat, leader in plan}
        self.previous = set(grid.previous)
        self.ordered = [
            sorted((load[at], at) for at in group) for group, load in zip(grid.groups, self.loads, strict=True)
        ]
        self.uneven = [len({grid.prices[at] for at in group}) > 1 for group in grid.groups]
        self.missed = len(grid.missed_stretches(plan))
        self.wishes: list[list[tuple[str, frozenset[int], int]]] = [[] for _ in grid.days]
        for day, name, leaders, times in grid.wishes:
            self.wishes[day].append((name, leaders, times))
        self.chiefs = {chief for chief, _ in grid.stretches}
        self.needed_chiefs = self._needed_chiefs()

    def _needed_chiefs(self) -> set[Place]:
        """The places without which a stretch would lack its chief."""
        return {
            place
            for place in self.plan
            if place[2] in self.chiefs and len(self.grid.missed_stretches(self.plan - {place})) > self.missed
        }

    def seated(self) -> tuple[Seated, ...]:
        """The plan in order of days and seats, each place with its reasons."""
        grid = self.grid
        positions: Counter[tuple[int, int]] = Counter()
        found = []
        for place in sorted(self.plan):
            day, seat, leader = place
            positions[day, seat] += 1
            passed = tuple(
                PassedBy(other.id, self.why_not(place, at)) for at, other in enumerate(grid.leaders) if at != leader
            )
            found.append(
                Seated(
                    grid.days[day],
                    grid.seats[seat].id,
                    positions[day, seat],
                    grid.leaders[leader].id,
                    self.why(place),
                    passed,
                )
            )
        return tuple(found)

    def load(self, group: int, leader: int) -> Fraction:
        """Turns before and in the plan by weight."""
        return self._turns_of(self.loads[group][leader])

    def spread(self, group: int) -> Fraction:
        """The greatest minus the least load."""
        return self._turns_of(self.spreads[group])

    def unfilled(self) -> tuple[Unfilled, ...]:
        """The places that stay empty, each with the reasons of everybody, counted."""
        taken = Counter((day, seat) for day, seat, _ in self.plan)
        return tuple(
            Unfilled(day, seat.id, self._why_empty(at, number))
            for at, day in enumerate(self.grid.days)
            for number, seat in enumerate(self.grid.seats)
            for _ in range(seat.count - taken[at, number])
        )

    def _why_empty(self, day: int, seat: int) -> str:
        reasons = Counter(self._obstacle(day, seat, at) for at in range(len(self.grid.leaders)))
        told = "，".join(f"{reason} {count} 人" for reason, count in reasons.items())
        return f"没有可以安排的领导：{told}。" if told else "轮值名单为空。"

    def why(self, place: Place) -> str:
        """One sentence a leader can read."""
        day, seat, leader = place
        grid = self.grid
        parts = [self._standing(seat, leader), self._rest(day, leader)]
        if place in grid.fixed:
            parts.insert(0, "固定安排")
        elif place in self.previous:
            parts.insert(0, "沿用原安排")
        if place not in grid.fixed and not any(
            grid.may(day, seat, at) for at in range(len(grid.leaders)) if at != leader
        ):
            parts.append("当日此席位仅此一人可以安排")
        met = [name for name, leaders, _ in self.wishes[day] if leader in leaders]
        if met:
            parts.append(f"分管{'、'.join(met)}，与当日诉求对应")
        return "；".join(parts) + "。"

    def _standing(self, seat: int, leader: int) -> str:
        grid = self.grid
        before = grid.history[seat][leader]
        told = f"{grid.seats[seat].label}此前{f'已轮 {before} 次' if before else '尚未轮过'}，"
        told += f"排后 {before + self.turns[seat][leader]} 次，"
        if leader not in self.members[seat]:
            return told + "任期只在其中一段，不参与均衡比较"
        return told + self._beside(seat, leader)

    def _beside(self, seat: int, leader: int) -> str:
        """How the load stands beside those of everybody compared.

        Where nobody is more than one turn ahead, having that turn is no burden: then the sentence says what all have.
        """
        load, (least, _), (greatest, _) = self.loads[seat][leader], self.ordered[seat][0], self.ordered[seat][-1]
        weighted = "按权重折算" if self.uneven[seat] else ""
        everybody = "全程在任的领导" if self.grid.seats[seat].pool is None else "名单内全程在任的领导"
        if load == least == greatest and len(self.members[seat]) > 1:
            return f"{everybody}{weighted}次数都相同"
        if load == least:
            return f"{weighted}属{everybody}中最少"
        if greatest - least > max(self.grid.prices[at] for at in self.members[seat]):
            return f"{weighted}比{everybody}中最少者多 {amount(self._turns_of(load - least))} 次"
        low, high = amount(self._turns_of(least)), amount(self._turns_of(greatest))
        return f"{everybody}{weighted}都是 {low} 至 {high} 次，在均衡范围内"

    def _rest(self, day: int, leader: int) -> str:
        today = self.grid.days[day]
        last = self.grid.leaders[leader].last_turn
        earlier = [self.grid.days[at] for at in self.days[leader] if at < day]
        if last is not None and last < today:
            earlier.append(last)
        return f"距上次轮值 {(today - max(earlier)).days} 天" if earlier else "此前没有轮值记录"

    def why_not(self, place: Place, other: int) -> str:
        """One sentence why another leader did not get the place: the first thing that would be worse."""
        day, seat, leader = place
        obstacle = self._obstacle(day, seat, other)
        if obstacle:
            return obstacle
        if place in self.grid.fixed:
            return f"该席位已固定安排{self.grid.leaders[leader].name}"
        return (
            self._too_close(day, other)
            or self._too_many(other)
            or self._breaks_for_chosen(place, other)
            or self._less_fair(place, other, seat)
            or self._less_fair(place, other, -1)
            or self._heaped(other)
            or self._mismatched(place, other)
            or self._less_even(place, other)
            or self._as_good(day, seat, leader, other)
        )

    def _obstacle(self, day: int, seat: int, other: int) -> str:
        grid = self.grid
        if not grid.in_term[other][day]:
            return "不在任期"
        if not grid.able[other][day]:
            return "请假"
        if not grid.pooled[other][seat]:
            return "不在该席位名单"
        taken = self.seat_of.get((day, other))
        return "" if taken is None else f"当日已任{grid.seats[taken].label}"

    def _too_close(self, day: int, other: int) -> str:
        gap = self.grid.problem.rules.min_gap_days
        today = self.grid.days[day]
        last = self.grid.leaders[other].last_turn
        turns = [self.grid.days[at] for at in self.days[other]] + ([last] if last else [])
        near = min(((abs((it - today).days), it) for it in turns), default=None)
        if near is None or near[0] >= gap:
            return ""
        return f"与{written(near[1], today)}的轮值只隔 {near[0]} 天，少于 {gap} 天"

    def _too_many(self, other: int) -> str:
        most = self.grid.problem.rules.max_per_leader
        return f"已达上限 {most} 次" if most is not None and self.turns[-1][other] >= most else ""

    def _breaks_for_chosen(self, place: Place, other: int) -> str:
        day, seat, leader = place
        rules, name = self.grid.problem.rules, self.grid.leaders[leader].name
        if place in self.needed_chiefs and self._misses_more(place, other):
            return f"{name}每 {rules.chief_every_days} 天须轮到一次，不能换下"
        least = rules.min_per_leader or 0
        lacks = [at for at in (leader, other) if at in self.members[-1]]
        if (
            leader in lacks
            and self.turns[-1][leader] <= least
            and (lacks == [leader] or self.turns[-1][other] >= least)
        ):
            return f"{name}至少要轮 {least} 次，不能换下"
        if place in self.previous and (day, seat, other) not in self.previous:
            return f"沿用原安排的{name}，少作变动"
        return ""

    def _misses_more(self, place: Place, other: int) -> bool:
        """Whether more stretches lack their chief with the other, who may be a chief too."""
        if other not in self.chiefs:
            return True
        exchanged = self.plan - {place} | {(place[0], place[1], other)}
        return len(self.grid.missed_stretches(exchanged)) > self.missed

    def _less_fair(self, place: Place, other: int, group: int) -> str:
        """Whether the spread would grow if the other had the place instead."""
        day, _, leader = place
        members, prices, load = self.members[group], self.grid.prices, self.loads[group]
        inside = [at for at in (leader, other) if at in members]
        if not inside:
            return ""
        after = {leader: load[leader] - prices[leader], other: load[other] + prices[other]}
        least, greatest = self._without(group, inside)
        new = [after[at] for at in inside]
        if max([*new, *greatest]) - min([*new, *least]) <= self.spreads[group]:
            return ""
        label = "各席位合计" if group == -1 else self.grid.seats[group].label
        weighted = "按权重折算" if self.uneven[group] else ""
        top, bottom = self.ordered[group][-1][0], self.ordered[group][0][0]
        if other in members and after[other] > top:
            told, limit = amount(self._turns_of(after[other])), amount(self._turns_of(top))
            lost, turn = self._mismatched(place, other), self._other_turn(day, place[1], other)
            first = f"{lost}，且" if lost else f"已另排在{turn}，" if turn else ""
            return f"{first}再排则{label}{weighted} {told} 次，多于均衡上限 {limit} 次"
        told, limit = amount(self._turns_of(after[leader])), amount(self._turns_of(bottom))
        return f"换下{self.grid.leaders[leader].name}则其{label}{weighted}只有 {told} 次，少于均衡下限 {limit} 次"

    def _without(self, group: int, some: Sequence[int]) -> tuple[list[int], list[int]]:
        """The least and the greatest load of a group without some of it."""
        ordered = self.ordered[group]
        least = [load for load, at in ordered[:_KEPT_EXTREMES] if at not in some]
        greatest = [load for load, at in ordered[-_KEPT_EXTREMES:] if at not in some]
        return least, greatest

    def _heaped(self, other: int) -> str:
        share = self.grid.shares.get(other)
        if share is None or self.turns[-1][other] < share:
            return ""
        return f"按任职天数应轮 {share} 次，已经排满"

    def _mismatched(self, place: Place, other: int) -> str:
        """What nobody would be in charge of if the other came instead, unless as much would be gained."""
        day, _, leader = place
        lost, balance = [], 0
        for name, leaders, times in self.wishes[day]:
            if (leader in leaders) == (other in leaders):
                continue
            if not any((day, at) in self.seat_of for at in leaders if at != leader):
                balance += times if leader in leaders else -times
                lost += [name] if leader in leaders else []
        return f"不分管当日诉求涉及的{'、'.join(lost)}" if balance > 0 else ""

    def _less_even(self, place: Place, other: int) -> str:
        """Whether the loads would lie further apart, within the same spread."""
        day, seat, leader = place
        if self._added(seat, leader, other) <= 0:
            return ""
        turn = self._other_turn(day, seat, other)
        return (f"已另排在{turn}，再排" if turn else "由其担任") + "则各人次数更不均匀"

    def _added(self, seat: int, leader: int, other: int) -> int:
        """What the last level would cost more if the other had the place instead."""
        prices = self.grid.prices
        won = sum(2 * self.loads[group][other] + prices[other] for group in (seat, -1))
        return won - sum(2 * self.loads[group][leader] - prices[leader] for group in (seat, -1))

    def _as_good(self, day: int, seat: int, leader: int, other: int) -> str:
        """Nothing would be worse with the other, who has a place elsewhere or may have one next time."""
        turn = self._other_turn(day, seat, other)
        word = self.as_good if self._added(seat, leader, other) == 0 else MAY_BE_BETTER
        return f"{word}，" + (f"已另排在{turn}" if turn else f"本次排了{self.grid.leaders[leader].name}")

    def _other_turn(self, day: int, seat: int, other: int) -> str:
        """The nearest turn of somebody, in the same seat if there is one."""
        here = self.grid.days[day]
        turns = [
            (self.seat_of[at, other] != seat, abs(self.grid.days[at] - here), self.grid.days[at])
            for at in self.days[other]
        ]
        return written(min(turns)[2], here) if turns else ""

    def _turns_of(self, load: int) -> Fraction:
        return Fraction(load, self.grid.unit)
