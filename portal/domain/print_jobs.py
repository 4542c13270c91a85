"""Printing in bulk: what can be asked for, where such a job stands, and how long it will still take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps

MOST_OPEN = 5
"""So many jobs of one account may wait or run at once."""

MOST_SLIPS = 20_000
LONGEST_TROUBLE = 400
RECENT_PARTS = 10
"""The pace is reckoned from the last parts: it changes with what else the machine does."""


class JobKind(Labelled):
    """What comes out of a job."""

    PDF = "pdf", "合并成一份 PDF"
    ZIP = "zip", "逐张 PDF 打包"
    ARCHIVE = "archive", "年度归档包"


class JobState(Labelled):
    """Where a job stands; a job whose process was killed is still running and is taken up again."""

    WAITING = "waiting", "等待"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"
    FAILED = "failed", "未完成"


OPEN_STATES = (JobState.WAITING, JobState.RUNNING)

JOB_STEPS = Workflow(
    "打印任务",
    steps(
        {
            ("取消", JobState.CANCELLED): OPEN_STATES,
            ("重试", JobState.WAITING): (JobState.FAILED, JobState.CANCELLED),
        }
    ),
)
"""What a person may do with a job; what was made before is used again."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a job's list: its place from 0, and which places of the list it holds."""

    ordinal: int
    first: int
    count: int


def parts_of(total: int, size: int) -> list[Part]:
    """A list of so many, cut into parts of that size; the last one may be smaller."""
    return [Part(first // size, first, min(size, total - first)) for first in range(0, total, size)]


def pace(parts: Sequence[tuple[int, datetime]]) -> float | None:
    """How many are made a second, from the last parts: how many each held and when it was ready. None before two are."""
    recent = parts[-RECENT_PARTS:]
    if len(recent) < 2:
        return None
    seconds = (recent[-1][1] - recent[0][1]).total_seconds()
    return sum(count for count, _ in recent[1:]) / seconds if seconds > 0 else None


def time_left(left: int, a_second: float | None) -> str:
    """How long the rest will take, as one says it: 约 3 分钟; nothing while nobody knows."""
    if not a_second or left <= 0:
        return ""
    seconds = left / a_second
    return f"约 {max(5, ceil(seconds / 5) * 5)} 秒" if seconds < 55 else f"约 {ceil(seconds / 60)} 分钟"


def left_out_remark(left_out: Sequence[tuple[str, str]]) -> str:
    """Which papers are missing from what was made, and why, within what a record holds; blank when none is."""
    if not left_out:
        return ""
    text = (
        f"有 {len(left_out)} 张没有打印：" + "；".join(f"{name}（{why.rstrip('。')}）" for name, why in left_out) + "。"
    )
    end = "……其余见清单。"
    return text if len(text) <= LONGEST_TROUBLE else text[: LONGEST_TROUBLE - len(end)] + end
