"""Swapping duty (调换): one leader offers a turn, another takes it for one of his or her own (domain 2.1)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class SwapState(Labelled):
    """Where an offer to swap stands."""

    OPEN = "open", "待对方同意"
    AGREED = "agreed", "已调换"
    REFUSED = "refused", "对方不同意"
    WITHDRAWN = "withdrawn", "已撤回"
    OVERTAKEN = "overtaken", "已失效"


SWAP_STEPS = Workflow(
    "调换",
    steps(
        {
            ("同意调换", SwapState.AGREED): (SwapState.OPEN,),
            ("不同意", SwapState.REFUSED): (SwapState.OPEN,),
            ("撤回", SwapState.WITHDRAWN): (SwapState.OPEN,),
            ("失效", SwapState.OVERTAKEN): (SwapState.OPEN,),
        }
    ),
)
