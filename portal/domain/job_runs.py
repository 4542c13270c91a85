"""When a piece of due work is done again: at its pace, and more seldom the more often it has failed."""

from datetime import datetime, timedelta

from portal.domain.labelled import Labelled

LONGEST_PAUSE = timedelta(hours=1)
"""However often a job has failed, it is tried again after so long."""

SLACK = timedelta(seconds=5)
"""Whoever looks for work does so at its own beat: what is due within a few seconds is done now and not a beat later."""

FAILING_AFTER = 3
"""Failures in a row after which somebody must be told; one or two pass by themselves."""


class JobHealth(Labelled):
    """How a piece of due work stands."""

    NEVER = "never", "还没有做过"
    RUNNING = "running", "正在做"
    FINE = "fine", "正常"
    RETRYING = "retrying", "失败待重试"
    FAILING = "failing", "连续失败"


def pause_after(every: timedelta, failures: int) -> timedelta:
    """How long until the next try: the job's own pace, doubled for every failure in a row, up to an hour."""
    return min(every * (1 << min(failures, 12)), max(every, LONGEST_PAUSE))


def is_due(next_at: datetime | None, every: timedelta, *, at: datetime) -> bool:
    """Whether a job's turn has come; one whose turn lies farther off than any pause was noted before the clock was set back."""
    return next_at is None or next_at <= at + SLACK or next_at > at + max(every, LONGEST_PAUSE) + SLACK


def health(*, began_at: datetime | None, ended_at: datetime | None, failures: int, is_held: bool) -> JobHealth:
    """How a job stands; `is_held` tells whether somebody is at due work right now."""
    if began_at is None:
        return JobHealth.NEVER
    if is_held and (ended_at is None or ended_at < began_at):
        return JobHealth.RUNNING
    if failures >= FAILING_AFTER:
        return JobHealth.FAILING
    return JobHealth.RETRYING if failures else JobHealth.FINE
