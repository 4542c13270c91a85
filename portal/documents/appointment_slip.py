"""The appointment slip (来访预约单): what an enterprise brings along and is let in with; 候补登记单 while it has no place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from markupsafe import Markup

from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.sheets import FollowNote, MatterLine
from portal.documents.slip_fit import heading_size
from portal.documents.typesetter import PlacedPaper, bind_in_parts, place
from portal.documents.words import day, moment

TEMPLATE, STYLE = "appointment_slip.html", "appointment_slip.css"
SLIPS_A_PART = 50
WEEKDAYS = "一二三四五六日"
GROUP_OF_DIGITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ComerLine:
    """Somebody who comes; `phone` and `id_number` are printed as given, so the caller masks them."""

    name: str
    identity: str
    post: str = ""
    phone: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingTurn:
    """What stands in the place of a place: the turn on the waiting list, and until when a place is kept if one is offered."""

    turn: int = 0
    any_slot: bool = True
    offered_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentSlipSheet:
    """Everything an appointment slip prints (domain 2.2: 预约单入场, ID and written material, at most some persons).

    `number` is the place among all places of the day. `code` is the booking's, digits only; it is printed in groups and is all
    the QR code holds. With `waiting` the slip says that there is no place yet. `is_pending` says that the office has still
    to review it. Several lines of `bring` become numbered points. `follow` is printed in words:
    the door scans the only QR code. `is_sample` prints 示例数据 on every page.
    """

    district: str
    enterprise_name: str
    credit_code: str = ""
    comers: tuple[ComerLine, ...]
    held_on: date
    starts_at: time
    ends_at: time
    venue: str
    room: str = ""
    address: str = ""
    form: str = ""
    number: int | None = None
    code: str
    matters: tuple[MatterLine, ...] = ()
    bring: str = ""
    contact: str
    waiting: WaitingTurn | None = None
    is_pending: bool = False
    follow: FollowNote | None = None
    printed_at: datetime | None = None
    is_sample: bool = False

    @property
    def heading(self) -> str:
        """What the paper is called."""
        return f"{self.district}“民营企业接待日”{'候补登记单' if self.waiting else '来访预约单'}"


@dataclass(frozen=True, slots=True)
class _SlipOnPaper:
    """A sheet with what the template cannot reckon itself."""

    sheet: AppointmentSlipSheet
    heading_size: float
    weekday: str
    hours: str
    digits: str
    code: Markup
    bring: tuple[str, ...]
    shows_ids: bool
    continued: str
    printed: str
    mark: str


def appointment_slip(sheet: AppointmentSlipSheet) -> bytes:
    """Print one slip as PDF; the same sheet always gives the same bytes. Raises RuleBroken for what no face has."""
    return placed_appointment_slip(sheet).pdf


def placed_appointment_slip(sheet: AppointmentSlipSheet) -> PlacedPaper:
    """The same, and how many pages it took."""
    return _set([sheet], f"{sheet.heading}：{sheet.enterprise_name}")


def appointment_slips(sheets: Sequence[AppointmentSlipSheet]) -> bytes:
    """Print the slips of a day as one PDF, each on a page of its own, in the order given.

    Set in parts of 50, so that memory stays bounded; raises what `appointment_slip` raises before setting any, and
    ValueError when there is no sheet.
    """
    if not sheets:
        raise ValueError("no slip to print")
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    title = f"{day(sheets[0].held_on)}来访预约单（{len(sheets)}份）"
    return bind_in_parts(sheets, SLIPS_A_PART, lambda part: _set(part, title).pdf)


def digits_in_groups(code: str) -> str:
    """12345 67890: easier to read aloud and to key in."""
    return " ".join(code[start : start + GROUP_OF_DIGITS] for start in range(0, len(code), GROUP_OF_DIGITS))


def _set(sheets: Sequence[AppointmentSlipSheet], title: str) -> PlacedPaper:
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    slips = [_on_paper(sheet) for sheet in sheets]
    return place(TEMPLATE, STYLE, {"slips": slips, "title": title, "printed_at": sheets[0].printed_at})


def _on_paper(sheet: AppointmentSlipSheet) -> _SlipOnPaper:
    return _SlipOnPaper(
        sheet=sheet,
        heading_size=min(heading_size(sheet.heading), 22.0),
        weekday=f"星期{WEEKDAYS[sheet.held_on.weekday()]}",
        hours=f"{_clock(sheet.starts_at)}至{_clock(sheet.ends_at)}",
        digits=digits_in_groups(sheet.code),
        code=qr_code(sheet.code, "签到二维码"),
        bring=tuple(line.strip() for line in sheet.bring.splitlines() if line.strip()),
        shows_ids=any(comer.id_number for comer in sheet.comers),
        continued=f"{'候补登记单' if sheet.waiting else '来访预约单'}（续页）　{digits_in_groups(sheet.code)}",
        printed=f"打印时间：{moment(sheet.printed_at)}" if sheet.printed_at else "",
        mark="示例数据" if sheet.is_sample else "",
    )


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02d}"
