"""The numbered papers that go with an issued slip: who may make which, to whom, answered until when (domain 2.4, PT-29)."""

from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.office import OfficeRules
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Action, Actor, Role, may
from portal.domain.urging import DirectGround

SHORTEST_REASON, LONGEST_REASON = 4, 200
LONGEST_ASKED = 400
LONGEST_COPIES = 200
LONGEST_REPLY_DAYS = 366
"""Calendar days; an answer that is due later is a slip of the pen."""

ORDERS: dict[PaperKind, Action] = {
    PaperKind.TRANSFER: Action.TRANSFER,
    PaperKind.REMINDER: Action.URGE,
    PaperKind.SUPERVISION: Action.SUPERVISE,
}
"""The papers that ask a unit for something, and what one must be allowed to do to make them."""

FORMS = (
    PaperKind.RESULT_REPORT,
    PaperKind.EXTENSION,
    PaperKind.OBJECTION,
    PaperKind.CLOSING,
    PaperKind.LOOK_BACK,
)
"""The forms that go with a slip under its number: printed when they are wanted, filled in with the pen."""


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """What a paper to a unit says beside what the slip says; `asked` are the words as printed, places filled in.

    `ground` and `why_direct` are for a colour that does not follow from the one before it; they are kept, not printed.
    """

    kind: PaperKind
    unit_id: int | None
    reply_by: date | None
    body: str
    asked: str
    colour: UrgingColour | None = None
    copies_to: str = ""
    ground: DirectGround | None = None
    why_direct: str = ""


def reply_days(rules: OfficeRules, kind: PaperKind) -> int:
    """Within how many working days the office wants an answer to a paper."""
    return {
        PaperKind.TRANSFER: rules.transfer_reply_days,
        PaperKind.REMINDER: rules.reminder_reply_days,
        PaperKind.SUPERVISION: rules.supervision_reply_days,
    }[kind]


def may_make(actor: Actor, kind: PaperKind) -> bool:
    """Whether somebody may make a paper of this kind: supervision notices are the supervision office's alone (domain 11.12)."""
    return kind in ORDERS and may(actor, ORDERS[kind])


def may_void(actor: Actor, kind: PaperKind) -> bool:
    """Whether somebody may make such a paper void: whoever may make it."""
    return may_make(actor, kind)


def may_print_forms(actor: Actor) -> bool:
    """Whether somebody prints the forms of a slip: those who handle it or follow it."""
    return actor.role in (Role.OFFICE, Role.UNIT, Role.SUPERVISOR)


def order_problems(order: PaperOrder, today: date) -> list[Problem]:
    """What is wrong with a paper that is to be made."""
    problems = []
    if order.unit_id is None:
        problems.append(Problem("unit_id", "请选择发给哪个单位。"))
    if order.reply_by is None:
        problems.append(Problem("reply_by", "请填写要求书面回复的日期。"))
    elif order.reply_by < today:
        problems.append(Problem("reply_by", "回复时限已过，请改为今天或以后的日期。"))
    elif (order.reply_by - today).days > LONGEST_REPLY_DAYS:
        problems.append(Problem("reply_by", "回复时限超过一年，请检查年份。"))
    if (order.kind is PaperKind.SUPERVISION) != (order.colour is not None):
        problems.append(Problem("colour", "请选择督办单的颜色。"))
    for field, label, text in (("body", "正文", order.body), ("asked", "要求", order.asked)):
        if not text.strip():
            problems.append(Problem(field, f"请填写{label}。"))
        elif len(text.strip()) > LONGEST_ASKED:
            problems.append(
                Problem(field, f"{label}最多 {LONGEST_ASKED} 个字，现为 {len(text.strip())} 个字，请精简。")
            )
    if len(order.copies_to.strip()) > LONGEST_COPIES:
        problems.append(Problem("copies_to", f"抄送最多 {LONGEST_COPIES} 个字，请精简。"))
    return problems


def voiding_problems(reason: str) -> list[Problem]:
    """A paper is made void only with a reason; its number is not used again (domain 3.2)."""
    if SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        return []
    return [Problem("reason", f"请写明作废原因，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字；编号保留，不再使用。")]
