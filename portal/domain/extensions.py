"""More time: asked before the last day, granted by whoever may, never without end (domain 2.3, 9)."""

from portal.domain.labelled import Labelled


class ExtensionState(Labelled):
    """What became of a request for more time."""

    ASKED = "asked", "待审批"
    GRANTED = "granted", "同意"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "撤回"


class PauseKind(Labelled):
    """Why the clock stands still."""

    SUSPENSION = "suspension", "中止"
    LONG_TERM = "long_term", "挂账"
