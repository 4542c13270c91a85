"""What each paper says: frozen values, already chosen and masked by the caller, nothing that needs a database."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.paper_texts import FILED

Stroke = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowNote:
    """How an enterprise follows its own matters: the code in groups, the page on which it is typed, and where to complain.

    `url` is all a QR code holds: the address with the code.
    """

    code: str
    address: str
    url: str
    complaint_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialLine:
    """A person as the paper names them: the post held at that time and the name."""

    name: str
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    """One matter on the slip.

    `ordinal` starts at 1 and is printed as 一、二、…; `enterprise` says whose it is on a slip of several; `kind`
    is 问题, 建议, 批评, 咨询 or 投诉; `flags` are printed as they come (共性, 个性, A类, …).
    """

    ordinal: int
    title: str
    kind: str = ""
    category: str = ""
    detail: str = ""
    enterprise: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistingUnitLine:
    """An assisting unit; `due_on` is its own, earlier date if it has one."""

    name: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One unit's line in the receipt table; empty fields are left for the pen."""

    unit: str
    received_by: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentSlipSheet:
    """Everything an assignment slip (交办单) prints (NX-12, NX-14; layout after GB/T 9704-2012 and house practice).

    Receiver, signer, lead official and lead unit are four different fields and each has its own place on the paper.
    Text fields may hold several lines; an empty text prints an empty space for the pen. `number` is None for a draft,
    which prints the word 草稿 instead. `visitor_phone` is printed as given: the caller decides between the masked and
    the full form. `signature` holds the strokes of a signature written on the screen, any unit, y downwards; without
    it the line is left for the pen. `signed_for` is the official who signs for the signer under a mandate (代签).
    `countersigners` (会签) get a box each at the foot of the instruction, three at most, with the strokes at the same
    place in `countersignatures` if they wrote on the screen. `for_signing` leaves room for what is set into the finished
    PDF: handwriting, countersignatures and the organ's seal. `due_note` says how the date was counted (15个工作日). `verify_url` is what the QR
    code holds and must carry no personal data; `verify_code` is printed below it. `is_sample` prints 示例数据 and
    `is_void` prints 作废 on every page. Without `receipts` the lead and assisting units get a line each.

    `texts` are the words it was given (`portal.documents.slip_words.worded`); labels are taken from them.

    Times are printed as given, so they are local. `printed_at` is the only time the paper takes from outside, so the
    same sheet always gives the same bytes.
    """

    heading: str
    number: str | None = None
    assigned_on: date | None = None
    urgent: bool = False
    grave: bool = False
    hard: bool = False

    enterprise_name: str
    credit_code: str = ""
    visitor_name: str
    visitor_post: str = ""
    visitor_identity: str = ""
    visitor_phone: str = ""
    receivers: tuple[OfficialLine, ...] = ()
    received_at: datetime | None = None
    venue: str = ""

    matters: tuple[MatterLine, ...] = ()
    prior_check: str = ""
    proposal: str = ""
    proposal_handler: str = ""
    proposal_head: str = ""

    instruction: str = ""
    signer: OfficialLine | None = None
    signed_on: date | None = None
    signature: tuple[Stroke, ...] = ()
    signed_for: OfficialLine | None = None
    countersigners: tuple[OfficialLine, ...] = ()
    countersignatures: tuple[tuple[Stroke, ...], ...] = ()
    for_signing: bool = False

    lead_official: OfficialLine | None = None
    lead_unit: str = ""
    due_on: date | None = None
    due_note: str = ""
    assisting_units: tuple[AssistingUnitLine, ...] = ()
    requirements: str = ""
    receipts: tuple[ReceiptLine, ...] = ()

    copies_to: tuple[str, ...] = ()
    issuing_organ: str = ""
    issued_on: date | None = None
    note: str = FILED
    texts: tuple[tuple[str, str], ...] = ()
    verify_code: str = ""
    verify_url: str = ""
    is_sample: bool = False
    is_void: bool = False
    printed_at: datetime | None = None
