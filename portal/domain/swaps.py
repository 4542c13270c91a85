"""Swapping duty (调换): one leader offers a turn, another takes it for one of his or her own (domain 2.1).

The rule who may sit where stands here too, because a substitute is asked the same questions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.leaves import LONGEST_REASON, SHORTEST_REASON, Span
from portal.domain.reception_days import DayState
from portal.domain.rota import DutySeat
from portal.domain.workdays import day_text
from portal.domain.workflow import Workflow, steps


class SwapState(Labelled):
    """Where an offer to swap stands."""

    OPEN = "open", "待对方同意"
    AGREED = "agreed", "已调换"
    REFUSED = "refused", "对方不同意"
    WITHDRAWN = "withdrawn", "已撤回"
    OVERTAKEN = "overtaken", "已失效"


SWAP_STEPS = Workflow(
    "调换",
    steps(
        {
            ("同意调换", SwapState.AGREED): (SwapState.OPEN,),
            ("不同意", SwapState.REFUSED): (SwapState.OPEN,),
            ("撤回", SwapState.WITHDRAWN): (SwapState.OPEN,),
            ("失效", SwapState.OVERTAKEN): (SwapState.OPEN,),
        }
    ),
)

SWAPPABLE_DAYS = (DayState.PLANNED, DayState.PUBLISHED)
"""On a day that has begun nobody swaps any more: somebody steps in."""


class SeatingRule(Labelled):
    """The rules by which a leader may sit on a place."""

    TERM = "term", "任期"
    LEAVE = "leave", "请假"
    SEATED = "seated", "一人一天一席"
    POOL = "pool", "席位名单"
    GAP = "gap", "轮值间隔"


@dataclass(frozen=True, slots=True)
class Place:
    """One place on one day's duty."""

    day: date
    seat: DutySeat
    position: int = 1

    def text(self, beside: date) -> str:
        """12月15日 周二主接待, with the year when it is another one than that of the day it stands beside."""
        return f"{day_text(self.day, beside)}{self.seat.label}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A leader as whoever changes the rota sees him or her; `until` None is open.

    `turns` are the places held that count; `pools` are the seats he or she is entered for.
    """

    leader_id: int
    name: str
    from_: date
    until: date | None = None
    leaves: tuple[Span, ...] = ()
    turns: tuple[Place, ...] = ()
    pools: frozenset[DutySeat] = frozenset()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A rule that keeps a leader off a place, and the sentence that says so."""

    rule: SeatingRule
    message: str


def obstacles(
    leader: Standing,
    takes: Place,
    *,
    gives: Place | None = None,
    closed: Collection[DutySeat] = (),
    min_gap_days: int = 0,
) -> list[Obstacle]:
    """Every rule that keeps a leader off a place if he or she gives another one up for it, in order of weight.

    `closed` are the seats only those entered for them may take; `min_gap_days` are calendar days to every other turn. The
    distance is not asked on the same day: changing the seat there brings no turn nearer.
    """
    day, name = takes.day, leader.name
    said = day_text(day, gives.day if gives is not None else day)
    others = [it for it in leader.turns if it != gives]
    found = []
    if day < leader.from_ or (leader.until is not None and day > leader.until):
        found.append(Obstacle(SeatingRule.TERM, f"{name}在{said}不在任期内。"))
    if any(span.covers(day) for span in leader.leaves):
        found.append(Obstacle(SeatingRule.LEAVE, f"{name}在{said}已批准请假。"))
    sits = next((it for it in others if it.day == day), None)
    if sits is not None:
        found.append(Obstacle(SeatingRule.SEATED, f"{name}在{said}已是{sits.seat.label}，一人一天只担任一个席位。"))
    if takes.seat in closed and takes.seat not in leader.pools:
        found.append(Obstacle(SeatingRule.POOL, f"{name}不在{takes.seat.label}的席位名单内。"))
    near = None if gives is not None and gives.day == day else _too_near(others, day, min_gap_days)
    if near is not None:
        apart = abs((near.day - day).days)
        message = (
            f"{name}另有{near.text(day)}，与{day_text(day, near.day)}只隔 {apart} 天，少于要求的 {min_gap_days} 天。"
        )
        found.append(Obstacle(SeatingRule.GAP, message))
    return found


def reason_problems(reason: str, example: str, *, field: str = "reason") -> list[Problem]:
    """What is wrong with the reason for a swap or for stepping in; the example says what one looks like."""
    if len(reason) < SHORTEST_REASON:
        return [Problem(field, f"请写明理由，例如“{example}”。")]
    return remark_problems(reason, field=field)


def remark_problems(remark: str, *, field: str = "remark") -> list[Problem]:
    """What is wrong with a word that need not be said."""
    return [Problem(field, f"最多 {LONGEST_REASON} 个字，请精简。")] if len(remark) > LONGEST_REASON else []


def swap_obstacles(
    one: Standing,
    gives: Place,
    other: Standing,
    takes: Place,
    *,
    closed: Collection[DutySeat] = (),
    min_gap_days: int = 0,
) -> list[Obstacle]:
    """Every rule that two leaders would break by exchanging their places; empty when they may."""
    return [
        *obstacles(one, takes, gives=gives, closed=closed, min_gap_days=min_gap_days),
        *obstacles(other, gives, gives=takes, closed=closed, min_gap_days=min_gap_days),
    ]


def swap_problems(found: Collection[Obstacle], *, gap_waived: bool = False) -> list[Problem]:
    """What refuses a swap, in sentences; the office may waive the distance between turns, and nothing else."""
    return [Problem("other", it.message) for it in found if not (gap_waived and it.rule is SeatingRule.GAP)]


def only_gap(found: Collection[Obstacle]) -> bool:
    """Whether nothing but the distance between turns stands in the way."""
    return bool(found) and all(it.rule is SeatingRule.GAP for it in found)


def _too_near(turns: Collection[Place], day: date, min_gap_days: int) -> Place | None:
    """The nearest turn on another day that is fewer than so many days away."""
    near = [it for it in turns if 0 < abs((it.day - day).days) < min_gap_days]
    return min(near, key=lambda it: (abs((it.day - day).days), it.day), default=None)
