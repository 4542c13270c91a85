"""Meetings that push open matters on, and studies of what many enterprises raise (JY-04, JY-05, QD-25)."""

from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.matter_course import TERMINAL
from portal.domain.matters import MatterState
from portal.domain.workflow import Workflow, steps

LONGEST_TITLE, LONGEST_VENUE, LONGEST_REASON, LONGEST_TEXT = 120, 80, 200, 4_000
SHORTEST = 4
MOST_ITEMS = 60


class MeetingKind(Labelled):
    """What kind of meeting it is."""

    DISPATCH = "dispatch", "调度会"
    PUSH = "push", "推进会"
    CONSULTATION = "consultation", "会商"


class MeetingState(Labelled):
    """Where a meeting stands."""

    PLANNED = "planned", "待召开"
    HELD = "held", "已召开"
    CANCELLED = "cancelled", "已取消"


class AgendaReason(Labelled):
    """Why an open matter is proposed for the agenda (JY-05, domain 2.5)."""

    OVERDUE = "overdue", "逾期"
    OBJECTED = "objected", "单位退回"
    MORE_TIME = "more_time", "申请延期"
    PAUSED = "paused", "中止挂账"
    ESCALATED = "escalated", "已上报"
    SEVERAL = "several", "多个单位"
    URGENT = "urgent", "急重难"
    WAITING = "waiting", "待交办"


class StudyState(Labelled):
    """Where a study stands."""

    PROPOSED = "proposed", "建议立项"
    OPEN = "open", "研究中"
    CONCLUDED = "concluded", "已形成结论"
    DROPPED = "dropped", "不予立项"


MEETING_STEPS = Workflow(
    "会议",
    steps(
        {
            ("记录会议", MeetingState.HELD): (MeetingState.PLANNED,),
            ("取消会议", MeetingState.CANCELLED): (MeetingState.PLANNED,),
        }
    ),
)
STUDY_STEPS = Workflow(
    "专题研究",
    steps(
        {
            ("立项", StudyState.OPEN): (StudyState.PROPOSED,),
            ("不予立项", StudyState.DROPPED): (StudyState.PROPOSED, StudyState.OPEN),
            ("形成结论", StudyState.CONCLUDED): (StudyState.OPEN,),
        }
    ),
)
STANDING_STUDIES = (StudyState.PROPOSED, StudyState.OPEN)
"""While one of these stands for a category, no other is proposed for it."""
OFF_THE_AGENDA = TERMINAL
"""What has ended is no longer a meeting's business."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a meeting decided about one matter; `unit_id` is who does it, `due_on` until when."""

    conclusion: str
    unit_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a matter stands when a meeting decides about it; `asked_until` is the day of an extension that waits."""

    state: MatterState
    lead_unit_id: int | None
    due_on: date | None
    asked_until: date | None = None


class DayChange(Labelled):
    """What becomes of a day the meeting named."""

    NONE = "none", "时限不变"
    OF_THE_SLIP = "of_the_slip", "写入交办单"
    EARLIER = "earlier", "会议要求提前，办结时限不变"
    GRANTS = "grants", "同意延期"


def day_change(standing: Standing, decided: Decided) -> DayChange:
    """What the day a meeting named does to a matter; `decision_problems` has let it through (domain 2.3)."""
    if decided.due_on is None or decided.due_on == standing.due_on:
        return DayChange.NONE
    if standing.state is MatterState.AWAITING_ASSIGNMENT:
        return DayChange.OF_THE_SLIP
    if standing.due_on is not None and decided.due_on > standing.due_on:
        return DayChange.GRANTS
    return DayChange.EARLIER


def decision_problems(standing: Standing, decided: Decided, today: date) -> list[Problem]:
    """Why a meeting cannot decide so: in words, with a unit where it assigns, and no later day past the rules of extension.

    A later day for a matter in hand is only the one its unit has asked for, so that no last day moves silently.
    """
    problems, awaiting = [], standing.state is MatterState.AWAITING_ASSIGNMENT
    if len(decided.conclusion.strip()) < SHORTEST:
        problems.append(Problem("conclusion", f"请写明会议议定的意见，不少于 {SHORTEST} 个字。"))
    if awaiting and decided.due_on is not None and decided.unit_id is None:
        problems.append(Problem("unit_id", "定了时限的，请一并明确承办单位。"))
    if decided.due_on is not None and decided.due_on < today and decided.due_on != standing.due_on:
        problems.append(Problem("due_on", "会议定的时限不能早于今天，请核对。"))
    if not awaiting and day_change(standing, decided) is DayChange.GRANTS:
        if standing.asked_until is None:
            told = "晚于现在的办结时限。延期须由牵头单位先申请，会议再审批；请留空，或请单位申请后再定。"
            problems.append(Problem("due_on", told))
        elif standing.asked_until != decided.due_on:
            asked = f"{standing.asked_until:%Y-%m-%d}"
            problems.append(Problem("due_on", f"单位申请延期至 {asked}，会议同意的只能是这一天；不同意的请留空。"))
    return problems


def plan_problems(title: str, venue: str) -> list[Problem]:
    """What is missing before a meeting can be planned."""
    problems = []
    if not SHORTEST <= len(title.strip()) <= LONGEST_TITLE:
        problems.append(Problem("title", f"请填写会议名称，{SHORTEST} 至 {LONGEST_TITLE} 个字。"))
    if len(venue.strip()) > LONGEST_VENUE:
        problems.append(Problem("venue", f"地点最多 {LONGEST_VENUE} 个字，请缩短。"))
    return problems


def proposes_a_study(came: int, study_from: int) -> bool:
    """Whether so many matters of a category, on no study yet, are a concentration (QD-25)."""
    return came >= max(2, study_from)
