"""Leave of a leader from duty: asked for, decided, and what the rota then keeps clear (domain 2.1)."""

from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar, day_text
from portal.domain.workflow import Workflow, steps

LONGEST_DAYS = 400
SHORTEST_REASON = 2
LONGEST_REASON = 150


class LeaveState(Labelled):
    """Where a leave stands; only an approved one keeps its days clear."""

    REQUESTED = "requested", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


LEAVE_STEPS = Workflow(
    "请假",
    steps(
        {
            ("批准", LeaveState.APPROVED): (LeaveState.REQUESTED,),
            ("不批准", LeaveState.REFUSED): (LeaveState.REQUESTED,),
            ("撤回", LeaveState.WITHDRAWN): (LeaveState.REQUESTED, LeaveState.APPROVED),
        }
    ),
)

STANDING = (LeaveState.REQUESTED, LeaveState.APPROVED)
"""A leave in one of these states may not overlap another of the same leader."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which a leader does not serve; both ends count."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last

    def text(self, beside: date) -> str:
        """The span as people write it: 12月14日 周一至12月16日 周三, one day alone without “至”.

        The year is said where it is another one than that of the day it stands beside, mostly today.
        """
        if self.first == self.last:
            return day_text(self.first, beside)
        return f"{day_text(self.first, beside)}至{day_text(self.last, self.first)}"


def leave_problems(span: Span, reason: str, *, today: date) -> list[Problem]:
    """What is wrong with a request for leave, a sentence for each field (domain 2.1: in writing)."""
    problems = []
    if span.last < span.first:
        problems.append(Problem("last", "结束日期早于开始日期，请改正。"))
    elif span.last < today:
        problems.append(Problem("last", "这些日子已经过去，不能再请假。当日未到场的，请在当日轮值中登记。"))
    elif (span.last - span.first).days >= LONGEST_DAYS:
        problems.append(
            Problem("last", f"一次请假最多 {LONGEST_DAYS} 天；长期不参加轮值的，请在领导信息中修改任期或权重。")
        )
    if len(reason) < SHORTEST_REASON:
        problems.append(Problem("reason", "请写明请假事由，例如“外出培训”。"))
    elif len(reason) > LONGEST_REASON:
        problems.append(Problem("reason", f"事由最多 {LONGEST_REASON} 个字，请精简。"))
    return problems


def notice_day(calendar: WorkingCalendar, turn: date, lead_days: int) -> date:
    """The last day on which leave for a turn is asked in time, so many working days before it (domain 2.1: 5 days)."""
    return calendar.before(turn, lead_days)


def asked_too_late(calendar: WorkingCalendar, turn: date, today: date, lead_days: int) -> bool:
    """Whether leave asked today comes too late for a turn; it is allowed all the same, but marked as late."""
    return today > notice_day(calendar, turn, lead_days)
