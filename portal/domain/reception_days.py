"""The life of a reception day (NX-02, NX-21, domain 9)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class DayState(Labelled):
    """Where a reception day stands."""

    PLANNED = "planned", "计划"
    PUBLISHED = "published", "已发布"
    ONGOING = "ongoing", "进行中"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


ENDED = frozenset({DayState.CLOSED, DayState.CANCELLED})
"""The states of a day that is over or off."""

HELD = frozenset({DayState.ONGOING, DayState.CLOSED})
"""The states of a day on which enterprises are or were received."""


DAY_STEPS = Workflow(
    "接待日",
    steps(
        {
            ("发布", DayState.PUBLISHED): (DayState.PLANNED,),
            ("开始接待", DayState.ONGOING): (DayState.PUBLISHED,),
            ("结束接待", DayState.CLOSED): (DayState.ONGOING,),
            ("撤回发布或恢复计划", DayState.PLANNED): (DayState.PUBLISHED, DayState.CANCELLED),
            ("取消", DayState.CANCELLED): (DayState.PLANNED, DayState.PUBLISHED),
        }
    ),
)
"""A day is unique on its date, so a cancelled one can be restored instead of planned twice."""


def advance(state: DayState, target: DayState) -> DayState:
    """Answer the target if the day may go there, or raise RuleBroken."""
    return DAY_STEPS.advance(state, target)
