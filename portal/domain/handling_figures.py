"""The figures of handling (办理情况): what is counted, and every rate as numerator, denominator and formula (domain 5.1, 11.6).

Completed, solved, satisfied and closed are four different things and have four figures. The numerator of a rate is always part of
its denominator, so none passes 100 %; where nothing can be counted the rate is “—”, never 0 % or 100 %.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from portal.domain.figures import NOTHING_TO_COUNT, share
from portal.domain.labelled import Labelled


class Basis(Labelled):
    """By which of its dates a matter belongs to a period."""

    DUE = "due", "办结时限"
    CLOSED = "closed", "销号日期"
    RAISED = "raised", "接待日期"


class Grouping(Labelled):
    """What the figures are told apart by."""

    UNIT = "unit", "按牵头单位"
    CATEGORY = "category", "按类别"
    OFFICIAL = "official", "按牵头领导"
    DAY = "day", "按接待日"
    MONTH = "month", "按接待月份"


class Fact(Labelled):
    """One thing that can be true of a matter that was assigned; every figure counts matters of which one is true."""

    ASSIGNED = "assigned", "交办"
    ON_HAND = "on_hand", "在办"
    OVERDUE = "overdue", "办理逾期"
    RECEIPT_DUE = "receipt_due", "应签收"
    RECEIVED_IN_TIME = "received_in_time", "按时签收"
    CONTACT_DUE = "contact_due", "应联系企业"
    CONTACTED_IN_TIME = "contacted_in_time", "按时联系企业"
    HANDLING_DUE = "handling_due", "应办结"
    HANDED_IN = "handed_in", "已办结"
    HANDED_IN_TIME = "handed_in_time", "按时办结"
    CLOSED = "closed", "已销号"
    SOLVED = "solved", "已解决"
    RATED = "rated", "有效评价"
    CONTENT = "content", "企业满意"
    STRICTLY_CONTENT = "strictly_content", "企业满意（严格）"
    REDONE = "redone", "重办"
    EXTENDED = "extended", "延期"
    REMINDED = "reminded", "被催办"
    SUPERVISED = "supervised", "被督办"
    ONCE_CLOSED = "once_closed", "曾经销号"
    LOOKED_BACK = "looked_back", "已回头看"
    FOUND_WANTING = "found_wanting", "回头看发现未落实"
    FAKE = "fake", "虚假销号"
    AGE_WEEK = "age_week", "在办7天以内"
    AGE_HALF = "age_half", "在办8—15天"
    AGE_MONTH = "age_month", "在办16—30天"
    AGE_OLDER = "age_older", "在办30天以上"
    GIVEN = "given", "交办件次"
    OBJECTED = "objected", "提出退回"
    UPHELD = "upheld", "同意退回"


OF_SLIPS = frozenset({Fact.GIVEN, Fact.OBJECTED, Fact.UPHELD})
"""Counted for whichever unit a slip went to; everything else for the unit that leads the matter now."""
AGES = (Fact.AGE_WEEK, Fact.AGE_HALF, Fact.AGE_MONTH, Fact.AGE_OLDER)


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate: what is counted, out of what, in the office's words."""

    key: str
    label: str
    numerator: Fact
    denominator: Fact
    formula: str


