"""Urging in order and not too often: blue, yellow, red; who urged last; and the step to propose next (domain 2.4).

A colour follows the one before it only when that one failed; whoever skips one says why in writing. A unit is not urged about the
same slip again within some working days, whoever urges: no repeated and no many-headed supervision (政府督查工作条例 art. 15).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.workdays import WorkingCalendar, day_text

SHORTEST, LONGEST = 4, 200
URGING_KINDS = (PaperKind.REMINDER, PaperKind.SUPERVISION)
"""What counts as urging; a transfer only passes a matter on."""


class DirectGround(Labelled):
    """Why a colour, or a measure, is taken without the ones before it."""

    URGENT = "urgent", "情况紧急"
    GRAVE = "grave", "影响重大"
    INSTRUCTED = "instructed", "领导批示要求"


class Standing(Labelled):
    """Where the answer to a paper stands."""

    WAITING = "waiting", "等待回复"
    ANSWERED = "answered", "已回复"
    UNANSWERED = "unanswered", "逾期未回复"
    LATE = "late", "逾期才回复"
    POOR = "poor", "回复不到位"
    BROKEN = "broken", "承诺没有兑现"


FAILED = frozenset({Standing.UNANSWERED, Standing.LATE, Standing.POOR, Standing.BROKEN})
"""The paper did not do what it was to do, so the next colour may follow."""

BEFORE = {UrgingColour.YELLOW: UrgingColour.BLUE, UrgingColour.RED: UrgingColour.YELLOW}


@dataclass(frozen=True, slots=True)
class Urged:
    """One valid paper that urged a unit about a slip, and what came back."""

    number: str
    kind: PaperKind
    colour: UrgingColour | None
    made_by: str
    made_on: date
    reply_by: date | None = None
    replied_on: date | None = None
    promised_on: date | None = None
    is_poor: bool = False

    @property
    def title(self) -> str:
        """督办单（黄色）."""
        return f"{self.kind.label}（{self.colour.label}）" if self.colour else self.kind.label

    def standing(self, today: date) -> Standing:
        """Where its answer stands; a promise counts as broken because this is asked only while the matter is not done."""
        if self.replied_on is None:
            return Standing.UNANSWERED if self.reply_by is not None and self.reply_by < today else Standing.WAITING
        if self.is_poor:
            return Standing.POOR
        if self.promised_on is not None and self.promised_on < today:
            return Standing.BROKEN
        late = self.reply_by is not None and self.replied_on > self.reply_by
        return Standing.LATE if late else Standing.ANSWERED


def possible_from(earlier: Sequence[Urged], every: int, calendar: WorkingCalendar) -> date | None:
    """The first day on which the unit may be urged again; None when it may be at any time."""
    if not earlier or every <= 0:
        return None
    return calendar.after(max(it.made_on for it in earlier), every)


def latest_day_before(today: date, every: int, calendar: WorkingCalendar) -> date:
    """The last day on which a paper may have been made so that another is possible today."""
    day = calendar.before(calendar.previous_working(today), every)
    while not calendar.is_working(day + timedelta(days=1)):
        day += timedelta(days=1)
    return day


def repeated(earlier: Sequence[Urged], every: int, calendar: WorkingCalendar, today: date) -> str:
    """Why a unit cannot be urged again yet: who urged last, and when the next is possible; empty when it can."""
    first = possible_from(earlier, every, calendar)
    if first is None or first <= today:
        return ""
    last = max(earlier, key=lambda it: it.made_on)
    return (
        f"{last.made_by}已于{day_text(last.made_on, today)}向该单位发出{last.title}{last.number}，{every}个工作日内不重复催办督办，"
        f"最早{day_text(first, today)}可以再发。"
    )


def skipped_colour(colour: UrgingColour | None, earlier: Sequence[Urged], today: date) -> str:
    """Why a colour does not follow from what was sent before; empty when it does."""
    wanted = BEFORE.get(colour) if colour is not None else None
    if wanted is None or colour is None:
        return ""
    before = [it for it in earlier if it.colour is wanted]
    if any(it.standing(today) in FAILED for it in before):
        return ""
    if not before:
        return f"还没有向该单位发过{wanted.label}督办单，不能直接发{colour.label}。"
    last = max(before, key=lambda it: it.made_on)
    until = f"，回复时限{day_text(last.reply_by, today)}" if last.reply_by else ""
    return f"{last.title}{last.number}现为“{last.standing(today).label}”{until}；逾期未回复或回复不到位的，才发{colour.label}。"


def direct_problems(ground: DirectGround | None, why: str) -> list[Problem]:
    """Taking a step without the ones before it needs a ground and its reason in writing."""
    problems = []
    if ground is None and why.strip():
        problems.append(Problem("ground", "写了直接发出的理由的，请选择属于哪种情形。"))
    if ground is not None and not SHORTEST <= len(why.strip()) <= LONGEST:
        problems.append(Problem("why_direct", f"请写明直接发出的理由，{SHORTEST} 至 {LONGEST} 个字。"))
    return problems


class Step(Labelled):
    """What to do next about a matter that is late."""

    REMIND = "remind", "发催办单"
    BLUE = "blue", "发蓝色督办单"
    YELLOW = "yellow", "发黄色督办单"
    RED = "red", "发红色督办单"
    MEASURE = "measure", "约谈、挂牌或通报"
    ESCALATE = "escalate", "上报"
    WAIT = "wait", "等待"


STEP_OF = {UrgingColour.BLUE: Step.BLUE, UrgingColour.YELLOW: Step.YELLOW, UrgingColour.RED: Step.RED}
COLOUR_OF = {step: colour for colour, step in STEP_OF.items()}
AFTER = {UrgingColour.BLUE: Step.YELLOW, UrgingColour.YELLOW: Step.RED, UrgingColour.RED: Step.MEASURE}


@dataclass(frozen=True, slots=True)
class Late:
    """A matter that is late with its unit: what was done about it so far, the oldest first."""

    days_over: int
    earlier: tuple[Urged, ...] = ()
    measure_until: date | None = None
    has_measure: bool = False
    is_escalated: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step to propose and why; one that must wait says until when."""

    step: Step
    why: str
    from_on: date | None = None


