"""The days to come, played through: the clock is set forward and each day's due work is done, as if the time had passed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial

from portal import clock
from portal.clock import ZONE
from portal.config import Settings
from portal.domain.errors import Busy
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.rounds import Round, due_work
from portal.jobs.sweeps import BY_NAME, NOTHING_DUE
from portal.services.outbox import set_aside
from portal.store.extension import db, write

MOMENTS = (time(9, 0), time(16, 30))
"""Due work is done twice on a day that is played, both times within the hours in which people are told anything."""

GOES_OUT = frozenset({"mail", "posts", "texts"})
COUNTED = GOES_OUT | {"reminders", "visitors"}
"""What these have done is in the figures of the day; what the others have done is told in words."""

AT_IT = "另一个进程正在办理到期的工作。请先停止使用这个数据目录的门户，再预演。"


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on a day, or on all of them together."""

    day: date
    rounds: int = 0
    told: int = 0
    taken_back: int = 0
    sent: int = 0
    kept_back: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = field(default=())

    def __add__(self, other: "Day") -> "Day":
        """Both together, under the later date."""
        return Day(
            other.day, self.rounds + other.rounds, self.told + other.told, self.taken_back + other.taken_back,
            self.sent + other.sent, self.kept_back + other.kept_back, (*self.failed, *other.failed),
        )  # fmt: skip

    @property
    def words(self) -> str:
        """The figures in words."""
        failed = f"，失败 {len(self.failed)} 次" if self.failed else ""
        return (
            f"提醒 {self.told} 条，撤回 {self.taken_back} 条，发出 {self.sent} 条，预演不发 {self.kept_back} 条{failed}"
        )

    @property
    def line(self) -> str:
        """The day in one line."""
        more = "".join(f"；{it}" for it in (*self.lines, *(f"“{title}”{why}" for title, why in self.failed)))
        return f"{self.day:%Y-%m-%d} {self.words}{more}"

    @property
    def figures(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "rounds": self.rounds, "told": self.told, "taken_back": self.taken_back, "sent": self.sent,
            "kept_back": self.kept_back,
            "failed": [f"{title}：{why}" for title, why in self.failed],
        }  # fmt: skip


def rehearse(
    settings: Settings, start: date, last: date, stride: timedelta, *, sends: bool, running: Callable[[], datetime]
) -> Iterator[Day]:
    """Play every day after `start` up to `last`, whatever the stride the last one too; yields each when it is done.

    Nothing leaves the portal unless it `sends`. Raises Busy when somebody else is at due work.
    """
    holder, day = a_holder(), start
    only = None if sends else BY_NAME.keys() - GOES_OUT
    while day < last:
        day = min(day + stride, last)
        yield _played(settings, day, holder, only, running)


def _played(settings: Settings, day: date, holder: str, only: set[str] | None, running: Callable[[], datetime]) -> Day:
    played = Day(day)
    for moment in MOMENTS:
        now = datetime.combine(day, moment, ZONE)
        clock.stand_at(now)
        done = due_work(settings, holder, Clocks(clock.now, running), only=only)
        if done is None:
            raise Busy(AT_IT)
        if only is not None:
            played = replace(played, kept_back=played.kept_back + write(partial(set_aside, now=now)))
        more = (line for name, line in done.lines if name not in COUNTED and line != NOTHING_DUE)
        lines = (*played.lines, *more)
        played = replace(played + _counted(day, done), lines=lines)
        db.session.remove()
    return played


def _counted(day: date, done: Round) -> Day:
    sent = done.mailed.sent + done.posted.sent + done.texted.sent
    return Day(day, 1, done.told, done.taken_back, sent, failed=done.failed)
