"""What a unit says about a matter before the day: its opinion and the policy it rests on (NX-18)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class OpinionState(Labelled):
    """Where a request for a unit's opinion stands."""

    ASKED = "asked", "待回复"
    ANSWERED = "answered", "已回复"
    WITHDRAWN = "withdrawn", "已撤回"


OPINION_STEPS = Workflow(
    "征求意见",
    steps(
        {
            ("回复", OpinionState.ANSWERED): (OpinionState.ASKED, OpinionState.ANSWERED),
            ("撤回", OpinionState.WITHDRAWN): (OpinionState.ASKED,),
            ("重新征求", OpinionState.ASKED): (OpinionState.ANSWERED, OpinionState.WITHDRAWN),
        }
    ),
)