RATES: tuple[Rate, ...] = (
    Rate("received", "按时签收率", Fact.RECEIVED_IN_TIME, Fact.RECEIPT_DUE,
         "签收时限内签收的 ÷ 已签收或签收时限已过的。印发时没有签收时限的不计。"),
    Rate("contacted", "响应率", Fact.CONTACTED_IN_TIME, Fact.CONTACT_DUE,
         "签收后在联系时限内联系企业的 ÷ 已联系或联系时限已过的。"),
    Rate("in_time", "按时办结率", Fact.HANDED_IN_TIME, Fact.HANDLING_DUE,
         "在办结时限（经批准延期的按延期后）内由单位负责人审签报送结果的 ÷ 应办结。"
         "应办结＝已审签报送结果的＋时限已过仍未报送的；中止、挂账的不计。"),
    Rate("completed", "办结率", Fact.HANDED_IN, Fact.HANDLING_DUE,
         "已由单位负责人审签报送结果的 ÷ 应办结。办结不等于解决，解释说明的也算办结。"),
    Rate("solved", "问题解决率", Fact.SOLVED, Fact.HANDLING_DUE,
         "已销号、结果为“已解决”且企业没有表示未解决的 ÷ 应办结。部分解决、列入计划、上报争取、解释、转法定途径的都不算解决。"),
    Rate("content", "企业满意率", Fact.CONTENT, Fact.RATED,
         "企业评价为非常满意、满意、基本满意的 ÷ 有效评价。有效评价＝企业给出等级的，以本轮最近一次回访为准；没有评价的不计。"),
    Rate("strictly_content", "严格满意率", Fact.STRICTLY_CONTENT, Fact.RATED,
         "企业评价为非常满意、满意的 ÷ 有效评价；基本满意不算。"),
    Rate("objected", "退回率", Fact.OBJECTED, Fact.GIVEN,
         "单位提出退回的 ÷ 交办件次。同一事项先后交给两个单位的，各计一次。"),
    Rate("upheld", "退回成立率", Fact.UPHELD, Fact.OBJECTED, "经裁定同意退回的 ÷ 提出退回的。"),
    Rate("redone", "重办率", Fact.REDONE, Fact.ASSIGNED,
         "审签报送后又被企业不认可、审核退回、不予销号或重新办理的 ÷ 交办。单位自己撤回的不算。"),
    Rate("extended", "延期率", Fact.EXTENDED, Fact.ASSIGNED, "批准过延期的 ÷ 交办。"),
    Rate("reminded", "催办率", Fact.REMINDED, Fact.ASSIGNED, "对牵头单位发过催办单的 ÷ 交办；作废的催办单不算。"),
    Rate("supervised", "督办率", Fact.SUPERVISED, Fact.ASSIGNED, "对牵头单位发过督办单的 ÷ 交办；作废的督办单不算。"),
    Rate("looked_back", "回头看率", Fact.LOOKED_BACK, Fact.ONCE_CLOSED,
         "销号后做过回头看的 ÷ 曾经销号的；之后又重新办理的仍计入。"),
    Rate("found_wanting", "未落实率", Fact.FOUND_WANTING, Fact.LOOKED_BACK,
         "回头看发现没有落实或虚假销号的 ÷ 做过回头看的。"),
)  # fmt: skip
"""Every rate of the page, in its order."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by fact; and over matters handed in, how many working days they took since their receipt, all together."""

    counts: Mapping[Fact, int] = field(default_factory=dict)
    worked_days: int = 0
    worked: int = 0

    def __getitem__(self, fact: Fact) -> int:
        return self.counts.get(fact, 0)

    def share(self, rate: Rate) -> str:
        """A rate with one decimal, halves up; “—” when there is nothing to divide by."""
        return share(self[rate.numerator], self[rate.denominator])

    def sort_key(self, rate: Rate) -> tuple[bool, Decimal]:
        """What a rate is sorted by; those that cannot be counted come last when the highest is first."""
        whole = self[rate.denominator]
        return (bool(whole), Decimal(self[rate.numerator]) / Decimal(whole) if whole else Decimal(0))

    @property
    def average_days(self) -> str:
        """Working days from the receipt to the signed result, on average, one decimal."""
        if not self.worked:
            return NOTHING_TO_COUNT
        return str((Decimal(self.worked_days) / Decimal(self.worked)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def total_of(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    counts: dict[Fact, int] = dict.fromkeys(Fact, 0)
    days = worked = 0
    for it in tallies:
        for fact, number in it.counts.items():
            counts[fact] += number
        days, worked = days + it.worked_days, worked + it.worked
    return Tally(counts, days, worked)


@dataclass(frozen=True, slots=True)
class ContactLimits:
    """By when an enterprise had to be contacted: for every day of receipt, and for petitions by the day of the matter."""

    usual: Mapping[date, date] = field(default_factory=dict)
    petition: Mapping[date, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """The matters a figure counted, to look at them one by one."""

    fact: Fact
    limits: ContactLimits = field(default_factory=ContactLimits)


@dataclass(frozen=True, slots=True)
class Group:
    """One unit, category, official, day or month with its figures."""

    key: str
    label: str
    tally: Tally


def sorted_groups(groups: Sequence[Group], by: str, *, descending: bool) -> list[Group]:
    """The groups by one of the rates, by a count, or (anything else) in the order they came in."""
    rate = next((it for it in RATES if it.key == by), None)
    if rate is not None:
        return sorted(groups, key=lambda it: it.tally.sort_key(rate), reverse=descending)
    fact = next((it for it in Fact if it.value == by), None)
    if fact is not None:
        return sorted(groups, key=lambda it: it.tally[fact], reverse=descending)
    return list(reversed(groups)) if descending else list(groups)
