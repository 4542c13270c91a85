"""Desk plates (桌牌): an A4 sheet a leader, folded into a tent, so that the name can be read from both sides."""

from dataclasses import dataclass

from portal.documents.printable import sheet_must_be_printable
from portal.documents.typesetter import PlacedPaper, place

TEMPLATE, STYLE = "desk_plates.html", "desk_plates.css"
WIDTH_MM = 255.0
"""What is printed on across a sheet 297 mm wide."""

MM_A_POINT = 25.4 / 72
LARGEST_NAME = 150.0
POST_SIZES = (32.0, 28.0, 24.0, 20.0, 17.0, 14.0, 12.0)
POST_LINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlate:
    """One plate: a name, and the post in small below it."""

    name: str
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlateSheet:
    """The plates of one day in the order they are printed; `is_sample` prints 示例数据 on each."""

    title: str
    plates: tuple[DeskPlate, ...]
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class _PlateOnPaper:
    """A plate with its sizes in points; a name of two characters is spread out."""

    name: str
    post: str
    name_size: float
    post_size: float


def desk_plates(sheet: DeskPlateSheet) -> bytes:
    """Print the plates as one PDF, a page each. Raises RuleBroken for what no face has, ValueError without a plate."""
    return placed_desk_plates(sheet).pdf


def placed_desk_plates(sheet: DeskPlateSheet) -> PlacedPaper:
    """The same, and how many pages it took."""
    if not sheet.plates:
        raise ValueError("no plate to print")
    sheet_must_be_printable(sheet)
    plates = [_on_paper(plate) for plate in sheet.plates]
    mark = "示例数据" if sheet.is_sample else ""
    return place(TEMPLATE, STYLE, {"title": sheet.title, "printed_at": None, "plates": plates, "mark": mark})


def _on_paper(plate: DeskPlate) -> _PlateOnPaper:
    name = "　".join(plate.name) if len(plate.name) == 2 else plate.name
    fitting = WIDTH_MM / MM_A_POINT / max(len(name), 1)
    return _PlateOnPaper(name, plate.post, round(min(LARGEST_NAME, fitting), 1), _post_size(plate.post))


def _post_size(post: str) -> float:
    """The largest size at which the post takes two lines at most."""
    for size in POST_SIZES:
        if len(post) <= POST_LINES * int(WIDTH_MM / (size * MM_A_POINT)):
            return size
    return POST_SIZES[-1]
