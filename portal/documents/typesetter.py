"""From a template and a sheet to the bytes of a PDF: the only file that knows WeasyPrint.

WeasyPrint is imported on first use, because that takes more than a second; call `warm` when a worker starts. One font
configuration and the parsed style sheets are kept for the process, and one paper is set at a time, because the text
library beneath is not safe for threads. A long batch is set in parts, so other papers get their turn in between.
"""

import gc
import io
import os
import re
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.documents import words
from portal.documents.fonts import FOLDER
from portal.documents.repairs import repair

Sheet = TypeVar("Sheet")

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "print"
READABLE = (TEMPLATES, FOLDER)
POINTS_A_PIXEL = 0.75
FONTCONFIG = "FONTCONFIG_FILE"
PICTURE_IN_ADDRESS = re.compile(r"data:(image/(?:png|svg\+xml));base64,([A-Za-z0-9+/=]+)")

_one_at_a_time = threading.RLock()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands on the paper, in points from the lower left corner, as PDF counts."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height_mm(self) -> float:
        """Height in millimetres."""
        return (self.top - self.bottom) / 72 * 25.4


@dataclass(frozen=True, slots=True)
class PlacedPaper:
    """A PDF, and where on it the marked places are (the first page counts as 0)."""

    pdf: bytes
    pages: int
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside a PDF: a plain ASCII name, whose ending says what kind it is, and the bytes."""

    name: str
    data: bytes
    description: str = ""

    def __post_init__(self) -> None:
        if not self.name.isascii():
            raise ValueError(f"readers garble a name that is not ASCII: {self.name}")


@dataclass(frozen=True, slots=True)
class Archive:
    """How a paper is set for the archive: as PDF/A-3u, with the data it was made from, dated by the caller."""

    attachments: tuple[Attachment, ...]
    created: datetime


@dataclass(frozen=True, slots=True)
class _Press:
    """What is made once for the process."""

    weasyprint: ModuleType
    fonts: Any
    fetcher: Any
    page_maker: Callable[..., Any]
    sheets: dict[str, Any]


def own_file(address: str) -> Path:
    """Answer the project's own print file at a file address; raise ValueError for anything else."""
    parts = urlsplit(address)
    if parts.scheme != "file" or parts.netloc:
        raise ValueError(f"only the project's own files may be printed, not {address}")
    file = Path(url2pathname(parts.path)).resolve()
    if not any(file.is_relative_to(folder) for folder in READABLE):
        raise ValueError(f"only the project's own print files may be read, not {file}")
    return file


@cache
def templates() -> Environment:
    """Jinja for paper: own folder, everything escaped, an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        words.day,
        words.short_day,
        words.moment,
        words.ordinal,
        words.tags,
        words.wide,
        words.pens,
        words.spread,
    ):
        environment.filters[filter_.__name__] = filter_
    return environment


def typeset(template: str, style: str, context: Mapping[str, object], *, archive: Archive | None = None) -> bytes:
    """Set one paper from `templates/print/<template>` with the style sheet beside it."""
    return place(template, style, context, archive=archive).pdf


def place(template: str, style: str, context: Mapping[str, object], *, archive: Archive | None = None) -> PlacedPaper:
    """Set one paper and say where its marked places are (elements with an `id`); for the archive if wanted."""
    with _one_at_a_time:
        document = _laid_out(template, style, context)
        options = _archive_options(_press(), archive) if archive else {}
        return PlacedPaper(document.write_pdf(**options), len(document.pages), _places(document))


def measure(template: str, style: str, context: Mapping[str, object]) -> Mapping[str, Place]:
    """Where the marked places of a paper come to stand, without drawing it: less than half the work."""
    with _one_at_a_time:
        return _places(_laid_out(template, style, context))


def _laid_out(template: str, style: str, context: Mapping[str, object]) -> Any:
    """The pages as the press holds them; only while nothing else is set."""
    html = templates().get_template(template).render(context)
    press = _press()
    try:
        return press.page_maker(html).render(
            font_config=press.fonts, stylesheets=[_style_sheet(press, style)], cache={}
        )
    except press.weasyprint.urls.FatalURLFetchingError as refusal:  # a BaseException, which nobody would catch
        raise ValueError(str(refusal)) from refusal


def _places(document: Any) -> Mapping[str, Place]:
    return {
        name: _place(number, page.height, corners)
        for number, page in enumerate(document.pages)
        for name, corners in page.anchors.items()
    }


def largest_on_one_page(settings: Iterable[PlacedPaper]) -> PlacedPaper:
    """The first of the papers, set smaller and smaller as they are asked for, that is one page; otherwise the last."""
    waiting = iter(settings)
    paper = next(waiting)
    while paper.pages > 1 and (smaller := next(waiting, None)) is not None:
        paper = smaller
    return paper


def bind(parts: Iterable[bytes]) -> bytes:
    """Bind several PDFs into one; title and language are those of the first."""
    import pikepdf  # noqa: PLC0415 - with the press: only a process that prints pays for it

    waiting = iter(parts)
    first = next(waiting)
    with pikepdf.open(io.BytesIO(first)) as bound:
        for part in waiting:
            with pikepdf.open(io.BytesIO(part)) as more:
                bound.pages.extend(more.pages)
        target = io.BytesIO()
        bound.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return target.getvalue()


def bind_in_parts(sheets: Sequence[Sheet], size: int, set_part: Callable[[Sequence[Sheet]], bytes]) -> bytes:
    """Set many papers so many at a time, in the order given, and bind them: so memory stays bounded and others get their turn."""
    return bind(set_part(sheets[start : start + size]) for start in range(0, len(sheets), size))


def bind_files(files: Iterable[Path], target: Path, *, title: str) -> int:
    """Bind PDFs on the disk into one on the disk and answer its pages; what they hold is copied from file to file.

    What signatures show becomes part of the page, because the form they stand in does not come along.
    """
    import pikepdf  # noqa: PLC0415 - see bind

    with ExitStack() as opened, pikepdf.new() as bound:
        for file in files:
            part = opened.enter_context(pikepdf.open(file))
            part.flatten_annotations("all")
            for page in part.pages:
                if "/Annots" in page:
                    del page["/Annots"]  # what is left shows nothing and belongs to a form that stays behind
            bound.pages.extend(part.pages)
        bound.Root.Lang = pikepdf.String("zh-CN")
        bound.docinfo["/Title"] = title
        pages = len(bound.pages)
        bound.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return pages


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has; 0 for one that cannot be read."""
    import pikepdf  # noqa: PLC0415 - see bind

    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            return len(opened.pages)
    except pikepdf.PdfError:
        return 0


