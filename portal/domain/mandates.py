"""Mandates to sign (委托签批): for which days, to whom, and what stands in the way of one (domain 7.3, 11.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workdays import day_text

SHORTEST_BASIS = 4


class MandateState(Labelled):
    """Whether a mandate holds today."""

    COMING = "coming", "未开始"
    STANDING = "standing", "有效"
    OVER = "over", "已到期"
    REVOKED = "revoked", "已收回"


@dataclass(frozen=True, slots=True)
class MandateDays:
    """Who lets whom sign, from the first day to the last; both count."""

    leader_id: int
    delegate_id: int
    first: date
    last: date

    def meets(self, other: "MandateDays") -> bool:
        """Whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class InOffice:
    """From when to when a leader is in office, by name; no end while none is known."""

    name: str
    first: date
    last: date | None = None

    def covers(self, mandate: MandateDays) -> bool:
        """Whether the leader is in office on every day of a mandate."""
        return self.first <= mandate.first and (self.last is None or mandate.last <= self.last)


def mandate_state(first: date, last: date, *, revoked: bool, today: date) -> MandateState:
    """Where a mandate stands on a day."""
    if revoked:
        return MandateState.REVOKED
    if today < first:
        return MandateState.COMING
    return MandateState.STANDING if today <= last else MandateState.OVER


def mandate_problems(
    wanted: MandateDays,
    leader: InOffice,
    delegate: InOffice,
    others: Sequence[MandateDays],
    *,
    from_paper: bool,
    basis: str,
    today: date,
) -> list[Problem]:
    """What stands in the way of a mandate; `others` are those that stand, of both leaders.

    One leader has at most one delegate a day, and whoever has let another sign signs for nobody else on those days: so it
    is always clear who signs, and no mandate is passed on. One entered `from_paper` needs its basis; only such a one may
    have begun already.
    """
    problems = []
    if wanted.leader_id == wanted.delegate_id:
        problems.append(Problem("delegate_id", "受托人不能是委托人本人，请另选。"))
    if wanted.last < wanted.first:
        problems.append(Problem("until_on", "结束日期不能早于开始日期，请核对。"))
    elif wanted.last < today:
        problems.append(Problem("until_on", "这段时间已经过去，不能再委托。"))
    elif wanted.first < today and not from_paper:
        problems.append(Problem("from_on", "开始日期不能早于今天。"))
    if from_paper and len(basis.strip()) < SHORTEST_BASIS:
        problems.append(Problem("basis", "代为登记的委托须写明依据，例如“12月3日书面委托”。"))
    for who, field in ((leader, "leader_id"), (delegate, "delegate_id")):
        if not who.covers(wanted):
            problems.append(Problem(field, f"{who.name}在这段时间内不全在任，请改日期或另选。"))
    return problems or _clashes(wanted, leader, delegate, others)


def _clashes(wanted: MandateDays, leader: InOffice, delegate: InOffice, others: Sequence[MandateDays]) -> list[Problem]:
    for it in others:
        if not it.meets(wanted):
            continue
        days = f"{day_text(it.first)}至{day_text(it.last)}"
        if it.leader_id == wanted.leader_id:
            return [Problem("from_on", f"{leader.name}{days}已委托他人签批，请先收回或错开日期。")]
        if it.leader_id == wanted.delegate_id:
            return [Problem("delegate_id", f"{delegate.name}{days}已把签批委托给他人，不能再受托。")]
        if it.delegate_id == wanted.leader_id:
            return [Problem("leader_id", f"{leader.name}{days}受他人委托签批，不能再转托；请先收回那项委托。")]
    return []
