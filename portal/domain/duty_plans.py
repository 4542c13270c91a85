"""The life of a rota plan: drafted, shown to the leaders, published; changed afterwards only by an act (NX-04)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class PlanState(Labelled):
    """Where a rota plan stands."""

    DRAFT = "draft", "草案"
    CONSULTING = "consulting", "征求意见"
    PUBLISHED = "published", "已发布"
    DISCARDED = "discarded", "已放弃"


OPEN_PLANS = (PlanState.DRAFT, PlanState.CONSULTING)
"""At most one plan of a district is open at a time."""

PLAN_STEPS = Workflow(
    "排班方案",
    steps(
        {
            ("征求意见", PlanState.CONSULTING): (PlanState.DRAFT,),
            ("退回草案", PlanState.DRAFT): (PlanState.CONSULTING,),
            ("发布", PlanState.PUBLISHED): OPEN_PLANS,
            ("放弃", PlanState.DISCARDED): OPEN_PLANS,
        }
    ),
)


class PlanMode(Labelled):
    """What a new plan may touch; turns that are fixed, settled among people or announced stay in any case."""

    FILL = "fill", "只补空缺"
    REPLAN = "replan", "重排，尽量少改"
    ANEW = "anew", "从头重排，最公平"
