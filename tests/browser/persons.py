"""What people do at the screen, in the words of the screen."""

import re
import zlib
from collections.abc import Iterable
from struct import pack
from typing import Literal

from playwright.sync_api import FilePayload, Locator, Page, Response, expect


def send(page: Page, name: str, *, inside: Locator | None = None) -> Response:
    """Press the button that sends a form, and answer what the server said."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        (inside or page).get_by_role("button", name=name, exact=True).first.click()
    return answered.value


def choose(page: Page, label: str, text: str, *, typed: str | None = None) -> None:
    """Choose from many, after narrowing the choice by typing if `typed` says what."""
    choice = page.get_by_label(label, exact=True)
    if typed is not None:
        page.get_by_role("searchbox", name=f"{label}：查找").press_sequentially(typed)
        expect(choice.locator("option")).to_have_count(2)  # 请选择, and the one that was meant
    value = choice.locator("option", has_text=text).first.get_attribute("value")
    choice.select_option(value)


def open_details(place: Page | Locator, summary: str) -> None:
    """Unfold what a page keeps folded."""
    folded = place.locator("details", has_text=summary).first
    folded.locator("summary").click()
    expect(folded).to_have_attribute("open", "")


def mark(group: Locator, answer: str) -> None:
    """Mark one of several answers; people click on the word, not on the circle."""
    group.get_by_text(answer, exact=True).click()
    expect(group.get_by_role("radio", name=answer, exact=True)).to_be_checked()


def name_enterprise(page: Page, name: str, *, script: bool) -> None:
    """Write an enterprise's name and wait for what the records know of it, which may move what stands below."""
    field = page.get_by_label("企业名称")
    if not script:
        field.fill(name)
        return
    with page.expect_response("**/enterprise-matches?*"):
        field.fill(name)


def tell_matters(page: Page, matters: Iterable[tuple[str, str, str]]) -> None:
    """Write kind, category and title of each matter into a row of its own."""
    rows = page.get_by_role("group", name="诉求", exact=True)
    for number, (kind, category, title) in enumerate(matters):
        if rows.count() <= number:
            page.get_by_role("button", name="再加一条诉求").click()
            expect(rows).to_have_count(number + 1)
        row = rows.nth(number)
        row.get_by_role("combobox", name="类别").select_option(label=category)
        mark(row, kind)
        row.get_by_label("标题").fill(title)


def letter(kind: Literal["pdf", "png"]) -> FilePayload:
    """An authorisation letter as somebody scanned it."""
    if kind == "pdf":
        return {
            "name": "授权委托书.pdf",
            "mimeType": "application/pdf",
            "buffer": b"%PDF-1.4\n%\xe2\xe3\n1 0 obj<<>>endobj\n%%EOF\n",
        }
    return {"name": "授权委托书.png", "mimeType": "image/png", "buffer": _white_sheet()}


def _white_sheet() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head, lines = pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0), zlib.compress((b"\0" + b"\xff" * 8) * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def plain(text: str) -> str:
    """A text without the blanks and line ends that a layout puts between its signs."""
    return re.sub(r"\s+", "", text)
