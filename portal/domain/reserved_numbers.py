"""Numbers set aside for paper made before its record: a day without power, a slip written by hand (domain 3.2)."""

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled

MOST_AT_ONCE = 50
SHORTEST_WORDS = 4


class ReservedState(Labelled):
    """What became of a number that was set aside; it never goes back into the row."""

    OPEN = "open", "预留"
    USED = "used", "已用"
    VOID = "void", "作废"


def reserving_problems(count: int, purpose: str) -> list[Problem]:
    """Why so many numbers cannot be set aside for this."""
    problems = []
    if not 1 <= count <= MOST_AT_ONCE:
        problems.append(Problem("count", f"一次预留 1 至 {MOST_AT_ONCE} 个号，现为 {count} 个。"))
    if len(purpose.strip()) < SHORTEST_WORDS:
        problems.append(Problem("purpose", f"请写明预留用途，不少于 {SHORTEST_WORDS} 个字，例如“停电备用”。"))
    return problems


def open_problems(state: ReservedState, number: str, field: str) -> list[Problem]:
    """A number is used or made void only while it is open."""
    if state is ReservedState.OPEN:
        return []
    return [Problem(field, f"预留号 {number} 现为“{state.label}”，不能再用。请选择仍为“预留”的号。")]


def voiding_problems(reason: str) -> list[Problem]:
    """An unused number ends with a reason, such as a spoilt or lost sheet."""
    if len(reason.strip()) >= SHORTEST_WORDS:
        return []
    return [Problem("reason", f"请写明作废原因，不少于 {SHORTEST_WORDS} 个字，例如“空白单写坏”；号码保留，不再使用。")]
