"""An arrangement as it is handed in: a file of any of the accepted kinds, or a pasted text (contract 5)."""

from dataclasses import dataclass
from pathlib import PurePath

from portal.almanac.announcements import read_json, read_rows
from portal.almanac.notices import looks_like_a_notice, read_notice
from portal.documents.tables import is_workbook, text_of, text_rows, workbook_rows
from portal.domain.arrangements import Arrangement
from portal.domain.errors import RuleBroken

LARGEST = 2 * 2**20
"""Bytes; a year's arrangement is a few kilobytes."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What somebody handed in: as text where it is one, so that it can be corrected on the page; else as bytes."""

    text: str = ""
    data: bytes = b""
    name: str = ""


def handed_in(data: bytes, name: str = "", *, field: str = "file") -> HandedIn:
    """Take a file; what it is, its bytes say. Raises RuleBroken on the field for what cannot be read at all."""
    shown = PurePath(name.replace("\\", "/")).name
    if not data:
        raise RuleBroken(f"文件“{shown}”是空的，请重新选择。", field=field)
    if len(data) > LARGEST:
        raise RuleBroken(f"文件“{shown}”超过 2 MB，不像一年的放假安排，请核对。", field=field)
    return HandedIn(data=data, name=shown) if is_workbook(data) else HandedIn(text_of(data, field=field), name=shown)


def read_arrangement(given: HandedIn, *, year: int | None = None, source: str = "") -> Arrangement:
    """Read what was handed in as what it is: workbook, JSON, notice or table. Raises NotReadable with every problem."""
    if given.data:
        return read_rows(workbook_rows(given.data), year=year, source=source)
    text = given.text.strip().removeprefix("\ufeff")
    if not text:
        raise RuleBroken("请选择文件，或粘贴通知全文。", field="content")
    if text.startswith(("{", "[")):
        return read_json(text, year=year, source=source)
    if looks_like_a_notice(text):
        return read_notice(text, year=year, source=source)
    return read_rows(text_rows(text), year=year, source=source)
