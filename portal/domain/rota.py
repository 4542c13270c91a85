"""Whose turn it is: leaders take turns fairly, and everybody can read why (NX-04, NX-05, domain 2.1)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.domain.errors import RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.workdays import day_text


class DutySeat(Labelled):
    """The places on a reception day's duty, in the order they are filled (NX-04, NX-05, domain 2.1)."""

    MAIN = "main", "主接待"
    ACCOMPANYING = "accompanying", "参加"
    STANDBY = "standby", "补位"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A leader as the rota sees them.

    `turns` are the turns taken or planned so far by seat, `credited` those a newcomer is spared; `weight` 0.5 means
    half as many turns as the others; the term runs from `from_` to `until`, both included, None being open.
    """

    id: int
    name: str
    post: str = ""
    turns: Mapping[DutySeat, int] = field(default_factory=dict)
    last_turn: date | None = None
    weight: float = 1.0
    from_: date | None = None
    until: date | None = None
    credited: Mapping[DutySeat, int] = field(default_factory=dict)

    def taken(self, seat: DutySeat) -> int:
        """Turns in one seat, with those credited."""
        return self.turns.get(seat, 0) + self.credited.get(seat, 0)

    @property
    def total(self) -> int:
        """Turns in all seats, with those credited."""
        return sum(self.turns.values()) + sum(self.credited.values())


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A leader who was not chosen, and the sentence why."""

    leader_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The leader whose turn it is, why, and why not each of the others."""

    leader_id: int
    why: str
    passed_over: tuple[PassedOver, ...]


def next_in_turn(
    candidates: Iterable[Candidate],
    *,
    seat: DutySeat,
    day: date,
    away: Collection[int] = (),
    seated: Collection[int] = (),
    min_gap_days: int = 0,
) -> Choice:
    """Whose turn it is: fewest turns in that seat, then in all seats, then longest rested, then the id (NX-04).

    Turns are divided by the weight. Nobody serves who is away, out of term, already seated that day, or
    whose last turn is fewer than `min_gap_days` calendar days from it. Raises RuleBroken on the field
    `day` when nobody is left, naming everybody's reason.
    """
    everybody = sorted(candidates, key=lambda it: _order(it, seat))
    obstacles = {it.id: _obstacle(it, day, away, seated, min_gap_days) for it in everybody}
    free = [it for it in everybody if not obstacles[it.id]]
    if not free:
        reasons = "".join(f"{it.name}：{obstacles[it.id]}" for it in everybody) or "轮值名单为空。"
        advice = "请调整日期、间隔要求或先登记补位领导。"
        raise RuleBroken(f"{day_text(day)}没有可以安排{seat.label}的领导。{reasons}{advice}", field="day")
    chosen = free[0]
    others = [
        PassedOver(it.id, obstacles[it.id] or _why_later(it, chosen, seat, day)) for it in everybody if it is not chosen
    ]
    return Choice(chosen.id, _why_chosen(chosen, free[1:], seat, day), tuple(others))


def _order(it: Candidate, seat: DutySeat) -> tuple[float, float, date, int]:
    weight = it.weight if it.weight > 0 else 1.0
    return (it.taken(seat) / weight, it.total / weight, it.last_turn or date.min, it.id)


def _obstacle(it: Candidate, day: date, away: Collection[int], seated: Collection[int], min_gap_days: int) -> str:
    if it.weight <= 0:
        return "不参加轮值。"
    if (it.from_ is not None and day < it.from_) or (it.until is not None and day > it.until):
        return "当日不在任期内。"
    if it.id in seated or it.last_turn == day:
        return "当日已安排其他席位。"
    if it.id in away:
        return "当日请假或另有公务。"
    if it.last_turn is not None and abs((day - it.last_turn).days) < min_gap_days:
        gap = abs((day - it.last_turn).days)
        return f"距{day_text(it.last_turn, day)}的轮值只有 {gap} 天，少于要求的 {min_gap_days} 天。"
    return ""


def _why_chosen(chosen: Candidate, rivals: Sequence[Candidate], seat: DutySeat, day: date) -> str:
    rank = _order(chosen, seat)
    equal = [it for it in rivals if _order(it, seat)[0] == rank[0]]
    standing = _standing(chosen, seat)
    if not rivals:
        return f"{standing}，当日仅此一人可以安排；{_rest(chosen, day)}。"
    if not equal:
        return f"{standing}，为可安排领导中最少；{_rest(chosen, day)}。"
    standing += f"，与另 {len(equal)} 人同为最少"
    equal_in_all = [it for it in equal if _order(it, seat)[1] == rank[1]]
    if not equal_in_all:
        return f"{standing}，合计轮值 {chosen.total} 次，为其中最少；{_rest(chosen, day)}。"
    if not any(_order(it, seat)[2] == rank[2] for it in equal_in_all):
        return f"{standing}，合计次数也相同；{_rest(chosen, day)}，间隔最长。"
    return f"{standing}，合计次数和间隔也相同，按名单顺序；{_rest(chosen, day)}。"


def _why_later(it: Candidate, chosen: Candidate, seat: DutySeat, day: date) -> str:
    mine, theirs = _order(it, seat), _order(chosen, seat)
    weighted = "按权重折算" if it.weight != chosen.weight else ""
    if mine[0] != theirs[0]:
        return f"{_standing(it, seat)}，{weighted}多于{chosen.name}的 {chosen.taken(seat)} 次。"
    if mine[1] != theirs[1]:
        return (
            f"{seat.label}次数{weighted}相同，合计轮值 {it.total} 次，{weighted}多于{chosen.name}的 {chosen.total} 次。"
        )
    if mine[2] != theirs[2]:
        return f"次数相同，{_rest(it, day)}，间隔短于{chosen.name}。"
    return f"次数和间隔都相同，名单顺序在{chosen.name}之后。"


def _standing(it: Candidate, seat: DutySeat) -> str:
    weighted = "" if it.weight == 1 else f"（权重 {it.weight:g}）"
    count, credited = it.taken(seat), it.credited.get(seat, 0)
    joined = f"（其中到任前按平均计 {credited} 次）" if credited else ""
    return (f"{seat.label}已轮 {count} 次" if count else f"{seat.label}尚未轮到过") + joined + weighted


def _rest(it: Candidate, day: date) -> str:
    if it.last_turn is None:
        return "此前没有轮值记录"
    if it.last_turn > day:
        return f"另有{day_text(it.last_turn, day)}的轮值"
    return f"距上次轮值 {(day - it.last_turn).days} 天"
