"""Whether those on duty can still come when a reception day is moved to another date (domain 2.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.domain.rota import DutySeat
from portal.domain.workdays import day_text


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A leader on duty: the term, approved leave as (first, last), and the days of the leader's other turns nearby."""

    leader_id: int
    name: str
    seat: DutySeat
    from_: date
    until: date | None = None
    leaves: tuple[tuple[date, date], ...] = ()
    other_turns: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """A leader on duty whom a date does not suit, and the sentence why."""

    leader_id: int
    name: str
    seat: DutySeat
    why: str


def clashes(on_duty: Iterable[OnDuty], day: date, *, min_gap_days: int) -> tuple[Clash, ...]:
    """Who of those on duty cannot come on this date, each with the first reason that holds; the gap is in calendar days."""
    found = ((it, _why_not(it, day, min_gap_days)) for it in on_duty)
    return tuple(Clash(it.leader_id, it.name, it.seat, why) for it, why in found if why)


def _why_not(leader: OnDuty, day: date, min_gap_days: int) -> str:
    if day < leader.from_ or (leader.until is not None and day > leader.until):
        return f"{day_text(day)}不在任期内"
    for first, last in leader.leaves:
        if first <= day <= last:
            return f"{day_text(first, day)}至{day_text(last, day)}已批准请假"
    near = [other for other in leader.other_turns if abs((other - day).days) < min_gap_days]
    if near:
        closest = min(near, key=lambda other: (abs((other - day).days), other))
        apart = abs((closest - day).days)
        return f"与{day_text(closest, day)}的轮值只隔 {apart} 天，少于规定的 {min_gap_days} 天"
    return ""