def warm() -> None:
    """Load everything a paper needs, so that the first one is as quick as the rest; call when a worker starts."""
    with _one_at_a_time:
        press = _press()
        for file in sorted(TEMPLATES.glob("*.css")):
            _style_sheet(press, file.name)
        blank = "<html lang=zh-CN><p>暖机</p></html>"
        press.page_maker(blank).write_pdf(font_config=press.fonts)
    gc.collect()
    gc.freeze()


def _archive_options(press: _Press, archive: Archive) -> dict[str, Any]:
    created = archive.created.astimezone(UTC)
    attachments = [
        press.weasyprint.Attachment(
            file_obj=io.BytesIO(attachment.data),
            name=attachment.name,
            description=attachment.description,
            created=created,
            modified=created,
            relationship="Data",
            url_fetcher=press.fetcher,
        )
        for attachment in archive.attachments
    ]
    return {"pdf_variant": "pdf/a-3u", "attachments": attachments}


def _place(page: int, page_height: float, corners: tuple[float, float, float, float]) -> Place:
    left, top, right, bottom = corners
    return Place(
        page,
        left * POINTS_A_PIXEL,
        (page_height - bottom) * POINTS_A_PIXEL,
        right * POINTS_A_PIXEL,
        (page_height - top) * POINTS_A_PIXEL,
    )


def _style_sheet(press: _Press, name: str) -> Any:
    if name not in press.sheets:
        press.sheets[name] = press.weasyprint.CSS(
            filename=TEMPLATES / name, font_config=press.fonts, url_fetcher=press.fetcher
        )
    return press.sheets[name]


@contextmanager
def _own_fonts_only() -> Iterator[None]:
    """Let the font library see the project's faces and nothing of the machine while it starts.

    It reads the faces anew in each process (some 30 ms): its cache on disk does not notice a file changed in place.
    """
    before = os.environ.get(FONTCONFIG)
    with TemporaryDirectory(prefix="portal-fonts-") as folder:
        configuration = Path(folder) / "fonts.conf"
        configuration.write_text(
            f"<fontconfig><dir>{escape(str(FOLDER))}</dir><cachedir>{escape(folder)}</cachedir></fontconfig>",
            encoding="utf-8",
        )
        os.environ[FONTCONFIG] = str(configuration)
        try:
            yield
        finally:
            if before is None:
                del os.environ[FONTCONFIG]
            else:
                os.environ[FONTCONFIG] = before


@cache
def _press() -> _Press:
    with _own_fonts_only():
        import weasyprint  # noqa: PLC0415 - more than a second; pages that do not print must not pay for it
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

        fonts = FontConfiguration()

    class OwnFiles(URLFetcher):  # type: ignore[misc] # WeasyPrint has no types
        """Reads the project's own print files and pictures written into the page, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - WeasyPrint's signature
            if picture := PICTURE_IN_ADDRESS.fullmatch(url):
                return URLFetcherResponse(url, b64decode(picture[2]), {"Content-Type": picture[1]})
            return URLFetcherResponse(url, own_file(url).read_bytes())

    fetcher = OwnFiles(allowed_protocols=["file"], fail_on_errors=True)
    plain = weasyprint.CSS(filename=TEMPLATES / "plain.css", url_fetcher=fetcher)

    class Page(weasyprint.HTML):  # type: ignore[misc] # WeasyPrint has no types
        """A page with our own short list of what elements look like, instead of a browser's."""

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:  # noqa: ARG002 - WeasyPrint's signature
            return [plain]

    def page_maker(html: str) -> Any:
        return Page(string=html, base_url=TEMPLATES.as_uri() + "/", url_fetcher=fetcher)

    repair(weasyprint.pdf.fonts)
    return _Press(weasyprint, fonts, fetcher, page_maker, {})
