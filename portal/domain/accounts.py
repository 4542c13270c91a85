"""The life of an account: made by one administrator, opened by another (domain 7.2, 三员分立)."""

from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps


class AccountState(Labelled):
    """Where an account stands."""

    PENDING = "pending", "待审批"
    ACTIVE = "active", "启用"
    DISABLED = "disabled", "停用"


ACCOUNT_STEPS = Workflow(
    "账号",
    steps(
        {
            ("审批启用", AccountState.ACTIVE): (AccountState.PENDING, AccountState.DISABLED),
            ("停用", AccountState.DISABLED): (AccountState.ACTIVE, AccountState.PENDING),
        }
    ),
)
