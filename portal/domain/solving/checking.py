"""A problem that contradicts itself is refused before anything is planned."""

from collections import Counter
from collections.abc import Container, Iterable
from datetime import date

from portal.domain.errors import RuleBroken
from portal.domain.solving.problem import TOTAL, Problem


def check(problem: Problem) -> None:
    """Refuse what contradicts itself. Raises RuleBroken."""
    _check_days(problem)
    _once((it.id for it in problem.seats), "席位")
    _once((it.id for it in problem.leaders), "领导")
    if any(it.id == TOTAL for it in problem.seats):
        raise RuleBroken(f"席位编号不能叫“{TOTAL}”，它表示各席位合计；请换一个编号。")
    for leader in problem.leaders:
        if leader.weight <= 0:
            raise RuleBroken(f"领导 {leader.id} 的 weight 是 {leader.weight}，应大于 0；不参加轮值的领导请不要列入。")
    _check_names(problem)
    for wanted in problem.wanted:
        _listed(wanted.day, problem, "wanted")
    _check_fixed(problem)


def _check_days(problem: Problem) -> None:
    for day, times in Counter(problem.days).items():
        if times > 1:
            raise RuleBroken(f"days 中 {day} 写了 {times} 次，请只保留一次。")
    if list(problem.days) != sorted(problem.days):
        raise RuleBroken("days 应按先后排列。")


def _check_names(problem: Problem) -> None:
    """Whoever and whatever seat is spoken of is listed."""
    leaders, seats = {it.id for it in problem.leaders}, {it.id for it in problem.seats}
    turns = [("fixed", it) for it in problem.fixed] + [("previous", it) for it in problem.previous]
    named = [
        *((it, f"席位 {seat.id} 的名单") for seat in problem.seats for it in sorted(seat.pool or ())),
        *((it.leader, "leaves") for it in problem.leaves),
        *((it, "rules.chiefs") for it in problem.rules.chiefs),
        *((it.leader, where) for where, it in turns),
    ]
    for it, where in named:
        _known(it, leaders, where, "领导")
    for it, where in [
        *((it, "rules.chief_seats") for it in sorted(problem.rules.chief_seats or ())),
        *((it.seat, where) for where, it in turns),
    ]:
        _known(it, seats, where, "席位")


def _check_fixed(problem: Problem) -> None:
    leaders, seats = {it.id: it for it in problem.leaders}, {it.id: it for it in problem.seats}
    taken: Counter[tuple[date, str]] = Counter()
    seated: dict[tuple[date, str], str] = {}
    for it in problem.fixed:
        said = f"固定安排 {it.day} {seats[it.seat].label} {leaders[it.leader].name}"
        advice = "请改正或删去这一条。"
        _listed(it.day, problem, "fixed")
        if not leaders[it.leader].in_term(it.day):
            raise RuleBroken(f"{said}：当日不在任期内。{advice}")
        if any(leave.leader == it.leader and leave.from_ <= it.day <= leave.until for leave in problem.leaves):
            raise RuleBroken(f"{said}：当日请假。{advice}")
        pool = seats[it.seat].pool
        if pool is not None and it.leader not in pool:
            raise RuleBroken(f"{said}：不在该席位的名单中。{advice}")
        if (it.day, it.leader) in seated:
            other = seats[seated[it.day, it.leader]].label
            raise RuleBroken(f"{said}：当日已固定安排{other}，一人一天只能任一个席位。{advice}")
        seated[it.day, it.leader] = it.seat
        taken[it.day, it.seat] += 1
        if taken[it.day, it.seat] > seats[it.seat].count:
            raise RuleBroken(f"{said}：该席位只有 {seats[it.seat].count} 人，固定安排超出。{advice}")


def _once(ids: Iterable[str], what: str) -> None:
    for it, times in Counter(ids).items():
        if times > 1:
            raise RuleBroken(f"{what} {it} 写了 {times} 次，编号不能重复。")


def _known(it: str, known: Container[str], where: str, what: str) -> None:
    if it not in known:
        raise RuleBroken(f"{where} 提到的{what} {it} 没有列出，请补上或改正编号。")


def _listed(day: date, problem: Problem, where: str) -> None:
    if day not in problem.days:
        raise RuleBroken(f"{where} 提到的 {day} 不在 days 之中，请补上这一天或改正日期。")