def next_step(
    late: Late, *, supervises: bool, every: int, escalate_days: int, calendar: WorkingCalendar, today: date
) -> NextStep:
    """What the supervision office, or the office, does next; waiting when a reply, a promise or the limit is still running."""
    last = late.earlier[-1] if late.earlier else None
    over = f"已逾期 {late.days_over} 个工作日"
    waits = _waits(late, last, today)
    if waits is not None:
        return waits
    found = _supervised(late, over, today) if supervises else _reminded(late, last, over, escalate_days, today)
    first = possible_from(late.earlier, every, calendar)
    if first is not None and first > today and found.step not in (Step.MEASURE, Step.ESCALATE):
        return NextStep(Step.WAIT, f"{found.why}；{day_text(first, today)}起可{found.step.label}", first)
    return found


def _waits(late: Late, last: Urged | None, today: date) -> NextStep | None:
    if late.has_measure and (late.measure_until is None or late.measure_until >= today):
        until = f"，期限{day_text(late.measure_until, today)}" if late.measure_until else ""
        return NextStep(Step.WAIT, f"约谈、挂牌或通报正在整改{until}", late.measure_until)
    if last is None:
        return None
    standing = last.standing(today)
    if standing is Standing.WAITING and last.reply_by is not None:
        return NextStep(
            Step.WAIT, f"{last.title}{last.number}等待回复，{day_text(last.reply_by, today)}前", last.reply_by
        )
    if standing is Standing.ANSWERED and last.promised_on is not None:
        return NextStep(Step.WAIT, f"单位承诺{day_text(last.promised_on, today)}办结", last.promised_on)
    return None


def _supervised(late: Late, over: str, today: date) -> NextStep:
    notices = [it for it in late.earlier if it.colour is not None]
    if late.has_measure:
        return NextStep(Step.ESCALATE, "整改期限已过，仍未办结")
    if not notices:
        reminded = [it for it in late.earlier if it.standing(today) in FAILED]
        return NextStep(
            Step.BLUE, f"{over}；{reminded[-1].title}{reminded[-1].standing(today).label}" if reminded else over
        )
    last = notices[-1]
    colour = last.colour or UrgingColour.BLUE
    standing = last.standing(today)
    if standing in FAILED:
        return NextStep(AFTER[colour], f"{last.title}{standing.label}")
    return NextStep(STEP_OF[colour], f"{over}；{last.title}已回复，没有承诺办结日期")


def _reminded(late: Late, last: Urged | None, over: str, escalate_days: int, today: date) -> NextStep:
    if last is None:
        return NextStep(Step.REMIND, over)
    standing = last.standing(today)
    if standing in FAILED and late.days_over >= escalate_days > 0 and not late.is_escalated:
        return NextStep(Step.ESCALATE, f"{over}；{last.title}{standing.label}")
    return NextStep(Step.REMIND, f"{over}；{last.title}{standing.label}")
