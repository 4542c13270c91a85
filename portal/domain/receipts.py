"""Signing for a slip (签收): on the page or on paper, in time or late, and handed on inside the unit (domain 2.3, 9)."""

from dataclasses import dataclass
from datetime import date, time

from portal.domain.clocks import Counted
from portal.domain.deadlines import is_overdue
from portal.domain.errors import Problem
from portal.domain.figures import share
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar, day_text

LONGEST_NAME = 40
SHORTEST_REASON = 4
LONGEST_REASON = 200


class ReceivedHow(Labelled):
    """Where a unit signed for its slip."""

    PAGE = "page", "网上签收"
    PAPER = "paper", "纸面签收"


class ReceiptStanding(Labelled):
    """How far a slip has got in one unit; whether that was late is another question."""

    UNREAD = "unread", "未阅"
    READ = "read", "已阅，待签收"
    RECEIVED = "received", "已签收"
    HANDED_ON = "handed_on", "已转经办人"


class ReceiptWanted(Labelled):
    """Which receipts a list shows; what waits or is late is counted by the date, never stored (domain 9)."""

    WAITING = "waiting", "待签收"
    OVERDUE = "overdue", "逾期未签收"
    IN_TIME = "in_time", "按时签收"
    LATE = "late", "逾期签收"
    SIGNED = "signed", "已签收"


def standing_of(*, read: bool, received: bool, handed_on: bool) -> ReceiptStanding:
    """Where a slip stands in a unit; a signature on paper needs no reading on the page."""
    if handed_on:
        return ReceiptStanding.HANDED_ON
    if received:
        return ReceiptStanding.RECEIVED
    return ReceiptStanding.READ if read else ReceiptStanding.UNREAD


def receipt_limit(calendar: WorkingCalendar, issued_on: date, days: int) -> Counted:
    """By when units sign for a slip: so many working days after its issue, which itself does not count (domain 10)."""
    return Counted(issued_on, days, calendar.after(issued_on, days))


def is_late(due: date | None, received_on: date | None, today: date, *, moment_passed: bool = False) -> bool:
    """Whether a unit signed after the last day, or has let it pass; a slip without such a day is never late.

    `moment_passed` says so of a limit counted in hours.
    """
    return due is not None and (moment_passed or is_overdue(received_on or today, due))


def lateness(
    calendar: WorkingCalendar, due: date | None, received_on: date | None, today: date, *, moment_passed: bool = False
) -> str:
    """How late a receipt is in the office's words; nothing for one in time or still to come.

    逾期签收 2 个工作日；已逾期 1 个工作日.
    """
    if due is None or not is_late(due, received_on, today, moment_passed=moment_passed):
        return ""
    days = calendar.between(due, received_on or today)
    by = f"{days} 个工作日" if days else "不足 1 个工作日"
    return f"逾期签收 {by}" if received_on else f"已逾期 {by}"


def lateness_in_full(calendar: WorkingCalendar, due: date | None, received_on: date | None, today: date) -> str:
    """The same where the last day does not stand beside it: 应于11月23日 周一前签收，已逾期 1 个工作日."""
    said = lateness(calendar, due, received_on, today)
    return f"应于{day_text(due, today)}前签收，{said}" if said and due else said


@dataclass(frozen=True, slots=True)
class PaperReceipt:
    """What the receipt table of a paper says about one unit: who signed, on which day, at what hour if it says so."""

    slip_id: int
    unit_id: int
    received_by: str = ""
    received_on: date | None = None
    hour: time | None = None


def paper_problem(it: PaperReceipt, signed_on: date | None, today: date) -> Problem | None:
    """What is wrong with a receipt keyed in from paper: who, when, and not before the leader's signature nor tomorrow.

    Units may sign in the room, before the office has issued the slip in the portal (NX-12).
    """
    name = it.received_by.strip()
    if not name:
        return Problem("received_by", "请按纸面填写签收人姓名。")
    if len(name) > LONGEST_NAME:
        return Problem("received_by", f"签收人最多 {LONGEST_NAME} 个字，请精简。")
    if it.received_on is None:
        return Problem("received_on", "请填写纸面上的签收日期。")
    if it.received_on > today:
        return Problem("received_on", "签收日期不能晚于今天，请核对纸面。")
    if signed_on is not None and it.received_on < signed_on:
        return Problem("received_on", f"签收日期不能早于领导签批日期（{day_text(signed_on, today)}），请核对纸面。")
    return None


@dataclass(frozen=True, slots=True)
class ReceiptRate:
    """How many receipts fell due, and how they came: 按时签收率 = in time ÷ all that fell due (domain 9)."""

    in_time: int = 0
    late: int = 0
    missing: int = 0

    @property
    def due(self) -> int:
        """All that were to be signed for: signed in time, signed late, and not signed though the last day has passed."""
        return self.in_time + self.late + self.missing

    @property
    def percent(self) -> str:
        """The rate as it is printed, “—” when nothing was due."""
        return share(self.in_time, self.due)


RATE_FORMULA = (
    "按时签收率 ＝ 在应签收日当日及以前签收的 ÷（按时签收 ＋ 逾期签收 ＋ 逾期未签收）。每张交办单的每个牵头、配合单位各计一次，"
    "按应签收日归入期间；已作废的、未到期尚未签收的、没有应签收日的不计。"
)
"""What the rate counts, beside every place where it is shown."""
