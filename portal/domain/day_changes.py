"""Re-dating and cancelling a reception day: asked for with a reason, approved, told to everybody (domain 2.1)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class ChangeKind(Labelled):
    """What is asked for."""

    REDATE = "redate", "改期"
    CANCEL = "cancel", "取消"


class ChangeState(Labelled):
    """Where the request stands."""

    WAITING = "waiting", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"


class ApprovedHow(Labelled):
    """The way the approval was given; each is recorded for what it is."""

    SCREEN = "screen", "系统内批准"
    PAPER = "paper", "纸面批准，办公室登记"
    NOT_NEEDED = "not_needed", "按设置无须批准"


class ApprovalNeeded(Labelled):
    """Which changes of a day a leader must approve; places differ, so it is a setting."""

    ALWAYS = "always", "一律须批准"
    PUBLISHED = "published", "已发布的须批准"
    NEVER = "never", "无须批准"


def needs_approval(setting: ApprovalNeeded, *, is_published: bool) -> bool:
    """Whether a change of a day must be approved by a leader before it is carried out (domain 2.1)."""
    return setting is ApprovalNeeded.ALWAYS or (setting is ApprovalNeeded.PUBLISHED and is_published)


CHANGE_STEPS = Workflow(
    "变更申请",
    steps(
        {
            ("批准", ChangeState.APPROVED): (ChangeState.WAITING,),
            ("不批准", ChangeState.REFUSED): (ChangeState.WAITING,),
            ("撤回", ChangeState.WITHDRAWN): (ChangeState.WAITING,),
        }
    ),
)
