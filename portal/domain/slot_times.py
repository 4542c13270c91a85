"""How a reception day is cut into slots (NX-08, domain 2.2)."""

from dataclasses import dataclass
from datetime import time

from portal.domain.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class SlotTime:
    """One slot of a day, from the minute it starts to the minute it ends."""

    starts: time
    ends: time


_MINUTES_A_DAY = 24 * 60


def lay_out_slots(
    starts: time,
    length_minutes: int,
    count: int,
    gap_minutes: int = 0,
    break_from: time | None = None,
    break_minutes: int = 0,
) -> list[SlotTime]:
    """Cut a day into slots of equal length with pauses between them (NX-08, domain 2.2).

    No slot runs into the break: one that would begins when the break is over. Raises RuleBroken for a length, count, pause or
    break that makes no sense, and when the last slot would not end before midnight.
    """
    _check_slots(starts, length_minutes, count, gap_minutes)
    _check_break(break_from, break_minutes)
    rest = (_minute(break_from), _minute(break_from) + break_minutes) if break_from is not None else (0, 0)
    begins: list[int] = []
    at = _minute(starts)
    while len(begins) < count:
        if at < rest[1] and at + length_minutes > rest[0]:
            at = rest[1]
        if at + length_minutes >= _MINUTES_A_DAY:
            raise RuleBroken(
                f"从 {starts:%H:%M} 起当天最多排 {len(begins)} 个时段，排 {count} 个会超过 24:00，请减少时段或提早开始。",
                field="count",
            )
        begins.append(at)
        at += length_minutes + gap_minutes
    return [SlotTime(_clock(begin), _clock(begin + length_minutes)) for begin in begins]


def _check_slots(starts: time, length: int, count: int, gap: int) -> None:
    if starts.second or starts.microsecond:
        raise RuleBroken("开始时间请精确到分钟，例如 09:20。", field="starts")
    if length < 1:
        raise RuleBroken("每个时段至少 1 分钟，请填写时段时长。", field="length_minutes")
    if count < 1:
        raise RuleBroken("至少要有 1 个时段。", field="count")
    if gap < 0:
        raise RuleBroken("时段间隔不能为负数，没有间隔请填 0。", field="gap_minutes")


def _check_break(starts: time | None, length: int) -> None:
    if length < 0:
        raise RuleBroken("休息时长不能为负数，没有休息请填 0。", field="break_minutes")
    if starts is None and length:
        raise RuleBroken("请填写休息从几点开始，例如 12:00；没有休息请把时长填 0。", field="break_from")
    if starts is None:
        return
    if not length:
        raise RuleBroken("请填写休息多少分钟；没有休息请把休息开始时间清空。", field="break_minutes")
    if starts.second or starts.microsecond:
        raise RuleBroken("休息开始时间请精确到分钟，例如 12:00。", field="break_from")
    if _minute(starts) + length >= _MINUTES_A_DAY:
        raise RuleBroken("休息须在当天 24:00 前结束，请调整休息时间。", field="break_minutes")


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
