"""The papers that go with a slip: transfer, reminder, supervision notice, and the forms a unit fills in (domain 3.1, 3.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import floor

from markupsafe import Markup

from portal.documents.companion_fit import PEN_ROWS, CompanionFit, fit_all, waits_for_the_pen
from portal.documents.companion_sheets import CompanionSheet, OrderSheet, SupervisionSheet
from portal.documents.hatching import hatched_band
from portal.documents.paper_texts import Value, texts_of
from portal.documents.printable import sheet_must_be_printable
from portal.documents.qr_codes import qr_code
from portal.documents.slip_fit import MM_A_POINT, em_width
from portal.documents.typesetter import PlacedPaper, bind_in_parts, measure, place
from portal.documents.words import moment
from portal.domain.paper_kinds import NUMBERED_KINDS

TEMPLATE, STYLE = "companion_papers.html", "companion.css"
PAPERS_A_PART = 50
HEADING_MM = {True: 156.0, False: 171.0}
LARGEST_HEADING_PT, LEAST_HEADING_PT = 24.0, 17.0
UNNUMBERED = "草稿（未编号）"


@dataclass(frozen=True, slots=True)
class _OnPaper:
    """A sheet with what the template cannot reckon itself."""

    sheet: CompanionSheet
    place: int
    of: int
    fit: CompanionFit
    words: Mapping[str, str]
    number: str
    colour: str
    band: Markup
    continued: str
    printed: str
    mark: str
    code: Markup

    @property
    def is_alone(self) -> bool:
        """Whether places on it can be told by name: only of one paper at a time."""
        return self.of == 1

    @property
    def heading_size(self) -> float:
        """The largest type in which the heading stays on one line, in points; below that it takes two."""
        room = HEADING_MM[isinstance(self.sheet, OrderSheet)] / MM_A_POINT - len(self.words["heading"])
        return max(LEAST_HEADING_PT, min(LARGEST_HEADING_PT, floor(2 * room / em_width(self.words["heading"])) / 2))

    @property
    def body(self) -> str:
        """The opening sentences, those of its colour on a supervision notice."""
        return self._of_its_colour("body")

    @property
    def requirement(self) -> str:
        """What is asked, in its colour on a supervision notice."""
        return self._of_its_colour("requirement")

    @property
    def template(self) -> str:
        """Which template sets it."""
        return "companion_order.html" if isinstance(self.sheet, OrderSheet) else f"companion_{self.sheet.kind}.html"

    def _of_its_colour(self, part: str) -> str:
        colour = f"_{self.sheet.colour}" if isinstance(self.sheet, SupervisionSheet) else ""
        return self.words[part + colour]

    def height(self, name: str) -> Markup:
        """How high the row of a field is while it waits for the pen, as an attribute."""
        row = PEN_ROWS[self.sheet.kind][name]
        if not waits_for_the_pen(self.sheet, name):
            return Markup()
        return Markup(' style="height: {:.2f}mm"').format(row.least_mm + row.share * self.fit.grown_mm)


def companion_paper(sheet: CompanionSheet) -> bytes:
    """Print one paper as PDF; the same sheet always gives the same bytes.

    What is not on the sheet is room for the pen. Raises RuleBroken naming the characters that no print font has.
    """
    return placed_companion_paper(sheet).pdf


def placed_companion_paper(sheet: CompanionSheet) -> PlacedPaper:
    """Print one paper and say where `seal` is and, for the forms, the rows that are signed, by their field's name."""
    sheet_must_be_printable(sheet)
    return _set([sheet])


def companion_papers(sheets: Sequence[CompanionSheet]) -> bytes:
    """Print several papers, of one kind or of many, as one PDF, each on its own page, in the order given.

    Set in parts of 50, so that memory stays bounded; raises what `companion_paper` raises before setting any, and
    ValueError when there is no sheet.
    """
    if not sheets:
        raise ValueError("no paper to print")
    for sheet in sheets:
        sheet_must_be_printable(sheet)
    return bind_in_parts(sheets, PAPERS_A_PART, lambda part: _set(part).pdf)


def words_of(sheet: CompanionSheet) -> dict[str, str]:
    """The words a sheet prints: its own, and the standard ones where it has none."""
    return texts_of(sheet.kind, sheet.texts, values_of(sheet))


def values_of(sheet: CompanionSheet) -> dict[str, Value]:
    """What the names in a paper's texts stand for on this sheet."""
    values: dict[str, Value] = {
        "区县": sheet.district,
        "工商联": sheet.issuing_organ,
        "联系方式": sheet.contact,
        "企业": sheet.enterprise_name,
        "事项": "、".join(matter.title for matter in sheet.matters),
        "交办单编号": sheet.slip_number,
        "牵头单位": sheet.lead_unit,
        "配合单位": "、".join(sheet.assisting_units),
        "交办日期": sheet.assigned_on,
        "时限": sheet.due_on,
    }
    if isinstance(sheet, OrderSheet):
        values |= {"编号": sheet.number, "签发日期": sheet.issued_on, "回复时限": sheet.reply_by, "超期": sheet.overdue}
    if isinstance(sheet, SupervisionSheet):
        values["颜色"] = _colour(sheet)
    return values


def _set(sheets: Sequence[CompanionSheet]) -> PlacedPaper:
    papers = [partial(_on_paper, sheet, words=words_of(sheet)) for sheet in sheets]
    chosen = {id(sheet): paper for sheet, paper in zip(sheets, papers, strict=True)}

    def context(some: Sequence[CompanionSheet], fits: Iterable[CompanionFit]) -> dict[str, object]:
        set_ = [
            chosen[id(sheet)](place=n, of=len(some), fit=it)
            for n, (sheet, it) in enumerate(zip(some, fits, strict=True))
        ]
        count = f"等{len(set_)}份" if len(set_) > 1 else ""
        title = f"{set_[0].words['heading']} {set_[0].number}".rstrip() + count
        return {"papers": set_, "title": title, "printed_at": some[0].printed_at}

    fits = fit_all(sheets, lambda some, tried: measure(TEMPLATE, STYLE, context(some, tried)))
    return place(TEMPLATE, STYLE, context(sheets, fits))


def _on_paper(sheet: CompanionSheet, *, words: Mapping[str, str], place: int, of: int, fit: CompanionFit) -> _OnPaper:
    number = sheet.number or sheet.slip_number
    if sheet.kind in NUMBERED_KINDS and not sheet.number and not sheet.is_blank_form:
        number = UNNUMBERED
    colour = _colour(sheet) if isinstance(sheet, SupervisionSheet) else ""
    return _OnPaper(
        sheet=sheet,
        place=place,
        of=of,
        fit=fit,
        words=words,
        number=number,
        colour=colour,
        band=hatched_band(sheet.colour) if isinstance(sheet, SupervisionSheet) else Markup(),
        continued="　".join(it for it in (words["heading"], colour, f"{number}（续页）") if it),
        printed=f"打印时间：{moment(sheet.printed_at)}" if sheet.printed_at else "",
        mark="　".join(word for word, shown in (("示例数据", sheet.is_sample), ("作废", sheet.is_void)) if shown),
        code=qr_code(sheet.verify_url, "核验二维码"),
    )


def _colour(sheet: SupervisionSheet) -> str:
    return sheet.colour_word or sheet.colour.label
