"""Which queue of closing the address asks for, and which step may be done for several of it at once."""

from flask import url_for

from portal.domain.people import Actor, Role
from portal.domain.results import ClosingStep, ResultCode
from portal.store.queries.closings import ClosingFilter
from portal.web.access import me
from portal.web.asked import asked_number, asked_text, asked_word
from portal.web.office import rules

CLOSED = "closed"
EVERY = "all"
WORDS = ("step", "unit", "result", "overdue", "q")
OWN_STEP = {
    Role.OFFICE: ClosingStep.REVIEW,
    Role.UNIT: ClosingStep.HEAD,
    Role.LEADER: ClosingStep.APPROVAL,
    Role.SECRETARY: ClosingStep.APPROVAL,
}
"""The queue a role sees first: what waits for it."""
PAGE_OF = {
    ClosingStep.HEAD: "matters.head_sign",
    ClosingStep.OPINION: "matters.opinion",
    ClosingStep.REVIEW: "matters.review",
    ClosingStep.APPROVAL: "matters.approve",
}
"""On which page a step is taken."""
TITLES = {
    ClosingStep.HEAD: "等单位负责人审签的办理结果",
    ClosingStep.OPINION: "等企业确认的办理结果",
    ClosingStep.REVIEW: "等工商联审核的办理结果",
    ClosingStep.APPROVAL: "等领导批准销号的诉求",
}
EMPTY = {
    ClosingStep.HEAD: "都审签了，没有等单位负责人审签的办理结果。",
    ClosingStep.OPINION: "企业都表示了意见，没有要询问的。",
    ClosingStep.REVIEW: "都审核了，没有等审核的办理结果。",
    ClosingStep.APPROVAL: "都审批了，没有等批准销号的诉求。",
}


def asked_closings() -> ClosingFilter:
    """What the address asks for; without a step the one that waits for who looks."""
    said = asked_text("step")
    step = asked_word(ClosingStep, "step")
    if not said:
        step = OWN_STEP.get(me().role)
    return ClosingFilter(
        step=step,
        closed=said == CLOSED,
        unit_id=asked_number("unit") if me().role is not Role.UNIT else None,
        result=asked_word(ResultCode, "result"),
        overdue=asked_text("overdue") == "1",
        words=asked_text("q"),
    )


def batch_step(asked: ClosingFilter, actor: Actor) -> ClosingStep | None:
    """The step this person may do for several at once in this queue; None where there is none."""
    own = {
        ClosingStep.HEAD: actor.heads_unit or actor.role is Role.OFFICE,
        ClosingStep.OPINION: actor.role is Role.OFFICE,
        ClosingStep.REVIEW: actor.role is Role.OFFICE,
        ClosingStep.APPROVAL: actor.role is Role.LEADER or (actor.role is Role.OFFICE and rules().office_approves),
    }
    return asked.step if asked.step is not None and own[asked.step] else None


def queue_url(step: ClosingStep) -> str:
    """The queue of a step."""
    return url_for("closings.listing", step=step.value)
