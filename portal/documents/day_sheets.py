"""What the papers of a reception day say beside the notice: frozen values, already chosen and masked by the caller."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySheet:
    """What every paper of a day says: whose day, when and where; `is_sample` prints 示例数据 on every page."""

    district: str
    held_on: date
    venue: str
    printed_at: datetime
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLeader:
    """A leader on duty: the seat as the office calls it, name, and the post held that day."""

    seat: str
    name: str
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefOpinion:
    """What a unit says about a matter on which policy; without `text` it has not answered and `due_on` says by when.

    `declined` is why the unit holds the matter to be none of its own.
    """

    unit: str
    due_on: date
    text: str = ""
    policy_basis: str = ""
    declined: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefMatter:
    """A matter as the leader reads it before the day: flags are 急, 重, 难; `checked` is 真实：是 and so on."""

    ordinal: int
    title: str
    kind: str
    category: str
    flags: tuple[str, ...] = ()
    detail: str = ""
    checked: tuple[str, ...] = ()
    finding: str = ""
    opinions: tuple[BriefOpinion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefEnterprise:
    """An enterprise that comes: its page in the brief. `number` is its place of the day, `visitor` the first person."""

    number: int
    hours: str
    mode: str = ""
    name: str
    credit_code: str = ""
    place: str = ""
    industry: str = ""
    legal_representative: str = ""
    origin: str = ""
    state: str = ""
    visitor: str
    identity: str
    phone: str
    companions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    earlier: str = ""
    earlier_matters: tuple[str, ...] = ()
    matters: tuple[BriefMatter, ...] = ()

    @property
    def matter_count(self) -> int:
        """How many matters it brings."""
        return len(self.matters)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefSheet(DaySheet):
    """The leader's brief (接待简报, NX-17 to NX-20): the order of the day, then a page an enterprise."""

    theme: str = ""
    hours: str = ""
    leaders: tuple[DutyLeader, ...] = ()
    enterprises: tuple[BriefEnterprise, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLine:
    """Whom to telephone: `place` is 3号 or 候补, `phone` is printed as given, masked or in full."""

    place: str
    hours: str
    enterprise: str
    visitor: str
    phone: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSheet(DaySheet):
    """The phone list (电话通知单) of a day."""

    lines: tuple[PhoneLine, ...]
    in_full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLine:
    """An enterprise that is expected, and how many persons were registered with it."""

    number: int
    hours: str
    enterprise: str
    visitor: str
    post: str
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInUnit:
    """A unit that was asked to sit in, and with which numbers."""

    name: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSheet(DaySheet):
    """The sign-in sheet (签到表): enterprises, units, and blank rows for those who come without a booking."""

    lines: tuple[SignInLine, ...] = ()
    units: tuple[SignInUnit, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMatter:
    """A matter on a registration form that is known beforehand."""

    kind: str
    category: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationForm:
    """One registration form, blank or with what is known; `code` is what its QR code says, nothing personal.

    `is_private` None leaves the boxes empty, as does a blank `identity` or `origin`.
    """

    serial: str
    code: str
    number: int | None = None
    hours: str = ""
    enterprise: str = ""
    credit_code: str = ""
    place: str = ""
    is_private: bool | None = None
    visitor: str = ""
    post: str = ""
    phone: str = ""
    identity: str = ""
    has_letter: bool = False
    origin: str = ""
    override_reason: str = ""
    companions: tuple[str, ...] = ()
    matters: tuple[FormMatter, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSheet(DaySheet):
    """Registration forms for a day when the power fails, in the words of the booking form and the room's record.

    `texts` are its heading and note as they were filled in; without them the standard words are printed.
    """

    forms: tuple[RegistrationForm, ...]
    asks_id_number: bool = False
    most_persons: int = 5
    kinds: tuple[str, ...]
    identities: tuple[str, ...]
    origins: tuple[str, ...]
    dispositions: tuple[str, ...]
    theme: str = ""
    issuing_organ: str = ""
    contact: str = ""
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryFigure:
    """One figure of a day with its unit and how it is counted."""

    key: str
    label: str
    value: str
    unit: str
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryEnterprise:
    """An enterprise of the day, and what became of its visit."""

    id: int
    number: str
    hours: str
    name: str
    visitor: str
    persons: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryMatter:
    """A matter of the day, how it left the room, and what was answered or who is to handle it."""

    id: int
    number: str
    enterprise: str
    title: str
    kind: str
    category: str
    disposition: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySheet(DaySheet):
    """The summary of a day (接待日情况小结); `unfinished` is the sentence that says so before the day is closed."""

    theme: str = ""
    leaders: tuple[DutyLeader, ...] = ()
    units_came: tuple[str, ...] = ()
    units_missing: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[SummaryFigure, ...]], ...]
    enterprises: tuple[SummaryEnterprise, ...] = ()
    matters: tuple[SummaryMatter, ...] = ()
    unfinished: str = ""
