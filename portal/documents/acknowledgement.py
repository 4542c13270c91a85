"""The acknowledgement (受理回执): what an enterprise takes home, with the code that opens its own window (QD-22, JY-25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.sheets import FollowNote
from portal.documents.slip_fit import heading_size
from portal.documents.typesetter import PlacedPaper, bind_in_parts, place
from portal.documents.words import day, moment

TEMPLATE, STYLE = "acknowledgement.html", "acknowledgement.css"
SHEETS_A_PART = 50
LARGEST_HEADING = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgedMatter:
    """One matter under its own number; `stands` says in a sentence where it stands, with unit and limit where they are known."""

    number: str
    title: str
    kind: str
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementSheet:
    """Everything an acknowledgement prints: whose it is, its matters, how to follow them, whom to ask and where to complain."""

    district: str
    organ: str
    enterprise_name: str
    held_on: date
    matters: tuple[AcknowledgedMatter, ...]
    follow: FollowNote
    contact: str
    printed_at: datetime
    is_sample: bool = False

    @property
    def heading(self) -> str:
        """What the paper is called."""
        return f"{self.district}“民营企业接待日”受理回执"


@dataclass(frozen=True, slots=True)
class _OnPaper:
    sheet: AcknowledgementSheet
    heading_size: float
    code: Markup
    printed: str
    mark: str


def acknowledgement(sheet: AcknowledgementSheet) -> bytes:
    """Print one acknowledgement as PDF. Raises RuleBroken for what no face has."""
    return placed_acknowledgement(sheet).pdf


def placed_acknowledgement(sheet: AcknowledgementSheet) -> PlacedPaper:
    """The same, and how many pages it took."""
    return _set([sheet], f"{sheet.heading}：{sheet.enterprise_name}")


def acknowledgements(sheets: Sequence[AcknowledgementSheet]) -> bytes:
    """Print those of a day as one PDF, each beginning a page, in the order given; ValueError when there is none."""
    if not sheets:
        raise ValueError("no acknowledgement to print")
    title = f"{day(sheets[0].held_on)}受理回执（{len(sheets)}份）"
    return bind_in_parts(sheets, SHEETS_A_PART, lambda part: _set(part, title).pdf)


def _set(sheets: Sequence[AcknowledgementSheet], title: str) -> PlacedPaper:
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    papers = [_on_paper(sheet) for sheet in sheets]
    return place(TEMPLATE, STYLE, {"papers": papers, "title": title, "printed_at": sheets[0].printed_at})


def _on_paper(sheet: AcknowledgementSheet) -> _OnPaper:
    return _OnPaper(
        sheet=sheet,
        heading_size=min(heading_size(sheet.heading), LARGEST_HEADING),
        code=qr_code(sheet.follow.url, "查询办理情况的二维码"),
        printed=f"打印时间：{moment(sheet.printed_at)}",
        mark="示例数据" if sheet.is_sample else "",
    )
