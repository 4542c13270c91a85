"""Like matters of several enterprises under one task, each still answered on its own (共性事项, PT-27)."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.errors import Problem
from portal.domain.matter_course import TERMINAL
from portal.domain.matters import MatterState

LEAST, MOST = 2, 60
LONGEST_TITLE, LONGEST_APPROACH, SHORTEST = 120, 4_000, 4


@dataclass(frozen=True, slots=True)
class Joinable:
    """What the rules of joining need to know of a matter; `task` is the common task it is on already."""

    number: str
    state: MatterState
    enterprise_id: int | None
    task: str = ""


def joining_problems(matters: Sequence[Joinable], *, already: int = 0) -> list[Problem]:
    """Why these matters cannot be joined, or be added to `already` joined ones."""
    problems = []
    if already + len(matters) < LEAST:
        problems.append(Problem("matters", f"共性任务至少合并 {LEAST} 件诉求，请再选。"))
    if already + len(matters) > MOST:
        problems.append(Problem("matters", f"一项共性任务最多 {MOST} 件诉求，请分成几项。"))
    for it in matters:
        if it.task:
            problems.append(Problem("matters", f"{it.number}已并入共性任务“{it.task}”，请先移出。"))
        elif it.state in TERMINAL:
            problems.append(Problem("matters", f"{it.number}现为“{it.state.label}”，不必合并。"))
    return problems


def task_problems(title: str, approach: str) -> list[Problem]:
    """What is missing before a task stands."""
    problems = []
    if not SHORTEST <= len(title.strip()) <= LONGEST_TITLE:
        problems.append(Problem("title", f"请填写任务名称，{SHORTEST} 至 {LONGEST_TITLE} 个字。"))
    if len(approach.strip()) > LONGEST_APPROACH:
        problems.append(Problem("approach", f"统一办法最多 {LONGEST_APPROACH} 个字，请精简。"))
    return problems
