"""Leave of a leader from duty: asked for, decided, and what the rota then keeps clear (domain 2.1)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class LeaveState(Labelled):
    """Where a leave stands; only an approved one keeps its days clear."""

    REQUESTED = "requested", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


LEAVE_STEPS = Workflow(
    "请假",
    steps(
        {
            ("批准", LeaveState.APPROVED): (LeaveState.REQUESTED,),
            ("不批准", LeaveState.REFUSED): (LeaveState.REQUESTED,),
            ("撤回", LeaveState.WITHDRAWN): (LeaveState.REQUESTED, LeaveState.APPROVED),
        }
    ),
)
