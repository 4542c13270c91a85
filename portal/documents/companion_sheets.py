"""What the papers that go with a slip say (domain 3.2): frozen values, chosen and masked by the caller.

Every field may be left out; what is left out is room for the pen on the paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import ClassVar

from portal.documents.sheets import MatterLine
from portal.domain.paper_kinds import PaperKind, UrgingColour

RESULTS = ("已解决", "部分解决", "列入计划", "上报争取", "不符合政策已解释", "转法定途径")
GRADES = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
ANSWERED_HOW = ("当面", "书面", "电话")
RETURN_REASONS = (
    "不属本单位职责",
    "涉及多个单位，需会商明确牵头单位",
    "事项不清，无法办理",
    "与已交办事项重复",
    "应当通过诉讼、仲裁、行政复议等途径解决",
    "应由上级机关或其他地区办理",
    "其他原因",
)
RULINGS = ("同意退回，改派承办单位", "不同意退回，由原单位办理", "会商后另行明确")
LOOKED_HOW = ("实地查看", "电话回访", "座谈")
CARRIED_OUT = ("落实到位", "部分落实", "未落实", "问题反弹")
AFTERWARDS = ("维持销号", "重新办理", "转督办")
"""The words of the tick boxes, in their order, for an office that has set no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Somebody's word on a paper: what is said, by whom, when."""

    opinion: str = ""
    name: str = ""
    on: date | None = None


NOBODY_YET = Signed()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionSheet:
    """What all of these papers say.

    `number` is the paper's own where its kind has one, `slip_number` that of the slip it goes with; a numbered paper without
    `number` prints 草稿. `texts` are its words as they were filled in (`portal.documents.paper_texts.fill`): kept with the
    sheet, they never change again; without them the standard words are printed. `contact` says how the office is
    reached. `verify_url` is what the QR code holds and must carry no personal data; `verify_code` is printed below it.
    `is_blank_form` is for one that is printed to be filled in with the pen, with a number or without: it prints no 草稿.

    Times are printed as given, so they are local; the same sheet always gives the same bytes.
    """

    kind: ClassVar[PaperKind]

    number: str = ""
    slip_number: str = ""
    district: str = ""
    enterprise_name: str = ""
    matters: tuple[MatterLine, ...] = ()
    lead_unit: str = ""
    assisting_units: tuple[str, ...] = ()
    assigned_on: date | None = None
    due_on: date | None = None
    due_note: str = ""
    issuing_organ: str = ""
    contact: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    verify_code: str = ""
    verify_url: str = ""
    is_blank_form: bool = False
    is_sample: bool = False
    is_void: bool = False
    printed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSheet(CompanionSheet):
    """A numbered paper to a unit: `addressee` (the lead unit without it), what is to be done until `reply_by`.

    `overdue` says how long the matter is late (5个工作日); empty before its date.
    """

    addressee: str = ""
    reply_by: date | None = None
    overdue: str = ""
    issued_on: date | None = None
    copies_to: tuple[str, ...] = ()
    received_by: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSheet(OrderSheet):
    """A matter passed on to the unit that is responsible (转办单)."""

    kind = PaperKind.TRANSFER


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSheet(OrderSheet):
    """A reminder (催办单)."""

    kind = PaperKind.REMINDER


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionSheet(OrderSheet):
    """A supervision notice (督办单) of one of three colours; `colour_word` is what the office calls it (domain 2.4)."""

    kind = PaperKind.SUPERVISION

    colour: UrgingColour = UrgingColour.BLUE
    colour_word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReportSheet(CompanionSheet):
    """The unit's report of how a matter was handled (办理情况反馈表); `answered` None leaves both boxes empty."""

    kind = PaperKind.RESULT_REPORT

    results: tuple[str, ...] = RESULTS
    grades: tuple[str, ...] = GRADES
    answer_ways: tuple[str, ...] = ANSWERED_HOW
    reported_on: date | None = None
    process: str = ""
    result: str = ""
    result_detail: str = ""
    legal_basis: str = ""
    answered: bool | None = None
    answered_how: str = ""
    answered_on: date | None = None
    grade: str = ""
    enterprise: Signed = NOBODY_YET
    handler: str = ""
    handler_phone: str = ""
    head: Signed = NOBODY_YET


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionSheet(CompanionSheet):
    """A unit's request for more time (延期申请表): asked until `wanted_on`, granted until `granted_on`."""

    kind = PaperKind.EXTENSION

    applied_on: date | None = None
    wanted_on: date | None = None
    reason: str = ""
    progress: str = ""
    explained: bool | None = None
    explained_on: date | None = None
    handler: str = ""
    handler_phone: str = ""
    head: Signed = NOBODY_YET
    granted: bool | None = None
    granted_on: date | None = None
    federation: Signed = NOBODY_YET
    leader: Signed = NOBODY_YET


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionSheet(CompanionSheet):
    """A unit's objection (退回（异议）单): reasons ticked and explained, the unit it proposes, and the ruling."""

    kind = PaperKind.OBJECTION

    reasons: tuple[str, ...] = RETURN_REASONS
    rulings: tuple[str, ...] = RULINGS
    received_on: date | None = None
    objected_on: date | None = None
    ticked: tuple[str, ...] = ()
    explanation: str = ""
    legal_basis: str = ""
    proposed_unit: str = ""
    handler: str = ""
    handler_phone: str = ""
    head: Signed = NOBODY_YET
    ruling: str = ""
    ruled_unit: str = ""
    ruler: Signed = NOBODY_YET


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSheet(CompanionSheet):
    """The chain by which a matter is closed (销号审批表): unit, its head, the enterprise, the federation, the leader."""

    kind = PaperKind.CLOSING

    results: tuple[str, ...] = RESULTS
    grades: tuple[str, ...] = GRADES
    completed_on: date | None = None
    result: str = ""
    summary: str = ""
    grade: str = ""
    unit: Signed = NOBODY_YET
    head: Signed = NOBODY_YET
    enterprise: Signed = NOBODY_YET
    federation: Signed = NOBODY_YET
    leader: Signed = NOBODY_YET


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBackSheet(CompanionSheet):
    """What was found some time after a matter was closed (回头看记录表)."""

    kind = PaperKind.LOOK_BACK

    ways: tuple[str, ...] = LOOKED_HOW
    states: tuple[str, ...] = CARRIED_OUT
    outcomes: tuple[str, ...] = AFTERWARDS
    grades: tuple[str, ...] = GRADES
    closed_on: date | None = None
    result: str = ""
    looked_on: date | None = None
    way: str = ""
    people: str = ""
    state: str = ""
    findings: str = ""
    grade: str = ""
    enterprise: Signed = NOBODY_YET
    outcome: str = ""
    outcome_detail: str = ""
    recorder: str = ""
    head: Signed = NOBODY_YET


SHEETS: Mapping[PaperKind, type[CompanionSheet]] = MappingProxyType(
    {
        sheet.kind: sheet
        for sheet in (
            TransferSheet,
            ReminderSheet,
            SupervisionSheet,
            ResultReportSheet,
            ExtensionSheet,
            ObjectionSheet,
            ClosingSheet,
            LookBackSheet,
        )
    }
)
"""The sheet each kind of paper is printed from."""
