"""What a unit says about a matter before the day: its opinion and the policy it rests on (NX-18)."""

from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workdays import WorkingCalendar, day_text
from portal.domain.workflow import Workflow, steps

LONGEST_QUESTION = 400
LONGEST_OPINION = 4_000
LONGEST_POLICY = 2_000
SHORTEST_REASON = 4
LONGEST_REASON = 200


class OpinionState(Labelled):
    """Where a request for a unit's opinion stands."""

    ASKED = "asked", "待回复"
    ANSWERED = "answered", "已回复"
    DECLINED = "declined", "请求退回"
    WITHDRAWN = "withdrawn", "已撤回"


OPINION_STEPS = Workflow(
    "征求意见",
    steps(
        {
            ("回复", OpinionState.ANSWERED): (OpinionState.ASKED, OpinionState.ANSWERED, OpinionState.DECLINED),
            ("请求退回", OpinionState.DECLINED): (OpinionState.ASKED,),
            ("撤回", OpinionState.WITHDRAWN): (OpinionState.ASKED, OpinionState.DECLINED),
            ("重新征求", OpinionState.ASKED): (
                OpinionState.ANSWERED,
                OpinionState.DECLINED,
                OpinionState.WITHDRAWN,
            ),
        }
    ),
)
"""A unit that holds a matter to be none of its own asks to be let off; the office withdraws the request or insists."""


def usual_due(day: date, opinion_days: int, calendar: WorkingCalendar, today: date) -> date:
    """By when units answer unless the office says otherwise: `opinion_days` working days before the day, never earlier than today.

    Today answers for a day so near that the usual date has passed; for a day in the past there is no date that would do.
    """
    return max(calendar.before(day, opinion_days), today)


def due_problems(due_on: date, day: date, today: date) -> list[Problem]:
    """Why units cannot be asked to answer by that date; empty when they can."""
    if day < today:
        return [Problem("due_on", f"{day_text(day, today)}的接待日已经过去，不再征求意见。")]
    if due_on < today:
        advice = "请改为今天或以后；来不及书面回复的，请电话征求后代为登记。"
        return [Problem("due_on", f"回复期限{day_text(due_on, today)}已经过去，{advice}")]
    if due_on > day:
        return [Problem("due_on", f"回复期限不能晚于接待日{day_text(day, today)}，否则接待时用不上，请提前。")]
    return []


def answer_problems(opinion: str, policy_basis: str, answered_by: str) -> list[Problem]:
    """What is wrong with an answer; the policy may be left out where none is needed."""
    problems = []
    if not opinion.strip():
        problems.append(Problem("opinion", "请填写意见：能否解决、依据什么、需要什么条件、何时可以办。"))
    if len(opinion) > LONGEST_OPINION:
        problems.append(Problem("opinion", f"意见最多 {LONGEST_OPINION} 个字，现为 {len(opinion)} 个字，请精简。"))
    if len(policy_basis) > LONGEST_POLICY:
        problems.append(Problem("policy_basis", f"政策依据最多 {LONGEST_POLICY} 个字，请只列文件名、文号和条款。"))
    if not answered_by.strip():
        problems.append(Problem("answered_by", "请填写答复人的姓名和职务。"))
    return problems


def release_problems(reason: str) -> list[Problem]:
    """What is wrong with the reason why a unit wants to be let off."""
    length = len(reason.strip())
    if SHORTEST_REASON <= length <= LONGEST_REASON:
        return []
    wanted = f"{SHORTEST_REASON} 至 {LONGEST_REASON} 个字"
    return [Problem("reason", f"请写明理由（{wanted}），例如属于哪个单位的职责，便于办公室改为征求。")]


def is_late(due_on: date, answered_on: date) -> bool:
    """Whether an answer came, or would come, after its date; it is of use until the day all the same."""
    return answered_on > due_on
