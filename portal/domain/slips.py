"""The assignment slip: its states, and what must be on it before each step (NX-12, NX-14, domain 3.2)."""

from dataclasses import dataclass
from datetime import date

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps

SHORTEST_REASON = 4


class SlipState(Labelled):
    """Where a slip stands; it has a number from 待签批 on and keeps it when void."""

    DRAFT = "draft", "草拟"
    AWAITING_SIGNATURE = "awaiting_signature", "待签批"
    SIGNED = "signed", "已签批"
    ISSUED = "issued", "已印发"
    RECEIVED = "received", "已签收"
    CLOSED = "closed", "已办结"
    RETURNED = "returned", "已退回"
    VOID = "void", "作废"


SLIP_STEPS = Workflow(
    "交办单",
    steps(
        {
            ("编号送签", SlipState.AWAITING_SIGNATURE): (SlipState.DRAFT,),
            ("退回修改", SlipState.DRAFT): (SlipState.AWAITING_SIGNATURE, SlipState.SIGNED),
            ("签批", SlipState.SIGNED): (SlipState.AWAITING_SIGNATURE,),
            ("印发", SlipState.ISSUED): (SlipState.SIGNED,),
            ("签收", SlipState.RECEIVED): (SlipState.ISSUED, SlipState.CLOSED),
            ("办结", SlipState.CLOSED): (SlipState.ISSUED, SlipState.RECEIVED),
            ("退回改派", SlipState.RETURNED): (SlipState.ISSUED, SlipState.RECEIVED),
            ("作废", SlipState.VOID): (
                SlipState.DRAFT,
                SlipState.AWAITING_SIGNATURE,
                SlipState.SIGNED,
                SlipState.ISSUED,
                SlipState.RECEIVED,
            ),
        }
    ),
)
"""A slip sent back for changes keeps its number and is sent for signature again under it; a signed one loses its signatures.

A slip is closed when every matter on it has come to its end, and received again when one of them is reopened; when units sent
all of its matters back it has been returned."""


def advance(state: SlipState, target: SlipState) -> SlipState:
    """Answer the target if the slip may go there, or raise RuleBroken."""
    return SLIP_STEPS.advance(state, target)


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """What the rules need to know of a slip.

    Signer, lead official and lead unit are three different fields, as is the receiver (domain 11.5).
    """

    matters: int = 0
    signer_id: int | None = None
    lead_official_id: int | None = None
    lead_unit_id: int | None = None
    assisting_unit_ids: frozenset[int] = frozenset()
    instruction: str = ""
    due_on: date | None = None
    signed_on: date | None = None


def numbering_problems(slip: SlipFacts) -> list[Problem]:
    """What is missing before a slip gets its number and goes for signature.

    Instruction, lead official and units may still be blank: the leader may write them on the paper
    during the session (NX-12).
    """
    return [
        *_missing(not slip.matters, "matters", "交办单至少要有一项诉求事项，请先选择待交办的事项。"),
        *_missing(slip.signer_id is None, "signer_id", "请选择签批领导。"),
        *_unit_clash(slip),
    ]


def signing_problems(slip: SlipFacts) -> list[Problem]:
    """What is missing before a signature counts: instruction, lead official and lead unit (NX-12)."""
    return [
        *numbering_problems(slip),
        *_missing(not slip.instruction.strip(), "instruction", "请填写领导批示内容。"),
        *_missing(slip.lead_official_id is None, "lead_official_id", "请按批示选择牵头领导。"),
        *_missing(slip.lead_unit_id is None, "lead_unit_id", "请按批示选择牵头单位。"),
    ]


def due_problems(slip: SlipFacts, today: date) -> list[Problem]:
    """A due date that is still ahead: without one the slip could be signed and not go out, and would be signed again."""
    return [
        *_missing(slip.due_on is None, "due_on", "请填写办结时限。"),
        *_missing(slip.due_on is not None and slip.due_on < today, "due_on", "办结时限已过，请改为今天或以后的日期。"),
    ]


def issuing_problems(slip: SlipFacts, today: date) -> list[Problem]:
    """What is missing before a slip goes out: the signature and its date, and a due date still ahead (NX-14)."""
    return [
        *signing_problems(slip),
        *_missing(slip.signed_on is None, "signed_on", "请填写签批日期。"),
        *_missing(slip.signed_on is not None and slip.signed_on > today, "signed_on", "签批日期不能晚于今天，请核对。"),
        *due_problems(slip, today),
    ]


def voiding_problems(reason: str) -> list[Problem]:
    """A slip is voided only with a reason; its number is not used again (domain 3.2)."""
    short = len(reason.strip()) < SHORTEST_REASON
    return _missing(short, "reason", f"请写明作废原因，不少于 {SHORTEST_REASON} 个字；编号保留，不再使用。")


def _unit_clash(slip: SlipFacts) -> list[Problem]:
    clash = slip.lead_unit_id is not None and slip.lead_unit_id in slip.assisting_unit_ids
    return _missing(clash, "assisting_unit_ids", "配合单位中不能再选牵头单位，请去掉其中一个。")


def _missing(is_missing: bool, name: str, message: str) -> list[Problem]:
    return [Problem(name, message)] if is_missing else []
